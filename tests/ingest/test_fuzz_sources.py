"""Whatever is done to the files of any registered source, it ends in one clear line or in a report that adds up."""

from __future__ import annotations

import pathlib
import shutil
import tempfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from graph.errors import SourceError
from ingest.records import gather
from ingest.sniff import sniff
from ingest.source import EVENT, batches
from ingest.sources import HISTORIES, SOURCES
from ingest.sources.demo import Demo

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"
FOLDERS = {
    "lfm1m": "lfm1m-kg",
    "hetrec": "hetrec2011-lastfm-2k",
    "tidytuesday": "spotify-songs-tidytuesday",
    **{name: name for name in ("mpd", "jspf", "xspf", "m3u", "genres")},
    "local": "audio-folder",
    **{name: f"genres/{name}" for name in ("fma", "beets", "everynoise", "ishkur")},
    "wikipedia": "genres/wikipedia-infobox",
    "musicbrainz": "genres/musicbrainz-mapping",
    **{name: f"histories/{name}" for name in ("lastfm1k", *HISTORIES)},
}
READ_FILES = sorted(set(SOURCES) - {"demo"})
"""All sources but the one that makes its own data."""
NAME = "Слот " * 200_000
DEEP = 10_000
SEEDS = (
    b"",
    b"\n",
    b"\x00" * 64,
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf",
    b"[" * DEEP,
    b'{"a":' * DEEP,
    b"[]",
    b"{}",
    b"null",
    b"NaN",
    b"[NaN, Infinity, -Infinity]",
    b'[{"endTime": NaN, "artistName": [], "trackName": {}, "msPlayed": Infinity}]',
    b'[{"ts": 5, "ms_played": "x", "spotify_track_uri": ["spotify:track:0000000000000000000001"]}]',
    b'{"tracks": [1, null, [], {"artist": 1e400}], "playlists": 7}',
    b'{"playlists": [null, {"items": {"a": 1}, "name": []}, {"items": [null, {"track": 3}]}]}',
    b'{"items": [null, {"track": {"name": "x", "artists": 3}, "played_at": -1}]}',
    b'{"scrobbles": [null, {"time": -1, "track": 3}, {"time": 1e30, "track": {"artists": [null], "title": 5}}]}',
    b'{"track_metadata": 5}\n{"track_metadata": {"artist_name": 1, "track_name": [2]}, "listened_at": 1e308}',
    b'{"timeMs": -5, "artist": "a", "track": "b"}\n{"timeMs": 99999999999999999999, "event": []}',
    b'"' * 999,
    b"a,b\n" * 999,
    b"\t\t\t\t\t\n" * 99,
    b"PK\x03\x04 and no more",
    b"PAR1 and no more",
)


def outcome(source) -> str:
    """What reading comes to: one line of error, or "" for a report; both are checked."""
    said = ""
    try:
        found = gather(batches(source))
    except SourceError as error:
        said, found = str(error), {}
    assert "\n" not in said
    assert len(said) < 2000
    assert said or found
    for records in found.values():
        assert records.read == len(records) + records.merged + sum(remark.count for remark in records.rejected)
        for remark in (*records.rejected, *records.noted):
            assert remark.count > 0
            assert remark.examples
            assert "\n" not in remark.reason
    if EVENT in found:
        at = found[EVENT].columns["at"]
        assert not len(at) or 631_152_000 <= int(at.min()) <= int(at.max()) < 4_102_444_800
    return said


def files(name: str) -> list[str]:
    folder = FIXTURES / FOLDERS[name]
    return [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]


def opened(name, folder):
    return SOURCES[name](pathlib.Path(folder))


@pytest.fixture
def copy(tmp_path):
    """Copies the fixture of a source, and gives its folder."""

    def made(name):
        return pathlib.Path(shutil.copytree(FIXTURES / FOLDERS[name], tmp_path / "copy"))

    return made


def test_every_source_is_here():
    assert set(FOLDERS) == set(READ_FILES)


@pytest.mark.parametrize("name", READ_FILES)
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_damage_to_any_file(name, data):
    file = data.draw(st.sampled_from(files(name)))
    content = (FIXTURES / FOLDERS[name] / file).read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 200)))
    chosen = data.draw(st.integers(0, len(SEEDS)))  # by number: a failure prints what was drawn
    piece = SEEDS[chosen] if chosen < len(SEEDS) else data.draw(st.binary(max_size=8))
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(FIXTURES / FOLDERS[name], folder, dirs_exist_ok=True)
        pathlib.Path(folder, file).write_bytes(content[:start] + piece + content[end:])
        outcome(opened(name, folder))


