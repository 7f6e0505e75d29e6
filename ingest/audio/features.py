"""The audio features of one recording: what each means, and how they are taken from a file."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from graph.errors import AudioError
from ingest.audio.descriptors import describe
from ingest.audio.key import key
from ingest.audio.loudness import integrated_loudness
from ingest.audio.spectrum import RATE, spectrum
from ingest.audio.tempo import tempo

EXTRACTOR_VERSION: Final = "1"
"""Stored with every measurement: raise it when a definition or an estimate changes, and everything is analysed anew."""

SHORTEST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 180.0
"""Of a longer recording the middle is described; its loudness is that of the whole."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a feature means. ``how`` says whether it is a measurement or an estimate by a stated formula."""

    name: str
    unit: str
    low: float
    high: float
    how: Literal["measured", "estimated"]
    definition: str


# fmt: off
DEFINITIONS: Final[tuple[Definition, ...]] = (
    Definition("tempo", "BPM", 50, 215, "measured",
        "Beats per minute: the period at which onsets repeat best, with a preference for 112 BPM "
        "(Scheirer 1998; Moelants 2002)."),
    Definition("tempoAlt", "BPM", 50, 215, "measured",
        "The next best tempo that differs by more than 8 %; often half or double."),
    Definition("tempoConfidence", "", 0, 1, "measured",
        "Strength of that repetition: 0 at a mean autocorrelation of 0.10, 1 at 0.50."),
    Definition("key", "pitch class, C = 0", 0, 11, "measured",
        "Tonic of the key profile that correlates best with the pitch classes (Albrecht and Shanahan "
        "2013)."),
    Definition("mode", "1 major, 0 minor", 0, 1, "measured",
        "Mode of that profile."),
    Definition("loudness", "LUFS (dB)", -70, 5, "measured",
        "Integrated loudness after ITU-R BS.1770-4, gated; a 997 Hz sine of amplitude 1 in one channel "
        "is -3.01."),
    Definition("energy", "", 0, 1, "estimated",
        "0.45 loudness from -30 to -6 LUFS + 0.30 brightness + 0.25 onsets per second from 1 to 8."),
    Definition("danceability", "", 0, 1, "estimated",
        "0.5 tempo confidence + 0.3 nearness to 118 BPM (0.45 octaves) + 0.2 share of power below 150 "
        "Hz."),
    Definition("valence", "", 0, 1, "estimated",
        "0.40 major mode + 0.25 tempo from 60 to 160 BPM + 0.20 energy + 0.15 brightness. Weak: moods "
        "are more than this."),
    Definition("acousticness", "", 0, 1, "estimated",
        "Half quiet and dark, half how far the level falls between its peaks (3 to 18 dB)."),
    Definition("instrumentalness", "", 0, 1, "estimated",
        "1 - the greater of speechiness and (share of power at 300-3400 Hz x its modulation at 3-8 Hz). "
        "Weak on singing."),
    Definition("speechiness", "", 0, 1, "estimated",
        "(Half modulation at the rate of syllables + half pauses) x (1 - tempo confidence), after "
        "Scheirer and Slaney 1997."),
    Definition("liveness", "", 0, 1, "estimated",
        "How loud and how noise-like the quietest tenth is: rooms and audiences do not fall silent. Weak "
        "on its own."),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class AudioFeatures:
    """The features of one recording, by their names in the graph; ``DEFINITIONS`` says what they mean."""

    tempo: float
    tempoAlt: float
    tempoConfidence: float
    key: int
    mode: int
    loudness: float
    energy: float
    danceability: float
    valence: float
    acousticness: float
    instrumentalness: float
    speechiness: float
    liveness: float

    def as_dict(self) -> dict[str, float]:
        """Property name -> value."""
        return asdict(self)

    @classmethod
    def of(cls, values: dict[str, float]) -> AudioFeatures:
        """Read back what ``as_dict`` gave.

        Raises:
            AudioError: a feature is missing, unknown, no number, or out of its range.
        """
        names = {field.name for field in fields(cls)}
        if set(values) != names:
            raise AudioError(f"stored features are not ours: {sorted(set(values) ^ names)}; analyse the file again")
        for row in DEFINITIONS:
            value = values[row.name]
            if not isinstance(value, int | float) or not row.low <= value <= row.high:
                raise AudioError(f"stored {row.name} is {value!r}, not {row.low} to {row.high}; analyse the file again")
        rest = {name: value for name, value in values.items() if name not in {"key", "mode"}}
        return cls(key=int(values["key"]), mode=int(values["mode"]), **rest)


def read_audio(path: Path) -> tuple[NDArray[np.float64], int]:
    """Decode a file (WAV, FLAC, OGG, MP3 ...): samples float64 [n, channels], and samples per second.

    Raises:
        AudioError: the file is missing, empty, no audio, or damaged.
    """
    import soundfile  # here, not above: the definitions can be read without the audio extra

    if not path.is_file():
        raise AudioError(f"{path.name}: there is no such file")
    if path.stat().st_size == 0:
        raise AudioError(f"{path.name}: the file is empty")
    try:
        samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError, ValueError, TypeError) as error:
        raise AudioError(f"{path.name}: cannot be decoded ({' '.join(str(error).split())})") from error
    return samples, int(rate)


