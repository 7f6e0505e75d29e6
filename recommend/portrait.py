"""What a listener's taste looks like to the system, in figures that they can read: what answers rest on.

Nothing is guessed: a field whose data are missing is None, and ``unknown`` says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from gnn.catalogue import DAY_S
from graph.edits import Level, level_of
from graph.kinds import AUDIO
from graph.reads import Profile
from recommend.edits import edited, kept
from recommend.residence import zone_name, zone_of
from recommend.taste import diversity

ARTISTS = 100
HABIT_GENRES = 5
"""Genres of a morning and of an evening."""
PEAKS = 3
MORNING, EVENING = range(5, 11), range(18, 24)
"""Hours of the day."""
NEW_DAYS = 90
"""An artist first heard within these days before the newest play is new."""
RANGE = (0.1, 0.5, 0.9)
"""The quantiles of a range: from here, in the middle, to there."""

Doubles = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the plays an artist or genre has, 0 to 1."""

    id: str
    name: str
    share: float


@dataclass(frozen=True, slots=True)
class Range:
    """Where an audio feature lies: a tenth of the plays below ``low``, half below ``middle``, a tenth above ``high``.

    ``known`` is the share of the plays whose tracks have the feature.
    """

    low: float
    middle: float
    high: float
    known: float


@dataclass(frozen=True, slots=True)
class Portrait:
    """A listener's taste, edits worked in.

    Attributes:
        level: how much of what is known may be used.
        tracks, plays: in the taste, as far as the model knows them.
        first_at, age_days: unix seconds of the first play, and days since.
        genres: shares of the plays whose genre is known, the largest first.
        artists: at most ``ARTISTS``, a play shared by all who are credited.
        audio: by feature, see ``graph.kinds.AUDIO``.
        hours, weekdays: shares of the last plays of all tracks by hour (0 to 23) and weekday (from Monday), local time.
        peak_hours: the hours with the largest shares, the largest first.
        morning_genres, evening_genres: of what was last played at such hours.
        diversity: entropy of the genres over the logarithm of how many genres the catalogue has: 0 one genre, 1 all.
        discovery: share of the artists heard in the last ``NEW_DAYS`` days who were heard for the first time then.
        time_zone: IANA name; hours are in UTC where it is None.
        unknown: field -> why it is None.
    """

    user_id: str
    as_of: int
    level: Level
    tracks: int
    plays: int
    time_zone: str | None
    first_at: int | None = None
    age_days: float | None = None
    genres: tuple[Share, ...] | None = None
    artists: tuple[Share, ...] | None = None
    audio: Mapping[str, Range] | None = None
    hours: tuple[float, ...] | None = None
    weekdays: tuple[float, ...] | None = None
    peak_hours: tuple[int, ...] | None = None
    morning_genres: tuple[Share, ...] | None = None
    evening_genres: tuple[Share, ...] | None = None
    diversity: float | None = None
    discovery: float | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that nothing is known for, and why."""

    why: str


@dataclass(frozen=True, eq=False)
class _Plays:
    """The taste as the catalogue knows it.

    Attributes:
        profile: of these plays alone, edits worked in.
        rows: int64 [n].
        bundle: whose rows.
    """

    profile: Profile
    rows: Rows
    bundle: Bundle

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def counts(self) -> Doubles:
        """float64 [n]."""
        return self.profile.counts.astype(np.float64)

    @cached_property
    def clock(self) -> Rows:
        """Hour and weekday of the last plays in local time, int64 [n, 2]; Monday is 0."""
        zone = zone_of(self.profile)
        moments = [datetime.fromtimestamp(at, zone) for at in self.profile.last_at.tolist()]
        return np.array([(moment.hour, moment.weekday()) for moment in moments], np.int64).reshape(-1, 2)

    @cached_property
    def genres(self) -> Doubles:
        """How many plays each genre has, float64 [n_genres]: a play is shared by the genres of its track."""
        return self.genres_of(np.ones(len(self), np.bool_), self.counts)

    def genres_of(self, chosen: NDArray[np.bool_], weights: Doubles) -> Doubles:
        """The same of some of the plays."""
        links = self.bundle.catalogue.track_genre[self.rows[chosen]]
        total = np.asarray(links.sum(axis=1), np.float64).ravel()
        scale = np.divide(weights[chosen], total, out=np.zeros(len(total)), where=total > 0)
        return np.asarray(links.T @ scale, np.float64).ravel()


def portrait(profile: Profile, bundle: Bundle, as_of: int) -> Portrait:
    """Describe a listener's taste.

    Args:
        profile: as it was read, with first plays where age and discovery are wanted.
        bundle: knows artists, genres and sound.
        as_of: unix seconds.
    """
    profile = edited(profile, bundle, as_of)
    level = level_of(profile.edits)
    rows = bundle.catalogue.tracks.rows(profile.track_ids)
    known = (rows >= 0) & (profile.counts > 0)
    plays = _Plays(kept(profile, known), rows[known], bundle)
    found: dict[str, Any] = {name: _read(read, plays, level, as_of) for name, read in _FIELDS.items()}
    unknown = {name: value.why for name, value in found.items() if isinstance(value, Missing)}
    return Portrait(
        user_id=profile.user_id,
        as_of=as_of,
        level=level,
        tracks=len(plays),
        plays=int(plays.counts.sum()),
        time_zone=zone_name(profile),
        unknown=unknown,
        **{name: None if name in unknown else value for name, value in found.items()},
    )


def as_json(found: Portrait) -> dict[str, Any]:
    """The portrait for programs, names as in the API; what is unknown is null."""
    said = {_camel(name): value for name, value in asdict(found).items() if name != "level"}
    return said | {
        "personalisation": found.level.value,
        "unknown": {_camel(k): why for k, why in found.unknown.items()},
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _read(read: Callable[[_Plays, int], Any], plays: _Plays, level: Level, as_of: int) -> Any:
    if level is Level.OFF:
        return Missing("personalisation is off")
    return read(plays, as_of) if len(plays) else Missing("no play that the model knows")


def _first_at(plays: _Plays, as_of: int) -> int | Missing:
    firsts = plays.profile.first_at
    return Missing("first plays were not read") if firsts is None else int(firsts.min())


def _age_days(plays: _Plays, as_of: int) -> float | Missing:
    first = _first_at(plays, as_of)
    return first if isinstance(first, Missing) else max(0.0, (as_of - first) / DAY_S)


def _named(plays: _Plays, kind: str, values: Doubles, most: int | None = None) -> tuple[Share, ...]:
    """What has a share, the largest first, ties by id."""
    ids, names = plays.bundle.catalogue.spelled[kind]
    order = np.lexsort((np.arange(len(values)), -values))[:most]
    total = values.sum()
    return tuple(Share(ids[row], names[row], float(values[row] / total)) for row in order.tolist() if values[row] > 0)


def _genres(plays: _Plays, as_of: int) -> tuple[Share, ...] | Missing:
    return _named(plays, "genre", plays.genres) or Missing("no genre is known of what was played")


def _artists(plays: _Plays, as_of: int) -> tuple[Share, ...] | Missing:
    catalogue = plays.bundle.catalogue
    values = np.zeros(len(catalogue.artists) + 1)
    each = plays.counts / catalogue.credit_count[plays.rows]
    credits = catalogue.credits[plays.rows]
    np.add.at(values, credits, np.broadcast_to(each[:, None], credits.shape))
    return _named(plays, "artist", values[:-1], ARTISTS) or Missing("no artist is known of what was played")


def _audio(plays: _Plays, as_of: int) -> dict[str, Range] | Missing:
    table = plays.bundle.catalogue.audio[plays.rows]
    found = {}
    for column, name in enumerate(AUDIO):
        values = table[:, column].astype(np.float64)
        known = ~np.isnan(values)
        if known.any():
            low, middle, high = _quantiles(values[known], plays.counts[known])
            found[name] = Range(low, middle, high, float(plays.counts[known].sum() / plays.counts.sum()))
    return found or Missing("no audio features are known of what was played")


def _quantiles(values: Doubles, weights: Doubles) -> list[float]:
    """The smallest values below or at which the shares ``RANGE`` of the weight lie."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    at = np.minimum(np.searchsorted(reached, np.array(RANGE) - 1e-12), len(values) - 1)
    quantiles: list[float] = values[order][at].tolist()
    return quantiles


