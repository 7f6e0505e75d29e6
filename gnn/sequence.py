"""What usually follows the last plays, in NumPy: attention over a listener's latest tracks, without PyTorch.

A small transformer reads the last plays, with the pauses between them, and decides how much each counts; the listener's
vector is then a weighted sum of the played tracks' vectors. With those weights held fixed a score splits exactly over
the plays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gnn.tower import History
from graph.arrays import Rows

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

BUCKETS = 30
"""Pauses and ages are told apart by powers of two seconds; the last bucket starts at 17 years."""
SESSION_S = 30 * 60
"""A longer pause begins a new session."""
NORM_FLOOR = 1e-5
"""Added to a variance before its root is taken."""


@dataclass(frozen=True, slots=True)
class SequenceConfig:
    """The shape of the network and its training.

    Attributes:
        length: how many of the latest plays are read.
        state_dim: width of the states that decide the weights.
        half_lives_days: one weighing of the plays each; it starts with this half-life, and all are added up.
        blocks: self-attentive blocks before the weighing.
        items: ``projected`` trains one map of what ALS and the content say of a track, ``learned`` a correction of
            each track's ALS vector.
        cuts: quantiles of time; what is asked after one of them is answered from factors fitted before it, and what
            comes before the first is not asked. Without any all is asked, of factors that have seen it.
        horizon: how many of the following plays count as what follows; one of them is drawn at each position and pass.
        after_session: whether what follows begins behind the session of the play.
        evenness: 0 weighs every play the same, 1 every user.
        fresh_days: half-life of a position's weight in the loss, before the newest play of all.
        prior: share of a track's log popularity that training takes as given, so that scores say what is special.
        negatives: tracks that a step ranks the followers against.
        epochs: passes over all plays.
        batch: windows per step.
        learning_rate: of Adam, after the warm-up.
        item_rate: the same of learned track vectors, as a share.
        decay: weight decay.
        dropout: share of the plays that are hidden from a training step.
        scale: inverse temperature that scores start with.
        seed: of weights and batches.
    """

    length: int = 50
    state_dim: int = 64
    half_lives_days: tuple[float, ...] = (30.0, 120.0, 365.0, 4000.0)
    blocks: int = 1
    items: Literal["learned", "projected"] = "learned"
    cuts: tuple[float, ...] = ()
    horizon: int = 50
    after_session: bool = True
    evenness: float = 0.5
    fresh_days: float = 120.0
    prior: float = 1.0
    negatives: int = 512
    epochs: int = 1
    batch: int = 64
    learning_rate: float = 5e-4
    item_rate: float = 1.0
    decay: float = 1e-4
    dropout: float = 0.1
    scale: float = 6.0
    seed: int = 0

    @property
    def heads(self) -> int:
        """How many weighings there are."""
        return len(self.half_lives_days)


def bucket(seconds: NDArray[np.int64]) -> Rows:
    """The power of two below each time span, int64, same shape; 0 for none at all."""
    return np.minimum(np.log2(1.0 + np.maximum(seconds, 0)).astype(np.int64), BUCKETS - 1)


def pauses(at: NDArray[np.int64]) -> tuple[Rows, Rows]:
    """Bucket of the pause before each play, and whether it begins a session (0 or 1), int64 [n] each.

    Args:
        at: unix seconds, ascending, int64 [n].
    """
    pause = np.diff(at, prepend=at[:1])
    starts = (pause > SESSION_S).astype(np.int64)
    starts[:1] = 1
    return bucket(pause), starts


@dataclass(frozen=True, eq=False)
class SequenceModel:
    """The trained network as plain arrays.

    Attributes:
        config: how it was trained.
        items: float32 [n_items, dim].
        weights: name of each parameter -> float32 array, as ``gnn.sequence_net.SequenceNet`` names them.
    """

    config: SequenceConfig
    items: Floats
    weights: Mapping[str, Floats]

    def vector(self, history: History, as_of: int) -> Floats:
        """What follows this history, float32 [dim]; zeros without plays.

        Args:
            history: what was played; plays after ``as_of`` are not seen.
            as_of: unix seconds.
        """
        latest = self._latest(history, as_of)
        if not len(latest):
            return np.zeros(self.items.shape[1], np.float32)
        weights, values = self._weighed(history.select(latest))
        return np.asarray((weights @ values).reshape(-1) @ self._readout(), np.float32)

    def scores(self, history: History, as_of: int, item_rows: Rows) -> Floats:
        """The score of some items, float32 [m]: products with the vector."""
        return self.items[item_rows] @ self.vector(history, as_of)

    @cached_property
    def centre(self) -> Floats:
        """The mean of all items, float32 [dim]."""
        return np.asarray(self.items.mean(axis=0, dtype=np.float64), np.float32)

    def parts(self, history: History, as_of: int) -> Floats:
        """What each play adds to the vector, float32 [n_history, dim]; the rows sum to it.

        The attention weights are held fixed. Plays before the last ``config.length`` add nothing.
        """
        latest, dim = self._latest(history, as_of), self.items.shape[1]
        parts = np.zeros((len(history), dim), np.float32)
        if len(latest):
            weights, values = self._weighed(history.select(latest))
            readout = self._readout().reshape(-1, dim, dim)  # [heads, dim, dim]
            parts[latest] = np.einsum("ht,td,hde->te", weights, values, readout, optimize=True)
        return parts

    def shares(self, history: History, as_of: int, item_rows: Rows) -> Floats:
        """What each play adds to the score of each item, float32 [n_history, m]; the columns sum to the scores."""
        return self.parts(history, as_of) @ self.items[item_rows].T

    def _latest(self, history: History, as_of: int) -> Rows:
        """Positions of the last plays up to ``as_of``, oldest first, ties by row, int64 [<= length]."""
        order = np.lexsort((history.item_rows, history.last_at))
        return order[history.last_at[order] <= as_of][-self.config.length :]

    def _readout(self) -> Floats:
        return self.weights["readout"]

    def _weighed(self, plays: History) -> tuple[Floats, Floats]:
        """The share of each play in each head, float32 [heads, n], and the plays' vectors, float32 [n, dim]."""
        values = self.items[plays.item_rows]
        ages = bucket(plays.last_at[:, None] - plays.last_at[None, :])  # [n, n]; 0 above the diagonal
        steps = np.arange(len(plays))[:, None] - np.arange(len(plays))[None, :]
        state = self._embedded(values, plays.last_at)
        for block in range(self.config.blocks):
            state = self._block(f"blocks.{block}.", state, ages, steps)
        return self._attention("last.", state, ages, steps, last=True), values

    def _embedded(self, values: Floats, at: NDArray[np.int64]) -> Floats:
        """What the network starts from, float32 [n, state_dim]."""
        pause, starts = pauses(at)
        weights = self.weights
        return values @ weights["enter"] + weights["pause"][pause] + weights["session"][starts]

    def _block(self, name: str, state: Floats, ages: Rows, steps: Rows) -> Floats:
        """One self-attentive block, float32 [n, state_dim]."""
        weights = self.weights
        count, width = state.shape
        shares = self._attention(name, state, ages, steps)  # [heads, n, n]
        given = (_normed(state) @ weights[f"{name}value"]).reshape(count, self.config.heads, -1)
        heard = np.einsum("hij,jhd->ihd", shares, given, optimize=True).reshape(count, width)
        state = state + heard @ weights[f"{name}out"]
        inner = np.maximum(_normed(state) @ weights[f"{name}widen"] + weights[f"{name}widen_bias"], 0.0)
        return np.asarray(state + inner @ weights[f"{name}narrow"], np.float32)

    def _attention(self, name: str, state: Floats, ages: Rows, steps: Rows, *, last: bool = False) -> Floats:
        """Shares of earlier plays for each play, float32 [heads, n, n]; of the ``last`` alone [heads, n]."""
        weights, heads, normed = self.weights, self.config.heads, _normed(state)
        asking = normed[-1:] if last else normed
        queries = (asking @ weights[f"{name}query"]).reshape(len(asking), heads, -1)
        keys = (normed @ weights[f"{name}key"]).reshape(len(normed), heads, -1)
        ages, steps = (ages[-1:], steps[-1:]) if last else (ages, steps)
        logits = np.einsum("ihd,jhd->hij", queries, keys, optimize=True) / np.float32(np.sqrt(keys.shape[2]))
        logits = logits + weights[f"{name}age"][:, ages] + weights[f"{name}step"][:, np.maximum(steps, 0)]
        logits = np.where(steps >= 0, logits, -np.inf)
        shares = np.exp(logits - logits.max(axis=2, keepdims=True))
        shares = (shares / shares.sum(axis=2, keepdims=True)).astype(np.float32)
        return np.asarray(shares[:, 0] if last else shares, np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as plain arrays, by name; for ``np.savez``."""
        config = np.array([json.dumps(asdict(self.config))])
        weights = {f"weight.{name}": value for name, value in self.weights.items()}
        return {"items": self.items, "config": config, **weights}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> SequenceModel:
        """The model that ``to_arrays`` wrote."""
        stored = json.loads(str(arrays["config"][0]))
        lists = {name: tuple(value) for name, value in stored.items() if isinstance(value, list)}
        config = SequenceConfig(**stored | lists)
        weights = {name.removeprefix("weight."): arrays[name] for name in arrays if name.startswith("weight.")}
        return cls(config, arrays["items"], weights)


def _normed(state: Floats) -> Floats:
    """Rows with mean 0 and variance 1, float32 [n, width]."""
    centred = state - state.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + np.float32(NORM_FLOOR)), np.float32)
