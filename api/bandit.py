"""Where trials are remembered: a SQLite file that all processes of a home share, whole after any kill.

A trial earns 1 when its track is played through, liked or saved within a week, 0 when it is skipped or disliked; the
first of these counts. What nobody reacted to says nothing.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from api.sqlite_store import SqliteStore
from graph.errors import BanditError
from ingest.events import Event
from recommend.exploration.bandit import Knowledge, ShownTrial
from recommend.exploration.posteriors import Counts, Key, Posteriors
from recommend.types import Degradation, RecommendationSet

_log = logging.getLogger(__name__)

COUNTS_S = 7 * 86_400
"""How long after it was shown a reaction belongs to a trial."""
HEARD_MS = 30_000
"""A play of at least so long is a success; one of unknown length too."""
LEAST_OWN = 10
"""A listener's trials below which their own success says nothing."""
GOOD = ("PLAY", "REPEAT", "LIKE", "SAVE", "ADD_TO_PLAYLIST")
BAD = ("SKIP", "DISLIKE", "HATE", "BLOCK", "BAD_RECOMMENDATION", "DISMISS")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS trials (
    set_id TEXT NOT NULL, user_id TEXT NOT NULL, track_id TEXT NOT NULL,
    surface TEXT NOT NULL, segment TEXT NOT NULL, arm TEXT NOT NULL,
    chance REAL NOT NULL, propensity REAL NOT NULL, rank INTEGER NOT NULL, shown_at INTEGER NOT NULL,
    reward REAL, rewarded_at INTEGER,
    PRIMARY KEY (set_id, track_id)
);
CREATE INDEX IF NOT EXISTS trials_of_user ON trials (user_id, track_id, shown_at);
CREATE INDEX IF NOT EXISTS trials_rewarded ON trials (rewarded_at) WHERE reward IS NOT NULL;
"""


@dataclass(frozen=True, slots=True)
class ArmReport:
    """What is known of one arm: on which surface, for whom, how often shown, judged, and liked."""

    surface: str
    segment: str
    arm: str
    shown: int
    judged: int
    successes: float


class SqliteBandit(SqliteStore):
    """A ``Bandit`` in one file; safe to share between threads, and the file between processes.

    Args:
        path: made with its folder when it is first needed.
    """

    schema: ClassVar[str] = _SCHEMA
    error = BanditError
    advice: ClassVar[str] = "nothing is tried out until it can be read (delete it to begin anew)"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._known: tuple[int, int, Posteriors] | None = None  # data version, moment, what was known

    def knowledge(self, user_id: str, as_of: int) -> Knowledge:
        """See ``Bandit``."""
        with self._speaking() as connection:
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            newest = connection.execute("SELECT max(rewarded_at) FROM trials WHERE reward IS NOT NULL").fetchone()[0]
            moment = min(as_of, newest or 0)
            if self._known is None or self._known[:2] != (version, moment):
                self._known = version, moment, _posteriors(connection, moment)
            own = connection.execute(
                "SELECT count(*), avg(reward) FROM trials WHERE user_id = ? AND rewarded_at <= ?", (user_id, as_of)
            ).fetchone()
            return Knowledge(self._known[2], own[1] if own[0] >= LEAST_OWN else None)

    def show(self, trials: Sequence[ShownTrial]) -> None:
        """See ``Bandit``."""
        rows = [
            (
                *(one.set_id, one.user_id, one.track_id, one.surface, one.segment, one.arm),
                *(one.chance, one.propensity, one.rank, one.at),
            )
            for one in trials
        ]
        if rows:
            with self._speaking() as connection, connection:
                connection.executemany(
                    "INSERT OR IGNORE INTO trials VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)", rows
                )

    def react(self, events: Sequence[Event]) -> int:
        """Let what listeners did judge the newest trial of the track; how many were judged.

        Doing it twice changes nothing: a trial is judged once.

        Raises:
            BanditError: nothing was kept.
        """
        judged = [(event, reward) for event in events if (reward := reward_of(event)) is not None]
        if not judged:
            return 0
        with self._speaking() as connection, connection:
            self._known = None  # a connection's own changes do not change the version that it sees
            return sum(
                connection.execute(
                    "UPDATE trials SET reward = ?, rewarded_at = ? WHERE reward IS NULL AND rowid = ("
                    "SELECT rowid FROM trials WHERE user_id = ? AND track_id = ? AND shown_at BETWEEN ? AND ? "
                    "ORDER BY shown_at DESC LIMIT 1)",
                    (reward, event.at, event.user_id, event.target_id, event.at - COUNTS_S, event.at),
                ).rowcount
                for event, reward in judged
            )

    def report(self) -> list[ArmReport]:
        """Every arm that was shown, by surface and segment."""
        with self._speaking() as connection:
            rows = connection.execute(
                "SELECT surface, segment, arm, count(*), count(reward), coalesce(sum(reward), 0) FROM trials "
                "GROUP BY surface, segment, arm ORDER BY surface, segment, arm"
            ).fetchall()
        return [ArmReport(*row) for row in rows]

    def judged(self) -> list[tuple[str, str, str, float, float]]:
        """Surface, segment, arm, its chance, and reward of every trial that was judged, the oldest first."""
        with self._speaking() as connection:
            return connection.execute(
                "SELECT surface, segment, arm, chance, reward FROM trials WHERE reward IS NOT NULL "
                "ORDER BY rewarded_at, set_id, track_id"
            ).fetchall()

    def reset(self) -> int:
        """Forget every trial; how many there were."""
        with self._speaking() as connection, connection:
            self._known = None
            return connection.execute("DELETE FROM trials").rowcount

    def _let_go(self) -> None:
        super()._let_go()
        self._known = None  # another connection counts its versions anew


def reward_of(event: Event) -> float | None:
    """What an event says of a trial: 1 well, 0 badly, None nothing."""
    if event.kind in GOOD:
        short = event.kind == "PLAY" and event.listened_ms is not None and event.listened_ms < HEARD_MS
        return None if short else 1.0
    return 0.0 if event.kind in BAD else None


def _posteriors(connection: sqlite3.Connection, moment: int) -> Posteriors:
    rows = connection.execute(
        "SELECT surface, segment, arm, sum(reward), count(*) FROM trials "
        "WHERE reward IS NOT NULL AND rewarded_at <= ? GROUP BY surface, segment, arm",
        (moment,),
    )
    return Posteriors({Key(*row[:3]): Counts(row[3], row[4] - row[3]) for row in rows})


def remembered(bandit: SqliteBandit | None, answer: RecommendationSet) -> RecommendationSet:
    """An answer, once its trials are kept: only then can what becomes of them be told."""
    if bandit is None or answer.exploration is None:
        return answer
    segment, trials = answer.exploration.segment, []
    for item in answer.items:
        if item.trial is not None and item.trial.chance is not None and item.trial.propensity is not None:
            what = (answer.surface, segment, item.trial.arm, item.trial.chance, item.trial.propensity)
            trials.append(ShownTrial(answer.id, answer.user_id, item.track.id, *what, item.rank, answer.as_of))
    try:
        bandit.show(trials)
    except BanditError as error:
        return replace(answer, degraded=(*answer.degraded, Degradation("exploration", str(error))))
    return answer


def judge(bandit: SqliteBandit | None, events: Sequence[Event]) -> None:
    """Let events that were kept judge trials; what cannot be kept of that is lost to the bandit alone."""
    if bandit is None:
        return
    try:
        bandit.react(events)
    except BanditError as error:
        _log.warning("trials were not judged: %s", error)
