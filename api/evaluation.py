"""How good the models are on the public data sets, measured as published tables do: ``phonograph evaluate``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from api.report import charts as drawing
from api.report import document
from api.report.document import Report
from gnn import data, splits
from gnn.baselines import BASELINES
from gnn.baselines.tuning import Trial, search
from gnn.comparison import Table, tabulate
from gnn.config import FitConfig
from gnn.data import TrainingData
from gnn.evaluate import MODELS as GNN_MODELS
from gnn.evaluate import Model, Result, evaluate
from gnn.splits import Split
from graph.errors import InvalidRequestError
from graph.progress import NoProgress, Progress
from ingest.collect import collect
from ingest.sources import hetrec, lfm1m
from recommend.two_stage import KINDS, TwoStage

Part = Literal["test", "validation"]


@dataclass(frozen=True, slots=True, eq=False)
class HetrecTaggings:
    """Who gave which tag, by the ids of the graph: str [n] each."""

    user_id: NDArray[np.str_]
    artist_id: NDArray[np.str_]
    tag: NDArray[np.str_]


def _ids(kind: str, numbers: NDArray[np.int64]) -> NDArray[np.str_]:
    return np.char.add(f"hetrec:{kind}:", numbers.astype(np.str_))


def hetrec_data(folder: Path) -> TrainingData:
    """The listening counts of HetRec, of every user and artist.

    The published protocol counts the placeholders ``[unknown]`` and ``Various Artists`` as artists, the importer does
    not: so the file is read as it is.

    Raises:
        SourceError: a file is missing or damaged.
    """
    raw = hetrec.Hetrec(folder).extract()
    listens, friends, tags = raw.user_artists.values, raw.user_friends.values, hetrec.taggings(folder)
    return data.of_listens(
        _ids("user", listens[:, 0]),
        _ids("artist", listens[:, 1]),
        listens[:, 2],
        (_ids("user", friends[:, 0]), _ids("user", friends[:, 1])),
        HetrecTaggings(_ids("user", tags.user_id), _ids("artist", tags.artist_id), tags.tag),
    )


def hetrec_split(folder: Path, split: str, part: Part) -> Split:
    """One of the random splits 0, 1, 2 ... of the 5-core, or ``8:1:1`` of everything, as RecBole-GNN's tables.

    The validation part of a numbered split is held out of its training part in the same way.

    Raises:
        InvalidRequestError: another name.
        SourceError: a file is missing or damaged.
    """
    if split == "8:1:1":
        return _named(splits.random_tenths(hetrec_data(folder), 0, validation=part == "validation"), "hetrec 8:1:1")
    if not split.isdecimal():
        raise InvalidRequestError(f"hetrec has no split {split!r}: name a number, such as 0, all, or 8:1:1")
    found = splits.random_share(splits.five_core(hetrec_data(folder)), int(split))
    return _named(found if part == "test" else splits.random_share(found.train, int(split)), "hetrec")


def _named(split: Split, protocol: str) -> Split:
    return replace(split, protocol=protocol)


def lfm1m_split(folder: Path, split: str, part: Part) -> Split:
    """The split ``global`` (one cut in time for all) or ``per-user`` (the data set's own).

    Raises:
        InvalidRequestError: another name.
        SourceError: a file is missing or damaged.
    """
    if split not in ("global", "per-user"):
        raise InvalidRequestError(f"lfm1m has no split {split!r}: choose global or per-user")
    whole = data.of_tracks(collect(lfm1m.Lfm1m(folder, include_test=True)))
    protocol = f"lfm1m {split}"
    if split == "global":
        return _named(splits.global_cut(whole, validation=part == "validation"), protocol)
    earlier = data.of_tracks(collect(lfm1m.Lfm1m(folder)))
    if part == "validation":
        return _named(splits.per_user_validation(earlier), protocol)
    return _named(splits.per_user(whole, splits.absent_from(whole, earlier)), protocol)


@dataclass(frozen=True, slots=True)
class DataSet:
    """A public data set and the protocols it is measured by.

    Attributes:
        split: reads its folder and splits it by name.
        default: the split that is taken unless another is named.
        every: the splits that ``all`` stands for.
        length: split -> length of the lists that its published tables measure, where it is not 20.
    """

    split: Callable[[Path, str, Part], Split]
    default: str
    every: tuple[str, ...]
    length: Mapping[str, int] = field(default_factory=dict)


DATA_SETS: Mapping[str, DataSet] = {
    "lfm1m": DataSet(lfm1m_split, "global", ("global",)),
    "hetrec": DataSet(hetrec_split, "0", ("0", "1", "2"), {"8:1:1": 10}),
}

MODELS: Mapping[str, Model] = {**GNN_MODELS, **TwoStage().models()}
"""Name -> model; those that live outside ``gnn.evaluate`` are added here."""
ALL = "all"
"""Every model that the data can feed, the best first; the caps of the trees are one dial of one of them."""
EVERY = (*KINDS, *GNN_MODELS)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One run of every model: what it was measured on, the results by model name, and why others were left out."""

    split: Split
    results: Mapping[str, Result]
    left_out: Mapping[str, str] = field(default_factory=dict)


def data_set(name: str) -> DataSet:
    """The data set of this name.

    Raises:
        InvalidRequestError: there is none.
    """
    if name not in DATA_SETS:
        raise InvalidRequestError(f"no data set is called {name!r}: choose from {', '.join(DATA_SETS)}")
    return DATA_SETS[name]


def run(
    name: str,
    folder: Path,
    models: Sequence[str],
    *,
    split: str | None = None,
    part: Part = "test",
    config: FitConfig | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Mapping[str, Result]:
    """Train the models on a data set's training part and measure them on its test part, by model name.

    ``config`` says how, the preset of the data by default; baselines keep the values tuned for the protocol.

    Raises:
        InvalidRequestError: no such data set, split or model.
        SourceError: a file is missing or damaged.
    """
    return repeat(name, folder, models, split=split, part=part, config=config, seeds=(seed,), progress=progress)[
        0
    ].results


def repeat(
    name: str,
    folder: Path,
    models: Sequence[str],
    *,
    split: str | None = None,
    part: Part = "test",
    config: FitConfig | None = None,
    seeds: Sequence[int] = (0,),
    progress: Progress | None = None,
) -> list[Measured]:
    """The same for every seed and, where ``split`` is ``all``, every split that the data set's tables average.

    ``all`` as the only model is every one that the data can feed.

    Raises:
        InvalidRequestError: no such data set, split or model.
        SourceError: a file is missing or damaged.
    """
    chosen, progress = data_set(name), progress or NoProgress()
    names = chosen.every if split == "all" else (split or chosen.default,)
    found = []
    for each in names:
        progress.stage(f"Reading {name}", 1)
        parts = chosen.split(folder, each, part)
        progress.advance()
        k = chosen.length.get(each, 20)
        found += [_measured(parts, models, config, seed, k, progress) for seed in seeds]
    return found


def _measured(
    parts: Split, models: Sequence[str], config: FitConfig | None, seed: int, k: int, progress: Progress
) -> Measured:
    every = list(models) == [ALL]
    left_out: dict[str, str] = {}
    results = evaluate(
        parts,
        EVERY if every else models,
        registry=MODELS,
        config=config,
        seed=seed,
        k=k,
        left_out=left_out if every else None,
        progress=progress,
    )
    return Measured(parts, results, left_out)


def table(runs: Sequence[Measured], against: str) -> Table:
    """The runs as one table, every model compared with ``against``.

    Raises:
        InvalidRequestError: ``against`` was not measured.
    """
    return tabulate({name: [run.results[name] for run in runs] for name in runs[0].results}, against)


def tune(
    name: str,
    folder: Path,
    baseline: str,
    *,
    split: str | None = None,
    seconds: float,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Trial]:
    """Search the hyper-parameters of a baseline on the validation part of a split, best trial first.

    Raises:
        InvalidRequestError: no such data set, split or baseline.
        SourceError: a file is missing or damaged.
    """
    if baseline not in BASELINES:
        raise InvalidRequestError(f"no baseline is called {baseline!r}: choose from {', '.join(BASELINES)}")
    chosen = data_set(name)
    part = chosen.split(folder, split or chosen.default, "validation")
    return search(BASELINES[baseline], part, seconds=seconds, seed=seed, progress=progress)


def check_report(path: Path) -> None:
    """Tell before the long part whether a report can be written.

    Raises:
        InvalidRequestError: another ending than ``.md`` or ``.html``.
        ModelError: matplotlib is not installed.
    """
    document.check(path)
    drawing.check()


def write_report(path: Path, title: str, measured: Table, runs: Sequence[Measured]) -> None:
    """Write what was measured, with pictures of the first run, as Markdown or HTML.

    Raises:
        InvalidRequestError: another ending than ``.md`` or ``.html``.
        ModelError: matplotlib is not installed.
    """
    split = runs[0].split
    train, tested = split.train, len(np.unique(split.test_user_row))
    facts = [
        f"Trained on {len(train):,} events of {len(train.users):,} users and {len(train.items):,} items, tested on "
        f"{len(split.test_user_row):,} events of {tested:,} users.",
        f"Every item of the catalogue is ranked, what was trained on left out. Runs: {len(runs)}; pictures: the first.",
        *(f"Left out: {name} ({reason})." for name, reason in runs[0].left_out.items()),
    ]
    document.write(Report(title, facts, measured, drawing.charts(runs[0].results, split)), path)
