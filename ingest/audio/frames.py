"""A stream of samples as overlapping frames, and their power spectra."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

RATE: Final = 22_050
"""Samples per second of everything but loudness, which is measured at the file's own rate."""

_AT_ONCE = 256  # frames transformed together: bounds memory

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]


class Framer:
    """Cuts a stream into Hann-windowed, centred frames, whatever the size of its blocks."""

    def __init__(self, frame: int, hop: int) -> None:
        self.frame, self.hop = frame, hop
        self._rest = np.zeros(frame // 2, np.float32)

    def push(self, samples: Singles) -> list[Singles]:
        """The power of the frames that are complete now: float32 [n, frame // 2 + 1] each."""
        joined = np.concatenate([self._rest, samples])
        count = max(0, (len(joined) - self.frame) // self.hop + 1)
        self._rest = joined[count * self.hop :]
        if not count:
            return []
        frames = np.lib.stride_tricks.sliding_window_view(joined, self.frame)[:: self.hop][:count]
        return [_power(frames[at : at + _AT_ONCE]) for at in range(0, count, _AT_ONCE)]

    def finish(self) -> list[Singles]:
        """The power of the last frames, filled up with silence."""
        return self.push(np.zeros(self.frame // 2, np.float32))


@cache
def _hann(frame: int) -> Singles:
    return np.hanning(frame + 1)[:-1].astype(np.float32)


def _power(frames: Singles) -> Singles:
    transformed = rfft(frames * _hann(frames.shape[1]), axis=1)
    return np.asarray(transformed.real**2 + transformed.imag**2, np.float32)
