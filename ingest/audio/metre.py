"""How many beats a bar has: three or four, by whether the accents repeat after three or after four beats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.audio.frames import Floats
from ingest.audio.spectrum import FRAMES_PER_SECOND
from ingest.audio.tempo import Tempo, self_similarity

_SURE = 0.15  # lead of one reading over the other, as a difference of correlations


@dataclass(frozen=True, slots=True)
class Metre:
    """A time signature.

    Attributes:
        beats: 3 or 4; None without a beat, or where nothing decides.
        confidence: 0 to 1.
    """

    beats: int | None
    confidence: float


def metre(level: Floats, tempo: Tempo) -> Metre:
    """Estimate from the power of each frame, float64 [n_frames]; under eight beats there is no time signature.

    Two beats count as four, six as three; five and seven are not known.

    Source: after Gouyon and Herrera 2003 (determination of the meter by autocorrelation at multiples of the beat).
    """
    amplitude = np.sqrt(level)  # onset strengths are in dB, which makes accents equal
    similarity = self_similarity(np.maximum(np.diff(amplitude, prepend=amplitude[:1]), 0.0))
    beat = 60 * FRAMES_PER_SECOND / tempo.bpm
    if 8 * beat > len(similarity) - 1 or tempo.confidence == 0:
        return Metre(None, 0.0)

    def after(beats: int) -> float:
        return float(np.interp(beats * beat, np.arange(len(similarity)), similarity))

    three, four = (after(3) + after(6)) / 2, (after(4) + after(8)) / 2
    confidence = min(abs(three - four) / _SURE, 1.0) * tempo.confidence
    return Metre(None if confidence == 0 else (3 if three > four else 4), confidence)
