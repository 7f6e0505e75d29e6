"""What the users of the demo world do: sessions of plays, skips, saves and repeats, second by second.

A session has a mood (a track it circles around) and mixes what its user knows with what suits taste, mood and fame.
What was heard lately and liked comes back; what has just come out is tried more often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.demo.catalogue import DAY, Floats, Rows, Tracks
from ingest.demo.config import DemoConfig
from ingest.demo.listeners import TASTE_FOCUS, Listeners
from ingest.demo.words import HOMES

KINDS: Final = ("PLAY", "SKIP", "SAVE", "REPEAT")
PLAY, SKIP, SAVE, REPEAT = range(4)

_MEAN_LENGTH = 8.0
_EVENTS_PER_TRACK = 1.075  # saves and repeats come on top
_MARGIN = 1.30  # simulate more than asked for, keep the newest
_MOOD_FOCUS, _MOOD_WIDTH = 6.0, 0.5
_FORGETTING_DAYS = 30.0
_NEWS_DAYS, _NEWS_ODDS = 45.0, 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Every event, oldest first.

    Attributes:
        user_row: int64 [n].
        track_row: int64 [n].
        kind: int64 [n], position in ``KINDS``.
        at: unix seconds at which it began, int64 [n].
        listened_ms: int64 [n]; -1 for saves and repeats.
    """

    user_row: Rows
    track_row: Rows
    kind: Rows
    at: Rows
    listened_ms: Rows

    def __len__(self) -> int:
        return len(self.at)

    def kinds(self) -> NDArray[np.str_]:
        """The kind of each event by name, str [n]."""
        return np.array(KINDS)[self.kind]


@dataclass(frozen=True, slots=True, eq=False)
class _World:
    """What all users choose from; ``near`` is float32 [n_tracks, n_tracks], the odds that a mood brings."""

    tracks: Tracks
    near: NDArray[np.float32]


def listen(config: DemoConfig, rng: np.random.Generator, listeners: Listeners, tracks: Tracks) -> Events:
    """Simulate everyone's listening and keep the newest ``event_count`` events."""
    closeness = (tracks.style @ tracks.style.T).astype(np.float32)
    world = _World(tracks, np.exp(_MOOD_FOCUS * closeness))
    wanted = _MARGIN * config.event_count
    while True:
        sessions = wanted / (_MEAN_LENGTH * _EVENTS_PER_TRACK)
        counts = np.maximum(4, np.round(listeners.activity * sessions)).astype(np.int64)
        rows = [_listen(config, rng, listeners, world, user, int(count)) for user, count in enumerate(counts)]
        columns = np.concatenate(rows, axis=1)
        if columns.shape[1] >= config.event_count:
            break
        wanted *= 1.25 * config.event_count / columns.shape[1]  # a small world: a session soon meets a track twice
    newest = np.argsort(columns[3], kind="stable")[-config.event_count :]
    return Events(*columns[:, newest])


def _listen(
    config: DemoConfig, rng: np.random.Generator, listeners: Listeners, world: _World, user: int, count: int
) -> Rows:
    """One user's events as rows of ``Events``' fields, int64 [5, n]."""
    tracks, starts = world.tracks, _session_starts(config, rng, listeners, user, count)
    fame = tracks.fame + listeners.favourite_odds[user, tracks.artist_row]
    affinity = listeners.taste[user] @ tracks.style.T  # [2, n_tracks]: at the beginning, at the end
    known, saved = np.zeros(len(fame)), np.zeros(len(fame), np.bool_)
    began, before, done = config.ends_at - config.days * DAY, int(starts[0]), []
    for start in starts.tolist():
        age = (start - tracks.released_at) / DAY
        late = (start - began) / (config.ends_at - began)
        liking = (1 - late) * affinity[0] + late * affinity[1]
        odds = (
            np.exp(TASTE_FOCUS * liking + fame)
            * (1 + _NEWS_ODDS * np.exp(-np.maximum(age, 0) / _NEWS_DAYS))
            * (age > 0)
        )
        known *= np.exp(-(start - before) / DAY / _FORGETTING_DAYS)
        chosen = _choose(rng, odds, known, world.near, float(listeners.replay[user]))
        events = _play(rng, tracks, chosen, liking, float(listeners.patience[user]), saved, start)
        np.add.at(known, events[0], np.where(events[1] == SKIP, -0.5, 1.0))
        np.maximum(known, 0.0, out=known)
        done.append(np.vstack([np.full(events.shape[1], user), events]))
        before = start
    together = np.concatenate(done, axis=1)
    return together[:, together[3] <= config.ends_at]


