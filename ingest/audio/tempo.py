"""How fast a recording is: the tempo, the next best reading of it, and how sure that is.

The onsets are compared with themselves at later times; a beat period repeats at its multiples. The usual misreadings,
at two thirds or four thirds of the beat, do not fit all multiples, so several are asked at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingest.audio.frames import Floats
from ingest.audio.spectrum import FRAMES_PER_SECOND

SLOWEST_BPM: Final = 50.0
FASTEST_BPM: Final = 215.0
_CANDIDATES = 585  # a quarter per cent apart
_MULTIPLES = np.arange(1, 9)
_MULTIPLE_WEIGHTS = 1 / np.sqrt(_MULTIPLES)
_USUAL_BPM, _SPREAD_OCTAVES = 112.0, 0.85
_SAME = 0.08  # a second candidate differs by more
_LOOP_SECONDS, _LOOPED_SECONDS = 4.0, 12.0
_UNSURE, _SURE = 0.10, 0.50  # strengths of the repetition that count as no beat at all, and as a clear one


@dataclass(frozen=True, slots=True)
class Tempo:
    """The beat of a recording.

    Attributes:
        bpm: beats per minute; ``alternative_bpm`` the next best reading, often half or double.
        confidence: 0 no beat (speech, noise, a single tone) to 1 clear.
    """

    bpm: float
    alternative_bpm: float
    confidence: float


def tempo(onset: Floats) -> Tempo:
    """Estimate the tempo from onset strengths [n_frames].

    A recording under four seconds is taken for a loop and repeated. Between one and eight multiples of the period are
    asked, as many as fit twice into the recording.

    Source: comb over the autocorrelation after Scheirer 1998; log-normal preference after Moelants 2002.
    """
    if len(onset) < _LOOP_SECONDS * FRAMES_PER_SECOND:
        onset = np.tile(onset, int(np.ceil(_LOOPED_SECONDS * FRAMES_PER_SECOND / max(len(onset), 1))))
    candidates = np.geomspace(SLOWEST_BPM, FASTEST_BPM, _CANDIDATES)
    strength = _repetition(onset, 60 * FRAMES_PER_SECOND / candidates)
    octaves = np.log2(candidates / _USUAL_BPM) / _SPREAD_OCTAVES
    score = np.maximum(strength, 0.0) * np.exp(-0.5 * octaves**2)
    best = int(np.argmax(score))
    apart = np.abs(candidates / candidates[best] - 1) > _SAME
    peak = np.r_[False, (score[1:-1] >= score[:-2]) & (score[1:-1] >= score[2:]), False]
    other = int(np.argmax(np.where(apart & peak, score, -1.0)))
    confidence = float(np.clip((strength[best] - _UNSURE) / (_SURE - _UNSURE), 0, 1))
    return Tempo(float(candidates[best]), float(candidates[other]), confidence)


def _repetition(onset: Floats, periods: Floats) -> Floats:
    """How alike the onsets are to themselves one, two, ... eight periods (in frames) later: -1..1, weighted mean."""
    similarity = self_similarity(onset)
    lags = periods[:, None] * _MULTIPLES  # [n_candidates, 8]
    fits = lags <= len(similarity) - 1
    fits[:, 0] = True
    values = np.interp(lags, np.arange(len(similarity)), similarity)
    weights = _MULTIPLE_WEIGHTS * fits
    return np.asarray((values * weights).sum(axis=1) / weights.sum(axis=1), np.float64)


def self_similarity(onset: Floats) -> Floats:
    """Correlation of the onsets with themselves at each lag up to two thirds of the length; 1 at lag 0."""
    smooth = np.convolve(onset, np.hanning(7) / np.hanning(7).sum(), mode="same")  # beats are never on the frame
    centred = smooth - smooth.mean()
    n = len(centred)
    transformed = np.fft.rfft(centred, 2 * n)
    raw = np.fft.irfft(transformed * transformed.conj())[: 2 * n // 3]
    overlap = n / (n - np.arange(len(raw)))  # later lags have fewer frames to compare
    return np.asarray(raw * overlap / max(raw[0], 1e-12), np.float64)
