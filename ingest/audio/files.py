"""A sound file as a stream of blocks, so that a long recording never lies in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.errors import AudioError

BLOCK_SECONDS: Final = 10.0

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A stream of samples.

    Attributes:
        sample_rate: samples per second.
        blocks: float32 [n, channels] at full scale 1.0, in order; read once.
    """

    sample_rate: int
    blocks: Iterable[Samples]


def open_audio(path: Path) -> Recording:
    """Open a file (WAV, FLAC, OGG, MP3 ... whatever libsndfile decodes); its blocks are read as they are asked for.

    Raises:
        AudioError: the file is missing, empty, or no audio; while reading, that it is damaged.
    """
    import soundfile  # here, not above: the definitions can be read without the audio extra

    if not path.is_file():
        raise AudioError(f"{path.name}: there is no such file")
    if path.stat().st_size == 0:
        raise AudioError(f"{path.name}: the file is empty")
    try:
        file = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, RuntimeError, ValueError, TypeError) as error:
        raise AudioError(f"{path.name}: cannot be decoded ({_one_line(error)})") from error
    return Recording(int(file.samplerate), _blocks(file, path.name))


def _blocks(file: object, name: str) -> Iterator[Samples]:
    import soundfile

    with file as sound:  # type: ignore[attr-defined]
        size = round(BLOCK_SECONDS * sound.samplerate)
        while True:
            try:
                block = sound.read(size, dtype="float32", always_2d=True)
            except (soundfile.LibsndfileError, RuntimeError) as error:
                raise AudioError(f"{name}: is damaged ({_one_line(error)})") from error
            if not len(block):
                return
            yield block


def of_samples(samples: NDArray[np.floating], sample_rate: int) -> Recording:
    """Samples in memory, float [n] or [n, channels], as a stream."""
    channels = samples[:, None] if samples.ndim == 1 else samples
    size = round(BLOCK_SECONDS * sample_rate)
    starts = range(0, len(channels), size)
    return Recording(sample_rate, (channels[at : at + size].astype(np.float32) for at in starts))


def read_audio(path: Path) -> tuple[Samples, int]:
    """Decode a whole file: samples float32 [n, channels], and samples per second.

    Raises:
        AudioError: as ``open_audio``.
    """
    recording = open_audio(path)
    blocks = list(recording.blocks)
    return (np.concatenate(blocks) if blocks else np.zeros((0, 1), np.float32)), recording.sample_rate


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
