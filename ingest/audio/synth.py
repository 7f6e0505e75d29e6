"""Small pieces of music with a known tempo, key, mode, loudness and energy: the ground truth of the audio tests.

Also the sound of the demo world. Drums keep the beat, a bass and chords state the key, a melody stays in its scale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.audio.loudness import integrated_loudness

SAMPLE_RATE: Final = 22_050
SYNTH_VERSION: Final = "1"
"""Part of every clip's digest: raise it when the same plan comes to sound different."""

Samples = NDArray[np.float64]

_SCALES = {1: (0, 2, 4, 5, 7, 9, 11), 0: (0, 2, 3, 5, 7, 8, 10)}
_PROGRESSIONS = {
    1: ((0, 3, 4, 0), (0, 4, 3, 0), (0, 1, 4, 0), (0, 5, 4, 0)),
    0: ((0, 3, 4, 0), (0, 5, 4, 0), (0, 6, 4, 0)),
}
"""Degrees of the scale on which the chords stand; all begin and end at home, minor ones return by the dominant."""

_PARTIALS = 6
_HEADROOM = 0.98


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """What a clip sounds like.

    Attributes:
        key: 0-11, C = 0.
        mode: 1 major, 0 minor.
        energy: 0 calm to 1 intense: drums louder and denser, sounds brighter.
        acousticness: 0 steady and electric, 1 plucked strings that die away.
        loudness_db: integrated loudness in LUFS; peaks beyond full scale are rounded off.
        seconds: about how long; the clip ends on a whole beat.
    """

    seed: int
    tempo_bpm: float
    key: int
    mode: int
    energy: float = 0.5
    acousticness: float = 0.3
    loudness_db: float = -16.0
    seconds: float = 7.0

    @property
    def beats(self) -> int:
        """How many beats the clip lasts."""
        return max(8, round(self.seconds * self.tempo_bpm / 60))


def render(plan: ClipPlan) -> Samples:
    """Play a plan: mono samples at 22,050 Hz, float64 [n] within -1..1; the same plan gives the same samples."""
    stage = _Stage(plan, np.random.default_rng(plan.seed))
    _drums(stage)
    _harmony(stage)
    _melody(stage)
    loudness = integrated_loudness(stage.mix, SAMPLE_RATE)
    mix = stage.mix * 10 ** ((plan.loudness_db - loudness) / 20)
    peak = float(np.abs(mix).max())
    return mix if peak <= _HEADROOM else _HEADROOM * np.tanh(mix / _HEADROOM)


@dataclass(slots=True)
class _Stage:
    """The recording in progress; sounds are mixed in at beats."""

    plan: ClipPlan
    rng: np.random.Generator
    mix: Samples = field(init=False)
    notes: dict[tuple[int, float], Samples] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mix = np.zeros(round(self.plan.beats * 60 / self.plan.tempo_bpm * SAMPLE_RATE))

    def add(self, beat: float, sound: Samples, gain: float) -> None:
        at = round(beat * 60 / self.plan.tempo_bpm * SAMPLE_RATE)
        end = min(at + len(sound), len(self.mix))
        self.mix[at:end] += gain * sound[: max(0, end - at)]

    def note(self, midi: int, beats: float) -> Samples:
        """A note of the clip's instrument; each is computed once."""
        if (midi, beats) not in self.notes:
            seconds = beats * 60 / self.plan.tempo_bpm
            self.notes[midi, beats] = _note(midi, seconds, self.plan.energy, self.plan.acousticness)
        return self.notes[midi, beats]


