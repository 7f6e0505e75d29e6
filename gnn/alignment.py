"""A new model in the space of the one before: vectors that sessions stored go on meaning what they meant.

Source: Schönemann, A generalized solution of the orthogonal Procrustes problem, 1966.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gnn.bundle import Bundle
from gnn.index import ExactIndex
from gnn.relations import procrustes
from gnn.tower import Floats, UserTower

LEAST_SHARED = 2
"""Shared tracks needed, as a multiple of the dimensions: fewer do not fix a rotation."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How the model was turned.

    Attributes:
        to: the version whose space it is in now.
        rotation: float32 [dim, dim], orthogonal, applied from the right to what training found.
        shared: tracks that both models know.
        cosine_before, cosine_after: mean cosine of a shared track's two vectors.
    """

    to: str
    rotation: Floats
    shared: int
    cosine_before: float
    cosine_after: float

    def to_json(self) -> dict[str, Any]:
        """What the manifest says of it; the rotation itself is an array of the bundle."""
        return {
            "to": self.to,
            "shared": self.shared,
            "cosineBefore": round(self.cosine_before, 4),
            "cosineAfter": round(self.cosine_after, 4),
        }


def aligned(bundle: Bundle, before: Bundle) -> Bundle:
    """The bundle turned into the space of the one before; as it is where their dimensions or tracks differ too much.

    Turning changes no product of a listener and a track, so no score and no list.
    """
    found = _alignment(bundle, before)
    if found is None:
        return bundle
    manifest = dict(bundle.manifest) | {"alignment": found.to_json()}
    tower = turned(bundle.tower, found.rotation)
    index = ExactIndex(tower.item_vectors)
    return replace(bundle, tower=tower, index=index, manifest=manifest, rotation=found.rotation)


def _alignment(bundle: Bundle, before: Bundle) -> Alignment | None:
    ours, theirs = bundle.track_vectors, before.track_vectors
    rows = before.catalogue.tracks.rows(bundle.catalogue.tracks.values)
    known = rows >= 0
    if ours.shape[1] != theirs.shape[1] or known.sum() < LEAST_SHARED * ours.shape[1]:
        return None
    one, other = ours[known], theirs[rows[known]]
    rotation = _rotation(one, other, _completes(bundle.tower) and _completes(before.tower))
    cosines = [float(np.einsum("nd,nd->n", vectors, other).mean()) for vectors in (one, one @ rotation)]
    return Alignment(before.version, rotation, int(known.sum()), *cosines)


def _rotation(one: Floats, other: Floats, completed: bool) -> Floats:
    """The best rotation; the last coordinate stays where listeners have it as 0."""
    if not completed:
        return procrustes(one, other)
    rotation = np.eye(one.shape[1], dtype=np.float32)
    rotation[:-1, :-1] = procrustes(one[:, :-1], other[:, :-1])
    return rotation


def _completes(tower: UserTower) -> bool:
    return not (tower.own[:, -1].any() or tower.heard[..., -1].any() or tower.followed[:, -1].any())


def turned(tower: UserTower, rotation: Floats) -> UserTower:
    """The tower with all its vectors, of tracks and of listeners, times the rotation."""
    return replace(
        tower,
        item_vectors=(tower.item_vectors[:] @ rotation).astype(np.float32),
        own=(tower.own @ rotation).astype(np.float32),
        heard=(tower.heard @ rotation).astype(np.float32),
        followed=(tower.followed @ rotation).astype(np.float32),
    )
