"""Who makes the music of the demo world and what came out when: artists, albums, tracks, versions.

Every artist and track has a hidden place in a small space of styles; listeners' tastes live in the same space, which is
what makes the world learnable. Models never see it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.errors import InvalidRequestError
from ingest.demo.config import DemoConfig
from ingest.demo.genres import GENRES, ROW, scene
from ingest.demo.naming import Names
from ingest.demo.words import ALBUM_PATTERNS, ARTIST_PATTERNS, HOMES, LIVE_ROOMS, TITLE_PATTERNS

STYLE_DIM: Final = 16
DAY: Final = 86_400
NONE: Final = -1
_ARTIST_SPREAD, _TRACK_SPREAD, _GENRE_SPREAD = 0.45, 0.35, 0.7

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Artists:
    """The artists, by row.

    Attributes:
        genre_rows: int64 [n, 2], the main genre first; -1 where there is no second one.
        style: float64 [n, 16].
        fame: float64 [n], logarithm of how often an artist is met by chance.
    """

    ids: list[str]
    names: list[str]
    countries: list[str]
    genre_rows: Rows
    style: Floats
    fame: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """The tracks, by row; an artist's tracks are neighbours, oldest first.

    Attributes:
        genre_row: int64 [n].
        style: float64 [n, 16].
        fame: float64 [n], logarithm of how often a track is met by chance.
        released_at: unix seconds at midnight UTC, int64 [n].
        version_of: int64 [n], row of the work this is a version of; -1 for a work of its own.
    """

    ids: list[str]
    names: list[str]
    albums: list[str]
    artist_row: Rows
    genre_row: Rows
    style: Floats
    fame: Floats
    released_at: Rows
    duration_ms: Rows
    explicit: NDArray[np.bool_]
    version_of: Rows


def unit(vectors: Floats) -> Floats:
    """Scale each vector [n, d] to length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float64)


def genre_styles(rng: np.random.Generator) -> Floats:
    """Place the genres: roots far apart, a subgenre near the middle of its parents. float64 [n_genres, 16], unit."""
    roots = sum(not genre.parents for genre in GENRES)
    axes, _ = np.linalg.qr(rng.normal(size=(STYLE_DIM, STYLE_DIM)))
    style = np.zeros((len(GENRES), STYLE_DIM))
    style[:roots] = axes[:roots]
    for row in range(roots, len(GENRES)):  # parents stand before their children in the table
        middle = style[[ROW[parent] for parent in GENRES[row].parents]].mean(axis=0)
        style[row] = unit(unit(middle) + _GENRE_SPREAD * unit(rng.normal(size=STYLE_DIM)))
    return style


def make_artists(config: DemoConfig, rng: np.random.Generator, names: Names, genre_style: Floats) -> Artists:
    """Found the artists; the last ``bridge_count`` of a random order are at home in two scenes."""
    genre_rows = _artist_genres(config, rng)
    second = np.where(genre_rows[:, 1] < 0, genre_rows[:, 0], genre_rows[:, 1])
    middle = unit(genre_style[genre_rows[:, 0]] + genre_style[second])
    n = config.artist_count
    named = [names.name(ARTIST_PATTERNS[scene(GENRES[row].slug)], "artist") for row in genre_rows[:, 0]]
    return Artists(
        ids=[names.id("artist", name) for name in named],
        names=named,
        countries=[HOMES[row][0] for row in rng.integers(len(HOMES), size=n)],
        genre_rows=genre_rows,
        style=unit(middle + _ARTIST_SPREAD * unit(rng.normal(size=(n, STYLE_DIM)))),
        fame=rng.normal(0.0, 1.0, n),
    )


def _artist_genres(config: DemoConfig, rng: np.random.Generator) -> Rows:
    share = np.array([genre.share for genre in GENRES])
    main = np.repeat(np.arange(len(GENRES)), _apportion(share, config.artist_count))
    genre_rows = np.stack([rng.permutation(main), np.full(config.artist_count, NONE)], axis=1)
    leaves = np.flatnonzero(share)
    for row in range(config.artist_count - config.bridge_count, config.artist_count):
        home = scene(GENRES[genre_rows[row, 0]].slug)
        elsewhere = [leaf for leaf in leaves if scene(GENRES[leaf].slug) != home]
        genre_rows[row, 1] = rng.choice(elsewhere, p=share[elsewhere] / share[elsewhere].sum())
    return genre_rows


def _apportion(share: Floats, total: int) -> Rows:
    """Divide ``total`` by ``share`` into whole numbers; the largest remainders get the rest."""
    exact = share / share.sum() * total
    whole = np.floor(exact).astype(np.int64)
    largest = np.argsort(whole - exact, kind="stable")[: total - int(whole.sum())]
    whole[largest] += 1
    return np.asarray(whole, np.int64)


