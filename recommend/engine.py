"""From a request to a list with reasons: profile, nominate, filter, score, choose, explain. One engine for all."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from gnn.catalogue import DAY_S
from graph.edits import level_of
from graph.errors import BanditError, GraphError, NotFoundError, RuleBookError
from graph.reads import Step
from recommend.asked import checked
from recommend.blend import Blend, blend_of
from recommend.diversity import Choice, Rules, choose
from recommend.edits import edited, may_try
from recommend.explain.followed import by_followed, with_followed
from recommend.explain.links import track_ref
from recommend.explain.reasons import Attribution, Proposal, explanation, propose, without_path
from recommend.exploration.bandit import Bandit, Knowledge
from recommend.exploration.trials import explored
from recommend.filters import Question, apply_filters
from recommend.pins import pinned
from recommend.ranker import Ranker
from recommend.rankers import serving
from recommend.rules import Action, Rule, RuleBook, holding, targets_of
from recommend.scorer import Scorer
from recommend.short import ranker_for, short_ranker
from recommend.sources import SOURCES, unavailable
from recommend.sources.source import Rows, united
from recommend.surfaces import Surface
from recommend.terms import TERMS
from recommend.terms.rules import boosts
from recommend.terms.term import adding, unit_of
from recommend.trace import Pool, Stopwatch, Trace
from recommend.types import (
    Degradation,
    Explanation,
    Fill,
    NodeRef,
    Profile,
    Recommendation,
    RecommendationSet,
    RecommendRequest,
    SourceReport,
)

EXPLORE_BY_MS, EXPLAIN_BY_MS = 500.0, 1000.0
"""What a list can do without is left out when so much time has gone before it."""
WIDEN = (1, 3, 9)
"""How many times its quota a source may nominate, tried in turn until the list is full."""


_SOURCE = {source.name: source for source in SOURCES}
_ASKED = tuple(field.name for field in fields(RecommendRequest))


class Reads(Protocol):
    """What the core asks of the graph."""

    def profile(self, user_id: str, as_of: int) -> Profile:
        """A listener's plays before ``as_of``. Raises NotFoundError."""

    def verify(self, steps: Sequence[Step]) -> list[bool]:
        """Whether the graph holds each step."""


