"""``phonograph audio analyse`` and ``phonograph identify`` on real files and the real Neo4j."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("librosa", reason="the audio extra is not installed")
pytest.importorskip("mutagen", reason="the audio extra is not installed")

import soundfile

from api.cli.audio import audio, identify
from api.hearing import write_features, write_vectors
from gnn.audio import CnnConfig, CnnEmbedding
from graph.errors import AudioError, InvalidRequestError, NotEnoughDataError
from graph.export import export
from graph.kinds import SOUND_VECTOR
from graph.progress import NoProgress
from graph.store import GraphStore, Neo4jAddress
from ingest.audio.features import EXTRACTOR_VERSION
from ingest.audio.library import Library
from ingest.audio.pipeline import analyse
from ingest.audio.synth import SAMPLE_RATE, ClipPlan, render
from ingest.audio.timbres import GROUPS, RATE, timbres
from ingest.sources.folder import track_id


@pytest.fixture
def folder(store: GraphStore, neo4j_server: Neo4jAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two songs, one of which is a track of the graph, and a file that is no sound."""
    monkeypatch.setenv("PHONOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PHONOGRAPH_WORKERS", "1")
    monkeypatch.setenv("PHONOGRAPH_NEO4J__URI", neo4j_server.uri)
    monkeypatch.setenv("PHONOGRAPH_NEO4J__PASSWORD", neo4j_server.password)
    music = tmp_path / "music"
    music.mkdir()
    for name, seed in (("one", 1), ("two", 2)):
        soundfile.write(music / f"{name}.flac", song(seed), SAMPLE_RATE)
    (music / "broken.wav").write_text("no sound")
    return music


def song(seed: int) -> np.ndarray:
    return render(ClipPlan(seed, 90.0 + 30 * seed, 2 + seed, 1, seconds=12.0))


def plant(ask: Callable[..., list[dict[str, Any]]], id: str) -> None:
    ask("CREATE (:Track {id: $id, name: 'One', valence: 2.0})", id=id)
    ask("UNWIND range(0, 59) AS i CREATE (:Track {id: 'c' + i, audioSource: 'imported', valence: 0.8 + i / 1000.0})")


