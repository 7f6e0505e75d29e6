"""A planted world of timbres: groups of clips that differ in the colour of their tone, which plain features do not see.

Every clip has a random tempo, key, mode of playing, loudness and brightness; its group decides only which partials a
tone has and how fast it trembles. Listeners of this world choose by group, so that a model can learn it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 22_050
_PARTIALS: Final = ((1, 3, 5, 7, 9), (1, 2, 3, 4, 5), (1, 2, 4, 8, 16), (1, 4, 7, 10, 13))
_TREMOLO_HZ: Final = (3.0, 7.0)
GROUPS: Final = len(_PARTIALS) * len(_TREMOLO_HZ)


@dataclass(frozen=True, slots=True, eq=False)
class Timbres:
    """The world.

    Attributes:
        clips: float32 [n_samples] each, mono at 22,050 Hz.
        group: int64 [n].
        liked: collaborative vectors, float32 [n, 16]: those of the groups, with noise.
    """

    clips: list[NDArray[np.float32]]
    group: NDArray[np.int64]
    liked: NDArray[np.float32]


def timbres(count: int, seed: int = 0, seconds: float = 4.0) -> Timbres:
    """Make a world of ``count`` clips, groups in turn."""
    rng = np.random.default_rng(seed)
    group = np.arange(count) % GROUPS
    centres = rng.normal(size=(GROUPS, 16))
    liked = (centres[group] + rng.normal(0, 0.5, (count, 16))).astype(np.float32)
    return Timbres([_clip(rng, int(one), seconds) for one in group], group, liked)


def _clip(rng: np.random.Generator, group: int, seconds: float) -> NDArray[np.float32]:
    partials, tremolo = _PARTIALS[group // len(_TREMOLO_HZ)], _TREMOLO_HZ[group % len(_TREMOLO_HZ)]
    beat, falls = 60 / rng.uniform(70, 170), rng.uniform(0.5, 3.0)
    slope, level = rng.uniform(0.3, 1.2), 10 ** rng.uniform(-1.2, -0.3)
    out = np.zeros(round(seconds * RATE))
    at = 0.0
    while at < seconds:
        length = beat * float(rng.choice([0.5, 1.0, 2.0]))
        time = np.arange(round(min(length, seconds - at) * RATE)) / RATE
        pitch = 110 * 2 ** (float(rng.integers(0, 25)) / 12)
        audible = [number for number in partials if number * pitch < 0.45 * RATE]
        phases = rng.uniform(0, 2 * np.pi, len(audible))
        tone: NDArray[Any] = np.zeros(len(time))
        for number, phase in zip(audible, phases, strict=True):
            tone += number**-slope * np.sin(2 * np.pi * number * pitch * time + phase)
        tone *= (1 + 0.6 * np.sin(2 * np.pi * tremolo * time)) * np.exp(-falls * time) * np.minimum(time / 0.01, 1)
        begin = round(at * RATE)
        out[begin : begin + len(tone)] += tone[: len(out) - begin]
        at += length
    noisy = out + rng.normal(0, 0.01, len(out)) * np.abs(out).max()
    return np.asarray(level * noisy / np.abs(noisy).max(), np.float32)
