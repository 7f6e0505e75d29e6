"""Damaged files end in one clear line or in a report that accounts for everything; nothing else, in any format."""

from __future__ import annotations

import pathlib
import shutil
import tempfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import SourceError
from ingest.records import gather
from ingest.source import batches
from ingest.sources.folder import Folder
from ingest.sources.genres.vocabularies import Genres
from ingest.sources.jspf import Jspf
from ingest.sources.m3u import M3u
from ingest.sources.mpd import Mpd
from ingest.sources.xspf import Xspf

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"
FILES = [
    (kind, path.relative_to(FIXTURES / folder).as_posix(), folder)
    for kind, folder in (
        (Jspf, "jspf"),
        (Xspf, "xspf"),
        (M3u, "m3u"),
        (Mpd, "mpd"),
        (Genres, "genres"),
        (Folder, "audio-folder"),
    )
    for path in sorted((FIXTURES / folder).rglob("*"))
    if (path.is_file() and path.suffix != ".txt") or path.name == "genres.txt"
]
GARBAGE = (
    b"",
    b"\xff\xfe\x00",
    b"\x00" * 40,
    b"[" * 3000,
    b"NaN",
    b"-1",
    b"null",
    b'{"a":{"a":{}}}',
    b"<a><b/></a>",
    b'"',
    b",,,,,,,\n",
    b"y" * 200_000,
    b"- - - - -\n",
    b"*a &a",
)


def outcome(kind, folder):
    """Read everything; a report must add up, an error must be one line."""
    said = ""
    try:
        found = gather(batches(kind(folder)))
    except SourceError as error:
        said, found = str(error), {}
    assert "\n" not in said
    assert said or found
    for records in found.values():
        assert records.read == len(records) + records.merged + sum(remark.count for remark in records.rejected)
        for remark in (*records.rejected, *records.noted):
            assert remark.count > 0
            assert remark.examples


@pytest.mark.parametrize(("kind", "file", "folder"), FILES, ids=lambda value: getattr(value, "__name__", value))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_damage_is_survived(kind, file, folder, data):
    content = (FIXTURES / folder / file).read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    chosen = data.draw(st.integers(0, len(GARBAGE)))  # by number: a failure prints what was drawn
    piece = GARBAGE[chosen] if chosen < len(GARBAGE) else data.draw(st.binary(max_size=8))
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(FIXTURES / folder, copy, dirs_exist_ok=True)
        pathlib.Path(copy, file).write_bytes(content[:start] + piece + content[end:])
        outcome(kind, pathlib.Path(copy))


@pytest.mark.parametrize(("kind", "file", "folder"), FILES, ids=lambda value: getattr(value, "__name__", value))
@pytest.mark.parametrize("part", [0.0, 0.3, 0.7, 0.99])
def test_a_file_cut_off_anywhere_is_survived(tmp_path, kind, file, folder, part):
    shutil.copytree(FIXTURES / folder, tmp_path / "copy")
    content = (FIXTURES / folder / file).read_bytes()
    (tmp_path / "copy" / file).write_bytes(content[: int(len(content) * part)])
    outcome(kind, tmp_path / "copy")
