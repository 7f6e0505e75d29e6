"""Simpler answers, for when the engine cannot give its own: each step needs less than the one before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from gnn.bundle import Bundle
from graph.edits import level_of
from graph.reads import Profile
from recommend.edits import edited
from recommend.explain.links import track_ref
from recommend.filters import Question, apply_filters
from recommend.rules import Rule
from recommend.sources.genre import genre_cosines
from recommend.sources.source import Floats, Rows
from recommend.taste import Taste, taste_of
from recommend.types import Degradation, Fill, Recommendation, RecommendationSet, RecommendRequest

DEPTH = 500
"""Tracks that a step looks at before the filters."""
RECENT = 10
"""Newest plays whose neighbours are looked for."""
Step = Callable[[Taste], Floats]
"""The score of every track, float32 [n_tracks]; 0 for what the step says nothing of."""


def by_als(taste: Taste) -> Floats:
    """The inner product of the folded-in factors."""
    return np.asarray(taste.bundle.als.item_factors @ taste.factors, np.float32)


def by_content(taste: Taste) -> Floats:
    """What sounds like the newest plays, or shares their genres where no sound is known."""
    sound = taste.bundle.sound
    last = taste.rows[-RECENT:]
    last = last[sound.known[last]]
    if not len(last):
        return genre_cosines(taste)
    found = np.zeros(len(taste.bundle.catalogue), np.float32)
    known = np.flatnonzero(sound.known)
    found[known] = sound.similarity(last, known).mean(axis=0)
    return found


def by_popularity_in_genres(taste: Taste) -> Floats:
    """What is played most in the listener's genres."""
    return np.asarray(genre_cosines(taste) * taste.bundle.catalogue.facts[:, 1], np.float32)


def by_popularity(taste: Taste) -> Floats:
    """What is played most."""
    facts = taste.bundle.catalogue.facts
    return np.asarray(facts[:, 1] + np.float32(0.01) * facts[:, 0], np.float32)


STEPS: Mapping[str, Step] = {
    "als": by_als,
    "content": by_content,
    "popular_in_genres": by_popularity_in_genres,
    "popular": by_popularity,
}
"""In the order in which they are tried; what answers is named after them."""


def step_down(
    bundle: Bundle, request: RecommendRequest, profile: Profile, why: str, rules: tuple[Rule, ...] = ()
) -> RecommendationSet | None:
    """The answer of the first step that has one, without reasons; None where none has.

    Args:
        bundle: what is left of the model.
        request: what was asked.
        profile: of whom, as it was read.
        why: the engine could not answer.
        rules: the curators' rules that hold; bans do here, too.
    """
    profile = edited(profile, bundle, request.as_of)
    lost = [Degradation("engine", why)]
    for name, step in STEPS.items():
        try:
            rows, scores, removed = _ranked(bundle, request, profile, step, rules)
        except Exception as error:  # whatever is broken here, the next step needs less
            lost.append(Degradation(name, f"{type(error).__name__}: {error}"))
            continue
        if len(rows):
            items = tuple(
                Recommendation(at, float(score), track_ref(bundle, row), {name: float(score)}, None)
                for at, (row, score) in enumerate(zip(rows.tolist(), scores.tolist(), strict=True), start=1)
            )
            lost.append(Degradation("answer", f"from {name}, the best that could be had"))
            return RecommendationSet(
                id=f"{name}:{bundle.version}:{request.as_of}",
                user_id=profile.user_id,
                surface=request.surface,
                model_version=bundle.version,
                as_of=request.as_of,
                items=items,
                fill=Fill(request.n, len(items), removed),
                cold=name == "popular",
                degraded=tuple(lost),
                level=level_of(profile.edits),
            )
    return None


def _ranked(
    bundle: Bundle, request: RecommendRequest, profile: Profile, step: Step, rules: tuple[Rule, ...]
) -> tuple[Rows, Floats, dict[str, int]]:
    taste = taste_of(profile, bundle, request.as_of, request.without)
    scores = step(taste)
    if not np.isfinite(scores).all():
        raise ValueError("a score is no number")
    played = bundle.catalogue.tracks.rows(profile.track_ids)
    played = np.unique(played[played >= 0])
    question = Question(request, profile, bundle, played, played, rules)
    best = np.lexsort((np.arange(len(scores)), -scores))[: DEPTH + len(played)]
    best = best[scores[best] > 0].astype(np.int64)
    keep, removed = apply_filters(question, best)
    rows = best[keep][: request.n]
    return rows, scores[rows], removed
