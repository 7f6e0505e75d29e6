"""Edits of taste profiles in the graph: numbered, taken back, found after a merge, kept by a rebuild, exported."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from graph import kinds
from graph.edits import Edit, EditKind, Level, ProfileEdits, level_of
from graph.errors import NotFoundError
from graph.reads import GraphReads
from ingest.exports.user import user_lines
from ingest.identity.merge import BY_HAND, merge
from ingest.load import load
from ingest.source import Batch

NOW = 1_700_000_000
USER, OTHER = "w:user:1", "w:user:2"


class World:
    """Two listeners, some of everything."""

    name = "w"

    def extract(self):
        return None

    def transform(self, raw):
        yield Batch("user", {"id": [USER, OTHER], "name": ["Ada", "Bob"]})
        for kind in ("track", "artist", "genre", "playlist"):
            yield Batch(kind, {"id": [f"w:{kind}:{n}" for n in range(3)], "name": [f"{kind} {n}" for n in range(3)]})
        played = {"source": [USER] * 2, "target": ["w:track:0", "w:track:1"], "count": [3, 1], "weight": [1.0, 1.0]}
        yield Batch("played", played | {"weightAt": [NOW] * 2, "firstAt": [NOW - 9, NOW - 5], "lastAt": [NOW - 3] * 2})


@pytest.fixture
def edits(store):
    load(store, World())
    return ProfileEdits(store)


def mute(target="w:artist:0", label="Artist"):
    return Edit(EditKind.MUTE, target, name="artist 0", label=label, at=NOW)


def level(value):
    return Edit(EditKind.PERSONALISATION, level=Level[value], at=NOW)


def test_edits_come_back_as_they_were_kept_and_in_order(edits, store):
    period = Edit(EditKind.EXCLUDE_PERIOD, since=5, until=9, at=NOW)
    assert [edits.keep(USER, edit) for edit in (mute(), period, level("LIGHT"))] == [1, 2, 3]
    assert edits.keep(OTHER, level("OFF")) == 1
    found = edits.of(USER)
    assert [(edit.kind, edit.target, edit.number) for edit in found] == [
        (EditKind.MUTE, "w:artist:0", 1),
        (EditKind.EXCLUDE_PERIOD, "", 2),
        (EditKind.PERSONALISATION, "", 3),
    ]
    assert (found[1].since, found[1].until, found[2].level, found[0].name) == (5, 9, Level.LIGHT, "artist 0")
    assert GraphReads(store).profile(USER, NOW).edits == tuple(found)
    with pytest.raises(NotFoundError, match="there is no user 'w:user:no'"):
        edits.keep("w:user:no", mute())


def test_what_is_taken_back_is_remembered_and_holds_no_more(edits, store):
    edits.keep(USER, level("OFF"))
    edits.keep(USER, level("LIGHT"))
    reads = GraphReads(store)
    assert reads.unpersonal() == frozenset()
    edits.undo(USER, 2, NOW + 5)
    edits.undo(USER, 2, NOW + 9)
    assert [edit.undone_at for edit in edits.of(USER)] == [None, NOW + 5]
    assert reads.unpersonal() == {USER}
    assert level_of(reads.profile(USER, NOW).edits) is Level.OFF
    edits.undo(USER, 1, NOW + 9)
    assert reads.unpersonal() == frozenset()
    assert reads.profile(USER, NOW).edits == ()
    for user, number in ((USER, 3), (OTHER, 1)):
        with pytest.raises(NotFoundError, match=f"has no edit {number}"):
            edits.undo(user, number, NOW)


def test_edits_made_at_once_have_numbers_of_their_own(edits):
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: edits.keep(USER, mute()), range(24)))
    assert sorted(numbers) == list(range(1, 25))


def test_of_somebody_unpersonal_only_decisions_are_read(edits, store):
    edits.keep(USER, level("OFF"))
    reads = GraphReads(store)
    whole, bare = reads.profile(USER, NOW), reads.profile(USER, NOW, unpersonal={USER})
    assert len(whole.track_ids) == 2
    assert (len(bare.track_ids), bare.edits, bare.name) == (0, whole.edits, "Ada")


def test_first_plays_are_read_for_those_who_edit_and_where_they_are_asked_for(edits, store):
    reads = GraphReads(store)
    assert reads.profile(USER, NOW).first_at is None
    assert reads.profile(USER, NOW, firsts=True).first_at.tolist() == [NOW - 9, NOW - 5]
    edits.keep(USER, mute())
    assert reads.profile(USER, NOW).first_at.tolist() == [NOW - 9, NOW - 5]


def test_an_edit_follows_a_merge(edits, store):
    edits.keep(USER, mute("w:artist:0"))
    assert edits.target("w:artist:0") == ("w:artist:0", "Artist", "artist 0")
    merge(store, kinds.NODE["artist"], "w:artist:1", "w:artist:0", BY_HAND, NOW)
    assert edits.target("w:artist:0")[0] == "w:artist:1"
    (edit,) = edits.of(USER)
    assert edit.ids == {"w:artist:0", "w:artist:1"}
    assert edits.target("w:artist:no") is None


def test_a_rebuild_leaves_them_alone(edits, store):
    edits.keep(USER, mute())
    before = edits.of(USER)
    for name in ("write/rebuild_clear_links", "write/rebuild_clear_nodes"):
        store.autocommit(name)
    assert len(GraphReads(store).profile(USER, NOW).track_ids) == 0
    assert edits.of(USER) == before


def test_an_export_of_a_users_data_tells_them(edits, store):
    edits.keep(USER, mute())
    edits.keep(USER, Edit(EditKind.BLOCK, "w:genre:1", label="Genre", until=NOW + 60, at=NOW))
    edits.keep(OTHER, level("OFF"))
    edits.undo(USER, 1, NOW + 5)
    lines = [json.loads(line) for line in user_lines(store, USER)]
    told = [line["profileedit"] for line in lines if line["type"] == "edited"]
    assert [(edit["kind"], edit["target"]) for edit in told] == [("MUTE", "w:artist:0"), ("BLOCK", "w:genre:1")]
    assert told[0]["undoneAt"] == "2023-11-14T22:13:25Z"
    assert told[1]["until"] == "2023-11-14T22:14:20Z"
