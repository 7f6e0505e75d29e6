"""What the gate is shown of a new model: its lists and its rivals' behind one cut, its vectors, its index, its cost."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gnn import checkpoints
from gnn.baselines import tuned
from gnn.build import build
from gnn.bundle import Bundle
from gnn.catalogue import matrix
from gnn.config import FitConfig
from gnn.data import Floats, TrainingData, of_tracks
from gnn.evaluate import MODELS
from gnn.fit import fit
from gnn.gate import LOWEST, Evidence, GateConfig, Verdict, is_judge, judge
from gnn.index import IndexKind, choice
from gnn.index_check import check
from gnn.metrics import Lists, Scores, measure
from gnn.metrics import evaluate as rank_and_measure
from gnn.splits import MIN_TRAIN, Split
from gnn.stand_in import with_stand_ins
from gnn.tower import History, UserTower
from graph.arrays import GraphArrays, Links, Rows
from graph.progress import Progress
from recommend.served import served_lists

RIVALS = (LOWEST, "itemknn", "ease", "als", "artist_path")
"""Names out of ``gnn.evaluate.MODELS``."""
MOST_FOR_EASE = 20_000
"""EASE knows so many tracks, those heard most: its matrix is dense. It ranks no other."""
LEAST_JUDGES = 8
K = 20
PROBED = 200
OTHERS = 200
LEAST_PLAYS = 4
ALWAYS = 2**40


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The verdict, and what the manifest keeps of it.

    Attributes:
        served: measures of the lists that would be served, metric -> value.
        ndcg: the same listeners' mean NDCG by the served lists and by each rival.
        listeners: how many judged.
    """

    verdict: Verdict
    served: Mapping[str, float]
    ndcg: Mapping[str, float]
    listeners: int


def split_of(data: TrainingData, later: Links, cut: int) -> Split:
    """The judges' later first plays of known tracks."""
    events = np.bincount(data.user_row, minlength=len(data.users))
    tested = (events[later.source_row] >= MIN_TRAIN) & (data.popularity[later.target_row] > 0)
    tested &= is_judge(data.users.values.tolist())[later.source_row]
    protocol = tuned.GLOBAL if data.has_times else ""  # the nearest for which the rivals were tuned
    return Split(data, later.source_row[tested], later.target_row[tested], cut, protocol)


def judged(
    before: GraphArrays,
    later: Links,
    cut: int,
    bundle: Bundle,
    config: FitConfig,
    gate: GateConfig,
    live: Mapping[str, float] | None,
    index: IndexKind,
    progress: Progress,
) -> Judged | None:
    """Measure a model behind the cut and ask the gate; None where too few listeners can judge.

    Args:
        before: the graph before the cut.
        later: first plays after it.
        cut: unix seconds.
        bundle: the model, fitted on everything; its ranker was learned behind the same cut without the judges.
        config: how it was fitted.
        gate: what is required.
        live: what the live model's manifest says of its own lists; None without one.
        index: the kind that is built.
        progress: told of the stages.
    """
    before = with_stand_ins(before)
    data = of_tracks(before)
    split = split_of(data, later, cut)
    users = np.unique(split.test_user_row)
    if len(users) < LEAST_JUDGES:
        return None
    fitted = fit(data, config, progress=progress)
    earlier = build(before, fitted, version="judged", manifest={}, ranker=bundle.stored_ranker)
    lists = served_lists(earlier, before.played, users, cut, K, progress)
    quality, new = measure(lists, split), new_artist_recall(lists, split)
    progress.stage("asking the gate", 1)
    index_recall, size = probed(bundle, index)
    evidence = Evidence(
        split=split,
        served=quality.ndcg,
        rivals=rival_ndcg(split, config, progress),
        coverage=quality.coverage,
        new_artists=new,
        track_vectors=uncompleted(bundle.tower),
        index_recall=index_recall,
        agreement=agreement(bundle.tower, data, users),
        tower_ms=tower_ms(bundle.tower, before.played, users, cut),
        bytes=size,
        live=live,
    )
    served = quality.summary() | {f"newArtists@{K}": new}
    ndcg = {"served": evidence.served, **evidence.rivals}
    means = {name: float(values.mean()) for name, values in ndcg.items()}
    return Judged(judge(evidence, gate), served, means, len(users))


def rival_ndcg(split: Split, config: FitConfig, progress: Progress) -> dict[str, NDArray[np.float64]]:
    """NDCG of every rival for each judge; fitted once however often the run is killed."""
    found = {}
    data = split.train
    for name in RIVALS:
        if name == "artist_path" and not len(data.performed_by):
            continue

        def made(name: str = name) -> dict[str, NDArray[np.float64]]:
            model = _of_most_heard if name == "ease" else MODELS[name]
            return {"ndcg": rank_and_measure(model(split, config, progress), split, K).ndcg}

        progress.stage(f"fitting {name}", 1)
        parts = (name, config, data.pairs, data.count, data.at, split.test_user_row, split.test_item_row)
        found[name] = checkpoints.remembered(f"rival-{name}", parts, made)["ndcg"]
        progress.advance()
    return found


