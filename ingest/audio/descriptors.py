"""What a recording is like, between 0 and 1: energy, danceability, valence and the rest. All are estimates.

They are stated formulas over the shared spectrogram, not trained models: good for likeness between tracks and for rough
filters, weak as statements about one track. ``ingest.audio.features`` lists their definitions.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from ingest.audio.frames import Floats
from ingest.audio.key import Key
from ingest.audio.spectrum import BIN_HZ, FRAMES_PER_SECOND, Spectrum
from ingest.audio.tempo import Tempo

_SYLLABLES_HZ = (3.0, 8.0)
_PAUSE_DB = 18.0


@dataclass(frozen=True, slots=True)
class Descriptors:
    """Estimates in 0..1; see ``ingest.audio.features.DEFINITIONS``."""

    energy: float
    danceability: float
    valence: float
    acousticness: float
    instrumentalness: float
    speechiness: float
    liveness: float


def describe(sound: Spectrum, tempo: Tempo, key: Key, loudness_db: float) -> Descriptors:
    """Estimate all descriptors of one recording."""
    level_db = _levels(sound)
    bright, busy = _brightness(sound), _business(sound)
    loud = _ramp(loudness_db, -30.0, -6.0)
    energy = 0.45 * loud + 0.30 * bright + 0.25 * busy
    speech = _speech(sound, level_db, tempo)
    return Descriptors(
        energy=energy,
        danceability=_danceability(sound, tempo),
        valence=0.40 * (0.5 if key.mode is None else key.mode)
        + 0.25 * _ramp(tempo.bpm, 60.0, 160.0)
        + 0.20 * energy
        + 0.15 * bright,
        acousticness=0.5 * (1 - loud) * (1 - 0.5 * bright) + 0.5 * _decay(level_db),
        instrumentalness=1 - max(speech, _voice(sound)),
        speechiness=speech,
        liveness=_ambience(sound, level_db),
    )


def agreement(sound: Spectrum, tempo: Tempo, key: Key, loudness_db: float) -> Descriptors:
    """How sure each estimate is, 0 to 1: how little it differs between the tens of seconds of the recording.

    1 minus four standard deviations between the parts, times ``s / (s + 10)`` of the length s in seconds: a short clip
    says little about a track. This is the steadiness of the formula, not its truth.
    """
    parts = [asdict(describe(part, tempo, key, loudness_db)) for part in sound.parts()]
    heard = sound.seconds / (sound.seconds + 10)
    spread = {name: float(np.std([part[name] for part in parts])) for name in parts[0]}
    return Descriptors(**{name: max(0.0, 1 - 4 * value) * heard for name, value in spread.items()})


def _ramp(value: float, zero: float, one: float) -> float:
    """0 up to ``zero``, 1 from ``one`` on, a straight line between."""
    return float(np.clip((value - zero) / (one - zero), 0.0, 1.0))


def _levels(sound: Spectrum) -> Floats:
    """Power of each frame in dB below the loudest one, float64 [n_frames]."""
    power = sound.total
    return np.asarray(10 * np.log10(np.maximum(power / max(float(power.max()), 1e-20), 1e-8)), np.float64)


def _brightness(sound: Spectrum) -> float:
    """Where the middle of the spectrum lies: 0 at 400 Hz, 1 at 4 kHz, on a logarithmic scale; weighted by amplitude."""
    amplitude = np.sqrt(sound.part_power.sum(axis=0))
    centroid = float((amplitude * np.arange(len(amplitude))).sum() * BIN_HZ / max(float(amplitude.sum()), 1e-12))
    return _ramp(float(np.log2(max(centroid, 1.0))), float(np.log2(400)), float(np.log2(4_000)))


def _business(sound: Spectrum) -> float:
    """Onsets per second: 0 at one, 1 at eight."""
    onset = sound.onset
    high = onset > onset.mean() + 0.5 * onset.std()
    peaks = high[1:-1] & (onset[1:-1] > onset[:-2]) & (onset[1:-1] >= onset[2:])
    return _ramp(float(peaks.sum()) / max(sound.seconds, 0.1), 1.0, 8.0)


def _danceability(sound: Spectrum, tempo: Tempo) -> float:
    """A clear beat at a pace one dances to, carried by the bass."""
    usual = float(np.exp(-0.5 * (np.log2(tempo.bpm / 118) / 0.45) ** 2))
    share = float(sound.bass.sum() / max(float(sound.total.sum()), 1e-20))
    return 0.5 * tempo.confidence + 0.3 * usual + 0.2 * _ramp(share, 0.05, 0.6)


def _decay(level_db: Floats) -> float:
    """How far the level falls between its peaks: plucked and struck strings die away, compressed music does not."""
    return _ramp(float(np.percentile(level_db, 90) - np.percentile(level_db, 25)), 3.0, 18.0)


def _modulation(sound: Spectrum) -> float:
    """Share of the voice band's level changes (0.5-20 Hz) that come at the rate of syllables."""
    envelope = np.sqrt(sound.voice)
    changes = np.abs(np.fft.rfft((envelope - envelope.mean()) * np.hanning(len(envelope)))) ** 2
    hz = np.fft.rfftfreq(len(envelope), 1 / FRAMES_PER_SECOND)
    all_changes = changes[(hz >= 0.5) & (hz <= 20)].sum()
    syllables = changes[(hz >= _SYLLABLES_HZ[0]) & (hz <= _SYLLABLES_HZ[1])].sum()
    return float(syllables / max(float(all_changes), 1e-20))


def _speech(sound: Spectrum, level_db: Floats, tempo: Tempo) -> float:
    """Syllables, pauses, and no beat. Source: after Scheirer and Slaney 1997 (4 Hz modulation, low-energy frames)."""
    pauses = _ramp(float(np.mean(level_db < np.percentile(level_db, 90) - _PAUSE_DB)), 0.05, 0.4)
    return (0.5 * _modulation(sound) + 0.5 * pauses) * (1 - tempo.confidence)


def _voice(sound: Spectrum) -> float:
    """Share of the power in the voice band, times its modulation by syllables: a faint hint of singing."""
    share = float(sound.voice.sum() / max(float(sound.total.sum()), 1e-20))
    return share * _modulation(sound)


def _ambience(sound: Spectrum, level_db: Floats) -> float:
    """How loud and how noisy the quietest moments are: rooms and audiences do not fall silent."""
    flatness = float(np.median(sound.flatness[level_db <= np.percentile(level_db, 10)]))
    floor = _ramp(float(np.percentile(level_db, 10) - np.percentile(level_db, 90)), -30.0, -4.0)
    return 0.5 * floor * _ramp(float(np.log10(max(flatness, 1e-9))), -4.0, -0.5) + 0.2 * floor