def _hours(plays: _Plays, as_of: int) -> tuple[float, ...]:
    return tuple((np.bincount(plays.clock[:, 0], minlength=24) / len(plays)).tolist())


def _weekdays(plays: _Plays, as_of: int) -> tuple[float, ...]:
    return tuple((np.bincount(plays.clock[:, 1], minlength=7) / len(plays)).tolist())


def _peak_hours(plays: _Plays, as_of: int) -> tuple[int, ...]:
    counts = np.bincount(plays.clock[:, 0], minlength=24)
    return tuple(hour for hour in np.lexsort((np.arange(24), -counts))[:PEAKS].tolist() if counts[hour])


def _morning_genres(plays: _Plays, as_of: int) -> tuple[Share, ...] | Missing:
    return _habit(plays, MORNING, "in the morning")


def _evening_genres(plays: _Plays, as_of: int) -> tuple[Share, ...] | Missing:
    return _habit(plays, EVENING, "in the evening")


def _habit(plays: _Plays, hours: range, when: str) -> tuple[Share, ...] | Missing:
    then = np.isin(plays.clock[:, 0], hours)
    values = plays.genres_of(then, np.ones(len(plays)))
    return _named(plays, "genre", values, HABIT_GENRES) or Missing(f"no track of a known genre was last played {when}")


def _diversity(plays: _Plays, as_of: int) -> float | Missing:
    several = int((plays.bundle.catalogue.genre_size > 0).sum())
    shares = plays.genres[plays.genres > 0]
    if not len(shares):
        return Missing("no genre is known of what was played")
    if several < 2:
        return Missing("the catalogue has one genre alone")
    return diversity(shares, several)


def _discovery(plays: _Plays, as_of: int) -> float | Missing:
    firsts = plays.profile.first_at
    if firsts is None:
        return Missing("first plays were not read")
    since = int(plays.profile.last_at.max()) - NEW_DAYS * DAY_S
    if int(firsts.min()) > since:
        return Missing(f"known for less than {NEW_DAYS} days")
    nobody = len(plays.bundle.catalogue.artists)
    first, last = np.full(nobody + 1, np.iinfo(np.int64).max), np.zeros(nobody + 1, np.int64)
    credits = plays.bundle.catalogue.credits[plays.rows]
    np.minimum.at(first, credits, np.broadcast_to(firsts[:, None], credits.shape))
    np.maximum.at(last, credits, np.broadcast_to(plays.profile.last_at[:, None], credits.shape))
    lately = last[:-1] > since
    return float((first[:-1][lately] > since).mean()) if lately.any() else Missing("no artist is known")


_FIELDS: Mapping[str, Callable[[_Plays, int], Any]] = {
    "first_at": _first_at,
    "age_days": _age_days,
    "genres": _genres,
    "artists": _artists,
    "audio": _audio,
    "hours": _hours,
    "weekdays": _weekdays,
    "peak_hours": _peak_hours,
    "morning_genres": _morning_genres,
    "evening_genres": _evening_genres,
    "diversity": _diversity,
    "discovery": _discovery,
}
"""Field of a portrait -> what reads it off the plays, or says why it cannot."""
