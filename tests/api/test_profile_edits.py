"""Edits through the service and the command line: they act on the next answer, also of another process, and go back."""

import contextlib
import json
from collections.abc import Callable

import pytest

import cypher
from api.cli.profile import profile as command
from api.service import Service
from graph.edits import Edit, EditKind, Level
from graph.errors import InvalidRequestError, NotFoundError
from ingest.events import Event
from recommend.types import RecommendRequest
from recommend.wire import to_json

HOME = """query ($user: ID!) { recommendations(input: {userId: $user}, first: 12) { __typename
  ... on RecommendationSet { items { nodes { graphId artists { graphId } } } }
  ... on ColdStart { fallback { items { nodes { graphId artists { graphId } } } } } } }"""
BEHAVIOUR = ("PLAYED", "SAVED", "LIKED", "DISLIKED", "LISTENS_TO", "FOLLOWS")


@pytest.fixture(scope="module")
def listeners(api):
    return iter(api.listeners(5, skip=11))  # whom no other test writes about


@pytest.fixture
def user(listeners):
    return next(listeners)


@pytest.fixture
def alike(api):
    """Two listeners with the same explicit setting."""
    users = api.listeners(4, skip=16)
    rows = api.rows(
        "MATCH (u:User) WHERE u.id IN $ids RETURN u.id AS id, coalesce(u.allowExplicit, true) AS allows", ids=users
    )
    groups = [[row["id"] for row in rows if row["allows"] is allows] for allows in (True, False)]
    return next(group for group in groups if len(group) > 1)[:2]


@pytest.fixture
def own(api):
    return api.service.own_profile


def home(service, user, n=12):
    return service.recommend(RecommendRequest(user, n=n))


def items(answer):
    return to_json(answer)["items"]


def artists(answer):
    return {artist.id for item in answer.items for artist in item.track.artists}


@pytest.fixture
def beside(api, tmp_path):
    """Another process of the same home, as far as caches and the board go."""
    service = api.service
    return Service(
        service.store, service.registry, service.log, service.letters, now=service.now, changes=service._changes
    )


def test_a_mute_acts_on_the_next_answer_of_every_process_and_goes_back(api, own, user, beside):
    before = home(api.service, user)
    assert items(home(beside, user)) == items(before)
    artist = before.items[0].track.artists[0].id
    wish = Edit(EditKind.MUTE, artist)
    previewed = own.preview(user, wish, n=12)
    assert items(home(api.service, user)) == items(before), "a preview changes nothing"
    made = own.edit(user, wish)
    assert (made.number, made.name) == (1, before.items[0].track.artists[0].name)
    for service in (api.service, beside):
        after = home(service, user)
        assert artist not in artists(after)
        moved = {change.track.id: (change.before, change.after) for change in previewed.changes}
        places = [{item.track.id: item.rank for item in one.items} for one in (before, after)]
        for id in {*places[0], *places[1]}:
            assert moved.get(id, (places[0].get(id),) * 2) == tuple(place.get(id) for place in places)
    nodes = api.data(HOME, user=user)["recommendations"]["items"]["nodes"]
    assert artist not in [one["graphId"] for node in nodes for one in node["artists"]]
    back = own.preview_undo(user, n=12)
    assert {(c.track.id, c.after, c.before) for c in back.changes} == {
        (c.track.id, c.before, c.after) for c in previewed.changes
    }
    assert own.undo(user).number == 1
    for service in (api.service, beside):
        assert items(home(service, user)) == items(before)


def test_a_boost_is_seen_in_the_contributions(api, own, user):
    unheard = api.rows(
        "MATCH (a:Artist)<-[:PERFORMED_BY]-(t:Track) WHERE NOT EXISTS { MATCH (:User {id: $u})-[:PLAYED]->(t) } "
        "RETURN a.id AS id, count(t) AS n ORDER BY n DESC, id LIMIT 1",
        u=user,
    )[0]["id"]
    own.edit(user, Edit(EditKind.BOOST, unheard))
    answer = home(api.service, user, n=40)
    assert unheard in artists(answer)
    for item in answer.items:
        is_theirs = unheard in [artist.id for artist in item.track.artists]
        assert ("edit:boost" in item.contributions) is is_theirs
        assert sum(item.contributions.values()) == pytest.approx(item.score, abs=1e-6)
    found = api.service.explain(
        RecommendRequest(user), next(i.track.id for i in answer.items if "edit:boost" in i.contributions)
    )
    assert found.contributions["edit:boost"] > 0


