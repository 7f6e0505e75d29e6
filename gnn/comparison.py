"""Several models over several runs as one table: means, deviations, and the intervals of the differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gnn.evaluate import Result
from gnn.intervals import COMPARED, Difference, difference
from graph.errors import InvalidRequestError


@dataclass(frozen=True, slots=True)
class Row:
    """One model of a table.

    Attributes:
        mean: metric -> its mean over the runs.
        deviation: metric -> its standard deviation over the runs; empty for a single run.
        differences: metric -> how much better than the model compared with; empty for that one.
    """

    mean: Mapping[str, float]
    deviation: Mapping[str, float]
    differences: Mapping[str, Difference]


@dataclass(frozen=True, slots=True)
class Table:
    """Models by name, and the one that the others are compared with."""

    rows: Mapping[str, Row]
    against: str
    runs: int

    def to_json(self) -> dict[str, dict[str, object]]:
        """The means by model and metric; beside them ``deviation`` after several runs, and ``difference``."""
        return {name: _to_json(row, self) for name, row in self.rows.items()}


def _to_json(row: Row, table: Table) -> dict[str, object]:
    found: dict[str, object] = dict(row.mean)
    if row.deviation:
        found |= {"runs": table.runs, "deviation": dict(row.deviation)}
    if row.differences:
        intervals = {
            metric: {"mean": it.mean, "low": it.low, "high": it.high} for metric, it in row.differences.items()
        }
        found["difference"] = {"against": table.against, **intervals}
    return found


def tabulate(found: Mapping[str, Sequence[Result]], against: str) -> Table:
    """Put the runs of every model, the same splits and seeds in the same order, side by side.

    Raises:
        InvalidRequestError: ``against`` was not measured.
    """
    if against not in found:
        raise InvalidRequestError(f"{against!r} was not measured: compare with one of {', '.join(found)}")
    runs = len(found[against])
    return Table({name: _row(name, results, found, against) for name, results in found.items()}, against, runs)


def _row(name: str, results: Sequence[Result], found: Mapping[str, Sequence[Result]], against: str) -> Row:
    summaries = [result.summary() for result in results]
    names = [metric for metric in summaries[0] if all(metric in summary for summary in summaries)]
    values = {metric: [summary[metric] for summary in summaries] for metric in names}
    mean = {metric: float(np.mean(each)) for metric, each in values.items()}
    deviation = {metric: float(np.std(each, ddof=1)) for metric, each in values.items()} if len(results) > 1 else {}
    return Row(mean, deviation, {} if name == against else _differences(results, found[against]))


def _differences(results: Sequence[Result], reference: Sequence[Result]) -> dict[str, Difference]:
    k = results[0].quality.k
    mine, theirs = [result.run for result in results], [result.run for result in reference]
    return {f"{metric}@{k}": difference(mine, theirs, metric) for metric in COMPARED}
