"""A bundle with one byte per number of its vectors: what that costs is measured end to end, and refused if too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from gnn.bundle import Bundle
from gnn.data import TrainingData
from gnn.index import ExactIndex, Int8Vectors, Vectors
from gnn.index.neighbours import Vector
from gnn.index.probe import share_found
from gnn.tower import History, UserTower
from graph.errors import ModelError

COUNT = 20
ALWAYS = int(np.iinfo(np.int64).max)
"""A moment after every play."""


@dataclass(frozen=True, slots=True)
class QuantisationGate:
    """What quantised vectors may lose.

    Attributes:
        least_overlap: mean share of the 20 nearest tracks that stay.
        most_error: of any cosine.
        sample: listeners and tracks that are asked for, each.
        seed: of their choice.
    """

    least_overlap: float = 0.96
    most_error: float = 0.02
    sample: int = 200
    seed: int = 0


@dataclass(frozen=True, slots=True)
class QuantisationLoss:
    """What was lost, and what may be.

    Attributes:
        overlap: the lower of listeners' and tracks' mean share of the 20 nearest that stay, 0 to 1.
        error: the largest change of a cosine of theirs with any track.
        bytes: of the quantised vectors and states.
        bytes_before: of the same in single precision.
    """

    overlap: float
    error: float
    bytes: int
    bytes_before: int
    gate: QuantisationGate

    @property
    def refusal(self) -> str | None:
        """Why the quantised vectors may not serve, or None."""
        if self.overlap < self.gate.least_overlap:
            return f"overlap@{COUNT} is {self.overlap:.4f}, at least {self.gate.least_overlap} is needed"
        if self.error > self.gate.most_error:
            return f"a score is off by {self.error:.4f}, at most {self.gate.most_error} is allowed"
        return None

    def to_json(self) -> dict[str, Any]:
        """What the manifest says."""
        return {
            "kind": "int8",
            f"overlapAt{COUNT}": round(self.overlap, 6),
            "maxScoreError": round(self.error, 6),
            "bytes": self.bytes,
            "bytesBefore": self.bytes_before,
            "gate": asdict(self.gate),
        }


def in_int8(bundle: Bundle, data: TrainingData, gate: QuantisationGate | None = None) -> Bundle:
    """The bundle with quantised track vectors and states, the loss in its manifest.

    Args:
        bundle: in single precision.
        data: what it was trained on; some of its listeners are asked for.
        gate: what may be lost.

    Raises:
        ModelError: more is lost than the gate allows.
    """
    tower = bundle.tower
    vectors, states = Int8Vectors.of(tower.item_vectors[:]), Int8Vectors.of(tower.item_states[:])
    smaller = replace(tower, item_vectors=vectors, item_states=states)
    found = loss(tower, smaller, _histories(data, gate or QuantisationGate()), gate or QuantisationGate())
    if found.refusal:
        raise ModelError(f"int8 vectors lose too much: {found.refusal}; train without --quantise")
    manifest = dict(bundle.manifest) | {"quantisation": found.to_json()}
    return replace(bundle, tower=smaller, index=ExactIndex(vectors), manifest=manifest)


def loss(
    tower: UserTower, smaller: UserTower, histories: Sequence[History], gate: QuantisationGate
) -> QuantisationLoss:
    """Ask both towers for the same listeners and tracks.

    Args:
        tower: in single precision.
        smaller: the same, quantised.
        histories: of some listeners.
        gate: what may be lost.
    """
    count = len(tower.item_vectors)
    rows = np.sort(np.random.default_rng(gate.seed).choice(count, min(gate.sample, count), replace=False))
    listeners = (tower.vectors(histories, ALWAYS), smaller.vectors(histories, ALWAYS))
    found = [
        _compared(tower.item_vectors, smaller.item_vectors, before, after)
        for before, after in (listeners, (tower.item_vectors[rows], smaller.item_vectors[rows]))
    ]
    overlaps, errors = zip(*found, strict=True)
    return QuantisationLoss(min(overlaps), max(errors), _bytes(smaller), _bytes(tower), gate)


def _compared(vectors: Vectors, quantised: Vectors, before: Vector, after: Vector) -> tuple[float, float]:
    """Mean overlap and largest change of a cosine, for float32 [m, dim] asked before and after."""
    truth, index = ExactIndex(vectors), ExactIndex(quantised)
    whole, decoded = vectors[:], quantised[:]
    shares, error = [1.0] if not len(before) else [], 0.0
    for one, other in zip(before, after, strict=True):
        shares.append(share_found(index, truth, vectors, one, other, COUNT))
        error = max(error, float(np.abs(whole @ one - decoded @ other).max(initial=0.0)))
    return float(np.mean(shares)), error


def _histories(data: TrainingData, gate: QuantisationGate) -> list[History]:
    """Of some listeners, chosen by chance."""
    users = np.unique(data.user_row)
    chosen = np.random.default_rng(gate.seed).choice(users, min(gate.sample, len(users)), replace=False)
    places = (np.flatnonzero(data.user_row == user) for user in np.sort(chosen))
    return [History(data.item_row[at], data.count[at], data.at[at]) for at in places]


def _bytes(tower: UserTower) -> int:
    return tower.item_vectors.nbytes + tower.item_states.nbytes
