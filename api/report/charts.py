"""The pictures of a report: for whom, of what and how fast each model is good, as SVG."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gnn import cohorts
from gnn.cohorts import Group
from gnn.curves import Point
from gnn.evaluate import Result
from gnn.splits import Split
from graph.errors import ModelError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#1f5f8b", "#d1603d", "#3f8f5b", "#8a5aa8", "#b8901f", "#4aa3b5", "#a84a6a", "#6b6b6b")
STYLES = ("-", "--", ":")
SETTINGS: Any = {"svg.hashsalt": "phonograph", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10}


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture.

    Attributes:
        name: of its file, without an ending.
        title: above it.
        note: what it shows, one sentence.
        svg: the picture.
    """

    name: str
    title: str
    note: str
    svg: str


def check() -> None:
    """Tell before the long part whether pictures can be drawn.

    Raises:
        ModelError: matplotlib is not installed.
    """
    try:
        import matplotlib  # noqa: F401
    except ModuleNotFoundError as error:
        raise ModelError(f"a report needs {error.name}: pip install 'phonograph[report]'") from error


def charts(results: Mapping[str, Result], split: Split) -> list[Chart]:
    """The pictures of one run.

    Args:
        results: by model.
        split: what they were measured on.

    Raises:
        ModelError: matplotlib is not installed.
    """
    k = next(iter(results.values())).quality.k
    by_popularity = {name: cohorts.by_popularity(it.lists, split, k) for name, it in results.items()}
    by_length = {name: cohorts.by_length(it.quality, it.lists.user_row, split.train) for name, it in results.items()}
    by_cohort = {name: cohorts.by_cohort(it.quality, it.lists.user_row, split.train) for name, it in results.items()}
    found = [
        Chart(
            "popularity",
            f"Recall@{k} by how known the held-out item is",
            "Share of held-out events in the lists, by the listeners of the item in the training part.",
            _drawn(lambda axes: _lines(axes, by_popularity, "listeners of the item", f"Recall@{k} of events")),
        ),
        Chart(
            "history",
            f"Recall@{k} by length of the history",
            "Mean over users, by the number of items each heard in the training part.",
            _drawn(lambda axes: _lines(axes, by_length, "items heard", f"Recall@{k}")),
        ),
        Chart(
            "cohorts",
            f"Recall@{k} by cohort",
            "Users are halved by history length, by how known their taste is and, with times, by their first event.",
            _drawn(lambda axes: _bars(axes, by_cohort, f"Recall@{k}")),
        ),
    ]
    return found + _learning({name: it.curve for name, it in results.items() if it.curve})


def _learning(curves: Mapping[str, Sequence[Point]]) -> list[Chart]:
    """One chart per measurement that any model recorded while it learned."""
    names = sorted({point.name for curve in curves.values() for point in curve})
    return [
        Chart(
            f"learning-{name.replace('@', '-at-').replace(' ', '-')}",
            f"Learning curves: {name}",
            "As each model recorded it; losses of different models are not comparable.",
            _drawn(lambda axes, name=name: _curves(axes, curves, name)),  # type: ignore[misc]
        )
        for name in names
    ]


def _drawn(draw: Callable[[Axes], None]) -> str:
    """The picture that ``draw`` makes, as an SVG element; equal input gives equal bytes."""
    check()
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=(8.4, 4.2), layout="constrained")
        axes = figure.add_subplot()
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.25)
        draw(axes)
        axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None})
    text = written.getvalue()
    return text[text.index("<svg") :]


def _look(number: int) -> dict[str, Any]:
    return {"color": COLOURS[number % len(COLOURS)], "linestyle": STYLES[number // len(COLOURS) % len(STYLES)]}


def _lines(axes: Axes, groups: Mapping[str, Sequence[Group]], across: str, up: str) -> None:
    for number, (name, found) in enumerate(groups.items()):
        axes.plot([group.recall for group in found], label=name, marker="o", markersize=4, **_look(number))
    first = next(iter(groups.values()))
    axes.set_xticks(range(len(first)), [f"{group.label}\nn={group.count}" for group in first])
    axes.set(xlabel=across, ylabel=up)
    axes.set_ylim(bottom=0)


def _bars(axes: Axes, groups: Mapping[str, Sequence[Group]], up: str) -> None:
    width = 0.8 / len(groups)
    for number, (name, found) in enumerate(groups.items()):
        places = [at + number * width - 0.4 + width / 2 for at in range(len(found))]
        hatch = "/" * (number // len(COLOURS) * 3)
        axes.bar(
            places, [group.recall for group in found], width, label=name, color=_look(number)["color"], hatch=hatch
        )
    first = next(iter(groups.values()))
    axes.set_xticks(range(len(first)), [f"{group.label}\nn={group.count}" for group in first])
    axes.set(ylabel=up)


def _curves(axes: Axes, curves: Mapping[str, Sequence[Point]], measured: str) -> None:
    for number, (name, points) in enumerate(curves.items()):
        chosen = [point for point in points if point.name == measured]
        if chosen:
            steps, values = [point.step for point in chosen], [point.value for point in chosen]
            axes.plot(steps, values, label=name, marker="." if len(chosen) < 40 else "", **_look(number))
    axes.set(xlabel="epoch", ylabel=measured)
