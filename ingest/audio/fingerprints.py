"""Which recording a clip was taken from: an inverted index over the landmarks of all tracks, in NumPy.

Two tracks that merely sound alike share few pairs of peaks at one common shift of time; the same recording shares many.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.errors import AudioError
from ingest.audio.landmarks import STEPS_PER_SECOND, Landmarks

KNOWN_FROM: Final = 12
"""Landmarks that must agree on one shift in time."""

AHEAD: Final = 1.5
"""How many times as many they must be as those of the next recording: shared samples and rhythms agree by chance."""

_COMMON = 400  # a landmark that more places have than this says nothing, and costs most of the time
_NEAR = 1  # steps by which a shift may differ: a clip does not begin on a frame


@dataclass(frozen=True, slots=True)
class Match:
    """A recording that a clip may come from.

    Attributes:
        track: its id.
        agreeing: landmarks of the clip that lie in the recording at one shift in time.
        share: those among the clip's landmarks, 0 to 1.
        at_seconds: where in the recording the clip begins.
        known: whether that is more than chance: at least ``KNOWN_FROM`` agree, and ``AHEAD`` times as many as with any
            other recording. Two copies of one recording under different ids hide each other.
    """

    track: str
    agreeing: int
    share: float
    at_seconds: float
    known: bool


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprints:
    """The landmarks of many tracks, by hash.

    Attributes:
        ids: str [n_tracks].
        hashes: uint32 [n], ascending.
        track_row: int32 [n]; ``steps`` int32 [n], when it sounds there.
    """

    ids: NDArray[np.str_]
    hashes: NDArray[np.uint32]
    track_row: NDArray[np.int32]
    steps: NDArray[np.int32]

    @classmethod
    def of(cls, tracks: Iterable[tuple[str, Landmarks]]) -> Fingerprints:
        """Index some tracks; memory is 12 bytes a landmark, some 250 of them a second."""
        ids: list[str] = []
        parts: list[Landmarks] = []
        for id, marks in tracks:
            ids.append(id)
            parts.append(marks)
        hashes = np.concatenate([np.zeros(0, np.uint32), *(part.hashes for part in parts)])
        steps = np.concatenate([np.zeros(0, np.int32), *(part.steps for part in parts)])
        rows = np.repeat(np.arange(len(parts), dtype=np.int32), [len(part) for part in parts])
        order = np.argsort(hashes, kind="stable")
        return cls(np.array(ids, np.str_), hashes[order], rows[order], steps[order])

    def __len__(self) -> int:
        return len(self.ids)

    def matches(self, clip: Landmarks, count: int = 5) -> list[Match]:
        """The recordings that fit best, best first, ties by id; empty where no landmark is shared."""
        low = np.searchsorted(self.hashes, clip.hashes, side="left")
        places = np.searchsorted(self.hashes, clip.hashes, side="right") - low
        places = np.where(places > _COMMON, 0, places)
        mark = np.repeat(np.arange(len(clip)), places)
        if not len(mark):
            return []
        at = np.repeat(low - np.cumsum(places) + places, places) + np.arange(len(mark))
        row, shift = self.track_row[at].astype(np.int64), self.steps[at].astype(np.int64) - clip.steps[mark]
        span = int(shift.max() - shift.min()) + 2 * _NEAR + 2
        key = row * span + shift - int(shift.min()) + _NEAR
        bins, agreeing = np.unique(key, return_counts=True)
        summed = agreeing.copy()
        for ahead in range(1, _NEAR + 1):
            for step in (-ahead, ahead):
                found = np.searchsorted(bins, bins + step)
                inside = np.minimum(found, len(bins) - 1)
                summed += np.where(bins[inside] == bins + step, agreeing[inside], 0)
        best: dict[int, tuple[int, int]] = {}
        for place in np.lexsort((bins, -agreeing, -summed))[: 50 * count].tolist():
            track, shifted = divmod(int(bins[place]), span)
            best.setdefault(track, (int(summed[place]), shifted + int(shift.min()) - _NEAR))
        found_all = [
            Match(
                str(self.ids[track]),
                number,
                min(number / max(len(clip), 1), 1.0),
                round(shifted / STEPS_PER_SECOND, 2),
                False,
            )
            for track, (number, shifted) in best.items()
        ]
        ranked = sorted(found_all, key=lambda match: (-match.agreeing, match.track))[:count]
        next_best = ranked[1].agreeing if len(ranked) > 1 else 0
        known = ranked[0].agreeing >= max(KNOWN_FROM, AHEAD * next_best)
        return [replace(ranked[0], known=known), *ranked[1:]]

    def write(self, path: Path) -> None:
        """Store it, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            np.savez(file, ids=self.ids, hashes=self.hashes, track_row=self.track_row, steps=self.steps)
        os.replace(file.name, path)

    @classmethod
    def read(cls, path: Path) -> Fingerprints:
        """Read what ``write`` stored.

        Raises:
            AudioError: it is not there, or damaged.
        """
        if not path.is_file():
            raise AudioError("no recording is known yet: run 'phonograph audio analyse FOLDER' first")
        try:
            with path.open("rb") as file, np.load(file) as stored:  # np.load alone leaves a damaged file open
                return cls(stored["ids"], stored["hashes"], stored["track_row"], stored["steps"])
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise AudioError(f"{path.name} is damaged: run 'phonograph audio analyse FOLDER' again") from error
