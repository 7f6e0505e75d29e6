"""Tables by a mapping: said in words, in a file, or guessed; CSV and Parquet."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.errors import InvalidRequestError, SourceError
from ingest.histories.mapping import from_file, from_words
from ingest.source import batches
from ingest.sources.table import TableOfPlays

HEADER = "Artist,Title,Date\n"


def test_the_mapping_beside_a_file(fixtures, found):
    read = found(TableOfPlays(fixtures / "table/plays.csv"))
    assert read.events == [
        ("PLAY", "Slow Ferry", "2024-03-01 07:15:00", 187_000),  # Berlin in winter
        ("PLAY", "Slow Ferry", "2024-03-02 07:15:00", -1),
        ("PLAY", "Tide Pool", "2024-07-01 06:15:00", -1),  # and in summer
    ]
    assert {("Tide Pool", "Maren", 0), ("Tide Pool", "Nadir", 1)} <= read.credits
    assert read.rows("user", "id", "name") == [("table:user:ahab", "Ahab"), ("table:user:starbuck", "Starbuck")]
    assert read.rejected() == {"no time": 1}
    assert read.noted() == {"line break within a field that is not read": 1}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_columns_and_delimiters_that_tell_themselves(written, found, delimiter):
    rows = [
        ["Artist Name", "Track", "utc_time", "ISRC", "Notes"],
        ["Nadir", "Slow Ferry", "1704100000", "QZAAA1900001", "x"],
    ]
    text = "\n".join(delimiter.join(row) for row in rows)
    read = found(TableOfPlays(written(plays__csv=text), user="me"))
    assert read.events == [("PLAY", "Slow Ferry", "2024-01-01 09:06:40", -1)]
    assert read.ids_of() == {"Slow Ferry": ["isrc:QZAAA1900001"]}


@pytest.mark.parametrize(
    ("words", "value", "began"),
    [
        ("", "2024-01-01T09:06:40Z", "2024-01-01 09:06:40"),
        ("", "2024-01-01 09:06:40", "2024-01-01 09:06:40"),
        ("", "2024-01-01T09:06:40+0200", "2024-01-01 07:06:40"),
        ("", "2024-01-01", "2024-01-01 00:00:00"),
        ("", "1704100000", "2024-01-01 09:06:40"),
        ("", "1704100000123", "2024-01-01 09:06:40"),
        ("time=unix", "1704100000", "2024-01-01 09:06:40"),
        ("time=unix-ms", "1704100000123", "2024-01-01 09:06:40"),
        ("time=unix-ms", "631152000001", "1990-01-01 00:00:00"),
        ("time=%d %b %Y %H:%M", "01 Jan 2024 09:06", "2024-01-01 09:06:00"),
        ("zone=America/New_York", "2024-01-01 09:06:40", "2024-01-01 14:06:40"),
        ("time=iso", "yesterday", None),
        ("", "20240101", "2024-01-01 00:00:00"),
        ("", "", None),
    ],
)
def test_times(written, found, words, value, began):
    source = TableOfPlays(written(plays__csv=f"{HEADER}Nadir,Slow Ferry,{value}\n"), mapping=from_words(words))
    assert [event[2] for event in found(source).events] == ([began] if began else [])


def test_parquet_knows_its_types(tmp_path, found):
    moment = datetime(2024, 1, 1, 9, 6, 40, tzinfo=UTC)
    columns = {
        "artist": ["Nadir", "Nadir", None],
        "title": ["Slow Ferry", "Foghorn", "x"],
        "played_at": [moment, None, moment],
        "ms_played": [187_000, 5, 6],
    }
    pq.write_table(pa.table(columns), tmp_path / "plays.parquet")
    read = found(TableOfPlays(tmp_path / "plays.parquet"))
    assert read.events == [("PLAY", "Slow Ferry", "2024-01-01 09:06:40", 187_000)]
    assert [remark.examples for remark in read.records["event"].rejected] == [
        ("plays.parquet[1]",),
        ("plays.parquet[2]",),
    ]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_parquet_timestamps_of_every_unit(tmp_path, found, unit):
    at = pa.array([datetime(2024, 1, 1, 9, 6, 40)], pa.timestamp(unit))
    pq.write_table(pa.table({"artist": ["Nadir"], "title": ["Slow Ferry"], "at": at}), tmp_path / "plays.parquet")
    assert found(TableOfPlays(tmp_path)).events[0][2] == "2024-01-01 09:06:40"


def test_another_encoding(tmp_path, found):
    (tmp_path / "plays.csv").write_bytes(f"{HEADER}Nädir,Slow Ferry,2024-01-01\n".encode("latin-1"))
    with pytest.raises(SourceError, match="no record in it"):
        found(TableOfPlays(tmp_path))
    read = found(TableOfPlays(tmp_path, mapping=from_words("encoding=latin-1")))
    assert read.credits == {("Slow Ferry", "Nädir", 0)}


@pytest.mark.parametrize(
    ("text", "words", "complaint"),
    [
        (
            "Artist,Title\nNadir,Slow Ferry\n",
            "",
            r"which column is at\? Its columns are Artist, Title; say it with --map",
        ),
        (
            HEADER + "Nadir,Slow Ferry,2024-01-01\n",
            "artist=Band",
            "no column Band; its columns are Artist, Title, Date",
        ),
        (HEADER, "", "no record in it"),
        ("", "", "which column is artist, title, at"),
    ],
)
def test_what_is_missing_is_said_in_one_line(written, text, words, complaint):
    with pytest.raises(SourceError, match=complaint):
        list(batches(TableOfPlays(written(plays__csv=text), mapping=from_words(words))))


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("artist", "'artist' is not MEANING=COLUMN"),
        ("artist=", "'artist' is not MEANING=COLUMN"),
        ("singer=Artist", "unknown singer: use artist, title, at"),
        ("zone=Mars", "time zone 'Mars' is unknown"),
        ("encoding=rot13-and-a-half", "unknown encoding"),
        ("delimiter=ab", "is not one character"),
    ],
)
def test_a_mapping_that_is_none(words, complaint):
    with pytest.raises(InvalidRequestError, match=complaint):
        from_words(words)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("columns = 5", r"\[columns\] must hold lines"),
        ("[columns]\nartist = 5", r"\[columns\] must hold lines"),
        ("[colums]\nartist = 'A'", "unknown colums"),
        ("[format]\nspeed = 'A'", "unknown speed"),
        ("=", "no TOML"),
    ],
)
def test_a_mapping_file_that_is_none(written, text, complaint):
    folder = written(plays__toml=text)
    with pytest.raises(InvalidRequestError, match=complaint):
        from_file(folder / "plays.toml")


def test_words_go_before_the_file(written):
    folder = written(
        plays__toml="[columns]\nartist = 'A'\ntitle = 'T'\n[format]\nzone = 'Europe/Berlin'\ndelimiter = 'tab'"
    )
    mapping = from_words("artist=B,zone=UTC", from_file(folder / "plays.toml"))
    assert (dict(mapping.columns), mapping.zone, mapping.delimiter) == ({"artist": "B", "title": "T"}, "UTC", "\t")
