"""Who listens in the demo world: what they like, when they listen, and whom they follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.demo.catalogue import DAY, STYLE_DIM, Artists, Floats, Rows, unit
from ingest.demo.config import DemoConfig
from ingest.demo.genres import GENRES
from ingest.demo.naming import Names
from ingest.demo.words import HOMES

TASTE_FOCUS: Final = 7.0
"""How strongly choice follows taste: the factor on the cosine of two styles in the exponent of the odds."""

_FAVOURITES, _FAVOURITE_ODDS = 8, 1.6


@dataclass(frozen=True, slots=True, eq=False)
class Listeners:
    """The users, by row.

    Attributes:
        home: int64 [n], row of ``words.HOMES``.
        taste: float64 [n, 2, 16], unit: at the beginning and at the end; most people hardly change.
        favourite_odds: float64 [n, n_artists], added to the exponent of the odds of an artist's tracks.
        activity: float64 [n], share of all sessions.
        hours: float64 [n, 24], the daily rhythm in local time; rows sum to 1.
        weekend: float64 [n], how much likelier a Saturday is than a Tuesday.
        replay: float64 [n], chance that the next track is one they know.
        patience: float64 [n], added to the exponent of the odds against a skip.
        joined_at: unix seconds, int64 [n].
    """

    ids: list[str]
    names: list[str]
    home: Rows
    taste: Floats
    favourite_odds: Floats
    activity: Floats
    hours: Floats
    weekend: Floats
    replay: Floats
    patience: Floats
    joined_at: Rows
    allow_explicit: NDArray[np.bool_]


def make_listeners(
    config: DemoConfig, rng: np.random.Generator, names: Names, genre_style: Floats, artists: Artists
) -> Listeners:
    """Invent the users."""
    n = config.user_count
    named = [names.name(("{first} {last}",), "user") for _ in range(n)]
    taste = _tastes(rng, n, genre_style)
    activity = rng.lognormal(0.0, 0.55, n)
    began = config.ends_at - config.days * DAY
    late = rng.random(n) < 0.25  # a quarter joins while the others already listen
    return Listeners(
        ids=[names.id("user", name) for name in named],
        names=named,
        home=rng.integers(len(HOMES), size=n),
        taste=taste,
        favourite_odds=_favourites(rng, taste, artists),
        activity=activity / activity.sum(),
        hours=_rhythms(rng, n),
        weekend=rng.uniform(0.7, 2.2, n),
        replay=rng.beta(5.0, 5.0, n),
        patience=rng.normal(0.0, 0.6, n),
        joined_at=began
        + np.where(late, rng.integers(0, config.days * DAY * 2 // 3, n), -rng.integers(0, 900 * DAY, n)),
        allow_explicit=rng.random(n) < 0.9,
    )


def _tastes(rng: np.random.Generator, n: int, genre_style: Floats) -> Floats:
    """Mix one to three genres per user, the first one most; one user in three moves on to another genre."""
    share = np.array([genre.share for genre in GENRES])
    taste = np.zeros((n, 2, STYLE_DIM))
    for user in range(n):
        liked = rng.choice(len(GENRES), 4, replace=False, p=share / share.sum())
        mix = np.array([1.0, 0.75 * rng.random(), 0.5 * rng.random()]) @ genre_style[liked[:3]]
        own = unit(mix + 0.3 * unit(rng.normal(size=STYLE_DIM)))
        moved = rng.uniform(0.5, 1.2) if rng.random() < 1 / 3 else 0.0
        taste[user] = own, unit(own + moved * genre_style[liked[3]])
    return taste


def _favourites(rng: np.random.Generator, taste: Floats, artists: Artists) -> Floats:
    """Give every user some artists they love beyond all reason of style (chosen by taste and fame all the same)."""
    odds = np.exp(TASTE_FOCUS * taste.mean(axis=1) @ artists.style.T + 0.5 * artists.fame)
    extra = np.zeros(odds.shape)
    for user, own in enumerate(odds):
        loved = rng.choice(len(own), _FAVOURITES, replace=False, p=own / own.sum())
        extra[user, loved] = _FAVOURITE_ODDS
    return extra


def _rhythms(rng: np.random.Generator, n: int) -> Floats:
    """Hours of the day: a commute, a working day, an evening and a night, in everyone's own mixture."""
    peaks, widths = np.array([8.0, 13.0, 19.5, 23.5]), np.array([1.2, 2.5, 2.0, 1.5])
    apart = np.abs((np.arange(24)[:, None] + 0.5 - peaks + 12) % 24 - 12)  # [24, 4], hours around the clock
    shapes = np.exp(-0.5 * (apart / widths) ** 2)
    mix = rng.dirichlet((0.9, 0.9, 1.4, 0.5), n)
    hours = mix @ (shapes / shapes.sum(axis=0)).T + 0.004
    return np.asarray(hours / hours.sum(axis=1, keepdims=True), np.float64)


def make_follows(config: DemoConfig, rng: np.random.Generator, listeners: Listeners) -> tuple[Rows, Rows, Rows]:
    """Who follows whom and since when: people of like taste and well-connected people more often.

    Returns:
        Rows of the followers, of the followed, and unix seconds, each int64 [n], no pair twice.
    """
    n = len(listeners.ids)
    charm = rng.normal(0.0, 0.8, n)
    odds = np.exp(4.0 * listeners.taste[:, 1] @ listeners.taste[:, 1].T + charm)
    np.fill_diagonal(odds, 0.0)
    followed = [
        rng.choice(n, int(size), replace=False, p=own / own.sum())
        for size, own in zip(np.minimum(rng.geometric(0.2, n), 25), odds, strict=True)
    ]
    source = np.repeat(np.arange(n), [len(rows) for rows in followed])
    target = np.concatenate(followed)
    earliest = np.maximum(listeners.joined_at[source], listeners.joined_at[target])
    since = earliest + (rng.random(len(source)) * (config.ends_at - earliest)).astype(np.int64)
    return source, target, since
