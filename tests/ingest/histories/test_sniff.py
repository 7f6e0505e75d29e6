"""``import PATH`` finds out what lies there, says so, and says when it cannot."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

from graph.errors import SourceError
from ingest.sniff import sniff
from ingest.sources import HISTORIES

ROOT = pathlib.Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "tests/fixtures"
FOLDERS = {
    "lfm1m": "lfm1m-kg",
    "hetrec": "hetrec2011-lastfm-2k",
    "tidytuesday": "spotify-songs-tidytuesday",
    **{name: name for name in ("mpd", "jspf", "xspf", "m3u", "genres")},
    "local": "audio-folder",
    **{name: f"genres/{name}" for name in ("beets", "everynoise", "ishkur")},
    "wikipedia": "genres/wikipedia-infobox",
    "musicbrainz": "genres/musicbrainz-mapping",
    **{name: f"histories/{name}" for name in ("lastfm1k", *HISTORIES)},
}


@pytest.mark.parametrize(("name", "folder"), FOLDERS.items())
def test_folders(name, folder):
    assert sniff(FIXTURES / folder).source == name


@pytest.mark.parametrize(
    ("name", "file"),
    [
        *(("spotify", f"spotify/{name}.json") for name in ("endsong_0", "StreamingHistory_music_0", "YourLibrary")),
        *(("spotify", f"spotify/{name}.json") for name in ("Playlist1", "recently_played")),
        ("listenbrainz", "listenbrainz/1.listens"),
        ("lastfm1k", "lastfm1k/userid-timestamp-artid-artname-traid-traname.tsv"),
        ("rockbox", "rockbox/.scrobbler.log"),
        ("maloja", "maloja/maloja_export_20240101.json"),
        ("pano", "pano/scrobbles.jsonl"),
        ("librefm", "librefm/librefm.csv"),
        ("spinitron", "spinitron/show.csv"),
        ("table", "table/plays.csv"),
    ],
)
def test_files_whatever_they_are_called(name, file, tmp_path):
    there = shutil.copy(FIXTURES / "histories" / file, tmp_path / "thing.dat")
    assert sniff(FIXTURES / "histories" / file).source == name
    if name != "table":  # which has its mapping beside it
        assert sniff(pathlib.Path(there)).source == name


def test_a_zip_file(tmp_path):
    with zipfile.ZipFile(tmp_path / "my_spotify_data.zip", "w") as archive:
        archive.write(FIXTURES / "histories/spotify/endsong_0.json", "data/endsong_0.json")
        archive.writestr("data/Userdata.json", "{}")
    assert sniff(tmp_path / "my_spotify_data.zip").source == "spotify"


@pytest.mark.parametrize("content", [b"", b"hello", b"{}", b"[]", b"\x00\x01", b"\xff\xfe", b"[" * 100_000])
def test_what_nobody_knows(tmp_path, content):
    (tmp_path / "thing").write_bytes(content)
    with pytest.raises(SourceError, match="of no known kind; name the source: phonograph import NAME PATH"):
        sniff(tmp_path / "thing")


def test_several_sources_in_a_folder(tmp_path):
    shutil.copytree(FIXTURES / "histories/maloja", tmp_path / "both/a")
    shutil.copytree(FIXTURES / "histories/rockbox", tmp_path / "both/b")
    with pytest.raises(SourceError, match=r"holds files of several sources \(maloja, rockbox\); name the source"):
        sniff(tmp_path / "both")


def call(home, *words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PHONOGRAPH_")}
    environment |= {"PYTHONPATH": str(ROOT), "PHONOGRAPH_HOME": str(home)}
    command = [sys.executable, "-m", "api.cli.main", "import", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


class TestCommand:
    """A dry run needs no Neo4j."""

    def test_a_path_alone_is_said_what_it_was_taken_for(self, tmp_path):
        ended = call(tmp_path, str(FIXTURES / "histories/spotify"), "--dry-run", "--json", "--user", "me")
        assert ended.returncode == 0, ended.stderr
        assert "taken for Spotify's export (spotify)" in ended.stderr
        answer = json.loads(ended.stdout)
        assert (answer["source"], answer["dryRun"]) == ("spotify", True)
        assert answer["summary"] == {
            "users": 1, "tracks": 9, "artists": 5, "playlists": 2, "plays": 6, "skips": 5,
            "firstAt": 1556704826, "lastAt": 1709269993,
        }  # fmt: skip
        assert answer["kinds"]["event"]["rejected"][0]["examples"]

    def test_the_report_for_people_names_places_and_span(self, tmp_path):
        ended = call(tmp_path, "rockbox", str(FIXTURES / "histories/rockbox"), "--dry-run")
        assert ended.returncode == 0, ended.stderr
        assert (
            "1 user, 2 tracks, 2 artists, 1 play, 1 skip, from 2020-01-01 00:00 UTC to 2020-01-01 01:00 UTC"
            in ended.stdout
        )
        assert "event: 1 no time: rejected (e.g. .scrobbler.log:9)" in ended.stdout
        assert "nothing written (dry run)" in ended.stdout

    @pytest.mark.parametrize(
        ("words", "complaint"),
        [
            (("vinyl",), "unknown source 'vinyl'"),
            (("{}/absent.json",), "no such file or folder"),
            (("maloja",), "no path given"),
            (("maloja", "{}", "--zone", "UTC"), "--zone: means nothing to maloja, only to rockbox, spinitron, table"),
            (("lastfm1k", "{}", "--user", "me"), "--user: means nothing to lastfm1k"),
            (("rockbox", "{}", "--zone", "Mars"), "time zone 'Mars' is unknown"),
            (("spotify", "{}", "--user", " "), "--user ' ': no id"),
            (("table", "{}", "--map", "a"), "--map: 'a' is not MEANING=COLUMN"),
            (("table", "{}", "--mapping", "{}/absent.toml"), "absent.toml: cannot be read"),
        ],
    )
    def test_mistakes_end_in_one_line(self, tmp_path, words, complaint):
        ended = call(tmp_path / "home", *(word.format(tmp_path) for word in words))
        assert (ended.returncode, ended.stdout) == (2, "")
        (line,) = ended.stderr.splitlines()
        assert complaint in line
