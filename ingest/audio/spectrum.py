"""Sound as frames: the one spectrogram that all features read, and the onset strength made of it.

Only ``librosa.filters`` is imported: the rest of librosa compiles for twenty seconds at its first import on a machine,
and what is needed of it here is a framed FFT and a difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

RATE: Final = 22_050
"""Samples per second of everything but loudness, which is measured at the file's own rate."""

FRAME: Final = 2_048
HOP: Final = 256
FRAMES_PER_SECOND: Final = RATE / HOP
_BANDS = 64
_FLOOR_DB = 70.0

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """A recording in frames of 93 ms, every 11.6 ms.

    Attributes:
        samples: mono at 22,050 Hz, float32 [n].
        power: float32 [n_frames, 1025].
        mel_db: 64 mel bands in dB, at most 70 dB below the loudest, float32 [n_frames, 64].
        onset: onset strength with its local mean taken away, >= 0, float64 [n_frames].
    """

    samples: Singles
    power: Singles
    mel_db: Singles
    onset: Floats

    @property
    def seconds(self) -> float:
        """How long the recording is."""
        return len(self.samples) / RATE


def spectrum(samples: Singles) -> Spectrum:
    """Analyse mono samples at 22,050 Hz, float32 [n]."""
    power = framed_power(samples, FRAME, HOP)
    mel_db = 10 * np.log10(np.maximum(power @ _mel(), 1e-12))
    mel_db = np.maximum(mel_db, mel_db.max() - _FLOOR_DB).astype(np.float32)
    return Spectrum(samples, power, mel_db, _onset(mel_db))


@cache
def _mel() -> Singles:
    """Mel filters, float32 [1025, 64]."""
    import librosa.filters  # here, not above: whoever only reads definitions does not pay for numba

    return np.ascontiguousarray(librosa.filters.mel(sr=RATE, n_fft=FRAME, n_mels=_BANDS, fmax=11_000.0).T, np.float32)


def framed_power(samples: Singles, frame: int, hop: int) -> Singles:
    """Power spectrum of Hann-windowed, centred frames, float32 [n_frames, frame // 2 + 1]."""
    padded = np.pad(samples, frame // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, frame)[::hop]
    window = np.hanning(frame + 1)[:-1].astype(np.float32)
    chunks = [np.fft.rfft(frames[at : at + 256] * window) for at in range(0, len(frames), 256)]  # bounds memory
    return np.concatenate([chunk.real**2 + chunk.imag**2 for chunk in chunks]).astype(np.float32)


def _onset(mel_db: Singles) -> Floats:
    """Spectral flux: how much louder the mel bands grow from frame to frame, over its own mean of one second.

    Source: Böck and Widmer 2013, without the maximum filter; the bands in dB as in librosa's ``onset_strength``.
    """
    rise = np.maximum(np.diff(mel_db.astype(np.float64), axis=0, prepend=mel_db[:1]), 0.0).mean(axis=1)
    local = uniform_filter1d(rise, round(FRAMES_PER_SECOND), mode="nearest")
    return np.asarray(np.maximum(rise - local, 0.0), np.float64)
