"""Merging by hand and by a scan, and undoing it: every record gets back what its source said, and stays apart."""

from __future__ import annotations

import pytest

from graph.errors import InvalidRequestError, NotFoundError
from graph.kinds import NODE
from ingest.events import Event
from ingest.identity import merge as merging
from ingest.identity.scan import scan
from ingest.load import load

NOW = 1_700_000_000


def alone(store, source, whole, ask):
    """What the graph holds of a source that was imported into an empty graph."""
    store.autocommit("write/wipe")
    load(store, source)
    return links_of(ask, source.name)


def links_of(ask, name):
    """All links that end at a node of one source, but for those that identity drew."""
    rows = ask(
        "MATCH (a)-[r]->(b) WHERE (a.id STARTS WITH $prefix OR b.id STARTS WITH $prefix) "
        "AND coalesce(r.origin, '') <> 'identity' AND NOT a:Identity "
        "RETURN a.id AS a, type(r) AS t, b.id AS b, properties(r) AS p ORDER BY a, t, b",
        prefix=f"{name}:",
    )
    return [(row["a"], row["t"], row["b"], row["p"]) for row in rows]


def node(ask, id):
    return ask("MATCH (n {id: $id}) WHERE NOT n:Identity RETURN properties(n) AS p", id=id)[0]["p"]


def test_everything_undone_is_two_sources_apart(store, ask, one, two, whole):
    apart = [alone(store, one, whole, ask), alone(store, two, whole, ask)]
    store.autocommit("write/wipe")
    load(store, one)
    load(store, two)
    merges = store.read("read/identity_list", n=100)
    assert len(merges) == 14
    for row in merges:
        merging.undo(store, f"{row['label']}|{row['absorbed']}", NOW)
    assert [links_of(ask, "one"), links_of(ask, "two")] == apart
    assert ask("MATCH (n:SourceRecord) RETURN n") == []
    assert ask("MATCH ()-[r]->() WHERE r.said IS NOT NULL RETURN r") == []


def test_an_undone_merge_is_never_made_again(store, ask, one, two, whole):
    load(store, one)
    load(store, two)
    merging.undo(store, "two:track:0", NOW)
    apart = whole()
    load(store, two)
    load(store, one)
    scan(store, NOW + 1)
    assert whole() == apart
    rows = ask("MATCH (u:User)-[r:PLAYED]->(t:Track {id: 'two:track:0'}) RETURN u.id AS u, r.count AS n ORDER BY u")
    assert [(row["u"], row["n"]) for row in rows] == [("me", 5), ("two:user:1", 4)]
    assert node(ask, "two:track:0")["name"] == "Human"
    assert node(ask, "one:track:0")["durationMs"] == 240_000


def test_an_undone_record_is_a_version_of_the_work(store, ask, one, two):
    load(store, one)
    load(store, two)
    merging.undo(store, "two:track:0", NOW)
    rows = ask("MATCH (:Track {id: 'two:track:0'})-[:VERSION_OF]->(t) RETURN t.id AS id")
    assert [row["id"] for row in rows] == ["one:track:0"]


def test_a_scan_merges_what_an_import_would_have(store, ask, one, two, shape):
    load(store, one)
    load(store, two)
    imported = shape()
    for row in store.read("read/identity_list", n=100):
        merging.undo(store, f"{row['label']}|{row['absorbed']}", NOW)
    for row in ask("MATCH (n:NotSame) RETURN n.id AS id"):
        store.write("write/identity_allow", id=row["id"])
    dry = scan(store, NOW, dry_run=True)
    assert len(dry) == 14
    done = scan(store, NOW)
    assert [(found.survivor.id, found.absorbed.id) for found in done] == [
        (found.survivor.id, found.absorbed.id) for found in dry
    ]
    assert shape() == imported
    assert scan(store, NOW) == []


def test_graphs_from_before_are_scanned(store, ask, one, two, shape):
    load(store, one)
    load(store, two)
    imported = shape()
    store.autocommit("write/wipe")
    load(store, one)
    ask("MATCH (n) SET n.matchKey = null")  # as it was before identities were resolved
    ask("MATCH (n:Genre) SET n.name = n.name + '?'")
    load(store, two)
    ask("MATCH (n:Genre) WHERE n.name ENDS WITH '?' SET n.name = left(n.name, size(n.name) - 1)")
    scan(store, NOW)
    assert shape() == imported


def test_merging_by_hand_and_back(store, ask, small, whole):
    load(store, small("one", [("Eightball", "Song", 100)], plays=[("u", 0, 2)]))
    load(store, small("two", [("8Ball", "Other", 100)], plays=[("u", 0, 3)]))
    ask("MATCH (u:User {id: 'u'}), (t:Track {id: 'two:track:0'}) CREATE (u)-[:LIKED {at: 5}]->(t)")
    before = whole()
    merging.merge(store, NODE["track"], "one:track:0", "two:track:0", merging.BY_HAND, NOW)
    merging.recount(store)
    rows = ask("MATCH (u:User)-[r:PLAYED|LIKED]->(t) RETURN type(r) AS t, t.id AS id, r.count AS n ORDER BY t")
    assert [(row["t"], row["id"], row["n"]) for row in rows] == [
        ("LIKED", "one:track:0", None),
        ("PLAYED", "one:track:0", 5),
    ]
    undone = merging.undo(store, "two:track:0", NOW)
    assert (undone.survivor, undone.links) == ("one:track:0", 2)
    after = [line for line in whole() if "NotSame" not in line and "LIKED" not in line]
    assert after == [line for line in before if "LIKED" not in line]


def test_live_plays_stay_where_they_were_counted(store, ask, one, two, apply):
    load(store, one)
    load(store, two)
    apply(store, [Event("e1", "PLAY", "two:user:1", "one:track:0", NOW)], NOW)
    merging.undo(store, "two:track:0", NOW)
    rows = ask("MATCH (:User {id: 'two:user:1'})-[r:PLAYED]->(t) RETURN t.id AS id, r.count AS n ORDER BY id")
    assert [(row["id"], row["n"]) for row in rows] == [("one:track:0", 1), ("two:track:0", 4)]


def test_any_id_names_the_node(store, small):
    load(store, small("one", [("A", "Song", 100, "spotify:track:x")]))
    load(store, small("two", [("A", "Song", 100, "mbid:y")]))
    for id in ("one:track:0", "two:track:0", "spotify:track:x", "mbid:y"):
        assert merging.find_any(store, id) == (NODE["track"], "one:track:0")
    assert merging.find(store, "nothing", NODE["track"]) is None
    with pytest.raises(NotFoundError, match="there is no track, artist or genre 'nothing'"):
        merging.find_any(store, "nothing")


def test_an_ambiguous_id_names_nothing(store, ask, small):
    load(store, small("one", [("A", "Song", 100), ("B", "Else", 90)]))
    ask("MATCH (t:Track) SET t.sourceIds = ['list:1']")
    with pytest.raises(
        InvalidRequestError, match="'list:1' names several tracks: give one of one:track:0, one:track:1"
    ):
        merging.find(store, "list:1", NODE["track"])


def test_what_was_not_merged_cannot_be_undone(store, one):
    load(store, one)
    with pytest.raises(NotFoundError, match="'one:track:0' was not merged into anything"):
        merging.undo(store, "one:track:0", NOW)