def _note(midi: int, seconds: float, brightness: float, acousticness: float) -> Samples:
    """A harmonic tone: bright sounds have strong upper partials, acoustic ones die away, electric ones hold."""
    frequency = 440 * 2 ** ((midi - 69) / 12)
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * math.pi * frequency * time
    twice_cos, before, now = 2 * np.cos(phase), np.zeros(len(time)), np.sin(phase)
    tone = np.zeros(len(time))
    for partial in range(1, _PARTIALS + 1):
        if frequency * partial > 0.45 * SAMPLE_RATE:
            break
        tone += now * partial ** -(2.4 - 1.4 * brightness)
        before, now = now, twice_cos * now - before  # sin((k + 1) x) from sin(k x) and sin((k - 1) x)
    attack = np.minimum(1.0, time / (0.004 + 0.02 * (1 - acousticness)))
    release = np.minimum(1.0, (seconds - time) / 0.03)
    return np.asarray(tone * attack * release * np.exp(-(0.4 + 4.0 * acousticness) * time), np.float64)


def _kick() -> Samples:
    time = np.arange(int(0.16 * SAMPLE_RATE)) / SAMPLE_RATE
    sweep = 48 * time + 110 / 28 * (1 - np.exp(-28 * time))  # falls from 158 to 48 Hz
    return np.asarray(np.sin(2 * math.pi * sweep) * np.exp(-18 * time), np.float64)


def _noise(rng: np.random.Generator, seconds: float, falls: float, high: bool) -> Samples:
    """A burst of noise; ``high`` keeps only its upper end, like a cymbal."""
    noise = rng.uniform(-1, 1, int(seconds * SAMPLE_RATE))
    if high:
        noise = np.diff(noise, prepend=0.0)
    return np.asarray(noise * np.exp(-falls * np.arange(len(noise)) / SAMPLE_RATE), np.float64)


def _drums(stage: _Stage) -> None:
    """Kick on one and three (on every beat where it is intense), snare on two and four, hi-hats in between."""
    plan, loud = stage.plan, 0.35 + 0.65 * stage.plan.energy
    kick, snare, hat = _kick(), _noise(stage.rng, 0.14, 26, False), _noise(stage.rng, 0.05, 70, True)
    for beat in range(plan.beats):
        backbeat = beat % 2 == 1
        if plan.energy > 0.6 or not backbeat:
            stage.add(beat, kick, 1.1 * loud)
        if backbeat:
            stage.add(beat, snare, 0.55 * loud)
        stage.add(beat, hat, 0.30 * loud)
        if plan.energy > 0.35:
            stage.add(beat + 0.5, hat, 0.16 * loud)


def _harmony(stage: _Stage) -> None:
    """A chord for every quarter of the clip, struck on every second beat, over a bass on its root."""
    plan = stage.plan
    options = _PROGRESSIONS[plan.mode]
    chords = options[int(stage.rng.integers(len(options)))]
    for beat in range(plan.beats):
        degree = chords[beat * len(chords) // plan.beats]
        stage.add(beat, stage.note(36 + _pitch(plan, degree), 0.9), 0.5)
        if beat % 2 == 0:
            for step in (0, 2, 4):
                leading = plan.mode == 0 and (degree, step) == (4, 2)  # a dominant is major in minor keys too
                stage.add(beat, stage.note(60 + _pitch(plan, degree + step) + leading, 1.9), 0.22)


def _melody(stage: _Stage) -> None:
    """Walk through the scale in half and whole beats, from home to home; the final note is the tonic."""
    plan, degree, beat = stage.plan, 0, 0.0
    while beat < plan.beats - 1:
        length = float(stage.rng.choice([0.5, 1.0], p=[plan.energy, 1 - plan.energy]))
        stage.add(beat, stage.note(72 + _pitch(plan, degree), length), 0.2)
        degree = int(np.clip(degree + stage.rng.choice([-2, -1, 1, 2]), -3, 5))
        beat += length
    stage.add(plan.beats - 1, stage.note(72 + _pitch(plan, 0), 1.0), 0.3)


def _pitch(plan: ClipPlan, degree: int) -> int:
    """Semitones above C of a degree of the scale; degrees beyond 6 or below 0 lie in other octaves."""
    octave, step = divmod(degree, 7)
    return plan.key + 12 * octave + _SCALES[plan.mode][step]
