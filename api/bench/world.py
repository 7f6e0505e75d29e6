"""A made-up graph of any size: listeners with a few genres each, known and obscure tracks, times, sound, friends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.arrays import GraphArrays, Ids, Links, Rows
from graph.kinds import AUDIO

DAY_S = 86_400
END = 1_700_000_000
SPAN_DAYS = 1000
REPEATED = 1.3
"""Draws per wanted pair: the known tracks are drawn several times by one listener."""


@dataclass(frozen=True, slots=True)
class WorldSize:
    """How large a made-up graph is.

    Attributes:
        users: listeners.
        tracks: tracks; a tenth as many artists.
        plays: pairs of a listener and a track, about.
        genres: each artist is of one.
        followed: listeners whom each follows.
    """

    users: int = 100_000
    tracks: int = 500_000
    plays: int = 10_000_000
    genres: int = 200
    followed: int = 5

    def part(self, share: float) -> WorldSize:
        """The same, with a share of the listeners, tracks and plays."""
        users, tracks, plays = (max(1, round(number * share)) for number in (self.users, self.tracks, self.plays))
        return WorldSize(users, tracks, plays, self.genres, self.followed)


def _ids(kind: str, count: int) -> Ids:
    return Ids(np.array([f"world:{kind}:{number:07d}" for number in range(count)], np.str_))


def world(size: WorldSize, seed: int = 0) -> GraphArrays:
    """Make a graph up; the same seed makes the same.

    Activity of listeners is log-normal, popularity of tracks within a genre falls with the rank to the power of 0.8.
    Nine plays in ten are of the listener's three genres.
    """
    generator = np.random.default_rng(seed)
    artists = max(size.tracks // 10, 1)
    artist_of = generator.integers(0, artists, size.tracks)
    genre_of = generator.integers(0, size.genres, artists)[artist_of]
    played = _played(size, genre_of, generator)
    ids = {kind: _ids(kind, count) for kind, count in (("user", size.users), ("track", size.tracks))}
    ids |= {kind: _ids(kind, count) for kind, count in (("artist", artists), ("genre", size.genres), ("playlist", 0))}
    followed = generator.integers(0, size.users, (size.users, size.followed))
    tracks = np.arange(size.tracks)
    return GraphArrays(
        users=ids["user"],
        tracks=ids["track"],
        artists=ids["artist"],
        genres=ids["genre"],
        playlists=ids["playlist"],
        names={kind: known.values for kind, known in ids.items()},
        track_columns=_sound(genre_of, size.genres, generator),
        played=played,
        listens_to=Links.none(),
        performed_by=Links(tracks, artist_of),
        track_genre=Links(tracks, genre_of, {"weight": np.ones(size.tracks)}),
        artist_genre=Links.none(),
        subgenre_of=Links.none(),
        contains=Links.none(),
        follows=Links(np.repeat(np.arange(size.users), size.followed), followed.ravel()),
        version_of=Links.none(),
        saved=Links.none(),
        watermark=END,
    )


def _played(size: WorldSize, genre_of: Rows, generator: np.random.Generator) -> Links:
    """Who played what, each pair once, with counts and times."""
    activity = generator.lognormal(0.0, 1.0, size.users)
    draws = np.maximum(5, (activity / activity.sum() * size.plays * REPEATED).astype(np.int64))
    user = np.repeat(np.arange(size.users), draws)
    track = _drawn(_genres_of_plays(user, size, generator), genre_of, size.genres, generator)
    pairs = np.unique(user * size.tracks + track)
    if len(pairs) > size.plays:
        pairs = np.sort(generator.choice(pairs, size.plays, replace=False))
    at = END - generator.integers(0, SPAN_DAYS * DAY_S, len(pairs))
    count = generator.geometric(0.5, len(pairs))
    columns: dict[str, NDArray[np.generic]] = {"count": count, "weight": count.astype(np.float64)}
    columns |= {"firstAt": at, "lastAt": at}
    columns |= {name: np.zeros(len(pairs), np.int64) for name in ("skips", "saves")}
    return Links(pairs // size.tracks, pairs % size.tracks, columns)


def _genres_of_plays(user: Rows, size: WorldSize, generator: np.random.Generator) -> Rows:
    """The genre of each play: one of the listener's three, the first most often, or any; int64 [n_plays]."""
    favourites = generator.integers(0, size.genres, (size.users, 3))
    place = np.searchsorted([0.5, 0.75, 0.9], generator.random(len(user)), side="right")
    anything = generator.integers(0, size.genres, len(user))
    return np.where(place < 3, favourites[user, np.minimum(place, 2)], anything)


def _drawn(genre: Rows, genre_of: Rows, genres: int, generator: np.random.Generator) -> Rows:
    """A track of each genre by popularity, int64 [n_plays]; any track where the genre has none."""
    order = np.argsort(genre_of, kind="stable")
    starts = np.searchsorted(genre_of[order], np.arange(genres + 1))
    rank = np.arange(len(order)) - starts[genre_of[order]]
    reach = np.concatenate([[0.0], np.cumsum((rank + 5.0) ** -0.8)])
    low, high = reach[starts[:-1]][genre], reach[starts[1:]][genre]
    place = np.searchsorted(reach, low + generator.random(len(genre)) * (high - low), side="right") - 1
    found = order[np.minimum(place, len(order) - 1)]
    return np.where(high > low, found, generator.integers(0, len(order), len(genre))).astype(np.int64)


def _sound(genre_of: Rows, genres: int, generator: np.random.Generator) -> dict[str, NDArray[np.generic]]:
    """Audio features of every track, near those of its genre."""
    return {
        name: generator.standard_normal(genres)[genre_of] + generator.standard_normal(len(genre_of)) for name in AUDIO
    }
