"""The playlists of the demo world: a few by editors, one genre each, and many by listeners, as their taste was then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.demo.catalogue import DAY, NONE, Artists, Floats, Rows, Tracks
from ingest.demo.config import DemoConfig
from ingest.demo.genres import GENRES
from ingest.demo.listeners import TASTE_FOCUS, Listeners
from ingest.demo.naming import Names, compose
from ingest.demo.words import EDITORIAL_PATTERNS, PLAYLIST_PATTERNS

_EDITORIAL_SHARE = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Playlists:
    """The playlists, by row, and what they hold.

    Attributes:
        owner_row: int64 [n], -1 for an editors' playlist.
        created_at: unix seconds, int64 [n].
        tracks: rows in playing order, one array per playlist.
        added_at: unix seconds, alike.
    """

    ids: list[str]
    names: list[str]
    descriptions: list[str]
    owner_row: Rows
    created_at: Rows
    tracks: list[Rows]
    added_at: list[Rows]


def make_playlists(
    config: DemoConfig, rng: np.random.Generator, names: Names, artists: Artists, tracks: Tracks, listeners: Listeners
) -> Playlists:
    """Make all playlists; each holds only what was out when it was made."""
    editorial = int(config.playlist_count * _EDITORIAL_SHARE)
    created_at = config.ends_at - rng.integers(20, config.days, config.playlist_count) * DAY
    owner = np.full(config.playlist_count, NONE)
    owner[editorial:] = rng.choice(config.user_count, config.playlist_count - editorial, p=listeners.activity)
    leaves = [row for row, genre in enumerate(GENRES) if genre.share]
    themes = rng.permutation(leaves)[np.arange(editorial) % len(leaves)]
    named, described, held = [], [], []
    for row, created in enumerate(created_at.tolist()):
        if owner[row] < 0:
            genre = int(themes[row])
            named.append(names.name([_for_genre(rng, GENRES[genre].name)], "playlist"))
            described.append(f"What matters in {GENRES[genre].name}, chosen by the editors.")
            odds = np.exp(tracks.fame) * (tracks.genre_row == genre)
        else:
            named.append(names.name(PLAYLIST_PATTERNS, "playlist"))
            described.append("")
            odds = _own_odds(rng, tracks, listeners, int(owner[row]))
        held.append(_draw(rng, odds * (tracks.released_at < created) * (tracks.version_of == NONE)))
    added = [_added(rng, config, int(at), len(rows)) for at, rows in zip(created_at, held, strict=True)]
    ids = [names.id("playlist", name) for name in named]
    return Playlists(ids, named, described, owner, created_at, held, added)


def _for_genre(rng: np.random.Generator, genre: str) -> str:
    pattern = EDITORIAL_PATTERNS[int(rng.integers(len(EDITORIAL_PATTERNS)))]
    return compose(rng, pattern.replace("{genre}", genre))


def _own_odds(rng: np.random.Generator, tracks: Tracks, listeners: Listeners, user: int) -> Floats:
    """The owner's taste around one track that sets the tone."""
    odds = np.exp(TASTE_FOCUS * tracks.style @ listeners.taste[user, 0] + 0.7 * tracks.fame)
    tone = int(rng.choice(len(odds), p=odds / odds.sum()))
    return np.asarray(odds * np.exp(4.0 * tracks.style @ tracks.style[tone]), np.float64)


def _draw(rng: np.random.Generator, odds: Floats) -> Rows:
    """Twelve to forty tracks, none twice; fewer where there are not so many."""
    size = min(int(rng.integers(12, 41)), int(np.count_nonzero(odds)))
    return rng.choice(len(odds), size, replace=False, p=odds / odds.sum()) if size else np.empty(0, np.int64)


def _added(rng: np.random.Generator, config: DemoConfig, created_at: int, count: int) -> Rows:
    """Most on the first day, the rest over the following weeks; never after the world's end."""
    later = np.where(rng.random(count) < 0.6, 0, rng.integers(0, 60 * DAY, count))
    return np.asarray(np.minimum(created_at + np.sort(later), config.ends_at), np.int64)