def _session_starts(config: DemoConfig, rng: np.random.Generator, listeners: Listeners, user: int, count: int) -> Rows:
    """When a user's sessions begin, unix seconds ascending: days by weekday, hours by the user's own rhythm."""
    first = max(int(listeners.joined_at[user]), config.ends_at - config.days * DAY) // DAY + 1
    days = np.arange(first, config.ends_at // DAY + 1)
    weekend = (days + 3) % 7 >= 5  # 1970-01-01 was a Thursday
    odds = np.where(weekend, listeners.weekend[user], 1.0)
    day = rng.choice(days, count, p=odds / odds.sum())
    hour = rng.choice(24, count, p=listeners.hours[user]) - HOMES[int(listeners.home[user])][2]
    at = day * DAY + hour * 3600 + rng.integers(0, 3600, count)
    return np.sort(np.clip(at, first * DAY, config.ends_at - 3600))


def _pick(rng: np.random.Generator, odds: Floats, count: int) -> Rows:
    """Draw positions with the given odds, with replacement; none where all odds are 0."""
    rising = np.cumsum(odds)
    if rising[-1] <= 0:
        return np.empty(0, np.int64)
    drawn = np.searchsorted(rising, rng.random(count) * rising[-1], side="right")
    return np.asarray(np.minimum(drawn, len(odds) - 1), np.int64)


def _choose(rng: np.random.Generator, odds: Floats, known: Floats, near: NDArray[np.float32], replay: float) -> Rows:
    """The tracks of one session in order, none twice."""
    length = int(rng.geometric(1 / _MEAN_LENGTH)) + 1
    again = int(rng.binomial(length, replay))
    mood = near[int(_pick(rng, odds**_MOOD_WIDTH, 1)[0])]
    back = _pick(rng, known * mood, again)
    new = _pick(rng, odds * mood * np.where(known > 0, 0.2, 1.0), length - len(back))
    chosen, first = np.unique(np.r_[new, back], return_index=True)
    return rng.permutation(chosen[np.argsort(first)])


def _play(
    rng: np.random.Generator,
    tracks: Tracks,
    chosen: Rows,
    liking: Floats,
    patience: float,
    saved: NDArray[np.bool_],
    start: int,
) -> Rows:
    """Play tracks one after the other from ``start``; the events as rows track, kind, at, listened_ms."""
    n = len(chosen)
    skipped = rng.random(n) < 1 / (1 + np.exp(5.0 * liking[chosen] - 1.6 + patience))
    duration = tracks.duration_ms[chosen]
    heard = np.where(rng.random(n) < 0.85, 1.0, rng.uniform(0.4, 1.0, n)) * duration
    short = np.minimum(rng.exponential(16_000, n) + 1_500, 0.6 * duration)
    listened = np.where(skipped, short, heard).astype(np.int64)
    at = start + np.r_[0, np.cumsum(listened // 1000 + rng.integers(1, 6, n))[:-1]]
    ends = at + listened // 1000
    events = [np.stack([chosen, np.where(skipped, SKIP, PLAY), at, listened])]
    keep = ~skipped & ~saved[chosen] & (rng.random(n) < 0.11 * np.clip(liking[chosen], 0, 1))
    saved[chosen[keep]] = True
    events.append(_extra(chosen[keep], SAVE, ends[keep] - 5))
    more = ~skipped & (rng.random(n) < 0.03)
    events.append(_extra(chosen[more], REPEAT, ends[more]))
    return np.concatenate(events, axis=1)


def _extra(chosen: Rows, kind: int, at: Rows) -> Rows:
    """Events that come with a play: nothing of their own was listened to."""
    return np.stack([chosen, np.full(len(chosen), kind), at, np.full(len(chosen), -1)])
