"""How good the models are on the public data sets, measured as published tables do: ``phonograph evaluate``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gnn import data, splits
from gnn.config import FitConfig
from gnn.data import TrainingData
from gnn.evaluate import Result, evaluate
from gnn.splits import Split
from graph.errors import InvalidRequestError
from graph.progress import NoProgress, Progress
from ingest.collect import collect
from ingest.sources import hetrec, lfm1m

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
    """The listening counts of HetRec after the iterated 5-core.

    The published protocol counts the placeholders ``[unknown]`` and ``Various Artists`` as artists, the importer does
    not: so the file is read as it is.

    Raises:
        SourceError: a file is missing or damaged.
    """
    raw = hetrec.Hetrec(folder).extract()
    listens, friends, tags = raw.user_artists.values, raw.user_friends.values, hetrec.taggings(folder)
    found = data.of_listens(
        _ids("user", listens[:, 0]),
        _ids("artist", listens[:, 1]),
        listens[:, 2],
        (_ids("user", friends[:, 0]), _ids("user", friends[:, 1])),
        HetrecTaggings(_ids("user", tags.user_id), _ids("artist", tags.artist_id), tags.tag),
    )
    return splits.five_core(found)


def hetrec_split(folder: Path, split: str, part: Part) -> Split:
    """One of the random splits 0, 1, 2 ...; the validation part is held out of the training part in the same way.

    Raises:
        InvalidRequestError: ``split`` is no number.
        SourceError: a file is missing or damaged.
    """
    if not split.isdecimal():
        raise InvalidRequestError(f"hetrec has no split {split!r}: name a number, such as 0")
    found = splits.random_share(hetrec_data(folder), int(split))
    return found if part == "test" else splits.random_share(found.train, int(split))


def lfm1m_split(folder: Path, split: str, part: Part) -> Split:
    """The split ``global`` (one cut in time for all) or ``per-user`` (the data set's own).

    Raises:
        InvalidRequestError: another name.
        SourceError: a file is missing or damaged.
    """
    if split not in ("global", "per-user"):
        raise InvalidRequestError(f"lfm1m has no split {split!r}: choose global or per-user")
    whole = data.of_tracks(collect(lfm1m.Lfm1m(folder, include_test=True)))
    if split == "global":
        return splits.global_cut(whole, validation=part == "validation")
    earlier = data.of_tracks(collect(lfm1m.Lfm1m(folder)))
    if part == "validation":
        return splits.per_user_validation(earlier)
    return splits.per_user(whole, splits.absent_from(whole, earlier))


DATA_SETS: dict[str, tuple[Callable[[Path, str, Part], Split], str]] = {
    "lfm1m": (lfm1m_split, "global"),
    "hetrec": (hetrec_split, "0"),
}
"""Name -> how to split it, and its default split."""


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
) -> dict[str, Result]:
    """Train the models on a data set's training part and measure them on its test part, by model name.

    ``config`` says how, the preset of the data by default.

    Raises:
        InvalidRequestError: no such data set, split or model.
        SourceError: a file is missing or damaged.
    """
    if name not in DATA_SETS:
        raise InvalidRequestError(f"no data set is called {name!r}: choose from {', '.join(DATA_SETS)}")
    progress = progress or NoProgress()
    load, default = DATA_SETS[name]
    progress.stage(f"Reading {name}", 1)
    found = load(folder, split or default, part)
    progress.advance()
    return evaluate(found, models, config=config, seed=seed, progress=progress)
