"""What makes one recording recognisable: pairs of spectral peaks. "The same recording", not "sounds like".

Source: Wang 2003, An industrial-strength audio search algorithm (constellation map and combinatorial hashes).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from ingest.audio.frames import Singles
from ingest.audio.spectrum import FRAMES_PER_SECOND

EVERY: Final = 2
"""Frames of the spectrogram per step of a landmark's time: 43 steps a second."""

STEPS_PER_SECOND: Final = FRAMES_PER_SECOND / EVERY
_LOWEST, _BINS = 10, 512  # 108 Hz to 5.5 kHz
_NEAR_STEPS, _NEAR_BINS = 6, 12  # a peak is the largest within these distances
_FLOOR = 1e-7  # in power, of the loudest in its stretch
_WINDOW_STEPS, _STRONGEST = 16, 5  # only so many peaks per 0.37 s count: noise makes peaks too, but weak ones
_FAN_OUT = 6
_LONGEST_STEPS = 63
_STRETCH = 512  # steps worked on together


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Pairs of peaks.

    Attributes:
        hashes: frequency bins of both (9 bits each) and the steps between them (6 bits), uint32 [n].
        steps: when the first sounds, int32 [n].
    """

    hashes: NDArray[np.uint32]
    steps: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.hashes)


class LandmarkFinder:
    """Finds the peaks of a stream of power spectra; it keeps twelve seconds of them at most."""

    def __init__(self) -> None:
        self._skip = 0
        self._rows: list[Singles] = []
        self._waiting = 0
        self._begun = 0  # step of the first waiting row
        self._peaks: list[NDArray[np.int64]] = []
        self._strength: list[Singles] = []

    def push(self, powers: list[Singles]) -> None:
        """Take in the power of the next frames, float32 [n, 1025] each."""
        for power in powers:
            rows = power[self._skip :: EVERY, :_BINS]
            self._skip = (self._skip - len(power)) % EVERY
            self._rows.append(rows.copy())
            self._waiting += len(rows)
        if self._waiting >= _STRETCH:
            self._work(last=False)

    def finish(self) -> Landmarks:
        """Pair up all peaks."""
        self._work(last=True)
        found = np.concatenate([np.zeros((0, 2), np.int64), *self._peaks])
        found = found[_strongest(found[:, 0], np.concatenate([np.zeros(0, np.float32), *self._strength]))]
        return _paired(found[:, 0], found[:, 1])

    def _work(self, *, last: bool) -> None:
        """Peaks of the waiting rows; their ends wait on, as context of what follows."""
        if not self._waiting:
            return
        rows = np.concatenate(self._rows)
        size = (2 * _NEAR_STEPS + 1, 2 * _NEAR_BINS + 1)
        found = (rows == maximum_filter(rows, size)) & (rows > _FLOOR * rows.max()) & (rows > 1e-9)
        found[:, :_LOWEST] = False
        first = _NEAR_STEPS if self._begun else 0
        end = len(rows) if last else len(rows) - _NEAR_STEPS
        step, bin = np.nonzero(found[first:end])
        strength = rows[first:end][step, bin]
        self._peaks.append(np.stack([step + first + self._begun, bin], axis=1))
        self._strength.append(strength)
        kept = max(0, len(rows) - 2 * _NEAR_STEPS)
        self._begun += kept
        self._rows, self._waiting = [rows[kept:]], len(rows) - kept


def _strongest(step: NDArray[np.int64], strength: Singles) -> NDArray[np.bool_]:
    """Which peaks are among the strongest of their window, bool [n]."""
    window = step // _WINDOW_STEPS
    order = np.lexsort((-strength, window))
    starts = np.searchsorted(window[order], window[order])
    rank = np.empty(len(step), np.int64)
    rank[order] = np.arange(len(step)) - starts
    return np.asarray(rank < _STRONGEST, np.bool_)


def _paired(step: NDArray[np.int64], bin: NDArray[np.int64]) -> Landmarks:
    """Each peak with the next few, in order of time."""
    order = np.lexsort((bin, step))
    step, bin = step[order], bin[order]
    hashes, steps = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for ahead in range(1, min(4 * _FAN_OUT, len(step))):
        apart = step[ahead:] - step[:-ahead]
        near = (apart >= 1) & (apart <= _LONGEST_STEPS) & (_rank_of_pair(step, ahead) <= _FAN_OUT)
        hashes.append((bin[:-ahead] << 15 | bin[ahead:] << 6 | apart)[near])
        steps.append(step[:-ahead][near])
    return Landmarks(np.concatenate(hashes).astype(np.uint32), np.concatenate(steps).astype(np.int32))


def _rank_of_pair(step: NDArray[np.int64], ahead: int) -> NDArray[np.int64]:
    """The place of the pair (i, i + ahead) among the pairs of peak i, those of the same step not counted; from 1."""
    after = np.searchsorted(step, step, side="right")  # first peak of a later step
    at = np.arange(len(step))
    return (at + ahead - after + 1)[: len(step) - ahead]
