"""In which key a recording stands: how strong each pitch class sounds, and which of 24 keys explains that best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingest.audio.frames import RATE, Floats, Framer, Singles

_FRAME, _HOP = 8_192, 2_048
_LOWEST_HZ, _HIGHEST_HZ = 55.0, 1_760.0
_BASS_HZ, _BASS_WEIGHT = 180.0, 1.5
_PEAK_RATIO = 10**-4.0  # in power: quieter partials than 40 dB below the frame's loudest are noise
_FAINT = 1e-6  # in power: and so is all that lies 60 dB below the loudest of the recording

_MAJOR: Final = np.array([0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081])
_MINOR: Final = np.array([0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052])
"""How much each semitone above the tonic sounds. Source: Albrecht and Shanahan 2013, Music Perception 31(1)."""

_MODE_SURE = 0.20  # difference of the correlations with major and minor
_THIRD_UNSURE, _THIRD_SURE, _THIRD_NOISE = 0.04, 0.25, 0.02  # lead of one third over the other, relative to both
_MODE_UNDECIDED = 0.10
_KEY_UNSURE, _KEY_SURE = 0.35, 0.85  # correlations with the best profile
_RIVAL_SURE = 0.20  # its lead over the best key on another tonic


@dataclass(frozen=True, slots=True)
class Key:
    """A key.

    Attributes:
        tonic: 0-11, C = 0.
        mode: 1 major, 0 minor; None where nothing decides between them (a drone, a single note).
        clarity: correlation of the best key with what sounds, -1..1.
        confidence: of the tonic, 0 to 1.
        mode_confidence: of the mode on that tonic, 0 to 1.
    """

    tonic: int
    mode: int | None
    clarity: float
    confidence: float
    mode_confidence: float


class PitchPeaks:
    """Collects the spectral peaks of a stream: about 400 of them a second, and no spectrum."""

    def __init__(self) -> None:
        self._framer = Framer(_FRAME, _HOP)
        self._bins: list[Singles] = []
        self._power: list[Singles] = []

    def push(self, samples: Singles) -> None:
        """Take in mono samples at 22,050 Hz."""
        self._take(self._framer.push(samples))

    def finish(self) -> None:
        """Take in the end."""
        self._take(self._framer.finish())

    def _take(self, powers: list[Singles]) -> None:
        for power in powers:
            bins, strengths = _peaks(power)
            self._bins.append(bins)
            self._power.append(strengths)

    def pitch_classes(self) -> Floats:
        """Strength of each pitch class, float64 [12], C first, sum 1 (all 0 without any tone).

        Peaks of long frames, placed between the bins, each counted with the square root of its amplitude at the
        nearest semitone of the recording's own tuning; the bass counts more, for it names the chord.

        Source: after Gómez 2006 (harmonic pitch class profile), without its harmonic weighting.
        """
        power = np.concatenate([np.zeros(0), *self._power])
        if not len(power):
            return np.zeros(12)
        heard = power > _FAINT * power.max()
        hz, power = np.concatenate(self._bins)[heard] * RATE / _FRAME, power[heard]
        pitch = 69 + 12 * np.log2(hz / 440)
        weight = power**0.25 * np.where(hz < _BASS_HZ, _BASS_WEIGHT, 1.0)
        turn = np.angle(np.sum(weight * np.exp(2j * np.pi * pitch))) / (2 * np.pi)  # tuning offset in semitones
        chroma = np.bincount(np.round(pitch - turn).astype(np.int64) % 12, weight, minlength=12)
        return np.asarray(chroma / chroma.sum(), np.float64)


def pitch_classes(samples: Singles) -> Floats:
    """The pitch classes of mono samples at 22,050 Hz, see ``PitchPeaks``."""
    peaks = PitchPeaks()
    peaks.push(samples)
    peaks.finish()
    return peaks.pitch_classes()


def key_of(chroma: Floats) -> Key:
    """The key whose profile correlates best with the pitch classes, float64 [12].

    Source: Krumhansl and Schmuckler's key finding, with the profiles of Albrecht and Shanahan 2013.
    """
    if np.ptp(chroma) == 0:
        return Key(0, None, 0.0, 0.0, 0.0)
    fits = np.array(
        [[np.corrcoef(np.roll(profile, tonic), chroma)[0, 1] for tonic in range(12)] for profile in (_MINOR, _MAJOR)]
    )
    mode, tonic = (int(at) for at in np.unravel_index(int(np.argmax(fits)), fits.shape))
    best = float(fits[mode, tonic])
    rival = float(np.delete(fits.max(axis=0), tonic).max())
    clear = float(np.clip((best - _KEY_UNSURE) / (_KEY_SURE - _KEY_UNSURE), 0, 1))
    ahead = float(np.clip((best - rival) / _RIVAL_SURE, 0, 1))
    sure = min(abs(float(fits[1, tonic] - fits[0, tonic])) / _MODE_SURE, 1.0) * _third(chroma, tonic, mode)
    decided = sure * clear >= _MODE_UNDECIDED
    return Key(tonic, mode if decided else None, best, clear * (0.5 + 0.5 * ahead), sure * clear)


def _third(chroma: Floats, tonic: int, mode: int) -> float:
    """How clearly the third of the mode sounds above the other third, 0 to 1: without it a profile only guesses."""
    own, other = float(chroma[(tonic + 3 + mode) % 12]), float(chroma[(tonic + 4 - mode) % 12])
    lead = (own - other) / (own + other + _THIRD_NOISE)
    return float(np.clip((lead - _THIRD_UNSURE) / (_THIRD_SURE - _THIRD_UNSURE), 0, 1))


def key(samples: Singles) -> Key:
    """Estimate the key of mono samples at 22,050 Hz."""
    return key_of(pitch_classes(samples))


def _peaks(power: Singles) -> tuple[Singles, Singles]:
    """The peaks of some frames within the band: position in bins (parabola over dB) and power, float32 [n] each."""
    low, high = int(_LOWEST_HZ * _FRAME / RATE), int(_HIGHEST_HZ * _FRAME / RATE)
    band = power[:, low - 1 : high + 2].astype(np.float64) + 1e-20
    middle, before, after = band[:, 1:-1], band[:, :-2], band[:, 2:]
    found = (middle > before) & (middle >= after) & (middle > _PEAK_RATIO * band.max(axis=1, keepdims=True))
    _, bin = np.nonzero(found)
    a, b, c = (np.log(side[found]) for side in (before, middle, after))
    shift = 0.5 * (a - c) / np.minimum(a - 2 * b + c, -1e-12)
    return (bin + low + shift).astype(np.float32), middle[found].astype(np.float32)
