"""A folder of audio files: what the tags say, where files lie, and what happens to files that are none."""

from __future__ import annotations

import os
import pathlib
import shutil

import numpy as np
import pytest
import soundfile
from mutagen.id3 import TALB, TIT2, TPE1, TSRC, TXXX
from mutagen.mp3 import MP3

from graph.errors import AudioError, SourceError
from ingest.formats.tags import read_tags
from ingest.source import batches
from ingest.sources.folder import Folder, audio_files, track_id

FIXTURE = pathlib.Path(__file__).resolve().parents[2] / "fixtures/audio-folder"


def by_kind(source):
    return {batch.kind: batch for batch in batches(source)}


def told(remarks):
    return {remark.reason: remark.count for remark in remarks}


def test_tracks_artists_and_genres_of_tags():
    found = by_kind(Folder(FIXTURE))
    tracks = found["track"].columns
    assert tracks["name"] == ["Untitled", "Slow Ferry", "Harbour Lights"]
    assert tracks["durationMs"] == [200, 200, 200]
    assert tracks["isrc"] == [None, "GBAAA1200001", "GBAAA1200002"]
    assert tracks["sourceIds"][1] == [
        "file:Nadir/01%20Slow%20Ferry.flac",
        "mbid:aaaaaaaa-0000-4000-8000-000000000002",
        "isrc:GBAAA1200001",
    ]
    credits = zip(*(found["performed_by"].columns[name] for name in ("source", "target", "position")), strict=True)
    assert sum(source == tracks["id"][1] for source, _, _ in credits) == 2
    assert sorted(found["genre"].columns["slug"]) == ["harbour-folk", "mist"]
    assert found["track_genre"].merged == 1  # "Harbour Folk" and "harbour-folk" are one


def test_a_file_that_is_no_audio_is_counted_with_its_path():
    found = by_kind(Folder(FIXTURE))["track"]
    assert told(found.rejected) == {"file that cannot be read": 1}
    assert found.rejected[0].examples[0].startswith("broken.mp3: cannot be read (")
    assert told(found.noted) == {"no title among the tags: called by its file": 1}


def test_an_id_follows_the_path_below_the_folder(tmp_path):
    shutil.copytree(FIXTURE, tmp_path / "moved")
    there, here = by_kind(Folder(tmp_path / "moved"))["track"], by_kind(Folder(FIXTURE))["track"]
    assert there.columns["id"] == here.columns["id"]
    path = FIXTURE / "Nadir/01 Slow Ferry.flac"
    assert track_id(FIXTURE, path) == here.columns["id"][1]
    assert str(FIXTURE) not in str([batch.columns for batch in by_kind(Folder(FIXTURE)).values()])


def test_links_in_a_circle_and_to_nothing_are_survived(tmp_path):
    shutil.copytree(FIXTURE, tmp_path / "music")
    (tmp_path / "music/Nadir/again").symlink_to(tmp_path / "music", target_is_directory=True)
    (tmp_path / "music/gone.flac").symlink_to(tmp_path / "nowhere.flac")
    (tmp_path / "music/zz.flac").symlink_to(tmp_path / "music/Nadir/01 Slow Ferry.flac")
    found = by_kind(Folder(tmp_path / "music"))["track"]
    assert len(found) == 3
    assert told(found.rejected) == {"file that cannot be read": 2, "file that is there under another path": 1}


def test_a_name_that_is_no_utf_8(tmp_path):
    shutil.copy(FIXTURE / "Nadir/01 Slow Ferry.flac", os.fsencode(tmp_path) + b"/caf\xe9.flac")
    found = by_kind(Folder(tmp_path))["track"]
    assert found.columns["sourceIds"][0][0] == "file:caf%E9.flac"


@pytest.mark.parametrize("ending", ["mp3"])
def test_id3_with_several_values(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    soundfile.write(path, np.zeros(8000, np.float32), 8000)
    audio = MP3(path)
    audio.add_tags()
    for frame in (
        TIT2(3, ["Song"]),
        TPE1(3, ["A & B"]),
        TXXX(3, "ARTISTS", ["A", "B"]),
        TALB(3, ["Album"]),
        TSRC(3, ["no code"]),
    ):
        audio.tags.add(frame)
    audio.save()
    tags = read_tags(path)
    assert (tags.title, tags.artists, tags.album, tags.isrc) == ("Song", ("A", "B"), "Album", None)
    assert 900 < tags.duration_ms < 1200


@pytest.mark.parametrize(
    "content", [b"", b"fLaC" + b"\xff" * 50, b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f", b"OggS" * 30, b"RIFF"]
)
@pytest.mark.parametrize("ending", ["mp3", "flac", "ogg", "wav", "m4a", "wma"])
def test_a_damaged_file_is_one_line(tmp_path, content, ending):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(content)
    with pytest.raises(AudioError) as raised:
        read_tags(path)
    assert "\n" not in str(raised.value)


def test_an_empty_and_an_absent_folder_are_one_line(tmp_path):
    with pytest.raises(SourceError, match="no audio file that can be read"):
        Folder(tmp_path).extract()
    with pytest.raises(SourceError, match="no such folder"):
        audio_files(tmp_path / "absent")


def test_what_the_pipeline_measures_arrives_at_the_tracks(tmp_path):
    times = np.arange(22_050 * 4) / 22_050
    soundfile.write(tmp_path / "tone.flac", 0.3 * np.sin(2 * np.pi * 220 * times), 22_050)
    shutil.copy(FIXTURE / "broken.mp3", tmp_path)
    found = by_kind(Folder(tmp_path, features=tmp_path / "features", workers=1))["track"]
    assert found.columns["audioSource"] == ["measured"]
    assert found.columns["loudness"][0] < 0
    assert found.columns["durationMs"][0] == 4000