def test_a_folder_is_analysed_written_and_its_clips_are_identified(
    folder: Path, ask: Callable[..., list[dict[str, Any]]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    id = track_id(folder, folder / "one.flac")
    plant(ask, id)
    audio("analyse", folder, json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["files"], told["analysed"], told["written"], told["withoutTrack"]) == (3, 3, 1, 1)
    assert told["failed"] == {"cannot be decoded": 1}
    assert told["mapped"] == ["valence"]
    assert told["secondsOfAudio"] == pytest.approx(24, abs=1)
    (row,) = ask("MATCH (t:Track {id: $id}) RETURN properties(t) AS it", id=id)
    track = row["it"]
    assert (track["key"], track["mode"], track["name"]) == (3, 1, "One")
    assert track["tempo"] == pytest.approx(120, rel=0.02)
    assert 0.8 <= track["valence"] <= 0.86  # on the catalogue's scale
    assert (track["audioSource"], track["extractorVersion"]) == ("measured", EXTRACTOR_VERSION)
    assert 0 < track["keyConfidence"] <= 1
    assert 0 <= track["valenceConfidence"] <= 1
    audio("analyse", folder, json=False)
    assert "import local" in capsys.readouterr().out

    soundfile.write(tmp_path / "clip.wav", 0.5 * song(2)[SAMPLE_RATE : 6 * SAMPLE_RATE], SAMPLE_RATE)
    identify(tmp_path / "clip.wav", json=True)
    match = json.loads(capsys.readouterr().out)
    assert match["match"]["track"] == track_id(folder, folder / "two.flac")
    assert match["match"]["at_seconds"] == pytest.approx(1.0, abs=0.1)
    soundfile.write(tmp_path / "other.wav", np.random.default_rng(0).normal(0, 0.1, 110_250), SAMPLE_RATE)
    identify(tmp_path / "other.wav", json=False)
    assert capsys.readouterr().out == "not known: none of 2 recordings\n"
    (folder / "three.flac").write_bytes((folder / "one.flac").read_bytes() + b"another digest")
    audio("analyse", folder, json=False)
    assert re.search(r"12.0 s of audio, [\d,.]+ s per second and core", capsys.readouterr().out)


def test_what_cannot_be_done_is_said_in_one_line(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(
        InvalidRequestError,
        match=r"audio 'listen': use audio analyse \[FOLDER\], audio genres, audio moods, or audio embed",
    ):
        audio("listen", folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(AudioError, match="holds no audio file"):
        audio("analyse", tmp_path / "empty")
    with pytest.raises(InvalidRequestError, match=r"audio embed .*: takes no path"):
        audio("embed", folder)
    with pytest.raises(AudioError, match="no recording is known yet"):
        identify(folder / "one.flac")
    with pytest.raises(NotEnoughDataError, match="none of 0 analysed recordings is a track of the graph"):
        audio("embed")


def test_measured_tracks_get_genre_probabilities_from_the_graphs_labels(
    folder: Path, ask: Callable[..., list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NotEnoughDataError, match="genres by sound need two genres"):
        audio("genres")
    ask(
        "UNWIND ['calm', 'wild'] AS g MERGE (n:Genre {id: g, name: g}) WITH n, g UNWIND range(0, 49) AS i "
        "CREATE (n)<-[:IN_GENRE]-(:Track {id: g + i, name: g, audioSource: 'imported', tempo: 100 + i, valence: 0.5, "
        "loudness: -12.0, danceability: 0.5, energy: CASE g WHEN 'calm' THEN 0.2 ELSE 0.8 END + (i % 7) / 50.0})"
    )
    ask(
        "CREATE (:Track {id: 'm', name: 'M', audioSource: 'measured', energy: 0.9, tempo: 120.0, valence: 0.5, "
        "loudness: -12.0, danceability: 0.5})"
    )
    audio("genres", json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["written"], told["labels"]) == (1, ["calm", "wild"])
    assert told["heldOut"]["right"] > 0.9 > told["heldOut"]["most_frequent"]
    (row,) = ask("MATCH (t:Track {id: 'm'}) RETURN t.estimatedGenres AS genres, t.estimatedGenreProbabilities AS p")
    assert row["genres"] == ["wild", "calm"]
    assert row["p"][0] > 0.8
    assert sum(row["p"]) == pytest.approx(1, abs=1e-3)


def test_measured_tracks_get_a_mood_vector_from_the_titles_of_playlists(
    folder: Path, ask: Callable[..., list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten calm and ten party lists of eight tracks each; what is quiet is calm."""
    ask(
        "UNWIND range(0, 19) AS p CREATE (l:Playlist {id: 'l' + p, name: ['Chill', 'Party'][p % 2] + ' No. ' + p}) "
        "WITH l, p UNWIND range(0, 7) AS i CREATE (l)-[:CONTAINS]->(:Track {id: l.id + '-' + i, name: 'x', "
        "audioSource: 'imported', tempo: 120.0, valence: 0.5, loudness: -12.0, danceability: 0.5, "
        "energy: [0.2, 0.8][p % 2] + i / 50.0})"
    )
    ask(
        "UNWIND [['q', 0.2], ['l', 0.9]] AS row CREATE (:Track {id: row[0], name: 'M', audioSource: 'measured', "
        "energy: row[1], tempo: 120.0, valence: 0.5, loudness: -12.0, danceability: 0.5})"
    )
    audio("moods")
    assert "2 measured tracks have probabilities of 2 moods now" in capsys.readouterr().out
    rows = ask(
        "MATCH (t:Track {audioSource: 'measured'}) "
        "RETURN t.estimatedMoods AS moods, t.estimatedMoodProbabilities AS p ORDER BY t.id"
    )
    assert [row["moods"] for row in rows] == [["party", "calm"], ["calm", "party"]]
    assert all(row["p"][0] > 0.8 and sum(row["p"]) == pytest.approx(1, abs=1e-3) for row in rows)


def test_a_file_that_was_merged_into_another_track_is_measured_there(
    folder: Path, store: GraphStore, ask: Callable[..., list[dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    record = track_id(folder, folder / "one.flac")
    ask(
        "CREATE (:Identity:SourceRecord:Merge {id: 'Track|' + $record, record: $record, label: 'Track'})"
        "-[:RECORD_OF]->(:Track {id: 'other:track:1', name: 'One'})",
        record=record,
    )
    audio("analyse", folder, json=True)
    assert json.loads(capsys.readouterr().out)["written"] == 1
    (row,) = ask("MATCH (t:Track {id: 'other:track:1'}) RETURN t.audioSource AS source, t.key AS key")
    assert row == {"source": "measured", "key": 3}


def test_what_the_network_hears_becomes_vectors_of_tracks(
    folder: Path, store: GraphStore, ask: Callable[..., list[dict[str, Any]]], tmp_path: Path
) -> None:
    """Planted timbres whose groups are their genres: features do not tell them, a short training does."""
    pytest.importorskip("torch", reason="the train extra is not installed")
    world = timbres(96, seed=1)
    for number, clip in enumerate(world.clips):
        soundfile.write(tmp_path / f"{number}.flac", clip, RATE)
    files = {f"t{number}": tmp_path / f"{number}.flac" for number in range(96)}
    library = Library(tmp_path / "home" / "audio")
    measured = analyse(files.values(), library.analyses, arrays=True, workers=1)
    library.add(files)
    ask(
        "UNWIND range(0, 95) AS n MERGE (g:Genre {id: 'g' + (n % $groups), name: 'g'}) "
        "CREATE (:Track {id: 't' + n, name: 'x'})-[:IN_GENRE]->(g)",
        groups=GROUPS,
    )
    ask("CREATE (:Track {id: 'old', name: 'x', soundVector: [1.0, 0.0], soundNetwork: 'another'})")
    assert len(write_features(store, files, measured)[0]) == 96
    report = write_vectors(store, library, NoProgress(), make=lambda: CnnEmbedding(CnnConfig(epochs=20)))
    assert (report.tracks, report.written) == (96, 96)
    assert report.judged.learned > max(report.judged.plain, report.judged.chance)
    arrays = export(store)
    vectors = arrays.track_columns[SOUND_VECTOR]
    assert vectors.shape == (97, CnnConfig().dim)
    assert np.isnan(vectors[arrays.tracks.row("old")]).all()  # of another network: taken away
    assert np.allclose(np.linalg.norm(vectors[arrays.tracks.row("t5")]), 1, atol=1e-3)
