"""Radio without end, mixes, shelves, search, replay, rules and trials, from a service on a real graph and model."""

from itertools import pairwise

import pytest

from api import stored_sets
from api.bandit import SqliteBandit
from api.rule_book import SqliteRuleBook
from api.service import Service
from api.stored_sets import StoredSets, request_from_json, request_to_json
from gnn.context import Moment
from graph.errors import InvalidRequestError, NotFoundError
from ingest.events import Event
from recommend.rules import Action, Condition, Rule
from recommend.types import AttributeRange, RecommendRequest, Seed


@pytest.fixture(scope="module")
def service(api, tmp_path_factory):
    """The world's service with the stores of a home."""
    home = tmp_path_factory.mktemp("lists")
    one = api.service
    with (
        SqliteBandit(home / "trials.sqlite") as bandit,
        SqliteRuleBook(home / "rules.sqlite") as rules,
        StoredSets(home / "sets.sqlite") as sets,
    ):
        service = Service(
            one.store, one.registry, one.log, one.letters, now=one.now, bandit=bandit, rules=rules, sets=sets
        )
        yield service
        service.trial.close()


@pytest.fixture(scope="module")
def listener(api):
    """Who has played most."""
    query = "MATCH (u:User)-[r:PLAYED]->() WITH u.id AS id, count(*) AS n ORDER BY n DESC, id LIMIT 1 RETURN id"
    return api.rows(query)[0]["id"]


def ids(answer):
    return [item.track.id for item in answer.items]


def test_a_radio_goes_on_without_repeats_and_the_same_page_is_the_same(service, listener):
    seed = ids(service.recommend(RecommendRequest(listener)))[0]
    pages = [service.lists.radio(listener, [Seed(seed)], n=10)]
    for _ in range(3):
        pages.append(service.lists.radio(listener, [], n=10, after=pages[-1].id))
    heard = [id for page in pages for id in ids(page)]
    assert len(heard) == len(set(heard)) == 40
    assert ids(service.lists.radio(listener, [], n=10, after=pages[1].id)) == ids(pages[2])
    with pytest.raises(NotFoundError, match="no page of a radio"):
        service.lists.radio("somebody", [], after=pages[0].id)
    with pytest.raises(NotFoundError, match="there is no list"):
        service.lists.radio(listener, [], after="nothing")


def test_a_radio_keeps_its_attributes_on_every_page(service, listener, api):
    seed = ids(service.recommend(RecommendRequest(listener)))[0]
    short = {row["id"] for row in api.rows("MATCH (t:Track) WHERE t.durationMs <= 200000 RETURN t.id AS id")}
    bound = AttributeRange("duration_ms", high=200_000)
    first = service.lists.radio(listener, [Seed(seed)], n=5, attributes=[bound])
    second = service.lists.radio(listener, [], n=5, after=first.id)
    assert len(ids(first)) == len(ids(second)) == 5
    assert not set(ids(first)) & set(ids(second))
    assert set(ids(first) + ids(second)) <= short
    assert not set(ids(service.lists.radio(listener, [Seed(seed)], n=10))) <= short  # the bound is what does it
    for seeds, attributes in (([], [bound]), ([Seed(seed)], [])):
        with pytest.raises(InvalidRequestError, match="keeps its seeds and attributes"):
            service.lists.radio(listener, seeds, after=first.id, attributes=attributes)


def test_a_radio_outlives_its_first_pages(service, listener, monkeypatch):
    monkeypatch.setattr(stored_sets, "EACH", 2)
    seed = ids(service.recommend(RecommendRequest(listener)))[0]
    pages = [service.lists.radio(listener, [Seed(seed)], n=5)]
    for _ in range(5):
        pages.append(service.lists.radio(listener, [], n=5, after=pages[-1].id))
    heard = [id for page in pages for id in ids(page)]
    assert len(heard) == len(set(heard)) == 30


def test_a_kept_list_is_made_again_to_the_bit(service, listener):
    kept = service.lists.kept(RecommendRequest(listener, n=12))
    found = service.lists.replay(kept.id)
    assert found.exact
    assert found.difference.same
    other = service.lists.kept(RecommendRequest(listener, n=12, exclude=frozenset(ids(kept)[:2])))
    told = service.lists.difference(kept.id, other.id)
    assert {id for id, _ in told.removed} >= set(ids(kept)[:2])


def test_mixes_follow_different_sides(service, listener):
    found = service.lists.daily_mixes(listener, n=15, explain=False)
    assert 1 <= len(found) <= 6
    for one, other in pairwise(found):
        assert len(set(ids(one)) & set(ids(other))) <= 5
    assert service.lists.sides(listener)


def test_a_page_of_shelves_repeats_nothing_and_says_why(service, listener):
    shelves = service.lists.home(listener)
    assert [shelf.title for shelf in shelves][:2] == ["Made for you", "On repeat"]
    shown = [id for shelf in shelves for id in ids(shelf.answer)]
    assert len(shown) == len(set(shown))
    assert all(shelf.reason for shelf in shelves)
    played = set(service.reads.profile(listener, service.as_of()).track_ids.tolist())
    assert len(set(ids(shelves[1].answer)) & played) >= len(shelves[1].answer.items) / 2


def test_a_newcomer_has_a_page_too(service, api):
    api.rows("CREATE (:User {id: 'new:user:1'})")
    shelves = service.lists.home("new:user:1")
    assert [shelf.title for shelf in shelves] == ["Made for you"]
    api.rows("MATCH (u:User {id: 'new:user:1'}) DELETE u")