@pytest.mark.parametrize("name", READ_FILES)
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_file_cut_off_at_any_byte(name, data):
    file = data.draw(st.sampled_from(files(name)))
    content = (FIXTURES / FOLDERS[name] / file).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(FIXTURES / FOLDERS[name], folder, dirs_exist_ok=True)
        pathlib.Path(folder, file).write_bytes(content[: data.draw(st.integers(0, len(content)))])
        outcome(opened(name, folder))


@pytest.mark.parametrize("name", READ_FILES)
def test_every_file_replaced_by_garbage(copy, name):
    folder = copy(name)
    for file in files(name):
        content = (folder / file).read_bytes()
        for seed in SEEDS:
            (folder / file).write_bytes(seed)
            outcome(opened(name, folder))
        (folder / file).write_bytes(content)


@pytest.mark.parametrize("name", READ_FILES)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1", "utf-8-sig"])
def test_every_file_in_another_encoding(copy, name, encoding):
    folder = copy(name)
    for file in files(name):
        content = (folder / file).read_bytes()
        text = content.decode("utf-8", "replace").replace("Nadir", "Nädir")
        (folder / file).write_bytes(text.encode(encoding, "replace"))
        outcome(opened(name, folder))
        (folder / file).write_bytes(content)


@pytest.mark.parametrize("name", READ_FILES)
def test_names_of_a_million_signs(copy, name):
    folder = copy(name)
    for file in files(name):
        content = (folder / file).read_bytes()
        (folder / file).write_bytes(content.replace(b"Nadir", NAME.encode(), 1).replace(b"rock", NAME.encode(), 1))
        outcome(opened(name, folder))
        (folder / file).write_bytes(content)


@pytest.mark.parametrize("name", READ_FILES)
@pytest.mark.parametrize(
    "number", [b"-1", b"0", b"1e400", b"NaN", b"253402300800", b"9" * 400, b'"x"', b"[[]]", b"null"]
)
def test_every_number_of_every_file_replaced(copy, name, number):
    folder = copy(name)
    for file in files(name):
        content = (folder / file).read_bytes()
        runs = [word for word in set(content.replace(b",", b" ").replace(b"\t", b" ").split()) if word.isdigit()]
        for word in sorted(runs)[:12]:
            (folder / file).write_bytes(content.replace(word, number))
            outcome(opened(name, folder))
        (folder / file).write_bytes(content)


@pytest.mark.parametrize("name", READ_FILES)
def test_a_folder_where_a_file_should_be_and_the_other_way_round(copy, name, tmp_path):
    folder = copy(name)
    for file in files(name):
        content = (folder / file).read_bytes()
        (folder / file).unlink()
        (folder / file).mkdir()
        outcome(opened(name, folder))
        (folder / file).rmdir()
        (folder / file).write_bytes(content)
    (tmp_path / "file").write_bytes(b"")
    assert outcome(opened(name, tmp_path / "file"))
    assert outcome(opened(name, tmp_path / "absent"))
    (tmp_path / "empty").mkdir()
    assert outcome(opened(name, tmp_path / "empty"))


@pytest.mark.parametrize("name", READ_FILES)
def test_every_file_twice_brings_nothing_twice(copy, name):
    folder = copy(name)
    before = gather(batches(opened(name, folder)))
    for file in files(name):
        shutil.copy(folder / file, (folder / file).with_name("x" + pathlib.Path(file).name))
    assert not outcome(opened(name, folder))
    if name in HISTORIES:
        after = gather(batches(opened(name, folder)))
        assert len(after[EVENT]) == len(before[EVENT])


@settings(deadline=None, max_examples=300)
@given(content=st.one_of(st.binary(max_size=300), st.sampled_from(SEEDS)))
@example(content=b"PK\x05\x06" + b"\x00" * 18)
def test_sniffing_garbage(content):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "thing.json")
        path.write_bytes(content)
        said = ""
        try:
            found = sniff(path).source
        except SourceError as error:
            said, found = str(error), "demo"
        assert found in SOURCES
        assert "\n" not in said


def test_the_demo_reads_nothing():
    assert not outcome(Demo(None))