def extract(path: Path) -> AudioFeatures:
    """Measure one file.

    Raises:
        AudioError: it cannot be read, or is too short or silent to say anything about.
    """
    samples, rate = read_audio(path)
    try:
        return measure(samples, rate)
    except AudioError as error:
        raise AudioError(f"{path.name}: {error}") from error


def measure(samples: NDArray[np.float64], sample_rate: int) -> AudioFeatures:
    """Measure samples, float64 [n] or [n, channels] at full scale 1.0.

    Raises:
        AudioError: shorter than one second, not finite, or silent (below -70 LUFS).
    """
    seconds = len(samples) / sample_rate
    if seconds < SHORTEST_SECONDS:
        raise AudioError(f"lasts {seconds:.2f} s, at least {SHORTEST_SECONDS:.0f} s are needed")
    if not np.isfinite(samples).all():
        raise AudioError("holds samples that are no numbers")
    loudness = integrated_loudness(samples, sample_rate)
    if not math.isfinite(loudness):
        raise AudioError("is silent")
    mono = _mono(samples, sample_rate)
    sound = spectrum(mono)
    beat, tonality = tempo(sound.onset), key(mono)
    shares = describe(sound, beat, tonality, loudness)
    return AudioFeatures(
        tempo=round(beat.bpm, 2),
        tempoAlt=round(beat.alternative_bpm, 2),
        tempoConfidence=round(beat.confidence, 4),
        key=tonality.tonic,
        mode=tonality.mode,
        loudness=round(loudness, 3),
        energy=_share(shares.energy),
        danceability=_share(shares.danceability),
        valence=_share(shares.valence),
        acousticness=_share(shares.acousticness),
        instrumentalness=_share(shares.instrumentalness),
        speechiness=_share(shares.speechiness),
        liveness=_share(shares.liveness),
    )


def _share(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 4)


def _mono(samples: NDArray[np.float64], sample_rate: int) -> NDArray[np.float32]:
    """The middle three minutes at most, one channel, 22,050 Hz, float32 [n]."""
    longest = int(LONGEST_SECONDS * sample_rate)
    start = max(0, (len(samples) - longest) // 2)
    mono = samples[start : start + longest]
    mono = mono.mean(axis=1) if mono.ndim == 2 else mono
    if sample_rate != RATE:
        shared = math.gcd(sample_rate, RATE)
        mono = resample_poly(mono, RATE // shared, sample_rate // shared)
    return np.ascontiguousarray(mono, np.float32)
