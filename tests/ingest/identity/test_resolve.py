"""Two sources in one graph: what is one becomes one node, in either order, with all that each source said."""

from __future__ import annotations

import pytest

from ingest.load import load
from ingest.source import Batch


def test_what_is_one_becomes_one_node(store, ask, one, two, shape):
    load(store, one)
    load(store, two)
    names, _, _ = shape()
    assert [name for name in names if "+" in name] == [
        "one:artist:!!!+two:artist:!!!",
        "one:artist:Beyoncé+two:artist:Beyonce",
        "one:artist:Cream+two:artist:Cream",
        "one:artist:Queen+two:artist:Queen",
        "one:artist:Simon & Garfunkel+two:artist:Simon and Garfunkel",
        "one:artist:The Killers+two:artist:Killers",
        "one:genre:Rock+two:genre:rock",
        "one:genre:synth-pop+two:genre:Synthpop",
        "one:track:0+two:track:0",
        "one:track:1+two:track:2",
        "one:track:2+two:track:3",
        "one:track:3+two:track:4",
        "one:track:4+two:track:5",
        "one:track:5+two:track:6",
    ]
    versions = ask("MATCH (a)-[:VERSION_OF]->(b) RETURN a.id AS a, b.id AS b ORDER BY a, b")
    assert [(row["a"], row["b"]) for row in versions] == [
        ("one:track:6", "one:track:5"),
        ("two:track:1", "one:track:1"),
        ("two:track:7", "one:track:5"),
    ]
    plays = ask("MATCH (u:User)-[r:PLAYED]->(t {id: 'one:track:0'}) RETURN u.id AS u, r.count AS n ORDER BY u")
    assert [(row["u"], row["n"]) for row in plays] == [("me", 7), ("one:user:1", 3), ("two:user:1", 4)]


def test_either_order_gives_the_same_graph(store, one, two, shape):
    load(store, one)
    load(store, two)
    forth = shape()
    store.autocommit("write/wipe")
    load(store, two)
    load(store, one)
    assert shape() == forth


@pytest.mark.parametrize("again", ["one", "two", "one two", "two one"])
def test_importing_again_changes_nothing(store, one, two, whole, again):
    load(store, one)
    load(store, two)
    before = whole()
    for name in again.split():
        load(store, {"one": one, "two": two}[name])
    assert whole() == before


def test_shared_identifiers_win_over_names(store, ask, small):
    load(store, small("one", [("A", "Some Title", 100, "isrc:USRC17607839")]))
    load(store, small("two", [("B", "Other", 300, "isrc:USRC17607839"), ("C", "Again", 300, "isrc:USRC17607839")]))
    rows = ask("MATCH (t:Track) RETURN t.id AS id, t.sourceIds AS ids")
    assert [(row["id"], row["ids"]) for row in rows] == [
        ("one:track:0", ["isrc:USRC17607839", "one:track:0", "two:track:0", "two:track:1"])
    ]


def test_a_report_accounts_for_every_record(store, one, two):
    load(store, one)
    report = load(store, two)
    for kind in report.kinds:
        assert kind.read == kind.written + kind.merged + sum(remark.count for remark in kind.rejected), kind
    assert (report.of("track").merged, report.of("performed_by").written, report.of("played").written) == (6, 8, 2)


def test_two_artists_of_one_name_are_not_guessed(store, ask, small):
    twins = Batch("artist", {"id": ["one:artist:x", "one:artist:y"], "name": ["Marilyn", "Marilyn"]})
    load(store, small("one", [("Other", "Song")], extra=[twins]))
    report = load(store, small("two", [("Marilyn", "Tune")]))
    assert len(ask("MATCH (a:Artist {name: 'Marilyn'}) RETURN a.id")) == 3
    assert [remark.count for remark in report.of("artist").noted] == [1]
