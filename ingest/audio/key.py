"""In which key a recording stands: how strong each pitch class sounds, and which of 24 keys explains that best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingest.audio.spectrum import RATE, Floats, Singles, framed_power

_FRAME, _HOP = 8_192, 2_048
_LOWEST_HZ, _HIGHEST_HZ = 55.0, 1_760.0
_BASS_HZ, _BASS_WEIGHT = 180.0, 1.5
_PEAK_RATIO = 10**-4.0  # in power: quieter partials than 40 dB below the frame's loudest are noise

_MAJOR: Final = np.array([0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081])
_MINOR: Final = np.array([0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052])
"""How much each semitone above the tonic sounds. Source: Albrecht and Shanahan 2013, Music Perception 31(1)."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key.

    Attributes:
        tonic: 0-11, C = 0.
        mode: 1 major, 0 minor.
        clarity: correlation of the best key with what sounds, -1..1.
    """

    tonic: int
    mode: int
    clarity: float


def key(samples: Singles) -> Key:
    """Estimate the key of mono samples at 22,050 Hz."""
    chroma = pitch_classes(samples)
    if not chroma.any():
        return Key(0, 1, 0.0)
    fits = np.array(
        [[_correlation(np.roll(profile, tonic), chroma) for tonic in range(12)] for profile in (_MINOR, _MAJOR)]
    )
    mode, tonic = np.unravel_index(int(np.argmax(fits)), fits.shape)
    return Key(int(tonic), int(mode), float(fits[mode, tonic]))


def _correlation(profile: Floats, chroma: Floats) -> float:
    return float(np.corrcoef(profile, chroma)[0, 1]) if np.ptp(chroma) > 0 else 0.0


def pitch_classes(samples: Singles) -> Floats:
    """Strength of each pitch class, float64 [12], C first, sum 1 (all 0 without any tone).

    Peaks of long frames, placed between the bins, each counted with the square root of its amplitude at the nearest
    semitone of the recording's own tuning; the bass counts more, for it names the chord.

    Source: after Gómez 2006 (harmonic pitch class profile), without its harmonic weighting.
    """
    bins, power = _peaks(framed_power(samples, _FRAME, _HOP))
    if not len(bins):
        return np.zeros(12)
    hz = bins * RATE / _FRAME
    pitch = 69 + 12 * np.log2(hz / 440)
    weight = power**0.25 * np.where(hz < _BASS_HZ, _BASS_WEIGHT, 1.0)
    turn = np.angle(np.sum(weight * np.exp(2j * np.pi * pitch))) / (2 * np.pi)  # tuning offset in semitones
    chroma = np.bincount(np.round(pitch - turn).astype(np.int64) % 12, weight, minlength=12)
    return np.asarray(chroma / chroma.sum(), np.float64)


def _peaks(power: Singles) -> tuple[Floats, Floats]:
    """The peaks of all frames within the band: position in bins (parabola over dB) and power, each [n]."""
    low, high = int(_LOWEST_HZ * _FRAME / RATE), int(_HIGHEST_HZ * _FRAME / RATE)
    band = power[:, low - 1 : high + 2].astype(np.float64) + 1e-20
    middle, before, after = band[:, 1:-1], band[:, :-2], band[:, 2:]
    loudest = band.max()
    found = (
        (middle > before)
        & (middle >= after)
        & (middle > np.maximum(_PEAK_RATIO * band.max(axis=1, keepdims=True), 1e-6 * loudest))
    )
    _, bin = np.nonzero(found)
    a, b, c = (np.log(side[found]) for side in (before, middle, after))
    shift = 0.5 * (a - c) / np.minimum(a - 2 * b + c, -1e-12)
    return bin + low + shift, middle[found]
