"""What is written about tracks: genres, titles, names of artists and playlists, as weighted words per track."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gnn.data import TrainingData
from graph.arrays import GraphArrays, Ids, Links, Rows

LONGEST_PHRASE = 3
"""Words of a genre's name that count as one phrase, besides each by itself."""
WEIGHT = {"genre": 1.0, "artist_genre": 0.5, "playlist": 0.5, "artist": 0.5, "title": 0.2}
"""How much a word counts by where it stands."""
_WORD = re.compile(r"[^\W_]+")

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Documents:
    """Which words stand for which track, and how strongly.

    Attributes:
        words: str [n_words], ascending; phrases have spaces.
        item_row: int64 [n].
        word_row: int64 [n].
        weight: float64 [n]; repeated pairs add up.
    """

    words: Ids
    item_row: Rows
    word_row: Rows
    weight: Doubles


def words_of(text: str) -> list[str]:
    """The words of a text in order, without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(sign for sign in plain if not unicodedata.combining(sign)))


def phrases_of(text: str) -> list[str]:
    """The words of a text and its phrases of up to ``LONGEST_PHRASE`` words, in order, each once."""
    words = words_of(text)
    spans = ((size, at) for size in range(1, LONGEST_PHRASE + 1) for at in range(len(words) - size + 1))
    return list(dict.fromkeys(" ".join(words[at : at + size]) for size, at in spans))


def documents_of(arrays: GraphArrays, *, least: int = 2) -> Documents:
    """Everything that the graph's texts say of its tracks.

    Args:
        arrays: the graph.
        least: words of fewer tracks say nothing about others and are left out.
    """
    parts = [_Part(*part) for part in _parts(arrays)]
    items = np.concatenate([part.item_row for part in parts])
    weights = np.concatenate([part.weight for part in parts])
    spelled = np.concatenate([part.word for part in parts])
    words, word_row = np.unique(spelled, return_inverse=True)
    pairs = np.unique(word_row * max(len(arrays.tracks), 1) + items)
    tracks = np.bincount(pairs // max(len(arrays.tracks), 1), minlength=len(words))
    kept = tracks >= least
    known, renumbered = kept[word_row], np.cumsum(kept) - 1
    return Documents(Ids(words[kept]), items[known], renumbered[word_row[known]].astype(np.int64), weights[known])


def documents_of_data(data: TrainingData) -> Documents:
    """The terms and artists of a data set, without their spelling."""
    terms, performed = data.terms, data.performed_by
    words = [f"about {row:09d}" for row in range(terms.count)] + [
        f"of artist {row:09d}" for row in range(len(data.artists))
    ]
    return Documents(
        Ids(np.array(words, np.str_)),
        np.concatenate([terms.item_row, performed.source_row]),
        np.concatenate([terms.term_row, performed.target_row + terms.count]),
        np.concatenate([terms.weight * WEIGHT["genre"], np.full(len(performed), WEIGHT["artist"])]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Words from one kind of text: int64 [n], str [n], float64 [n]."""

    item_row: Rows
    word: NDArray[np.str_]
    weight: Doubles


def _parts(arrays: GraphArrays) -> Iterator[tuple[Rows, NDArray[np.str_], Doubles]]:
    tracks = len(arrays.tracks)
    own = np.arange(tracks)
    by_artist = csr_array(
        (np.ones(len(arrays.performed_by)), (arrays.performed_by.source_row, arrays.performed_by.target_row)),
        shape=(tracks, len(arrays.artists)),
    )
    yield _spelled(arrays, "genre", arrays.track_genre, WEIGHT["genre"])
    yield _spelled(arrays, "genre", _through(by_artist, arrays.artist_genre), WEIGHT["artist_genre"])
    yield _spelled(arrays, "artist", arrays.performed_by, WEIGHT["artist"])
    yield _spelled(arrays, "track", Links(own, own), WEIGHT["title"])
    lists = Links(arrays.contains.target_row, arrays.contains.source_row)
    yield _spelled(arrays, "playlist", lists, WEIGHT["playlist"])


def _through(by_artist: csr_array, artist_genre: Links) -> Links:
    """The genres of each track's artists."""
    genres = int(artist_genre.target_row.max(initial=-1)) + 1
    of_artist = csr_array(
        (np.ones(len(artist_genre)), (artist_genre.source_row, artist_genre.target_row)),
        shape=(by_artist.shape[1], genres),
    )
    found = csr_array(by_artist @ of_artist).tocoo()
    return Links(found.coords[0].astype(np.int64), found.coords[1].astype(np.int64))


def _spelled(arrays: GraphArrays, kind: str, links: Links, weight: float) -> tuple[Rows, NDArray[np.str_], Doubles]:
    """The words of what tracks are linked to; a link's own weight counts where it has one."""
    names = arrays.names.get(kind)
    if names is None or not len(links):
        return np.empty(0, np.int64), np.empty(0, np.str_), np.empty(0)
    used = np.unique(links.target_row)
    spell = phrases_of if kind == "genre" else words_of
    phrases = [spell(names[row]) for row in used.tolist()]
    counts = np.array([len(found) for found in phrases], np.int64)
    flat = np.array([word for found in phrases for word in found], np.str_)
    place = np.searchsorted(used, links.target_row)
    repeat = counts[place]
    starts = (np.cumsum(counts) - counts)[place]
    inner = np.arange(int(repeat.sum())) - np.repeat(np.cumsum(repeat) - repeat, repeat)
    given = links.columns.get("weight")
    own = np.ones(len(links)) if given is None else np.nan_to_num(np.asarray(given, np.float64), nan=1.0)
    each = weight * np.maximum(own, 0.0)
    return (
        np.repeat(links.source_row, repeat),
        flat[np.repeat(starts, repeat) + inner] if len(flat) else np.empty(0, np.str_),
        np.repeat(each, repeat),
    )
