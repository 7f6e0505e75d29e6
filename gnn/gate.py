"""Whether a new model may go live: each check with what was observed and what is required, and the verdict of all.

Everything is measured behind one cut in time, on listeners that no ranker learned from. A first model need only beat
popularity, and the verdict says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from gnn.data import Floats, Mask
from gnn.metrics import bootstrap
from gnn.splits import Split

JUDGES = 4
"""One of so many listeners judges; the others are learned from."""
LOWEST = "popularity"
"""What even a first model must beat."""
PAIRS = 2000


@dataclass(frozen=True, slots=True)
class GateConfig:
    """What is required.

    Attributes:
        level: of the paired bootstrap interval whose lower end must be above 0.
        coverage_slack: how much less of the catalogue than the live model's lists may appear, relative.
        new_slack: the same for the recall of tracks by artists that are new to the listener.
        most_gain: NDCG over that of the best trained rival; more is a leak and no talent.
        most_cosine: mean cosine of two random tracks; above it the vectors have collapsed.
        least_rank: effective rank of the track vectors as a share of their dimensions.
        least_index_recall: share of the true neighbours that the index finds.
        least_agreement: chance that a vector from half of a listener's plays ranks the other half above other tracks.
        most_tower_ms: median milliseconds for one listener's vector.
        most_bytes: of vectors, weights and index together.
        seed: of samples and resampling.
    """

    level: float = 0.95
    coverage_slack: float = 0.02
    new_slack: float = 0.10
    most_gain: float = 2.0
    most_cosine: float = 0.5
    least_rank: float = 0.10
    least_index_recall: float = 0.95
    least_agreement: float = 0.6
    most_tower_ms: float = 5.0
    most_bytes: float = 8e9
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """One question to a model.

    Attributes:
        binding: whether a no keeps the model back; else it is told only.
    """

    name: str
    observed: float
    required: str
    passed: bool
    binding: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """All checks of one model.

    Attributes:
        first: whether there was no live model to compare with.
    """

    checks: tuple[Check, ...]
    first: bool

    @property
    def passed(self) -> bool:
        """Whether the model may go live."""
        return not self.failed

    @property
    def failed(self) -> tuple[Check, ...]:
        """The binding checks that said no."""
        return tuple(check for check in self.checks if check.binding and not check.passed)

    @property
    def reason(self) -> str:
        """The verdict in one line."""
        if not self.passed:
            told = [f"{check.name} is {check.observed:.4g}, required {check.required}" for check in self.failed]
            return f"refused: {'; '.join(told)}"
        return f"passed as a first model: it need only beat {LOWEST}" if self.first else "passed every check"

    def to_json(self) -> dict[str, Any]:
        """What the record of the version keeps."""
        checks = [asdict(check) | {"observed": _plain(check.observed)} for check in self.checks]
        return {"passed": self.passed, "first": self.first, "reason": self.reason, "checks": checks}


def _plain(value: float) -> float:
    """JSON knows no infinity."""
    return float(np.nan_to_num(value, nan=-1.0, posinf=1e300, neginf=-1e300))


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the gate looks at.

    Attributes:
        split: the cut; its tested users judge.
        served: NDCG of the lists that would be served, float64 [n_judges].
        rivals: name -> NDCG of each rival for the same judges, float64 [n_judges].
        coverage: share of the catalogue in any judge's list.
        new_artists: recall of tracks by artists new to the judge.
        track_vectors: float32 [n_tracks, dim]; without the coordinate that only completes lengths.
        index_recall: share of the true neighbours that the index finds, by tracks or by listeners, the less of both.
        agreement: of the model itself, which is fitted on everything, with what the judges played; .5 is chance.
        tower_ms: median milliseconds for one listener's vector.
        bytes: of vectors, weights and index together.
        live: what the live model's manifest says of its own lists, metric -> value; None for a first model.
    """

    split: Split
    served: NDArray[np.float64]
    rivals: Mapping[str, NDArray[np.float64]]
    coverage: float
    new_artists: float
    track_vectors: Floats
    index_recall: float
    agreement: float
    tower_ms: float
    bytes: int
    live: Mapping[str, float] | None


def is_judge(user_ids: Iterable[str]) -> Mask:
    """Which listeners judge and are not learned from, bool [n]; the same ones in every run."""
    return np.array([crc32(user.encode()) % JUDGES == 0 for user in user_ids], np.bool_)


