"""The surfaces: where recommendations are shown, as one table. Adding a surface is adding an entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graph.errors import InvalidRequestError

QUOTA = {
    "gnn": 300,
    "als": 150,
    "knn": 200,
    "artist_path": 200,
    "genre": 150,
    "audio": 80,
    "playlist": 80,
    "popular": 20,
}
"""By the measured curve: docs/quality/two-stage.md."""
QUOTA |= {"sequence": 150, "cultural": 50}  # optional: nothing where the bundle holds no such model
QUOTA |= {"context": 50}  # nothing where nothing is known of the moment
QUOTA |= {"boosted": 60}  # nothing where the listener asked for more of nothing
ASIDE = {"adjacent_artist": 120, "adjacent_genre": 120, "breaking": 40, "social": 40, "releases": 20}
"""Steps aside from what a listener plays already: what a list of discoveries is for."""


@dataclass(frozen=True, slots=True)
class Surface:
    """How one surface is filled.

    Attributes:
        name: lower case; the GraphQL enum is its upper case.
        about: in plain words, what a listener gets.
        n: tracks when not asked otherwise.
        max_per_artist: every credited artist counts.
        familiar_share: how much of a list may be by artists whom the listener plays already.
        mmr_lambda: 1 is relevance alone, 0 diversity alone.
        seeded: whether seeds may be given.
        seed_share: how much of the taste the seeds are, where given; the rest is the listener's history.
        quotas: source -> tracks it may nominate.
        rest_days: days after its last play from which on a played track may come again; None for never.
        sides: whether a list follows one side of the taste alone.
        session_share: how much of the taste what was played just now is, where anything was.
        exploration: share of the list that tries something out.
        only_new: whether only tracks that came out within four weeks are shown.
    """

    name: str
    about: str
    n: int = 20
    max_per_artist: int = 2
    familiar_share: float = 0.4
    mmr_lambda: float = 0.8
    seeded: bool = False
    seed_share: float = 0.9
    quotas: Mapping[str, int] = field(default_factory=lambda: QUOTA)
    rest_days: int | None = None
    sides: bool = False
    session_share: float = 0.0
    exploration: float = 0.0
    only_new: bool = False


SURFACES: tuple[Surface, ...] = (
    Surface(
        "home",
        "Made for you: unheard tracks close to everything you play.",
        familiar_share=0.8,
        mmr_lambda=0.95,
        exploration=0.25,
    ),
    Surface(
        "radio",
        "Goes on from a track, artist, genre or playlist.",
        n=25,
        max_per_artist=3,
        familiar_share=0.6,
        seeded=True,
        exploration=0.08,
    ),
    Surface(
        "discover_weekly",
        "Thirty unheard tracks, new every Monday, the same all week.",
        n=30,
        familiar_share=0.2,
        mmr_lambda=0.7,
        quotas=QUOTA | ASIDE,
        exploration=0.45,
    ),
    Surface(
        "top_mix",
        "What you love most, to hear again.",
        n=30,
        max_per_artist=3,
        familiar_share=1.0,
        mmr_lambda=0.9,
        quotas={"favourites": 200, "gnn": 60, "artist_path": 60},
        rest_days=0,
        exploration=0.12,
    ),
    Surface(
        "daily_mix",
        "One side of what you play: favourites, and some you have not heard.",
        n=30,
        max_per_artist=3,
        familiar_share=0.8,
        quotas=QUOTA | {"favourites": 60},
        rest_days=0,
        sides=True,
        exploration=0.25,
    ),
    Surface(
        "release_radar",
        "Out in the last four weeks, by artists you follow or play.",
        n=30,
        familiar_share=1.0,
        quotas={"releases": 300},
        only_new=True,
        exploration=0.10,
    ),
    Surface(
        "session",
        "Goes on from what you play right now.",
        max_per_artist=3,
        familiar_share=0.6,
        session_share=0.5,
        exploration=0.15,
    ),
)

BY_NAME = {surface.name: surface for surface in SURFACES}


def surface_named(name: str) -> Surface:
    """The surface of this name.

    Raises:
        InvalidRequestError: there is none.
    """
    if name not in BY_NAME:
        raise InvalidRequestError(f"unknown surface {name!r}: choose one of {', '.join(BY_NAME)}")
    return BY_NAME[name]
