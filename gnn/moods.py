"""Which moods people have put tracks into: said by the words of playlists' titles and of genres' names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.arrays import GraphArrays, Ids, Rows

# fmt: off
WORDS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("angry", ("aggressive", "anger", "angry", "fury", "mad", "rage")),
    ("calm", ("calm", "calming", "chill", "chilled", "chillin", "chilling", "chillout", "lounge", "mellow", "peaceful",
              "quiet", "relax", "relaxed", "relaxing", "serene", "sleep", "sleepy", "soothing", "unwind")),
    ("dark", ("bleak", "dark", "darkness", "gloom", "gloomy", "haunting", "sinister")),
    ("dreamy", ("dream", "dreaming", "dreams", "dreamy", "ethereal", "hypnotic")),
    ("energetic", ("adrenaline", "cardio", "energetic", "energy", "fitness", "gym", "hype", "motivation", "pump",
                   "running", "training", "workout")),
    ("happy", ("cheerful", "feelgood", "feel good", "good vibes", "happy", "joy", "joyful", "smile", "sunny",
               "uplifting")),
    ("party", ("dancefloor", "partie", "parties", "party", "pregame")),
    ("romantic", ("date night", "love", "love songs", "romance", "romantic", "valentine", "valentines", "wedding")),
    ("sad", ("cry", "crying", "heartbreak", "heartbroken", "lonely", "melancholic", "melancholy", "sad", "sadness",
             "sorrow", "tears")),
)
# fmt: on
"""Mood -> the words that name it in a title, compared without case and accents as whole words."""

MOODS: Final = Ids.of(mood for mood, _ in WORDS)

LEAST_TITLES: Final = 3
"""Playlists or genres that must name a mood: fewer would make it a portrait of one list."""

_PATTERNS: Final = {mood: re.compile(rf"\b(?:{'|'.join(words)})\b") for mood, words in WORDS}


def moods_of(title: str) -> list[str]:
    """The moods that a title names, ascending; "Sad Love Songs" names two."""
    plain = unicodedata.normalize("NFKD", title.casefold())
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return [mood for mood, pattern in _PATTERNS.items() if pattern.search(bare)]


@dataclass(frozen=True, slots=True, eq=False)
class MoodLabels:
    """What people said, each pair of track and mood once.

    Attributes:
        track_row: int64 [m].
        mood_row: int64 [m], in ``MOODS``.
        said_by: one of the playlists or genres that say so, int64 [m], equal for what one of them says.
    """

    track_row: Rows
    mood_row: Rows
    said_by: Rows


def mood_labels(arrays: GraphArrays) -> MoodLabels:
    """The labels of all moods that at least ``LEAST_TITLES`` playlists or genres name."""
    listed = _said(arrays.contains.target_row, arrays.contains.source_row, arrays.names["playlist"])
    named = _said(arrays.track_genre.source_row, arrays.track_genre.target_row, arrays.names["genre"])
    named[:, 2] += len(arrays.playlists)
    told = np.concatenate([listed, named])
    titles = np.unique(told[:, 1:], axis=0)
    often = np.bincount(titles[:, 0], minlength=len(MOODS)) >= LEAST_TITLES
    told = told[often[told[:, 1]]]
    _, first = np.unique(told[:, :2], axis=0, return_index=True)
    return MoodLabels(*told[first].T)


def _said(track_row: Rows, holder_row: Rows, titles: NDArray[np.str_]) -> NDArray[np.int64]:
    """Track, mood and holder of every track that a playlist or genre holds whose title names a mood, int64 [m, 3]."""
    holders, moods = _named(titles)
    order = np.argsort(holder_row, kind="stable")
    low = np.searchsorted(holder_row[order], holders, "left")
    size = np.searchsorted(holder_row[order], holders, "right") - low
    at = np.repeat(low - np.cumsum(size) + size, size) + np.arange(int(size.sum()))
    return np.stack([track_row[order][at], np.repeat(moods, size), np.repeat(holders, size)], axis=1).astype(np.int64)


def _named(titles: Iterable[str]) -> tuple[Rows, Rows]:
    """Row of the title and of the mood for every mood that a title names."""
    told = [(row, mood) for row, title in enumerate(titles) for mood in moods_of(str(title))]
    holders = np.array([row for row, _ in told], np.int64)
    return holders, MOODS.rows([mood for _, mood in told])
