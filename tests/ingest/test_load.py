"""An import can be repeated, interrupted and joined by others; live events survive it."""

from __future__ import annotations

import pathlib
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from neo4j import GraphDatabase

from graph.export import export
from ingest.events import Event
from ingest.load import load
from ingest.source import Batch, batches
from ingest.sources.hetrec import Hetrec
from ingest.sources.lfm1m import Lfm1m

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"
LFM1M = Lfm1m(FIXTURES / "lfm1m-kg")
HETREC = Hetrec(FIXTURES / "hetrec2011-lastfm-2k")
USER, TRACK = "lfm1m:user:0", "lfm1m:track:0"
NOW = 1_356_000_000
"""Some days after that user played that track."""


class Given:
    """Hands out the batches it was given, and can be interrupted after some."""

    name = "given"

    def __init__(self, found):
        self.found = found

    def extract(self):
        return None

    def transform(self, raw):
        yield from self.found


@contextmanager
def looking(store):
    """A session beside the store, for questions that only tests have."""
    address = store.address
    with (
        GraphDatabase.driver(address.uri, auth=(address.user, address.password)) as driver,
        driver.session(database=address.database) as session,
    ):
        yield session


def everything(store):
    """The whole graph in plain values, whatever the order of writing."""
    with looking(store) as session:
        nodes = session.run("MATCH (n) WHERE NOT n:SchemaVersion RETURN labels(n) AS l, properties(n) AS p").values()
        links = session.run("MATCH (a)-[r]->(b) RETURN a.id, type(r), b.id, properties(r)").values()
    plain = [[(*row[:-1], sorted(row[-1].items())) for row in rows] for rows in (nodes, links)]
    return sorted(map(repr, plain[0])), sorted(map(repr, plain[1]))


def pair(store):
    found = export(store)
    user, track = found.users.row(USER), found.tracks.row(TRACK)
    row = np.flatnonzero((found.played.source_row == user) & (found.played.target_row == track))[0]
    return {name: values[row].item() for name, values in found.played.columns.items()} | {"watermark": found.watermark}


def test_report_counts_what_is_in_the_graph(store):
    report = load(store, LFM1M)
    written = {kind.kind: kind.written for kind in report.kinds}
    assert written == {
        "user": 4,
        "artist": 3,
        "genre": 3,
        "track": 8,
        "performed_by": 8,
        "track_genre": 11,
        "played": 9,
    }
    for kind in report.kinds:
        assert kind.read == kind.written + kind.merged + sum(remark.count for remark in kind.rejected)


def test_a_second_import_changes_nothing(store):
    load(store, LFM1M)
    before = everything(store)
    load(store, LFM1M)
    assert everything(store) == before


def test_two_sources_live_in_one_graph(store):
    load(store, LFM1M)
    load(store, HETREC)
    both = everything(store)
    load(store, LFM1M)
    assert everything(store) == both
    found = export(store)
    assert (len(found.users), len(found.artists)) == (4 + 4, 3 + 5)


class StopsAfter:
    """A progress that interrupts, as Ctrl-C does."""

    def __init__(self, advances):
        self.left = advances

    def stage(self, name, total=None):
        pass

    def advance(self, amount=1):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("advances", [1, 4, 6, 7])
def test_an_interrupted_import_is_mended_by_the_next(store, advances):
    with pytest.raises(KeyboardInterrupt):
        load(store, LFM1M, progress=StopsAfter(advances))
    load(store, LFM1M)
    mended = everything(store)
    store.autocommit("write/wipe")
    load(store, LFM1M)
    assert everything(store) == mended


def test_dangling_links_are_rejected_by_the_graph(store):
    users = Batch("user", {"id": ["given:user:1"]})
    listens = Batch(
        "listens_to",
        {"source": ["given:user:1"] * 2, "target": ["hetrec:artist:1", "given:artist:9"], "count": [3, 4]},
    )
    load(store, HETREC)
    report = load(store, Given([users, listens])).of("listens_to")
    assert report.written == 1  # an artist of another source is an artist
    assert [(r.reason, r.count, r.examples) for r in report.rejected] == [
        ("unknown user or artist", 1, ("given:user:1 -> given:artist:9",))
    ]