class Engine:
    """Answers requests from one bundle and the graph's reads; safe to share between threads.

    Args:
        bundle: what scores.
        reads: the graph.
        bandit: what trials have taught; without one nothing is tried out unless a request asks for it.
        rules: the curators' rules.
        hurries: whether trials and reasons are left out where they come late: somebody waits for the answer.
    """

    def __init__(
        self,
        bundle: Bundle,
        reads: Reads,
        bandit: Bandit | None = None,
        rules: RuleBook | None = None,
        *,
        hurries: bool = False,
    ) -> None:
        self.bundle = bundle
        self._bandit, self._rules, self._hurries = bandit, rules, hurries
        self.ranker, self._degraded = serving(bundle.stored_ranker)
        self._short = short_ranker(bundle)
        self._units: dict[str, float] = {}
        self._reads = reads

    def recommend(
        self, request: RecommendRequest, profile: Profile | None = None, *, hurries: bool | None = None
    ) -> RecommendationSet:
        """Answer one request.

        Args:
            request: what is asked.
            profile: the listener's, where the caller holds it already.
            hurries: whether trials and reasons are left out where they come late; as the engine does where None.

        Raises:
            NotFoundError: there is no such user.
            InvalidRequestError: an unknown surface, an impossible number or a bad seed.
            GraphUnavailableError: the profile cannot be read.
        """
        watch = Stopwatch(hurries=self._hurries if hurries is None else hurries)
        found = self.trace(request, profile, watch)
        pool, choice = found.pool, found.choice
        contributions, parts = found.scorer.contributions(pool, choice.places)
        watch.lap("contributions")
        explanations, degraded = self._reasons(found, contributions, watch)
        return RecommendationSet(
            id=self._set_id(request, found.profile),
            user_id=found.profile.user_id,
            surface=request.surface,
            model_version=self.bundle.version,
            as_of=request.as_of,
            items=self._items(found, parts, explanations),
            fill=Fill(request.n, len(choice.places), found.removed, found.relaxed),
            cold=found.scorer.blend.empty,
            sources=pool.sources,
            degraded=(*self._degraded, *found.degraded, *degraded),
            exploration=found.exploration,
            rules=_acted(found, parts),
            timings_ms={name: round(ms, 3) for name, ms in watch.stages.items()},
            level=level_of(found.profile.edits),
        )

    def trace(self, request: RecommendRequest, profile: Profile | None = None, watch: Stopwatch | None = None) -> Trace:
        """Make a list without its reasons, and keep how it came about. Raises as ``recommend``."""
        watch = watch or Stopwatch()
        surface = checked(request)
        profile = profile or self._reads.profile(request.user_id, request.as_of)
        profile = edited(profile, self.bundle, request.as_of)
        watch.lap("profile")
        blend = blend_of(request, profile, surface, self.bundle)
        ranker = ranker_for(blend, self.ranker, self._short)
        played = self._played(request, profile, blend)
        resting = self._resting(request, profile, surface, played)
        rules, degraded = self.rules_for(request)
        question = Question(request, profile, self.bundle, played, resting, rules)
        terms = adding((*TERMS, *boosts(rules)), question)
        scorer = Scorer(blend, ranker, terms, self._unit(ranker) if terms else 1.0)
        pool, choice, relaxed = self._fill(question, scorer, surface, watch)
        found = Trace(request, profile, scorer, question, pool, choice, relaxed, degraded=degraded)
        return pinned(self._tried(found, surface, watch), rules)

    def taken_down(self) -> Rows:
        """The tracks that curators took down, int64, ascending; none where their rules cannot be read."""
        rules, _ = self.rules_for(RecommendRequest(""))
        rows = [targets_of(rule, self.bundle) for rule in rules if rule.action is Action.TAKE_DOWN]
        return united(rows, len(self.bundle.catalogue))

    def rules_for(self, request: RecommendRequest) -> tuple[tuple[Rule, ...], tuple[Degradation, ...]]:
        """The curators' rules for a request, and what is to be said where they cannot be read.

        By the wall clock: a takedown holds for answers about the past as well.
        """
        if self._rules is None:
            return (), ()
        try:
            return holding(self._rules.rules(), request, int(time.time())), ()
        except RuleBookError as error:
            return (), (Degradation("rules", str(error)),)

    def _tried(self, found: Trace, surface: Surface, watch: Stopwatch) -> Trace:
        """The list with what is tried out; without where nobody remembers trials."""
        asked = found.request.exploration
        base = surface.exploration if asked is None else asked
        if base <= 0 or (self._bandit is None and asked is None) or not may_try(found.profile):
            return found
        if watch.is_late(EXPLORE_BY_MS):
            late = Degradation("exploration", f"left out: {watch.elapsed:.0f} ms were gone before it")
            return replace(found, degraded=(*found.degraded, late))
        try:
            request = found.request
            knowledge = self._bandit.knowledge(request.user_id, request.as_of) if self._bandit else Knowledge()
        except BanditError as error:
            return replace(found, degraded=(*found.degraded, Degradation("exploration", str(error))))
        tried = explored(found, knowledge, base)
        watch.lap("exploration")
        return tried

    def _unit(self, ranker: Ranker) -> float:
        """See ``terms.unit_of``; worked out when a term first speaks to one of the three rankers."""
        which = "learned" if ranker is self.ranker else "short" if ranker is self._short else "popularity"
        if which not in self._units:
            self._units[which] = unit_of(self.bundle, ranker)
        return self._units[which]

    def standing(self, found: Trace, row: int) -> tuple[int, float]:
        """The place of a track by score among the candidates of a trace, 1 for the best, and its score.

        A track that was not nominated, or did not pass the filters, has the place that it would have had.
        """
        score = float(found.scorer.score(np.array([row], np.int64)).scores[0])
        others = found.pool.scores[found.pool.rows != row]
        return 1 + int((others > score).sum()), score

    def row(self, track_id: str) -> int:
        """The row of a track.

        Raises:
            NotFoundError: the model does not know it.
        """
        row = self.bundle.catalogue.tracks.row(track_id)
        if row is None:
            raise NotFoundError(f"track {track_id!r} is not in model {self.bundle.version}: look for it with search")
        return row

    def explain(self, request: RecommendRequest, track_id: str, profile: Profile | None = None) -> Recommendation:
        """Why a track stands where it stands for a listener, also one that no list shows.

        Its rank is its place by score among all candidates that pass the filters; a track that does not pass them is
        ranked as if it did.

        Raises:
            NotFoundError: there is no such user, or the model does not know the track.
        """
        row = self.row(track_id)
        found = self.trace(replace(request, explain=True), profile)
        pool = Pool.of(found.scorer.score(np.array([row], np.int64)), {}, ())
        alone = replace(found, pool=pool, choice=Choice(np.zeros(1, np.int64), {}))
        contributions, parts = alone.scorer.contributions(pool, alone.choice.places)
        explanations, _ = self._reasons(alone, contributions, Stopwatch())
        (item,) = self._items(alone, parts, explanations)
        return replace(item, rank=self.standing(found, row)[0])

    def _played(self, request: RecommendRequest, profile: Profile, blend: Blend) -> Rows:
        """What counts as heard: the whole profile, the picks, and the seed of a radio itself."""
        ids = np.concatenate([profile.track_ids, np.array([seed.id for seed in request.seeds], np.str_)])
        rows = self.bundle.catalogue.tracks.rows(ids)
        seeds = [part.taste.rows for part in blend.parts if not part.by_listener and len(part.taste) == 1]
        return united([rows[rows >= 0], *seeds], len(self.bundle.catalogue))

    def _resting(self, request: RecommendRequest, profile: Profile, surface: Surface, played: Rows) -> Rows:
        """What was heard and may not come again yet: all of it where a surface brings nothing back."""
        if surface.rest_days is None:
            return played
        days = surface.rest_days if request.rest_days is None else request.rest_days
        recent = profile.track_ids[profile.last_at > request.as_of - days * DAY_S]
        rows = self.bundle.catalogue.tracks.rows(recent)
        return np.unique(rows[rows >= 0])

    def _fill(
        self, question: Question, scorer: Scorer, surface: Surface, watch: Stopwatch
    ) -> tuple[Pool, Choice, tuple[str, ...]]:
        """Widen the nominations until the list is full; then relax the cap per artist, and say so."""
        request = question.request
        cap = request.max_per_artist or surface.max_per_artist
        balance = surface.mmr_lambda if request.mmr_lambda is None else request.mmr_lambda
        familiar_artists = self._familiar(question)
        relaxed: list[str] = []
        for attempt, (widen, extra) in enumerate([*((widen, 1) for widen in WIDEN), (WIDEN[-1], 2), (WIDEN[-1], 1000)]):
            if attempt < len(WIDEN):
                pool = self._pool(question, scorer, surface, widen, watch)
            else:
                relaxed.append(f"per_artist: {cap} to {cap * extra}" if extra < 1000 else "per_artist: off")
            caps = {
                rule.key: (np.isin(pool.rows, targets_of(rule, self.bundle)), int(rule.amount))
                for rule in question.rules
                if rule.action is Action.CAP
            }
            rules = Rules(request.n, balance, cap * extra, surface.familiar_share, caps)
            credits = self.bundle.catalogue.credits[pool.rows]
            familiar = np.asarray(familiar_artists[credits.T].any(axis=0))
            vectors = self.bundle.track_vectors[pool.rows]
            choice = choose(pool.scores, pool.rows, vectors, familiar, self.bundle.catalogue, rules)
            watch.lap("diversity")
            if len(choice.places) == request.n or (attempt >= len(WIDEN) - 1 and "per_artist" not in choice.removed):
                break
        return pool, choice, tuple(relaxed)

    def _familiar(self, question: Question) -> NDArray[np.bool_]:
        """The artists of the played tracks, bool [n_artists + 1]; the last stands for no artist."""
        catalogue = self.bundle.catalogue
        known = np.zeros(len(catalogue.artists) + 1, np.bool_)
        known[catalogue.credits[question.played_rows]] = True
        known[-1] = False
        return known

    def _pool(self, question: Question, scorer: Scorer, surface: Surface, widen: int, watch: Stopwatch) -> Pool:
        reports: list[SourceReport] = []
        nominated: list[Rows] = []
        blend = scorer.blend
        available = {source.name for source in blend.sources(question.request.switched_off)}
        for name, quota in surface.quotas.items():
            source = _SOURCE[name]
            reason = unavailable(self.bundle)[name]
            if name in available:
                nominated.append(blend.nominate(source, quota * widen))
                reports.append(SourceReport(name, len(nominated[-1]), round(watch.lap("nominate"), 3)))
            else:
                reports.append(SourceReport(name, 0, 0.0, reason or "switched off"))
        union = united(nominated, len(self.bundle.catalogue))
        keep, removed = apply_filters(question, union)
        watch.lap("filters")
        pool = Pool.of(scorer.score(union[keep]), removed, tuple(reports))
        watch.lap("score")
        return pool

    def _reasons(
        self, found: Trace, contributions: NDArray[np.float64], watch: Stopwatch
    ) -> tuple[list[Explanation | None], tuple[Degradation, ...]]:
        """Attribution, proposals, and one question to the graph for the whole page."""
        request, profile, blend, places = found.request, found.profile, found.scorer.blend, found.choice.places
        if not request.explain:
            return [None] * len(places), ()
        if watch.is_late(EXPLAIN_BY_MS):
            return [None] * len(places), (
                Degradation("explanations", f"left out: {watch.elapsed:.0f} ms were gone before them"),
            )
        rows, scores = found.pool.rows[places], found.pool.scores[places]
        attribution = Attribution(
            blend.play_rows, blend.by_listener, blend.attribution(rows, contributions), scores, rows
        )
        watch.lap("attribution")
        user = NodeRef(profile.user_id, "User", profile.name or profile.user_id)
        followed = by_followed(user, self.bundle, profile.followed_artists, attribution, request.as_of)
        proposals = with_followed(propose(user, self.bundle, attribution), followed)
        watch.lap("explain")
        holds, degraded = self._verified(proposals)
        watch.lap("verify")
        seed = self._seed_name(request)
        return [
            explanation(reasons, holds) or without_path(self.bundle, attribution, place, seed, blend.friends)
            for place, reasons in enumerate(proposals)
        ], degraded

    def _verified(self, proposals: list[list[Proposal]]) -> tuple[dict[Step, bool], tuple[Degradation, ...]]:
        steps = list(dict.fromkeys(step for reasons in proposals for reason in reasons for step in reason.steps))
        if not steps:
            return {}, ()
        try:
            return dict(zip(steps, self._reads.verify(steps), strict=True)), ()
        except GraphError as error:
            return dict.fromkeys(steps, False), (Degradation("explanations", str(error)),)

    def _seed_name(self, request: RecommendRequest) -> str | None:
        if not request.seeds:
            return None
        catalogue, id = self.bundle.catalogue, request.seeds[0].id
        for kind, ids in catalogue.ids.items():
            if (row := ids.row(id)) is not None:
                return str(catalogue.names[kind][row])
        return None

    def _items(
        self, found: Trace, parts: Sequence[Mapping[str, float]], explanations: list[Explanation | None]
    ) -> tuple[Recommendation, ...]:
        rows = found.pool.rows[found.choice.places]
        credits = self.bundle.catalogue.credits[rows].tolist()
        items = []
        for at, (row, artists) in enumerate(zip(rows.tolist(), credits, strict=True)):
            track = track_ref(self.bundle, row, artists)
            score, trial = sum(parts[at].values()), found.trials.get(row)
            items.append(Recommendation(at + 1, score, track, parts[at], explanations[at], trial))
        return tuple(items)

    def _set_id(self, request: RecommendRequest, profile: Profile) -> str:
        asked = [getattr(request, name) for name in _ASKED] + [edit.number for edit in profile.edits]
        text = repr([self.bundle.version, *(sorted(v) if isinstance(v, frozenset) else v for v in asked)])
        return hashlib.sha256(text.encode()).hexdigest()[:20]


def _acted(found: Trace, parts: Sequence[Mapping[str, float]]) -> dict[str, int]:
    """How many tracks each of the curators' rules raised, pinned, left out or capped; those that did alone."""
    counts: Counter[str] = Counter(name for part in parts for name in part if name.startswith("rule:"))
    counts.update(found.pinned.values())
    removed = dict(found.pool.removed) | found.choice.removed
    counts.update({name: count for name, count in removed.items() if name.startswith("rule:")})
    return dict(counts)
