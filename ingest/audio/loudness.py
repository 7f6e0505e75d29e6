"""How loud a recording is to the ear: integrated loudness after ITU-R BS.1770-4 (LUFS, EBU R 128)."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

SILENCE_DB: Final = -70.0
"""The absolute gate: blocks below it are silence, and a recording of such blocks only has no loudness."""

_STEP_SECONDS = 0.1
_STEPS = 4  # a block is 400 ms, and a new one begins every 100 ms
_RELATIVE_GATE_DB = -10.0
_OFFSET_DB = -0.691

Floats = NDArray[np.float64]


class LoudnessMeter:
    """Measures a stream of blocks; what it keeps is one number per 100 ms."""

    def __init__(self, sample_rate: int) -> None:
        self._filters = np.array([_shelf(sample_rate), _high_pass(sample_rate)])
        self._state: Floats | None = None
        self._step = round(_STEP_SECONDS * sample_rate)
        self._rest = np.zeros(0)  # squares of an unfinished step
        self._steps: list[Floats] = []

    def push(self, block: NDArray[np.floating]) -> None:
        """Take in the next samples, float [n, channels] at full scale 1.0."""
        if self._state is None:
            self._state = np.zeros((2, 2, block.shape[1]))
        weighted, self._state = sosfilt(self._filters, block.astype(np.float64), axis=0, zi=self._state)
        squares = np.r_[self._rest, np.square(weighted).sum(axis=1)]
        whole = len(squares) // self._step * self._step
        self._steps.append(squares[:whole].reshape(-1, self._step).mean(axis=1))
        self._rest = squares[whole:]

    def integrated(self) -> float:
        """The loudness of all that was pushed, LUFS; ``-inf`` for silence.

        A recording under 400 ms is one block.
        """
        steps = np.concatenate([np.zeros(0), *self._steps])
        if len(steps) >= _STEPS:
            power = np.lib.stride_tricks.sliding_window_view(steps, _STEPS).mean(axis=1)
        else:
            parts = np.r_[np.repeat(steps, self._step), self._rest]
            power = np.array([parts.mean()]) if len(parts) else np.zeros(0)
        loud = power[_db(power) > SILENCE_DB]
        if not len(loud):
            return -math.inf
        gate = float(_db(loud.mean())) + _RELATIVE_GATE_DB
        return float(_db(loud[_db(loud) > gate].mean()))


def integrated_loudness(samples: NDArray[np.floating], sample_rate: int) -> float:
    """Measure float samples [n] or [n, channels] at full scale 1.0; LUFS, ``-inf`` for silence.

    A 997 Hz sine of amplitude 1 in one channel measures -3.01. All channels weigh 1 (mono and stereo).

    Source: ITU-R BS.1770-4, annex 1; block gating as in section 2.8 there.
    """
    meter = LoudnessMeter(sample_rate)
    meter.push(samples[:, None] if samples.ndim == 1 else samples)
    return meter.integrated()


def _db(power: Floats | np.float64) -> Floats:
    return _OFFSET_DB + 10 * np.log10(np.maximum(power, 1e-20))


def _shelf(sample_rate: int) -> list[float]:
    """The head's high shelf as one second-order section.

    The standard lists coefficients for 48 kHz only; this and the high pass are the same analogue filters at any rate
    (bilinear transform), which give its figures back at 48 kHz.
    """
    centre_hz, gain_db, q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    k = math.tan(math.pi * centre_hz / sample_rate)
    high = 10 ** (gain_db / 20)
    band = high**0.4996667741545416
    scale = 1 + k / q + k * k
    b = [(high + band * k / q + k * k) / scale, 2 * (k * k - high) / scale, (high - band * k / q + k * k) / scale]
    return [*b, 1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale]


def _high_pass(sample_rate: int) -> list[float]:
    corner_hz, q = 38.13547087602444, 0.5003270373238773
    k = math.tan(math.pi * corner_hz / sample_rate)
    scale = 1 + k / q + k * k
    return [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale]