def test_off_runs_no_statement_about_behaviour_and_is_the_same_for_all(api, own, alike, statements):
    one, other = alike
    assert items(home(api.service, one)) != items(home(api.service, other))
    for user in (one, other):
        own.edit(user, Edit(EditKind.PERSONALISATION, level=Level.OFF))
    statements.clear()
    found = [home(api.service, user) for user in (one, other)]
    assert items(found[0]) == items(found[1])
    assert [item.explanation.paths for item in found[0].items] == [()] * 12
    weeks = [api.service.weekly(user, "2026-W47") for user in (one, other)]  # begun in every time zone
    assert items(weeks[0]) == items(weeks[1])
    pages = [api.data(HOME, user=user)["recommendations"] for user in (one, other)]
    assert pages[0] == pages[1]
    assert [text for text in statements if any(word in text for word in BEHAVIOUR)] == []
    assert cypher.statement("read/decisions").text in statements
    liked = found[0].items[0].track.id
    api.service.record_events([Event("off-1", "PLAY", one, liked, api.service.now() - 9)])
    assert items(home(api.service, one)) == items(found[0]), "what they play now says nothing either"
    api.service.record_events([Event("off-2", "BLOCK", one, liked, api.service.now() - 8)])
    assert liked not in [item.track.id for item in home(api.service, one).items]
    own.undo(one)
    assert items(home(api.service, one)) != items(found[0])
    assert api.rows("MATCH (p:Playlist) WHERE p.id STARTS WITH 'weekly:' + $u RETURN p", u=one) == []


def test_what_is_played_in_private_is_no_taste(api, own, user):
    before = home(api.service, user)
    own.edit(user, Edit(EditKind.PRIVATE_SESSION))
    track = before.items[0].track
    api.service.record_events([Event("private-1", "PLAY", user, track.id, api.service.now())])
    after = home(api.service, user)
    assert track.id not in [item.track.id for item in after.items]
    anchors = [path.nodes[1].id for item in after.items if item.explanation for path in item.explanation.paths]
    assert track.id not in anchors
    common = {item.track.id: item.score for item in before.items}
    for item in after.items:
        assert item.score == common.get(item.track.id, item.score)
    api.settled()
    assert items(home(api.service, user)) == items(after)
    own.undo(user)
    assert items(home(api.service, user)) != items(after), "taken back, it is a play like any other"


@pytest.mark.parametrize(
    ("wish", "error", "message"),
    [
        (Edit(EditKind.MUTE), InvalidRequestError, "MUTE needs the id of a track, artist or genre"),
        (Edit(EditKind.MUTE, "nothing"), NotFoundError, "there is no track, artist or genre 'nothing': correct the id"),
        (
            Edit(EditKind.PERSONALISATION),
            InvalidRequestError,
            "PERSONALISATION needs one of OFF, LIGHT, BALANCED, DEEP",
        ),
        (Edit(EditKind.EXCLUDE_PERIOD, since=5), InvalidRequestError, "EXCLUDE_PERIOD needs a beginning and an end"),
        (Edit(EditKind.EXCLUDE_PERIOD, since=5, until=5), InvalidRequestError, "EXCLUDE_PERIOD ends before it begins"),
        (Edit(EditKind.BLOCK, "x", until=5), InvalidRequestError, "BLOCK would end in the past: give a later day"),
        (Edit(EditKind.BOOST, "x", until=5), InvalidRequestError, "BOOST takes no end"),
        (
            Edit(EditKind.PRIVATE_SESSION, "x"),
            InvalidRequestError,
            "PRIVATE_SESSION is about no track, .*leave 'x' out",
        ),
    ],
)
def test_an_edit_that_makes_no_sense_says_what_is_wrong(api, own, wish, error, message):
    (user,) = api.listeners(1)
    for do in (own.edit, own.preview):
        with pytest.raises(error, match=message):
            do(user, wish)
    assert own.edits(user) == []


