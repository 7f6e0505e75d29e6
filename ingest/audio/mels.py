"""A recording as a small picture: what the audio embedding is trained on."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.audio.frames import Singles
from ingest.audio.spectrum import BANDS, FLOOR_DB, FRAMES_PER_SECOND

POOLED: Final = 4
"""Frames of the spectrogram in one column of the picture: 21.5 columns a second."""

LONGEST_SECONDS: Final = 30.0

Mels = NDArray[np.uint8]


def picture(mel_db: Singles) -> Mels:
    """The middle thirty seconds at most, uint8 [n_columns, 64]: 0 at 70 dB below the loudest, 255 at the loudest.

    Args:
        mel_db: float32 [n_frames, 64] as in ``Spectrum``.
    """
    longest = int(LONGEST_SECONDS * FRAMES_PER_SECOND)
    start = max(0, (len(mel_db) - longest) // 2)
    middle = mel_db[start : start + longest]
    columns = len(middle) // POOLED
    pooled = middle[: columns * POOLED].reshape(columns, POOLED, BANDS).mean(axis=1)
    scaled = (pooled - (mel_db.max() - FLOOR_DB)) * (255 / FLOOR_DB)
    return np.asarray(np.clip(np.round(scaled), 0, 255), np.uint8)
