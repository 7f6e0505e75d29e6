"""A playlist that is written and read again is the same playlist, whatever its names hold."""

from __future__ import annotations

import csv
import io
import string
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.exports.playlist import WRITERS
from ingest.formats import identifiers, jspf, m3u, table, xspf
from ingest.formats.playlist import Artist, Entry, Playlist
from ingest.formats.text import iso_time, tidy, unix_seconds

READERS = {"jspf": jspf.read, "xspf": xspf.read, "m3u": m3u.read}

names = st.one_of(
    st.text(min_size=1, max_size=30),
    st.sampled_from(
        [
            "A - B",
            " - ",
            "#EXTINF:1,X",
            "a\r\nb",
            "</title>",
            "&amp;",
            "日本語",
            "!!!",
            "x;y, z",
            '"Q"',
            "=1+1",
            "..",
            "a, b",
        ]
    ),
).map(tidy)
titles = names.filter(bool)
uuids = st.uuids().map(str)
track_ids = st.one_of(
    uuids.map(lambda uuid: f"mbid:{uuid}"),
    st.text(string.ascii_letters + string.digits, min_size=22, max_size=22).map(lambda id: f"spotify:track:{id}"),
    st.integers(0, 10**7 - 1).map(lambda number: f"isrc:GBABC{number:07d}"),
    st.integers(0, 999).map(lambda number: f"lfm1m:track:{number}"),
    titles.map(lambda name: f"file:{identifiers.quote(name, safe='/')}"),
)
artists = st.builds(Artist, titles, st.one_of(st.just(()), uuids.map(lambda uuid: (f"mbid:{uuid}",))))
entries = st.builds(
    Entry,
    place=st.just(""),
    title=titles,
    artists=st.lists(artists, max_size=3, unique_by=lambda artist: artist.name).map(tuple),
    album=st.none() | titles,
    duration_ms=st.none() | st.integers(1, 10_000_000),
    ids=st.lists(track_ids, max_size=3, unique=True).map(identifiers.ranked),
    added_at=st.none() | st.integers(1, 4_000_000_000),
)
playlists = st.builds(
    Playlist,
    place=st.just(""),
    key=st.just(""),
    name=st.none() | titles,
    description=st.none() | titles,
    created_at=st.none() | st.integers(1, 4_000_000_000),
    entries=st.lists(entries, min_size=1, max_size=5).map(tuple),
)


def again(format, playlist):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{format}"
        path.write_text(WRITERS[format](playlist), encoding="utf-8", newline="")
        (read,) = READERS[format](path)
    return read


def credits(playlist):
    return [(entry.title, [artist.name for artist in entry.artists]) for entry in playlist.entries]


@settings(deadline=None)
@pytest.mark.parametrize("format", sorted(READERS))
@given(playlist=playlists)
def test_the_same_tracks_by_the_same_artists_on_the_same_albums(format, playlist):
    read = again(format, playlist)
    assert credits(read) == credits(playlist)
    assert [entry.album for entry in read.entries] == [entry.album for entry in playlist.entries]
    assert read.rejected.remarks() == ()


@settings(deadline=None)
@pytest.mark.parametrize("format", ["jspf", "xspf"])
@given(playlist=playlists)
def test_the_same_ids_lengths_and_header(format, playlist):
    read = again(format, playlist)
    for name in ("duration_ms", "ids"):
        assert [getattr(one, name) for one in read.entries] == [getattr(one, name) for one in playlist.entries]
    for name in ("name", "description", "created_at"):
        assert getattr(read, name) == getattr(playlist, name)


@settings(deadline=None)
@given(playlist=playlists)
def test_jspf_keeps_who_the_artists_are_and_when_a_track_was_added(playlist):
    read = again("jspf", playlist)
    assert [entry.artists for entry in read.entries] == [entry.artists for entry in playlist.entries]
    assert [entry.added_at for entry in read.entries] == [entry.added_at for entry in playlist.entries]


@settings(deadline=None)
@given(playlist=playlists)
def test_m3u_keeps_seconds_and_one_id(playlist):
    for one, other in zip(again("m3u", playlist).entries, playlist.entries, strict=True):
        seconds = None if other.duration_ms is None else round(other.duration_ms / 1000) * 1000 or None
        assert one.duration_ms == seconds
        assert one.ids == () or not other.ids or one.ids[0] in other.ids


@given(playlist=playlists)
def test_csv_holds_every_track_in_one_row(playlist):
    rows = list(csv.DictReader(io.StringIO(table.write(playlist), newline="")))
    assert [row["title"] for row in rows] == [entry.title for entry in playlist.entries]
    assert [row["position"] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
    assert [row["artist"] for row in rows] == ["; ".join(a.name for a in e.artists) for e in playlist.entries]
    assert [row["ids"] for row in rows] == ["; ".join(entry.ids) for entry in playlist.entries]


@given(id=track_ids)
def test_an_id_comes_back_from_its_address(id):
    assert identifiers.source_id(identifiers.uri(id, "recording")) == id


@given(st.text())
def test_a_tidy_name_is_one_line_and_stays_as_it_is(text):
    once = tidy(text)
    assert tidy(once) == once
    assert len(once.splitlines()) <= 1
    assert once == once.strip()


@given(st.integers(1, 253_402_300_799))
def test_a_time_comes_back(seconds):
    assert unix_seconds(iso_time(seconds)) == seconds


@pytest.mark.parametrize(
    "uri",
    ["", "a.mp3", "file:///home/a.mp3", "http://", "https://example.org/", "javascript:alert(1)", "x" * 5000, 7, None],
)
def test_what_names_nothing_that_lasts_is_no_id(uri):
    assert identifiers.source_id(uri) is None