def test_what_an_edit_may_be_about(api, own, user):
    playlist = api.rows("MATCH (p:Playlist) WHERE NOT p.id STARTS WITH 'weekly:' RETURN p.id AS id ORDER BY id LIMIT 1")
    with pytest.raises(InvalidRequestError, match=r"MUTE is about a track, artist or genre: '.*' is a playlist"):
        own.edit(user, Edit(EditKind.MUTE, playlist[0]["id"]))
    assert own.edit(user, Edit(EditKind.EXCLUDE, playlist[0]["id"])).label == "Playlist"
    own.undo(user, 1)
    with pytest.raises(InvalidRequestError, match=r"edit 1 of .* was taken back already"):
        own.undo(user, 1)
    with pytest.raises(NotFoundError, match="has no edit that could be taken back"):
        own.undo(user)
    with pytest.raises(NotFoundError, match="has no edit 7"):
        own.preview_undo(user, 7)
    with pytest.raises(NotFoundError, match="there is no user 'nobody'"):
        own.show("nobody")


@pytest.fixture
def phonograph(api, monkeypatch, capsys) -> Callable[..., str]:
    """The command, answered by the service of this process."""
    monkeypatch.setattr(Service, "open", lambda *_: contextlib.nullcontext(api.service))

    def run(action, user, *words, **options):
        command(
            action,
            user,
            list(words),
            **{"since": None, "until": None, "preview": False, "n": 12, "json": False} | options,
        )
        return capsys.readouterr().out

    return run


def test_the_command_shows_edits_and_takes_back(api, phonograph, user):
    said = json.loads(phonograph("show", user, json=True))
    assert (said["userId"], said["personalisation"], said["edits"]) == (user, "DEEP", [])
    assert said["genres"][0]["share"] > 0
    assert {name for name, value in said.items() if value is None} - {"timeZone"} == set(said["unknown"])
    top = said["artists"][0]
    assert top["name"] in phonograph("show", user)
    previewed = json.loads(phonograph("preview", user, "mute", top["id"], json=True))
    assert previewed["edit"]["kind"] == "MUTE"
    assert "tracks of the next 12 would change" in phonograph("edit", user, "mute", top["id"], preview=True)
    assert json.loads(phonograph("edits", user, json=True))["edits"] == []
    assert (
        phonograph("edit", user, "mute", top["id"])
        == f"edit 1: mute artist {top['name']}. It acts from the next answer on.\n"
    )
    made = json.loads(phonograph("edit", user, "block", top["id"], until="2030-01-01", json=True))["edit"]
    assert (made["number"], made["until"]) == (2, "2030-01-01T00:00:00Z")
    muted = json.loads(phonograph("show", user, json=True))
    assert top["id"] not in [one["id"] for one in muted["artists"]]
    assert [edit["number"] for edit in muted["edits"]] == [1, 2]
    assert "mute artist" in phonograph("edits", user)
    assert "is taken back" in phonograph("undo", user, "1")
    assert json.loads(phonograph("undo", user, json=True))["edit"]["number"] == 2
    assert json.loads(phonograph("show", user, json=True))["artists"] == said["artists"]
    assert "personalisation OFF" in phonograph("edit", user, "personalisation", "off")
    assert "unknown: personalisation is off" in phonograph("show", user)
    phonograph("undo", user)


@pytest.mark.parametrize(
    ("words", "options", "message"),
    [
        (("paint", "u"), {}, "unknown action 'paint': use one of show, edits, edit, preview, undo"),
        (("edit", "u", "hide"), {}, "unknown edit 'hide': use one of mute, boost, block"),
        (("edit", "u"), {}, "unknown edit ''"),
        (("edit", "u", "mute", "a", "b"), {}, "profile edit mute takes one word more, was given 2"),
        (("edit", "u", "personalisation", "some"), {}, "personalisation 'SOME': say one of OFF, LIGHT, BALANCED, DEEP"),
        (("edit", "u", "private-session", "maybe"), {}, "private-session 'maybe': say on or off"),
        (("edit", "u", "block", "a"), {"until": "soon"}, "'soon' is no day: write it as 2026-12-24"),
        (("undo", "u", "last"), {}, "profile undo takes the number of one edit, not 'last'"),
        (("show", "u", "all"), {}, "profile show takes the listener alone: leave 'all' out"),
    ],
)
def test_what_the_command_does_not_understand_is_one_line(phonograph, words, options, message):
    with pytest.raises(InvalidRequestError, match=message):
        phonograph(*words, **options)
