"""One recording, once through: every feature with its confidence, its mel picture and its landmarks."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from graph.errors import AudioError
from ingest.audio.descriptors import agreement, describe
from ingest.audio.features import AudioFeatures, Confidences
from ingest.audio.files import Recording, of_samples, open_audio
from ingest.audio.frames import RATE, Singles
from ingest.audio.key import PitchPeaks, key_of
from ingest.audio.landmarks import LandmarkFinder, Landmarks
from ingest.audio.loudness import LoudnessMeter
from ingest.audio.mels import Mels, picture
from ingest.audio.metre import metre
from ingest.audio.spectrum import Spectrum, SpectrumBuilder
from ingest.audio.tempo import tempo

SHORTEST_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is known of one recording.

    Attributes:
        seconds: how long it is.
    """

    features: AudioFeatures
    confidences: Confidences
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "features": self.features.as_dict(),
            "confidences": asdict(self.confidences),
            "seconds": self.seconds,
        }

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Analysis:
        """Read back what ``as_dict`` gave.

        Raises:
            AudioError: it is not ours, or a value is out of its range.
        """
        names = {field.name for field in fields(Confidences)}
        if set(stored) != {"features", "confidences", "seconds"} or set(stored["confidences"]) != names:
            raise AudioError("stored analysis is not ours; analyse the file again")
        confidences = Confidences(**{name: float(value) for name, value in stored["confidences"].items()})
        return cls(AudioFeatures.of(stored["features"]), confidences, float(stored["seconds"]))


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """An analysis with the arrays that come with it."""

    analysis: Analysis
    mels: Mels
    landmarks: Landmarks


def hear(recording: Recording) -> Heard:
    """Analyse a stream of samples, block by block.

    Raises:
        AudioError: shorter than one second, not finite, silent (below -70 LUFS), or damaged.
    """
    import soxr  # here, not above: the definitions can be read without the audio extra

    loudness, peaks = LoudnessMeter(recording.sample_rate), PitchPeaks()
    frames, landmarks = SpectrumBuilder(), LandmarkFinder()
    resample = soxr.ResampleStream(recording.sample_rate, RATE, 1, dtype="float32")
    samples = 0

    def take(mono: Singles) -> None:
        peaks.push(mono)
        landmarks.push(frames.push(mono))

    for block in recording.blocks:
        if not np.isfinite(block).all():
            raise AudioError("holds samples that are no numbers")
        samples += len(block)
        loudness.push(block)
        mono = np.ascontiguousarray(block.mean(axis=1))
        take(mono if recording.sample_rate == RATE else resample.resample_chunk(mono))
    if recording.sample_rate != RATE:
        take(resample.resample_chunk(np.zeros(0, np.float32), last=True))
    peaks.finish()
    landmarks.push(frames.finish())
    seconds = samples / recording.sample_rate
    if seconds < SHORTEST_SECONDS:
        raise AudioError(f"lasts {seconds:.2f} s, at least {SHORTEST_SECONDS:.0f} s are needed")
    loudness_db = loudness.integrated()
    if not math.isfinite(loudness_db):
        raise AudioError("is silent")
    sound = replace(frames.result(), seconds=seconds)
    return Heard(_described(sound, peaks, loudness_db), picture(sound.mel_db), landmarks.finish())


def _described(sound: Spectrum, peaks: PitchPeaks, loudness_db: float) -> Analysis:
    beat, tonality = tempo(sound.onset), key_of(peaks.pitch_classes())
    bar = metre(sound.total, beat)
    shares = {name: _share(value) for name, value in asdict(describe(sound, beat, tonality, loudness_db)).items()}
    sure = {name: _share(value) for name, value in asdict(agreement(sound, beat, tonality, loudness_db)).items()}
    features = AudioFeatures(
        tempo=round(beat.bpm, 2),
        tempoAlt=round(beat.alternative_bpm, 2),
        tempoConfidence=_share(beat.confidence),
        key=tonality.tonic,
        mode=tonality.mode,
        timeSignature=bar.beats,
        loudness=round(loudness_db, 3),
        **shares,
    )
    confidences = Confidences(
        key=_share(tonality.confidence),
        mode=_share(tonality.mode_confidence),
        timeSignature=_share(bar.confidence),
        **sure,
    )
    return Analysis(features, confidences, round(sound.seconds, 3))


def hear_file(path: Path) -> Heard:
    """Analyse one file.

    Raises:
        AudioError: it cannot be read, or is too short or silent to say anything about.
    """
    recording = open_audio(path)
    try:
        return hear(recording)
    except AudioError as error:
        told = str(error)
        raise AudioError(told if told.startswith(f"{path.name}: ") else f"{path.name}: {told}") from error


def extract(path: Path) -> Analysis:
    """The features of one file; ``Raises`` as ``hear_file``."""
    return hear_file(path).analysis


def measure(samples: NDArray[np.floating[Any]], sample_rate: int) -> Analysis:
    """The features of samples in memory, float [n] or [n, channels]; ``Raises`` as ``hear``."""
    return hear(of_samples(samples, sample_rate)).analysis


def _share(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 4)