def test_live_events_survive_a_second_import(store, apply):
    load(store, LFM1M)
    apply(store, [Event("e1", "PLAY", USER, TRACK, NOW), Event("e2", "SKIP", USER, TRACK, NOW + 5, 1000)], NOW + 60)
    _, before = everything(store)
    assert pair(store)["count"] == 2
    load(store, LFM1M)
    _, after = everything(store)  # the nodes' counts of plays are brought up to date, the links stay as they were
    assert after == before


def test_a_changed_import_replaces_only_what_was_imported(store, apply):
    load(store, LFM1M)
    apply(store, [Event("e1", "PLAY", USER, TRACK, NOW)], NOW)
    changed = []
    for batch in batches(LFM1M):
        columns = dict(batch.columns)
        if batch.kind == "played":
            row = [*zip(columns["source"], columns["target"], strict=True)].index((USER, TRACK))
            columns["count"], columns["weight"] = columns["count"].copy(), columns["weight"].copy()
            columns["count"][row], columns["weight"][row] = 5, 4.0
        changed.append(replace(batch, columns=columns))
    load(store, Given(changed))
    found = pair(store)
    assert found["count"] == 5 + 1
    days = 86_400.0
    played_at, until = 1_355_000_000, found["watermark"]
    expected = 4 * np.exp((played_at - until) / days / 90) + np.exp((NOW - until) / days / 90)
    assert found["weight"] == pytest.approx(expected, rel=1e-12)
    assert found["lastAt"] == NOW


def test_an_import_after_the_first_events_adds_to_them(store, apply):
    nodes = [batch for batch in batches(LFM1M) if batch.kind != "played"]
    load(store, Given(nodes))
    apply(store, [Event("e1", "PLAY", USER, TRACK, NOW)], NOW)
    load(store, LFM1M)
    assert pair(store)["count"] == 2
    assert pair(store)["firstAt"] == 1_355_000_000


def test_a_save_taken_back_stays_taken_back(store, apply):
    saved = Batch("saved", {"source": [USER], "target": [TRACK], "at": [1_355_000_100]})
    source = Given([*batches(LFM1M), saved])
    load(store, source)
    assert len(export(store).saved) == 1
    apply(store, [Event("e1", "UNSAVE", USER, TRACK, NOW)], NOW)
    load(store, source)
    assert len(export(store).saved) == 0


def test_counts_and_the_newest_event_are_kept_on_nodes(store):
    load(store, LFM1M)
    load(store, HETREC)
    with looking(store) as session:
        rows = session.run(
            "MATCH (n) WHERE n:Track OR n:Artist OR n:Genre RETURN n.id AS id, properties(n) AS p"
        ).data()
    of = {row["id"]: row["p"] for row in rows}
    assert (of["lfm1m:genre:12"]["trackCount"], of["lfm1m:genre:14"]["artistCount"]) == (4, 2)  # one punk
    assert (of["lfm1m:track:5"]["playCount"], of["lfm1m:track:5"]["listenerCount"]) == (2, 1)
    assert (of["lfm1m:artist:8"]["trackCount"], of["lfm1m:artist:8"]["listenerCount"]) == (3, 3)
    assert of["hetrec:artist:1"]["listenerCount"] == 2
    newest = store.read("read/newest_event")[0]["newestAt"]
    assert newest == 1_355_000_030 + 90 * 86_400


def test_one_node_gathers_the_ids_of_its_sources(store):
    for ids in (["spotify:track:1"], ["isrc:X", "spotify:track:1"]):
        load(store, Given([Batch("track", {"id": ["given:track:1"], "name": ["One"], "sourceIds": [ids]})]))
    with looking(store) as session:
        assert session.run("MATCH (t:Track) RETURN t.sourceIds AS ids").single()["ids"] == ["spotify:track:1", "isrc:X"]
