"""The stage that tries something out: which places of a list go to which arm, and with which probability."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from gnn.catalogue import DAY_S, Catalogue
from recommend.exploration.arms import ARMS
from recommend.exploration.bandit import Knowledge
from recommend.exploration.policies import Policy, Thompson
from recommend.exploration.posteriors import segment_of
from recommend.exploration.rate import FIRST, Curiosity, places, rate_for, shares
from recommend.filters import apply_filters
from recommend.rules import Action, targets_of
from recommend.scorer import Scored
from recommend.sources.genre import genre_profile
from recommend.sources.source import Rows, united
from recommend.taste import Taste, diversity
from recommend.trace import Trace, with_rows
from recommend.types import ExplorationReport, RecommendRequest, Trial

TRIED = 10
"""Of an arm's proposals that may be shown these first ones are tried, each with the same probability."""
POLICY: Policy = Thompson()


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
    beta = partial(knowledge.posteriors.beta, request.surface, segment)
    chances = lambda names: policy.probabilities(beta(names), about(who, len(taste)))  # noqa: E731
    injected = _injected(open_, chances, wanted, rng, taste.bundle.catalogue)
    kept = listed[: len(listed) - len(injected)]
    scored, mixed = None, dict[int, Trial]()
    if owed:
        scored = found.scorer.score(united(list(open_.values()), len(taste.bundle.catalogue)))
        kept, mixed = _mixed(kept, open_, [row for row, _ in injected], owed, scored, taste.bundle.catalogue)
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
    catalogue = taste.bundle.catalogue
    profile = genre_profile(taste) if catalogue.track_genre.nnz else np.empty(0, np.float32)
    shares, several = profile[profile > 0], int((catalogue.genre_size > 0).sum())
    spread = diversity(shares, several) if len(shares) and several > 1 else None
    age = (taste.as_of - int(taste.history.last_at.min())) / DAY_S
    return Curiosity(age, spread, success)


def _seed(request: RecommendRequest) -> int:
    text = f"{request.user_id}\n{request.surface}\n{request.as_of // 3600}\n{request.side}\n{request.seed}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _open(found: Trace, taste: Taste) -> dict[str, Rows]:
    """Arm -> what it may show here, int64, best first: nothing filtered, listed, by an artist listed, or capped."""
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
    for rule in found.question.rules:  # how much room a cap has left is not known here: a trial takes none of it
        if rule.action is Action.CAP:
            keep &= ~np.isin(rows, targets_of(rule, taste.bundle))
    arms, start = {}, 0
    for name, own in proposed.items():
        mine = keep[start : start + len(own)]
        start += len(own)
        if mine.any():
            arms[name] = own[mine][:TRIED]
    return arms


def _injected(
    open_: Mapping[str, Rows],
    chances: Callable[[list[str]], NDArray[np.float64]],
    wanted: int,
    rng: np.random.Generator,
    catalogue: Catalogue,
) -> list[tuple[int, Trial]]:
    """Tracks for the places of trials, in their order, no two by one artist or of one work.

    Args:
        open_: arm -> what it may show.
        chances: names of arms -> with which probability each is taken.
        wanted: how many.
        rng: draws.
        catalogue: credits and works.
    """
    names = [name for name, rows in open_.items() if len(rows)]
    rows = np.concatenate([open_[name] for name in names])
    arm = np.repeat(np.arange(len(names)), [len(open_[name]) for name in names])
    taken: list[tuple[int, Trial]] = []
    while len(rows) and len(taken) < wanted:
        arms, sizes = np.unique(arm, return_counts=True)
        chance = chances([names[one] for one in arms.tolist()])
        at = int(rng.choice(len(arms), p=chance))
        row = int(rows[arm == arms[at]][int(rng.integers(sizes[at]))])
        taken.append((row, Trial(names[arms[at]], float(chance[at]), float(chance[at]) / int(sizes[at]))))
        if len(taken) < wanted:
            left = _others(rows, [row], catalogue)
            rows, arm = rows[left], arm[left]
    return taken


def _others(rows: Rows, taken: Sequence[int], catalogue: Catalogue) -> NDArray[np.bool_]:
    """Which tracks share neither artist nor work with those taken, bool [m]."""
    artists = np.zeros(len(catalogue.artists) + 1, np.bool_)
    artists[catalogue.credits[list(taken)]] = True
    artists[-1] = False  # nobody is not shared
    return np.asarray(
        ~artists[catalogue.credits[rows]].any(axis=1) & ~np.isin(catalogue.work[rows], catalogue.work[list(taken)])
    )


def _mixed(
    kept: list[int], open_: Mapping[str, Rows], taken: list[int], owed: int, scored: Scored, catalogue: Catalogue
) -> tuple[list[int], dict[int, Trial]]:
    """Let the last tracks of the list make room for the best of the arms, where the places of trials are too few."""
    arm_of = {row: name for name, rows in open_.items() for row in rows.tolist()}
    owed = min(owed, max(len(kept) - FIRST, 0))
    left, best = scored.rows[np.lexsort((scored.rows, -scored.scores))], list[int]()
    left = left[_others(left, taken, catalogue)]
    while len(best) < owed and len(left):
        best.append(int(left[0]))
        left = left[_others(left, best[-1:], catalogue)]
    return [*kept[: len(kept) - len(best)], *best], {row: Trial(arm_of[row]) for row in best}