def make_tracks(config: DemoConfig, rng: np.random.Generator, names: Names, artists: Artists) -> Tracks:
    """Record and release the tracks: each artist's in albums of up to eleven, a part of them during the listening."""
    works = config.track_count - config.version_count
    size = 0.35 + rng.gamma(2.0, 0.5, config.artist_count) + 0.15 * np.maximum(artists.fame, 0)
    counts = 1 + _apportion(size, works - config.artist_count)
    artist_row = np.repeat(np.arange(config.artist_count), counts)
    genre_row = _track_genres(rng, artists, artist_row)
    titles = _titles(names, artists, artist_row, genre_row)
    albums, released_at = _discographies(config, rng, names, counts)
    tracks = Tracks(
        ids=[names.id("track", f"{artists.names[a]} {title}") for a, title in zip(artist_row, titles, strict=True)],
        names=titles,
        albums=albums,
        artist_row=artist_row,
        genre_row=genre_row,
        style=unit(artists.style[artist_row] + _TRACK_SPREAD * unit(rng.normal(size=(works, STYLE_DIM)))),
        fame=artists.fame[artist_row] + rng.normal(0.0, 0.8, works),
        released_at=released_at,
        duration_ms=(1000 * rng.lognormal(np.log(_usual_seconds()[genre_row]), 0.22)).astype(np.int64),
        explicit=rng.random(works) < 0.02 + 0.4 * np.array([genre.spoken > 0.7 for genre in GENRES])[genre_row],
        version_of=np.full(works, NONE),
    )
    return _with_versions(config, rng, names, artists, tracks)


def _usual_seconds() -> Floats:
    return np.array([300.0 if genre.sung < 0.4 else 255.0 if genre.energy < 0.4 else 215.0 for genre in GENRES])


def _track_genres(rng: np.random.Generator, artists: Artists, artist_row: Rows) -> Rows:
    """The main genre of the artist; bridge artists play two in five tracks in their second one."""
    main, second = artists.genre_rows[artist_row].T
    return np.asarray(np.where((second >= 0) & (rng.random(len(artist_row)) < 0.4), second, main), np.int64)


def _titles(names: Names, artists: Artists, artist_row: Rows, genre_row: Rows) -> list[str]:
    """A title per track, once only in the whole world: two tracks of one title read like a mistake."""
    return [names.name(TITLE_PATTERNS[scene(GENRES[genre].slug)], "title") for genre in genre_row]


def _discographies(config: DemoConfig, rng: np.random.Generator, names: Names, counts: Rows) -> tuple[list[str], Rows]:
    """Album and release time of each track; careers begin up to twelve years before the end, the newest album late."""
    albums: list[str] = []
    released: list[int] = []
    for count in counts.tolist():
        sizes = _album_sizes(rng, count)
        began = int(rng.integers(400, 12 * 365))
        ages = np.sort(rng.integers(3, began, size=len(sizes)))[::-1]
        if rng.random() < 0.4:  # something new while the listeners listen
            ages[-1] = int(rng.integers(3, config.days))
        for size, age in zip(sizes, ages.tolist(), strict=True):
            albums += [names.name(ALBUM_PATTERNS, "album")] * size
            released += [(config.ends_at - age * DAY) // DAY * DAY] * size
    return albums, np.array(released, np.int64)


def _album_sizes(rng: np.random.Generator, count: int) -> list[int]:
    sizes: list[int] = []
    while sum(sizes) < count:
        sizes.append(min(int(rng.integers(3, 12)), count - sum(sizes)))
    return sizes


def _with_versions(
    config: DemoConfig, rng: np.random.Generator, names: Names, artists: Artists, works: Tracks
) -> Tracks:
    """Add remasters and live cuts of well-known older works; a version is as good as the work in style."""
    old = np.flatnonzero(works.released_at < config.ends_at - 600 * DAY)
    if config.version_count > len(old):
        raise InvalidRequestError(
            f"demo world: version_count {config.version_count}: {len(old)} tracks are old enough; "
            f"ask for {len(old)} versions at most, or for more tracks"
        )
    odds = np.exp(works.fame[old])
    of = np.sort(rng.choice(old, config.version_count, replace=False, p=odds / odds.sum()))
    live = rng.random(len(of)) < 0.5
    released_at = (config.ends_at - rng.integers(3, 500, len(of)) * DAY) // DAY * DAY
    endings = [_ending(rng, is_live, at) for is_live, at in zip(live.tolist(), released_at.tolist(), strict=True)]
    titles = [f"{works.names[row]} ({ending})" for row, ending in zip(of, endings, strict=True)]
    artist_row = works.artist_row[of]
    albums = [
        f"{works.albums[row]} ({'Live' if is_live else 'Remastered'})" for row, is_live in zip(of, live, strict=True)
    ]
    return Tracks(
        ids=works.ids + [names.id("track", f"{artists.names[a]} {t}") for a, t in zip(artist_row, titles, strict=True)],
        names=works.names + titles,
        albums=works.albums + albums,
        artist_row=np.r_[works.artist_row, artist_row],
        genre_row=np.r_[works.genre_row, works.genre_row[of]],
        style=np.r_[works.style, works.style[of]],
        fame=np.r_[works.fame, works.fame[of] - 1.0],
        released_at=np.r_[works.released_at, released_at],
        duration_ms=np.r_[works.duration_ms, (works.duration_ms[of] * np.where(live, 1.12, 1.0)).astype(np.int64)],
        explicit=np.r_[works.explicit, works.explicit[of]],
        version_of=np.r_[works.version_of, of],
    )


def _ending(rng: np.random.Generator, live: bool, released_at: int) -> str:
    year = 1970 + released_at // (365.2425 * DAY)
    return f"Live at {LIVE_ROOMS[int(rng.integers(len(LIVE_ROOMS)))]}" if live else f"{year:.0f} Remaster"
