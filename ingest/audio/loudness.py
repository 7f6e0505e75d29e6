"""How loud a recording is to the ear: integrated loudness after ITU-R BS.1770-4 (LUFS, EBU R 128)."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

SILENCE_DB: Final = -70.0
"""The absolute gate: blocks below it are silence, and a recording of such blocks only has no loudness."""

_BLOCK_SECONDS, _STEP_SECONDS = 0.4, 0.1
_RELATIVE_GATE_DB = -10.0
_OFFSET_DB = -0.691

Samples = NDArray[np.float64]


def integrated_loudness(samples: Samples, sample_rate: int) -> float:
    """Measure float samples [n] or [n, channels] at full scale 1.0; LUFS, ``-inf`` for silence.

    A 997 Hz sine of amplitude 1 in one channel measures -3.01. All channels weigh 1 (mono and stereo).

    Source: ITU-R BS.1770-4, annex 1; block gating as in section 2.8 there.
    """
    channels = samples[:, None] if samples.ndim == 1 else samples
    power = _block_power(_k_weighted(channels, sample_rate), sample_rate)
    loud = power[_db(power) > SILENCE_DB]
    if not len(loud):
        return -math.inf
    gate = float(_db(loud.mean())) + _RELATIVE_GATE_DB
    return float(_db(loud[_db(loud) > gate].mean()))


def _db(power: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    return _OFFSET_DB + 10 * np.log10(np.maximum(power, 1e-20))


def _k_weighted(channels: Samples, sample_rate: int) -> Samples:
    """Apply the two filters of the K curve along time: the head's high shelf, then a high pass.

    The standard lists coefficients for 48 kHz only; these are the same analogue filters at any rate (bilinear
    transform), which give its figures back at 48 kHz.
    """
    for b, a in (_shelf(sample_rate), _high_pass(sample_rate)):
        channels = lfilter(b, a, channels, axis=0)
    return channels


def _shelf(sample_rate: int) -> tuple[list[float], list[float]]:
    centre_hz, gain_db, q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    k = math.tan(math.pi * centre_hz / sample_rate)
    high = 10 ** (gain_db / 20)
    band = high**0.4996667741545416
    scale = 1 + k / q + k * k
    b = [(high + band * k / q + k * k) / scale, 2 * (k * k - high) / scale, (high - band * k / q + k * k) / scale]
    return b, [1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale]


def _high_pass(sample_rate: int) -> tuple[list[float], list[float]]:
    corner_hz, q = 38.13547087602444, 0.5003270373238773
    k = math.tan(math.pi * corner_hz / sample_rate)
    scale = 1 + k / q + k * k
    return [1.0, -2.0, 1.0], [1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale]


def _block_power(weighted: Samples, sample_rate: int) -> NDArray[np.float64]:
    """Mean square of each 400 ms block, summed over channels; a shorter recording is one block. float64 [n_blocks]."""
    block, step = round(_BLOCK_SECONDS * sample_rate), round(_STEP_SECONDS * sample_rate)
    square = np.sum(np.square(weighted), axis=1)
    if len(square) <= block:
        return np.array([square.mean()]) if len(square) else np.zeros(0)
    total = np.r_[0.0, np.cumsum(square)]
    starts = np.arange(0, len(square) - block + 1, step)
    return np.asarray((total[starts + block] - total[starts]) / block, np.float64)
