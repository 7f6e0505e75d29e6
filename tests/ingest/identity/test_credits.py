"""Guests of a credit line are artists of their own; names that only look like several stay whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats.shelf import digest
from ingest.identity.credits import FEATURED, apart, with_guests_apart
from ingest.load import load, read
from ingest.records import gather
from ingest.source import Batch


@pytest.mark.parametrize(
    ("credit", "names"),
    [
        ("Ann feat. Bob", ("Ann", "Bob")),
        ("Ann Ft Bob & The Crew", ("Ann", "Bob & The Crew")),
        ("Ann & Ben featuring Cy, Dee and Eve", ("Ann & Ben", "Cy", "Dee", "Eve")),
        ("Ann (feat. Bob)", ("Ann", "Bob")),
        ("Ann [ft. Bob]", ("Ann", "Bob")),
        ("Ann feat. Ann", ("Ann",)),
    ],
)
def test_who_is_a_guest(credit, names):
    assert apart(credit) == names


@pytest.mark.parametrize(
    "name",
    ["Simon & Garfunkel", "Earth, Wind & Fire", "Tyler, The Creator", "AC/DC", "Florence + The Machine", "Little Feat",
     "Feat", "feat. Bob", "Ann feat.", "Defeat of Reason", "Ann with Bob", "Ann x Bob", "Soft Featuring"],
)  # fmt: skip
def test_who_stays_whole(name):
    assert apart(name) == (name,)


@given(st.text(max_size=40))
def test_whatever_it_is_no_name_is_empty_or_new(credit):
    names = apart(credit)
    assert names == (credit,) or (len(names) >= 1 and all(name and name in credit for name in names))


def artist(name):
    return f"w:artist:{digest(name)}"


class Source:
    """Tracks by a credit line, by one of its names, by a known artist, and by a look-alike."""

    name = "w"

    def extract(self):
        return None

    def transform(self, raw):
        names = ["Ann feat. Bob", "Ann", "Simon & Garfunkel"]
        yield Batch(
            "artist",
            {
                "id": [*map(artist, names), "w:artist:mbid-1"],
                "name": [*names, "Known feat. Somebody"],
                "sourceIds": [None, None, None, ["mbid:1"]],
            },
        )
        yield Batch("track", {"id": [f"w:track:{n}" for n in range(4)], "name": ["One", "Two", "Three", "Four"]})
        yield Batch(
            "performed_by",
            {
                "source": [f"w:track:{n}" for n in range(4)],
                "target": [*map(artist, names), "w:artist:mbid-1"],
                "position": [0, 0, 0, 0],
            },
        )


def links(columns):
    rows = zip(*(columns[name].tolist() for name in ("source", "target", "position", "role")), strict=True)
    return sorted(rows)


def test_records_have_an_artist_for_each_name():
    records = with_guests_apart(gather(Source().transform(None)))
    artists = records["artist"]
    assert set(artists.columns["name"].tolist()) == {"Ann", "Bob", "Simon & Garfunkel", "Known feat. Somebody"}
    assert links(records["performed_by"].columns) == sorted(
        [
            ("w:track:0", artist("Ann"), 0, ""),
            ("w:track:0", artist("Bob"), 1, FEATURED),
            ("w:track:1", artist("Ann"), 0, ""),
            ("w:track:2", artist("Simon & Garfunkel"), 0, ""),
            ("w:track:3", "w:artist:mbid-1", 0, ""),
        ]
    )
    for found in (artists, records["performed_by"]):
        assert found.read == len(found) + found.merged + sum(remark.count for remark in found.rejected)


def test_nothing_to_do_changes_nothing():
    records = {kind: found for kind, found in read(Source()).records.items() if kind != "performed_by"}
    assert with_guests_apart(records) == records


def test_in_the_graph_and_again(store, ask):
    load(store, Source())
    text = (
        "MATCH (t:Track)-[r:PERFORMED_BY]->(a) RETURN t.name AS track, a.name AS artist, r.position AS at, "
        "r.role AS role ORDER BY t.id, at"
    )
    first = ask(text)
    assert first[:2] == [
        {"track": "One", "artist": "Ann", "at": 0, "role": None},
        {"track": "One", "artist": "Bob", "at": 1, "role": "featured"},
    ]
    load(store, Source())
    assert ask(text) == first
