"""Three or four beats in a bar, on accented clicks of many tempos."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("librosa", reason="the audio extra is not installed")

from ingest.audio.frames import RATE
from ingest.audio.metre import metre
from ingest.audio.spectrum import spectrum
from ingest.audio.tempo import Tempo


def clicks(bpm: float, beats: int) -> np.ndarray:
    """Fourteen seconds of noise bursts, the first of each bar longer and louder."""
    rng, sound = np.random.default_rng(0), np.zeros(14 * RATE, np.float32)
    for at, start in enumerate((np.arange(0, 13.5, 60 / bpm) * RATE).astype(int)):
        first = at % beats == 0
        n = 1_500 if first else 500
        sound[start : start + n] += rng.normal(0, 0.4 if first else 0.08, n)
    return sound


@pytest.mark.parametrize("beats", [3, 4])
@pytest.mark.parametrize("bpm", [80.0, 104.0, 131.0, 170.0])
def test_accents_tell_the_time_signature_where_the_beat_is_known(bpm: float, beats: int) -> None:
    found = metre(spectrum(clicks(bpm, beats)).total, Tempo(bpm, bpm / 2, 1.0))
    assert found.beats == beats
    assert found.confidence > 0.3


def test_without_a_beat_or_with_too_few_there_is_none() -> None:
    level = spectrum(clicks(100.0, 4)).total
    assert metre(level, Tempo(100.0, 50.0, 0.0)).beats is None
    assert metre(level[:300], Tempo(100.0, 50.0, 1.0)).beats is None
