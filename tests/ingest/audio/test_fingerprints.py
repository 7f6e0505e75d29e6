"""Noisy excerpts are found, strangers are not known, and the library lasts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("librosa", reason="the audio extra is not installed")

import soundfile

from graph.errors import AudioError
from ingest.audio.analysis import hear
from ingest.audio.files import of_samples
from ingest.audio.fingerprints import Fingerprints
from ingest.audio.landmarks import Landmarks
from ingest.audio.library import Library
from ingest.audio.pipeline import analyse
from ingest.audio.synth import SAMPLE_RATE, ClipPlan, render

TRACKS = 40


def recording(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    plan = ClipPlan(
        seed, float(rng.uniform(60, 180)), int(rng.integers(12)), int(rng.integers(2)), float(rng.random()), seconds=15
    )
    return render(plan).astype(np.float32)


def landmarks(samples: np.ndarray) -> Landmarks:
    return hear(of_samples(samples, SAMPLE_RATE)).landmarks


def excerpt(seed: int, at: float, noise_db: float = -5.0) -> np.ndarray:
    """Five seconds from ``at``, with white noise this much quieter."""
    clip = recording(seed)[round(at * SAMPLE_RATE) :][: 5 * SAMPLE_RATE]
    noise = np.random.default_rng(seed).normal(size=len(clip)) * np.sqrt((clip**2).mean()) * 10 ** (noise_db / 20)
    return (0.5 * (clip + noise)).astype(np.float32)


@pytest.fixture(scope="module")
def known() -> Fingerprints:
    return Fingerprints.of((f"t{seed}", landmarks(recording(seed))) for seed in range(TRACKS))


def test_noisy_excerpts_are_found_with_their_place(known: Fingerprints) -> None:
    found = [known.matches(landmarks(excerpt(seed, 3.33)))[0] for seed in range(0, TRACKS, 2)]
    right = [match.track == f"t{seed}" for match, seed in zip(found, range(0, TRACKS, 2), strict=True)]
    assert np.mean(right) >= 0.9
    assert np.median([abs(match.at_seconds - 3.33) for match in found]) < 0.1


def test_a_recording_that_is_not_there_is_not_known(known: Fingerprints) -> None:
    answers = [known.matches(landmarks(excerpt(seed, 2.0, -20))) for seed in range(1_000, 1_020)]
    assert np.mean([any(match.known for match in matches) for matches in answers]) <= 0.1
    noise = np.random.default_rng(0).normal(0, 0.1, 5 * SAMPLE_RATE).astype(np.float32)
    assert not any(match.known for match in known.matches(landmarks(noise)))


def test_the_exact_recording_agrees_almost_wholly(known: Fingerprints) -> None:
    (best, *_) = known.matches(landmarks(recording(7)))
    assert (best.track, best.known, best.at_seconds) == ("t7", True, 0.0)
    assert best.share > 0.95


def test_an_index_is_read_back_and_a_damaged_one_named(known: Fingerprints, tmp_path: Path) -> None:
    path = tmp_path / "fingerprints.npz"
    with pytest.raises(AudioError, match="no recording is known yet"):
        Fingerprints.read(path)
    known.write(path)
    clip = landmarks(recording(3))
    assert Fingerprints.read(path).matches(clip) == known.matches(clip)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(AudioError, match="is damaged"):
        Fingerprints.read(path)


def test_nothing_matches_nothing(known: Fingerprints) -> None:
    empty = Landmarks(np.zeros(0, np.uint32), np.zeros(0, np.int32))
    assert known.matches(empty) == []
    assert Fingerprints.of([]).matches(landmarks(recording(1))) == []


def test_the_library_remembers_tracks_between_runs(tmp_path: Path) -> None:
    library = Library(tmp_path / "audio")
    for seed in (1, 2):
        path = tmp_path / f"{seed}.flac"
        soundfile.write(path, recording(seed), SAMPLE_RATE)
        analyse([path], library.analyses, arrays=True)
        library.add({f"t{seed}": path})
    assert library.fingerprints().ids.tolist() == ["t1", "t2"]
    assert list(library.pictures()) == ["t1", "t2"]
    assert library.fingerprints().matches(landmarks(excerpt(2, 4.0)))[0].track == "t2"


def test_fewer_peaks_than_a_fan_are_no_error():
    """A clean tone has a handful of peaks, all in one band."""
    tone = np.sin(2 * np.pi * 440 * np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
    found = landmarks(tone)
    assert len(found.hashes) == len(found.steps)
