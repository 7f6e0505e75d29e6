"""The stage that tries something out: which places of a list go to which arm, and with which probability."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommend.exploration.arms import ARMS
from recommend.exploration.bandit import Knowledge
from recommend.exploration.policies import Policy, Thompson
from recommend.exploration.posteriors import segment_of
from recommend.exploration.rate import FIRST, Curiosity, places, rate_for, shares
from recommend.filters import apply_filters
from recommend.scorer import Scored
from recommend.sources.genre import genre_profile
from recommend.sources.source import Rows, united
from recommend.taste import Taste
from recommend.trace import Trace, with_rows
from recommend.types import ExplorationReport, RecommendRequest, Trial

TRIED = 10
"""Of an arm's proposals that may be shown these first ones are tried, each with the same probability."""
POLICY: Policy = Thompson()
DAY_S = 86_400


def explored(found: Trace, knowledge: Knowledge, base: float, policy: Policy = POLICY) -> Trace:
    """Put trials into a list, as many as the rate of the listener asks for; the others move down.

    Args:
        found: the list without any.
        knowledge: of the arms.
        base: the surface's rate.
        policy: chooses the arms.

    The same question with the same knowledge has the same trials: chance is drawn from the listener, the surface and
    the hour.
    """
    request, taste = found.request, _own(found)
    if base <= 0 or taste is None or not len(found.choice.places):
        return found
    who = _curiosity(taste, knowledge.success)
    rate = rate_for(base, who)
    rng = np.random.default_rng(_seed(request))
    wanted, owed = shares(rate, len(found.choice.places), rng)
    segment = segment_of(len(taste))
    open_ = _open(found, taste) if wanted + owed else {}
    if not open_:
        return replace(found, exploration=ExplorationReport(rate, 0, 0, segment))
    listed = found.pool.rows[found.choice.places].tolist()
    injected = _injected(open_, knowledge, (request.surface, segment), wanted, rng, policy, about(who, len(taste)))
    kept = listed[: len(listed) - len(injected)]
    scored = found.scorer.score(united(list(open_.values()), len(taste.bundle.catalogue)))
    kept, mixed = _mixed(kept, open_, {row for row, _ in injected}, owed, scored)
    at = dict(zip(places(len(listed)), injected, strict=False))
    rest = iter(kept)
    rows = [at[place][0] if place in at else next(rest) for place in range(len(listed))]
    trials = dict(injected) | mixed
    report = ExplorationReport(rate, len(injected), len(mixed), segment)
    return replace(with_rows(found, np.array(rows, np.int64), scored), trials=trials, exploration=report)


def _own(found: Trace) -> Taste | None:
    """The listener's own taste; None for one of whom nothing is known."""
    own = [part.taste for part in found.scorer.blend.parts if part.by_listener and len(part.taste)]
    return max(own, key=len) if own else None


def about(who: Curiosity, played: int) -> NDArray[np.float64]:
    """What a policy may know of a listener, float64 [4]: 1, years, diversity, and the logarithm of tracks played."""
    age = 0.0 if who.age_days is None else min(who.age_days / 365.0, 10.0)
    return np.array([1.0, age, 0.5 if who.diversity is None else who.diversity, np.log1p(played) / 10.0])


def _curiosity(taste: Taste, success: float | None) -> Curiosity:
    profile = genre_profile(taste) if taste.bundle.catalogue.track_genre.nnz else np.empty(0, np.float32)
    share = profile[profile > 0] / max(float(profile.sum()), 1e-12)
    diversity = float(-(share * np.log(share)).sum() / np.log(len(share))) if len(share) > 1 else None
    age = (taste.as_of - int(taste.history.last_at.min())) / DAY_S
    return Curiosity(age, diversity, success)


def _seed(request: RecommendRequest) -> int:
    text = f"{request.user_id}\n{request.surface}\n{request.as_of // 3600}\n{request.side}\n{request.seed}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _open(found: Trace, taste: Taste) -> dict[str, Rows]:
    """Arm -> what it may show here, int64, best first: nothing that is filtered, listed, or of an artist listed."""
    catalogue = taste.bundle.catalogue
    listed = found.pool.rows[found.choice.places]
    artists = np.zeros(len(catalogue.artists) + 1, np.bool_)
    artists[catalogue.credits[listed]] = True
    artists[-1] = False
    proposed = {name: rows for name, propose in ARMS.items() if len(rows := propose(taste))}
    if not proposed:
        return {}
    rows = np.concatenate(list(proposed.values()))
    keep, _ = apply_filters(found.question, rows)
    keep &= ~np.isin(rows, listed) & ~artists[catalogue.credits[rows]].any(axis=1)
    keep &= ~np.isin(catalogue.work[rows], catalogue.work[listed])
    arms, start = {}, 0
    for name, own in proposed.items():
        mine = keep[start : start + len(own)]
        start += len(own)
        if mine.any():
            arms[name] = own[mine][:TRIED]
    return arms


def _injected(
    open_: Mapping[str, Rows],
    knowledge: Knowledge,
    where: tuple[str, str],
    wanted: int,
    rng: np.random.Generator,
    policy: Policy,
    listener: NDArray[np.float64],
) -> list[tuple[int, Trial]]:
    """Tracks for the places of trials, in their order."""
    left = {name: rows.tolist() for name, rows in open_.items()}
    taken: list[tuple[int, Trial]] = []
    for _ in range(wanted):
        names = [name for name, rows in left.items() if rows]
        if not names:
            break
        chances = policy.probabilities(knowledge.posteriors.beta(*where, names), listener)
        arm = names[int(rng.choice(len(names), p=chances))]
        row = left[arm][int(rng.integers(len(left[arm])))]
        chance = float(chances[names.index(arm)])
        taken.append((row, Trial(arm, chance, chance / len(left[arm]))))
        for rows in left.values():
            if row in rows:
                rows.remove(row)
    return taken


def _mixed(
    kept: list[int], open_: Mapping[str, Rows], taken: set[int], owed: int, scored: Scored
) -> tuple[list[int], dict[int, Trial]]:
    """Let the last tracks of the list make room for the best of the arms, where the places of trials are too few."""
    arm_of = {row: name for name, rows in open_.items() for row in rows.tolist() if row not in taken}
    owed = min(owed, len(arm_of), max(len(kept) - FIRST, 0))
    if owed <= 0:
        return kept, {}
    ordered = scored.rows[np.lexsort((scored.rows, -scored.scores))].tolist()
    best = [row for row in ordered if row in arm_of][:owed]
    return [*kept[: len(kept) - owed], *best], {row: Trial(arm_of[row]) for row in best}
