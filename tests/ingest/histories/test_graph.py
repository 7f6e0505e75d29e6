"""A history in the graph: plays and skips where they belong, twice the same."""

from __future__ import annotations

import pytest

from ingest.load import load
from ingest.sources import SOURCES
from ingest.sources.spotify.source import Spotify

ALL = (
    "MATCH (n) OPTIONAL MATCH (n)-[r]->(m) "
    "RETURN n.id AS a, type(r) AS r, properties(r) AS p, m.id AS b ORDER BY a, r, b"
)
PLAYED = (
    "MATCH (:User {id: 'me'})-[p:PLAYED]->(t:Track {name: $name}) "
    "RETURN sum(p.count) AS plays, sum(p.skips) AS skips, max(p.lastAt) AS last"
)


@pytest.mark.parametrize(
    "name", ["spotify", "listenbrainz", "lastfm1k", "rockbox", "maloja", "pano", "librefm", "table"]
)
def test_twice_is_once(store, ask, fixtures, name):
    report = load(store, SOURCES[name](fixtures / name))
    assert report.of("event").written == report.of("event").read - sum(r.count for r in report.of("event").rejected)
    once = ask(ALL)
    load(store, SOURCES[name](fixtures / name))
    assert ask(ALL) == once
    assert [row for row in once if row["r"] == "PLAYED"]


def test_plays_are_counted_and_skips_are_none(store, ask, written):
    rows = [("Slow Ferry", 200_000), ("Slow Ferry", 1_000), ("Foghorn", 0)]
    listed = [{"endTime": "2024-02-01 07:30", "artistName": "Nadir", "trackName": t, "msPlayed": ms} for t, ms in rows]
    load(store, Spotify(written(StreamingHistory0__json=listed), user="me"))
    (ferry,), (foghorn,) = ask(PLAYED, name="Slow Ferry"), ask(PLAYED, name="Foghorn")
    assert (ferry["plays"], ferry["skips"]) == (1, 1)
    assert (foghorn["plays"], foghorn["skips"]) == (0, 1)


def test_the_library_and_the_playlists_arrive(store, ask, fixtures):
    load(store, Spotify(fixtures / "spotify", user="me"))
    counts = "MATCH (:User {id: 'me'})-[r:SAVED|OWNS]->() RETURN type(r) AS type, count(*) AS n ORDER BY type"
    assert ask(counts) == [{"type": "OWNS", "n": 2}, {"type": "SAVED", "n": 2}]
    assert ask("MATCH (:Playlist)-[r:CONTAINS]->(:Track) RETURN count(r) AS n") == [{"n": 3}]


def test_an_overlapping_export_adds_only_what_is_new(store, ask, written):
    row = {"endTime": "2024-02-01 07:30", "artistName": "Nadir", "trackName": "Slow Ferry", "msPlayed": 200_000}
    later = {**row, "endTime": "2024-02-02 07:30"}
    load(store, Spotify(written(StreamingHistory0__json=[row]), user="me"))
    load(store, Spotify(written(StreamingHistory0__json=[row, later]), user="me"))
    (ferry,) = ask(PLAYED, name="Slow Ferry")
    assert (ferry["plays"], ferry["last"]) == (2, 1706858800)
