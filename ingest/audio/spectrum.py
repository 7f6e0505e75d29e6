"""Sound as frames: what all features read of the one spectrogram, taken down while it streams by.

Only ``librosa.filters`` is imported: the rest of librosa compiles for eighteen seconds when it is first called on a
machine, and what is needed of it here is a framed FFT and a difference. A test holds the frames against librosa's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from scipy.ndimage import uniform_filter1d

from ingest.audio.frames import RATE, Floats, Framer, Singles

FRAME: Final = 2_048
HOP: Final = 256
FRAMES_PER_SECOND: Final = RATE / HOP
BANDS: Final = 64
BIN_HZ: Final = RATE / FRAME
PART_FRAMES: Final = round(10 * FRAMES_PER_SECOND)
"""Spectra are summed per ten seconds, so that parts of a recording can be compared."""

FLOOR_DB: Final = 70.0
BASS_HZ: Final = 150.0
VOICE_HZ: Final = (300.0, 3_400.0)
_ROWS = 4_096  # frames differenced together: bounds memory


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """A recording, or a part of one, in frames of 93 ms, every 11.6 ms.

    Attributes:
        seconds: how long it is.
        mel_db: 64 mel bands in dB, at most 70 dB below the loudest, float32 [n_frames, 64].
        onset: onset strength with its local mean taken away, >= 0, float64 [n_frames].
        total: power of each frame, float64 [n_frames]; ``bass`` and ``voice`` the share of it below 150 Hz and from
            300 to 3400 Hz, in power.
        flatness: geometric over arithmetic mean of each frame's power, float64 [n_frames].
        part_power: power spectrum summed over each ten seconds, float64 [n_parts, 1025].
    """

    seconds: float
    mel_db: Singles
    onset: Floats
    total: Floats
    bass: Floats
    voice: Floats
    flatness: Floats
    part_power: Floats

    def parts(self) -> list[Spectrum]:
        """Each ten seconds on their own; a last part under five seconds belongs to the one before."""
        n = len(self.total)
        starts = list(range(0, n, PART_FRAMES))
        if len(starts) > 1 and n - starts[-1] < PART_FRAMES // 2:
            starts.pop()
        ends = [*starts[1:], n]
        return [
            Spectrum(
                (end - start) / FRAMES_PER_SECOND,
                self.mel_db[start:end],
                self.onset[start:end],
                self.total[start:end],
                self.bass[start:end],
                self.voice[start:end],
                self.flatness[start:end],
                self.part_power[at : at + 1],
            )
            for at, (start, end) in enumerate(zip(starts, ends, strict=True))
        ]


class SpectrumBuilder:
    """Takes down a stream: 68 numbers per frame, and one spectrum per ten seconds."""

    def __init__(self) -> None:
        self._framer = Framer(FRAME, HOP)
        self._samples = 0
        self._frames = 0
        self._mel: list[Singles] = []
        self._columns: list[Floats] = []
        self._parts: list[Floats] = []

    def push(self, samples: Singles) -> list[Singles]:
        """Take in mono samples at 22,050 Hz; gives back the power of the new frames, float32 [n, 1025] each."""
        self._samples += len(samples)
        return [self._take(power) for power in self._framer.push(samples)]

    def finish(self) -> list[Singles]:
        """Take in the end; gives back the power of the last frames."""
        return [self._take(power) for power in self._framer.finish()]

    def _take(self, power: Singles) -> Singles:
        low, high = (int(hz / BIN_HZ) for hz in VOICE_HZ)
        filled = power + np.float32(1e-12)
        total = power.sum(axis=1, dtype=np.float64)
        self._mel.append(power @ _mel())
        self._columns.append(
            np.stack(
                [
                    total,
                    power[:, 1 : int(BASS_HZ / BIN_HZ)].sum(axis=1, dtype=np.float64),
                    power[:, low:high].sum(axis=1, dtype=np.float64),
                    np.exp(np.log(filled).mean(axis=1, dtype=np.float64)) / filled.mean(axis=1, dtype=np.float64),
                ]
            )
        )
        at = 0
        while at < len(power):
            part, begun = divmod(self._frames, PART_FRAMES)
            if part == len(self._parts):
                self._parts.append(np.zeros(power.shape[1]))
            taken = power[at : at + PART_FRAMES - begun]
            self._parts[part] += taken.sum(axis=0, dtype=np.float64)
            at += len(taken)
            self._frames += len(taken)
        return power

    def result(self) -> Spectrum:
        """What was taken down. At least one frame must have come."""
        mel_db = np.concatenate(self._mel)
        np.maximum(mel_db, 1e-12, out=mel_db)
        np.log10(mel_db, out=mel_db)
        mel_db *= 10
        np.maximum(mel_db, mel_db.max() - FLOOR_DB, out=mel_db)
        total, bass, voice, flatness = np.concatenate(self._columns, axis=1)
        return Spectrum(
            self._samples / RATE,
            mel_db,
            _onset(mel_db),
            total,
            bass,
            voice,
            flatness,
            np.array(self._parts),
        )


def spectrum(samples: Singles) -> Spectrum:
    """Analyse mono samples at 22,050 Hz, float32 [n]."""
    builder = SpectrumBuilder()
    builder.push(samples)
    builder.finish()
    return builder.result()


@cache
def _mel() -> Singles:
    """Mel filters, float32 [1025, 64]."""
    import librosa.filters  # here, not above: whoever only reads definitions does not pay for numba

    return np.ascontiguousarray(librosa.filters.mel(sr=RATE, n_fft=FRAME, n_mels=BANDS, fmax=11_000.0).T, np.float32)


def _onset(mel_db: Singles) -> Floats:
    """Spectral flux: how much louder the mel bands grow from frame to frame, over its own mean of one second.

    Source: Böck and Widmer 2013, without the maximum filter; the bands in dB as in librosa's ``onset_strength``.
    """
    rise = np.zeros(len(mel_db))
    for at in range(1, len(mel_db), _ROWS):
        rows = mel_db[at - 1 : at + _ROWS].astype(np.float64)
        rise[at : at + _ROWS] = np.maximum(np.diff(rows, axis=0), 0.0).mean(axis=1)
    local = uniform_filter1d(rise, round(FRAMES_PER_SECOND), mode="nearest")
    return np.asarray(np.maximum(rise - local, 0.0), np.float64)
