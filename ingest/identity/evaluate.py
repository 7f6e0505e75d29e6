"""How good the matcher is on pairs that were judged by hand before it ran: precision and recall, by stratum."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from graph.errors import SourceError
from ingest.identity.match import Verdict, compare
from ingest.identity.sample import EASY, HARD, Pair, catalogue, pairs

ALL = "all"


@dataclass(frozen=True, slots=True)
class Score:
    """One stratum: how many pairs are one recording, and how many of these were found.

    Attributes:
        stratum: easy, hard or all.
        pairs: how many were judged.
        one: how many are the same recording.
        found: how many of these the matcher calls the same.
        wrong: how many others it calls the same.
        agreed: how many it judges as the reader did, all three verdicts counted.
    """

    stratum: str
    pairs: int
    one: int
    found: int
    wrong: int
    agreed: int

    @property
    def precision(self) -> float:
        """The share of merges that are right; 1 without any."""
        return self.found / (self.found + self.wrong) if self.found + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of same recordings that are found; 1 without any."""
        return self.found / self.one if self.one else 1.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Verdicts by the digest of their pair, as committed."""

    salt: str
    seed: int
    verdicts: Mapping[str, tuple[str, Verdict]]

    @classmethod
    def read(cls, path: Path) -> Sample:
        """Read a committed sample.

        Raises:
            SourceError: there is no such file, or it is no sample.
        """
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            verdicts = {digest: (stratum, verdict) for digest, (stratum, verdict) in found["verdicts"].items()}
            return cls(found["salt"], found["seed"], verdicts)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SourceError(f"{path}: no sample of judged pairs ({error}); name a file of verdicts") from error

    def write(self, path: Path) -> None:
        """Write the sample as it is committed."""
        verdicts = {digest: list(self.verdicts[digest]) for digest in sorted(self.verdicts)}
        text = json.dumps({"salt": self.salt, "seed": self.seed, "verdicts": verdicts}, indent=0)
        path.write_text(text + "\n", encoding="utf-8")


def evaluate(data: Path, sample: Sample) -> list[Score]:
    """Judge the pairs of ``sample`` and count, easy and hard apart and together.

    Raises:
        SourceError: a data set is absent, or lacks pairs of the sample.
    """
    judged: dict[str, tuple[str, Verdict, Verdict]] = {}
    for left, right in pairs(catalogue(data)):
        digest = Pair(left, right, "").digest(sample.salt)
        if digest in sample.verdicts:
            stratum, verdict = sample.verdicts[digest]
            judged[digest] = (stratum, verdict, compare(left.recording, right.recording).kind)
    if len(judged) < len(sample.verdicts):
        missing = len(sample.verdicts) - len(judged)
        raise SourceError(
            f"{data}: {missing} of {len(sample.verdicts)} judged pairs are not there; fetch the data again"
        )
    return [_score(stratum, list(judged.values())) for stratum in (EASY, HARD, ALL)]


def _score(stratum: str, judged: list[tuple[str, Verdict, Verdict]]) -> Score:
    rows = [(said, got) for of, said, got in judged if stratum in (of, ALL)]
    return Score(
        stratum,
        len(rows),
        sum(said == "same" for said, _ in rows),
        sum(said == got == "same" for said, got in rows),
        sum(got == "same" != said for said, got in rows),
        sum(said == got for said, got in rows),
    )
