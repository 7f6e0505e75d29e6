"""What tracks sound like, learned from who listens to them: a small network over mel pictures.

Plain descriptors (tempo, energy ...) know only what somebody thought of. Here a network learns which differences of
sound matter to listeners: it predicts each track's collaborative vector, genres and measured features from its sound
alone, and the layer before that is the embedding. Tracks that nobody has heard get one too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from graph.errors import NotEnoughDataError
from graph.progress import NoProgress, Progress

Floats = NDArray[np.float32]
Mels = NDArray[np.uint8]

LEAST_TRACKS = 40
"""Tracks with a picture and a target below which nothing general can be learned."""


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What is known of the tracks that a picture shall predict; a row that is all NaN is unknown.

    Attributes:
        vectors: collaborative vectors, float32 [n, d]; d may be 0.
        genres: weights, float32 [n, g], rows sum to 1 or are NaN; g may be 0.
        features: measured features, float32 [n, k], standardised; k may be 0.
    """

    vectors: Floats
    genres: Floats
    features: Floats

    def select(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Targets:
        """Some of the tracks."""
        return Targets(self.vectors[chosen], self.genres[chosen], self.features[chosen])

    @property
    def known(self) -> NDArray[np.bool_]:
        """Tracks with at least one target, bool [n]."""
        parts = (self.vectors, self.genres, self.features)
        return np.asarray(np.any([np.isfinite(part).any(axis=1) for part in parts], axis=0), np.bool_)


class AudioEmbedding(Protocol):
    """Anything that places recordings by their sound."""

    def fit(self, pictures: Sequence[Mels], targets: Targets, progress: Progress | None = None) -> None:
        """Learn from tracks with targets.

        Raises:
            NotEnoughDataError: too few.
        """

    def embed(self, pictures: Sequence[Mels]) -> Floats:
        """Vectors of any recordings, float32 [n, dim], L2-normalised."""


@dataclass(frozen=True, slots=True)
class CnnConfig:
    """How the network is trained.

    Attributes:
        dim: of the embedding.
        columns: width of the excerpts, in columns of the pictures (21.5 a second).
        views: excerpts averaged for an embedding.
    """

    dim: int = 32
    channels: int = 64
    columns: int = 64
    epochs: int = 60
    batch: int = 32
    rate: float = 2e-3
    decay: float = 1e-3
    views: int = 4
    seed: int = 0


@dataclass(slots=True)
class CnnEmbedding:
    """Three convolutions over time with the mel bands as channels, mean and deviation over time, one hidden layer."""

    config: CnnConfig = field(default_factory=CnnConfig)
    _network: Any = None

    def fit(self, pictures: Sequence[Mels], targets: Targets, progress: Progress | None = None) -> None:
        """See ``AudioEmbedding``; the same seed gives the same network on one machine."""
        import torch

        progress, config = progress or NoProgress(), self.config
        rows = np.flatnonzero(targets.known)
        if len(rows) < LEAST_TRACKS:
            raise NotEnoughDataError(
                f"the audio embedding needs {LEAST_TRACKS} tracks with audio and with listeners, genres or features, "
                f"found {len(rows)}: analyse more files ('phonograph audio analyse FOLDER')"
            )
        rng = np.random.default_rng(config.seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            heads = (targets.vectors.shape[1], targets.genres.shape[1], targets.features.shape[1])
            network = _network(config, heads)
            optimiser = torch.optim.AdamW(network.parameters(), lr=config.rate, weight_decay=config.decay)
            schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, config.epochs)
            progress.stage("training the audio embedding", config.epochs)
            network.train()
            for _ in range(config.epochs):
                shuffled = rng.permutation(rows)
                for start in range(0, len(shuffled), config.batch):
                    batch = shuffled[start : start + config.batch]
                    if len(batch) < 2:  # batch normalisation needs company
                        continue
                    inputs = torch.from_numpy(_excerpts([pictures[row] for row in batch], config.columns, rng))
                    optimiser.zero_grad()
                    loss = _loss(network(inputs), targets.select(batch))
                    loss.backward()
                    optimiser.step()
                schedule.step()
                progress.advance()
        network.eval()
        self._network = network

    def embed(self, pictures: Sequence[Mels]) -> Floats:
        """See ``AudioEmbedding``.

        Raises:
            NotEnoughDataError: it was not fitted.
        """
        import torch

        if self._network is None:
            raise NotEnoughDataError("the audio embedding was not trained")
        if not len(pictures):
            return np.zeros((0, self.config.dim), np.float32)
        rng = np.random.default_rng(self.config.seed)
        total = np.zeros((len(pictures), self.config.dim), np.float32)
        with torch.no_grad():
            for _ in range(self.config.views):
                inputs = torch.from_numpy(_excerpts(pictures, self.config.columns, rng))
                total += self._network.embedding(inputs).numpy()
        norm = np.linalg.norm(total, axis=1, keepdims=True)
        return np.asarray(total / np.maximum(norm, 1e-12), np.float32)


def _excerpts(pictures: Sequence[Mels], columns: int, rng: np.random.Generator) -> Floats:
    """One excerpt of each picture at a random place, float32 [n, bands, columns], -1 to 1; short ones are repeated."""
    parts = []
    for picture in pictures:
        long = picture if len(picture) >= columns else np.tile(picture, (-(-columns // max(len(picture), 1)), 1))
        start = int(rng.integers(len(long) - columns + 1))
        parts.append(long[start : start + columns].T)
    return np.asarray(np.stack(parts), np.float32) / np.float32(127.5) - np.float32(1)


def _network(config: CnnConfig, heads: tuple[int, int, int]) -> Any:
    from torch import nn

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            width, layers, bands = config.channels, [], 64
            for at in range(3):
                layers += [nn.Conv1d(bands, width, 5, stride=1 if at == 0 else 2, padding=2), nn.BatchNorm1d(width)]
                layers += [nn.ReLU()]
                bands = width
            self.body = nn.Sequential(*layers)
            self.embedder = nn.Sequential(nn.Dropout(0.2), nn.Linear(2 * width, config.dim))
            self.heads = nn.ModuleList(nn.Linear(config.dim, size) if size else nn.Identity() for size in heads)

        def embedding(self, inputs: Any) -> Any:
            import torch

            hidden = self.body(inputs)  # [batch, channels, time]
            pooled = torch.cat([hidden.mean(dim=2), hidden.std(dim=2)], dim=1)
            return nn.functional.normalize(self.embedder(pooled), dim=1)

        def forward(self, inputs: Any) -> Any:
            embedded = self.embedding(inputs)
            return [head(embedded) for head in self.heads]

    return Network()


def _loss(outputs: Any, targets: Targets) -> Any:
    """Cosine distance to the vectors, cross-entropy of the genres, half the squared error of the features."""
    import torch
    from torch.nn import functional

    total = outputs[0].sum() * 0
    for kind, (output, values) in enumerate(
        zip(outputs, (targets.vectors, targets.genres, targets.features), strict=True)
    ):
        known = np.isfinite(values).all(axis=1) if values.shape[1] else np.zeros(len(values), np.bool_)
        if not known.any():
            continue
        told = torch.from_numpy(np.ascontiguousarray(values[known], np.float32))
        given = output[torch.from_numpy(known)]
        if kind == 0:
            total = total + (1 - functional.cosine_similarity(given, told)).mean()
        elif kind == 1:
            total = total - (told * functional.log_softmax(given, dim=1)).sum(dim=1).mean()
        else:
            total = total + 0.5 * functional.mse_loss(given, told)
    return total


def precision_at(vectors: Floats, group: NDArray[np.int64], asked: NDArray[np.int64], count: int = 10) -> float:
    """Share of the ``count`` nearest (by distance, itself left out) that are in the group of the one asked, mean.

    Args:
        vectors: float [n, d], all that can be found.
        group: int64 [n].
        asked: rows, int64 [m].
        count: neighbours looked at.
    """
    squared = (vectors**2).sum(axis=1)
    distance = squared[asked, None] + squared[None, :] - 2 * vectors[asked] @ vectors.T
    distance[np.arange(len(asked)), asked] = np.inf
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :count]
    return float((group[nearest] == group[asked, None]).mean())