def judge(evidence: Evidence, config: GateConfig) -> Verdict:
    """Ask every question."""
    checks = (
        *_split(evidence.split),
        *_rivals(evidence, config),
        *_against_live(evidence, config),
        *_collapse(evidence.track_vectors, config),
        *_limits(evidence, config),
    )
    return Verdict(checks, evidence.live is None)


def _split(split: Split) -> Iterator[Check]:
    """A split that shows what it asks for makes every other figure worthless."""
    train, items = split.train, len(split.train.items)
    asked = split.test_user_row * items + split.test_item_row
    seen = int(np.isin(asked, train.pairs).sum()) + int((train.at > split.as_of).sum())
    yield Check("test plays that training saw", seen, "0", seen == 0)


def _rivals(evidence: Evidence, config: GateConfig) -> Iterator[Check]:
    for name, rival in evidence.rivals.items():
        low = -1.0
        if len(rival):
            low, _ = bootstrap(evidence.served, rival, seed=config.seed, level=config.level)
        binding = evidence.live is not None or name == LOWEST
        yield Check(f"NDCG above {name}, lower end", low, "> 0", low > 0, binding)
    trained = [float(rival.mean()) for name, rival in evidence.rivals.items() if name != LOWEST and len(rival)]
    if not trained or not len(evidence.served):
        return  # popularity alone says nothing of what is possible
    gain = float(evidence.served.mean()) / max(*trained, 1e-9)
    yield Check("NDCG over the best rival", gain, f"<= {config.most_gain:g}, more is a leak", gain <= config.most_gain)


def _against_live(evidence: Evidence, config: GateConfig) -> Iterator[Check]:
    for name, metric, observed, slack in (
        ("coverage", "coverage@20", evidence.coverage, config.coverage_slack),
        ("recall among new artists", "newArtists@20", evidence.new_artists, config.new_slack),
    ):
        least = (evidence.live or {}).get(metric, 0.0) * (1.0 - slack)
        yield Check(name, observed, f">= {least:.4f}", observed >= least, evidence.live is not None)


def mean_cosine(vectors: Floats, seed: int = 0) -> float:
    """The mean cosine of random pairs of different rows of float32 [n, dim]."""
    generator = np.random.default_rng(seed)
    one = generator.integers(0, len(vectors), PAIRS)
    other = (one + generator.integers(1, max(len(vectors), 2), PAIRS)) % len(vectors)
    norms = np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)
    return float((np.einsum("nd,nd->n", vectors[one], vectors[other]) / (norms[one] * norms[other])).mean())


def effective_rank(vectors: Floats) -> float:
    """How many dimensions the rows of float32 [n, dim] really use: the exponential of the entropy of singular values.

    Source: Roy and Vetterli, The effective rank, 2007.
    """
    values = np.sqrt(np.maximum(np.linalg.eigvalsh(vectors.T.astype(np.float64) @ vectors), 0.0))
    share = values[values > 0] / max(values.sum(), 1e-12)
    return float(np.exp(-(share * np.log(share)).sum())) if len(share) else 0.0


def _collapse(vectors: Floats, config: GateConfig) -> Iterator[Check]:
    broken = int((~np.isfinite(vectors)).sum())
    yield Check("numbers in the vectors that are not finite", broken, "0", broken == 0)
    whole = np.nan_to_num(vectors, posinf=0.0, neginf=0.0)
    cosine = mean_cosine(whole, config.seed)
    yield Check("mean cosine of two tracks", cosine, f"<= {config.most_cosine:g}", cosine <= config.most_cosine)
    rank, least = effective_rank(whole), config.least_rank * vectors.shape[1]
    yield Check("effective rank of the tracks", rank, f">= {least:.1f}", rank >= least)


def _limits(evidence: Evidence, config: GateConfig) -> Iterator[Check]:
    recall, least = evidence.index_recall, config.least_index_recall
    yield Check("recall of the index", recall, f">= {least:g}", recall >= least)
    agreement, least = evidence.agreement, config.least_agreement
    yield Check("agreement of the vectors with plays", agreement, f">= {least:g}", agreement >= least)
    milliseconds = evidence.tower_ms
    yield Check(
        "milliseconds for a listener's vector",
        milliseconds,
        f"<= {config.most_tower_ms:g}",
        milliseconds <= config.most_tower_ms,
    )
    yield Check(
        "bytes of vectors and index", evidence.bytes, f"<= {config.most_bytes:g}", evidence.bytes <= config.most_bytes
    )