def test_a_search_fits_the_words_and_then_the_listener(service, listener, api):
    name = api.rows("MATCH (t:Track) RETURN t.name AS name ORDER BY t.id LIMIT 1")[0]["name"]
    found = service.lists.search(name, n=5)
    assert found[0].track.name == name
    assert found[0].words == 1.0
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    personal = service.lists.search(name.split()[0], listener, n=10)
    assert all(0 <= one.personal <= 1 for one in personal)


def test_a_journey_leaves_out_what_a_listener_blocks(service, listener):
    start, end = ids(service.recommend(RecommendRequest(listener)))[:2]
    found, tracks = service.lists.journey(start, end, 6, listener)
    assert [tracks[0].id, tracks[-1].id] == [start, end]
    assert len(found.rows) == 6


def test_a_playlist_is_looked_through(service, api):
    playlist = api.rows("MATCH (p:Playlist)-[:CONTAINS]->() RETURN p.id AS id ORDER BY id LIMIT 1")[0]["id"]
    tracks = service.lists.playlist(playlist)
    assert tracks
    found = service.lists.lint([*tracks, tracks[0]])
    assert any(one.rule == "duplicate" and one.place == len(tracks) + 1 for one in found)
    with pytest.raises(NotFoundError, match="no playlist 'x'"):
        service.lists.playlist("x")


def test_a_takedown_acts_on_the_next_answer_and_on_the_stored_week(service, listener):
    week = service.weekly(listener)
    gone = week.items[0].track.id
    rule = Rule("down", Action.TAKE_DOWN, (gone,), author="curator")
    preview = service.lists.preview(rule, [listener])
    assert preview.tracks == preview.lists == 1
    service.rules.set(rule, 5)
    try:
        again = service.weekly(listener)
        assert gone not in ids(again)
        assert len(again.items) == len(week.items)  # a reserve moved up
        assert again.fill.removed["taken_down"] == 1
        assert gone not in ids(service.recommend(RecommendRequest(listener, n=100)))
        name = week.items[0].track.name
        assert gone not in {one.track.id for one in service.lists.search(name, n=50)}
    finally:
        service.rules.end("down", "curator", 6)
    assert gone in ids(service.weekly(listener))
    assert [(one.at, one.author, one.what) for one in service.rules.changes()] == [
        (5, "curator", "SET"),
        (6, "curator", "END"),
    ]


def test_a_preview_says_what_would_change_and_sets_nothing(service, listener):
    first = service.recommend(RecommendRequest(listener)).items[0].track.id
    rule = Rule("no", Action.BAN, (first,), when=Condition(surfaces=frozenset({"home"})))
    found = service.lists.preview(rule, [listener])
    assert (found.tracks, found.lists, found.changed) == (1, 1, 1)
    assert found.touched >= 1
    assert service.rules.rules() == ()


def test_a_rule_of_another_process_is_followed_at_once(service, tmp_path_factory):
    with SqliteRuleBook(service.rules._path) as other:
        assert service.rules.rules() == ()
        other.set(Rule("a", Action.BAN, ("x",), author="b"), 1)
        assert [rule.name for rule in service.rules.rules()] == ["a"]
        other.end("a", "b", 2)
        assert service.rules.rules() == ()
        with pytest.raises(NotFoundError, match="there is no rule 'a'"):
            other.end("a", "b", 3)
        with pytest.raises(InvalidRequestError):
            other.set(Rule("a", Action.BAN, ()), 4)


def test_what_is_tried_is_remembered_and_judged(service, listener):
    answer = service.recommend(RecommendRequest(listener))
    tried = [item for item in answer.items if item.trial and item.trial.propensity is not None]
    assert [item.rank for item in tried] == [4, 9, 14, 19][: len(tried)]
    assert answer.exploration.injected == len(tried) > 0
    shown = sum(row.shown for row in service.bandit.report() if row.surface == "home")
    assert shown >= len(tried)
    at = max(answer.as_of, 1)
    receipt = service.record_events([Event("try-1", "LIKE", listener, tried[0].track.id, at + 1)])
    assert receipt.accepted == 1
    (judged,) = [row for row in service.bandit.report() if row.judged]
    assert (judged.arm, judged.successes) == (tried[0].trial.arm, 1.0)
    assert not service.recommend(RecommendRequest(listener, exploration=0.0)).exploration


def test_without_its_store_nothing_is_tried_and_the_answer_says_so(service, listener, tmp_path):
    path = tmp_path / "trials.sqlite"
    path.write_bytes(b"rubbish" * 500)
    one = service
    with SqliteBandit(path) as damaged:
        broken = Service(one.store, one.registry, one.log, one.letters, now=one.now, bandit=damaged)
        answer = broken.recommend(RecommendRequest(listener))
        broken.trial.close()
    assert len(answer.items) == 20
    assert not any(item.trial for item in answer.items)
    assert "exploration" in {part.component for part in answer.degraded}


def test_a_request_reads_back_as_it_was_written():
    request = RecommendRequest(
        "u",
        "radio",
        7,
        5,
        (Seed("a", -1.0),),
        frozenset({"x"}),
        frozenset({"y"}),
        frozenset({"gnn"}),
        context=Moment(hour=8, device="phone"),
        attributes=(AttributeRange("tempo", 1, 2, 3),),
        seed=4,
        market="DE",
    )
    assert request_from_json(request_to_json(request)) == request
