"""What a newcomer is asked first: a few genres that together cover what is played, each with its best-known artists.

What they pick are seeds (``RecommendRequest.seeds``), on any surface, up to twenty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.bundle import Bundle
from recommend.explain.links import node
from recommend.per_bundle import per_bundle
from recommend.types import NodeRef

QUESTIONS, ARTISTS = 8, 6
LEAST_ARTISTS = 2
"""A genre with fewer is no question."""
TYPICAL = 4
"""How much more an artist stands for the genre that says most of them than for one said beside it: a power."""
REPEATED = 0.15
"""What an artist still counts once a genre that was asked about has their tracks."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask.

    Attributes:
        prompt: the question.
        genre: what it is about.
        artists: well known and typical of it, most of both first; none of them is in two questions.
    """

    prompt: str
    genre: NodeRef
    artists: tuple[NodeRef, ...]


def onboarding(bundle: Bundle, count: int = QUESTIONS) -> tuple[Question, ...]:
    """The questions, the one that covers most first.

    Genres are taken one by one; each next one is that with most plays by artists of whom earlier ones have little.
    Where tracks have no genres there are no questions.

    Args:
        bundle: knows genres, artists and plays.
        count: questions at most.
    """
    plays = _plays_by_artist(bundle)  # [n_artists, n_genres]
    left, named = plays.sum(axis=1), np.zeros(len(plays), np.bool_)
    found: list[Question] = []
    asked = np.zeros(plays.shape[1], np.bool_)
    top = plays.max(axis=1, initial=0.0)[:, None]
    share = np.divide(plays, top, out=np.zeros_like(plays), where=top > 0)  # 1 in the genre that says most of an artist
    weight = left.copy()
    while len(found) < count:
        worth = np.where(asked, -1.0, weight @ share)
        genre = int(worth.argmax()) if len(worth) else -1
        if genre < 0 or worth[genre] <= 0:
            break
        asked[genre] = True
        own = np.where(named, 0.0, plays[:, genre] * share[:, genre] ** TYPICAL)
        chosen = np.lexsort((np.arange(len(own)), -own))[:ARTISTS]
        chosen = chosen[own[chosen] > 0]
        weight = weight * (1.0 - (1.0 - REPEATED) * share[:, genre])
        if len(chosen) < LEAST_ARTISTS:
            continue
        named[chosen] = True
        about = node(bundle, "genre", genre)
        prompt = f"Do you like {about.name}? Pick whom you listen to."
        found.append(Question(prompt, about, tuple(node(bundle, "artist", row) for row in chosen.tolist())))
    return tuple(found)


@per_bundle
def _plays_by_artist(bundle: Bundle) -> NDArray[np.float64]:
    """Square roots of the plays of each artist's tracks in each genre, float64 [n_artists, n_genres].

    The root keeps one star from standing for a whole genre.
    """
    catalogue = bundle.catalogue
    weights = catalogue.track_genre.multiply(np.sqrt(catalogue.play_count)[:, None]).tocsr()
    return np.asarray((catalogue.performed_by.T @ weights).toarray(), np.float64)