def _of_most_heard(split: Split, config: FitConfig, progress: Progress) -> Scores:
    """EASE over the ``MOST_FOR_EASE`` tracks heard most, and no score for the others."""
    popularity = split.train.popularity
    order = np.lexsort((np.arange(len(popularity)), -popularity))
    rows = np.sort(order[:MOST_FOR_EASE])
    chosen = np.zeros(len(popularity), np.bool_)
    chosen[rows] = True
    part = split.train.only(np.ones(len(split.train.users), np.bool_), chosen)
    scores = MODELS["ease"](replace(split, train=part), config, progress)

    def whole(users: Rows) -> Floats:
        found = np.full((len(users), len(popularity)), -np.inf, np.float32)
        found[:, rows] = scores(users)
        return found

    return whole


def new_artist_recall(lists: Lists, split: Split) -> float:
    """Share of the held-out tracks by artists new to their listener that the lists hold; 0 where there are none."""
    train = split.train
    performed = matrix(train.performed_by, len(train.items), len(train.artists))
    heard = matrix(Links(train.user_row, train.item_row), len(train.users), len(train.items))
    known = (heard @ performed) @ performed.T  # [n_users, n_items], above 0 where an artist is known
    place = np.searchsorted(lists.user_row, split.test_user_row)
    unknown = np.asarray(known[split.test_user_row, split.test_item_row]).ravel() == 0
    hit = (lists.items[place] == split.test_item_row[:, None]).any(axis=1)
    return float(hit[unknown].mean()) if unknown.any() else 0.0


def uncompleted(tower: UserTower) -> Floats:
    """Track vectors without the coordinate that users have as 0, which only brings them to one length."""
    completes = not (tower.own[:, -1].any() or tower.heard[..., -1].any() or tower.followed[:, -1].any())
    vectors = tower.item_vectors[:]
    return vectors[:, :-1] if completes else vectors


def tower_ms(tower: UserTower, played: Links, users: Rows, as_of: int) -> float:
    """Median milliseconds for the vector of one of the first listeners."""
    times = []
    for user in users[:PROBED].tolist():
        chosen = played.select(played.source_row == user)
        counts = chosen.columns["count"].astype(np.float32)
        history = History(chosen.target_row, counts, chosen.columns["lastAt"].astype(np.int64))
        began = time.perf_counter()
        tower.vector(history, as_of)
        times.append((time.perf_counter() - began) * 1e3)
    return float(np.median(times))


def agreement(tower: UserTower, data: TrainingData, users: Rows) -> float:
    """The chance that a track of a listener's one half of plays scores above one they never played.

    The vector is made from the other half. What NDCG is measured on is fitted anew before the cut; this looks at the
    model that would serve, whose rows may have been mixed up since.

    Args:
        tower: of the model, its rows those of ``data``.
        data: what was played.
        users: int64 [n], who is looked at; the first ``PROBED`` with ``LEAST_PLAYS`` or more.
    """
    vectors, rng = tower.item_vectors[:], np.random.default_rng(0)
    order = np.argsort(data.user_row, kind="stable")
    sorted_users = data.user_row[order]
    found: list[float] = []
    for user in users.tolist():
        start, end = np.searchsorted(sorted_users, [user, user + 1])
        own = order[start:end]
        if len(own) < LEAST_PLAYS:
            continue
        if len(found) == PROBED:
            break
        known, asked = own[::2], data.item_row[own[1::2]]
        order_known = known[np.argsort(data.item_row[known])]
        history = History(data.item_row[order_known], data.count[order_known], data.at[order_known])
        scores = vectors @ tower.vector(history, ALWAYS)
        others = rng.integers(0, len(vectors), OTHERS)
        others = others[~np.isin(others, data.item_row[own])]
        above = (scores[asked][:, None] > scores[others]) + 0.5 * (scores[asked][:, None] == scores[others])
        if above.size:
            found.append(float(above.mean()))
    return float(np.mean(found)) if found else 0.5


def probed(bundle: Bundle, kind: IndexKind) -> tuple[float, int]:
    """How much of the truth the index in a file finds, and how many bytes vectors and index take.

    Tracks ask for the tracks near them, and made-up listeners for theirs; the less found of both counts.
    """
    vectors = bundle.track_vectors
    with tempfile.TemporaryDirectory() as name:
        folder, in_file = Path(name), kind if kind == "faiss" else "annoy"
        choice.build(folder, "tracks", vectors, in_file)
        index = choice.opened(folder, "tracks", vectors, in_file)
        assert index is not None  # it was just built
        recall = check(replace(bundle, index=index), sample=PROBED, count=K)
        size = sum(path.stat().st_size for path in folder.iterdir())
        size += sum(values.nbytes for values in bundle.tower.to_arrays().values())
    return min(recall.tracks, recall.listeners), size


def told(bundle: Bundle, found: Judged) -> Bundle:
    """The bundle with what the judges saw in its manifest."""
    metrics = {**bundle.manifest.get("metrics", {}), "served": dict(found.served)}
    judges = {"listeners": found.listeners, f"ndcg@{K}": dict(found.ndcg)}
    return replace(bundle, manifest=dict(bundle.manifest) | {"metrics": metrics, "judged": judges})
