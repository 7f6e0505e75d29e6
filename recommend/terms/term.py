"""What is added to a score beside the ranker's: each term named, so that the contributions of an item sum to its score.

A term depends on the request, the profile and the track alone, never on which other tracks are candidates: so it is the
same to the bit whatever is switched off, and a counterfactual is exact. Where none speaks, nothing is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from gnn.bundle import Bundle
from recommend.filters import Question
from recommend.ranker import Ranker
from recommend.short import made_up_features
from recommend.sources.source import Floats, Rows

Adds = Callable[[Rows], Floats]
"""Tracks int64 [m] -> what is added to each, float32 [m], in units of ``unit_of``."""
GOOD = 0.1
"""The best share of tracks, whose scores say what a unit is."""


class Term(Protocol):
    """One reason to raise or lower scores beside the ranker.

    Attributes:
        name: the key of its contribution: lower case, ``family`` or ``family:NAME``.
    """

    @property
    def name(self) -> str:
        """See above."""

    def of(self, question: Question) -> Adds | None:
        """What it adds for this request; None where it has nothing to say."""


def unit_of(bundle: Bundle, ranker: Ranker) -> float:
    """By how much the scores of good tracks differ: their standard deviation over made-up histories.

    The scale of a ranker is nobody's choice; a term of 1 moves a track by about as much as one standard deviation of
    good candidates whichever ranker serves. 1.0 where all scores are equal.
    """
    spread = []
    for features in made_up_features(bundle):
        scores = np.sort(ranker.score(features))
        spread.append(float(scores[-max(int(GOOD * len(scores)), 2) :].std()))
    mean = float(np.mean(spread)) if spread else 0.0
    return mean if mean > 0 else 1.0


def adding(terms: Sequence[Term], question: Question) -> Mapping[str, Adds]:
    """Name -> what it adds, of the terms that have something to say."""
    found = ((term.name, term.of(question)) for term in terms)
    return {name: adds for name, adds in found if adds is not None}
