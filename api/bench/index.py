"""How much the indexes find and how long they take: on the live model, and on generated vectors of the same shape."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.bench.row import Row
from api.settings import Settings
from gnn import bundle as bundles
from gnn.bundle import Bundle
from gnn.index import BACKENDS, ExactIndex, Int8Vectors, NearestNeighbours, overlap
from gnn.index.inner_product import completed_to_unit
from gnn.index_check import listener
from gnn.registry import Registry
from graph.progress import Progress

Floats = NDArray[np.float32]

SIZES = (12_000, 30_000, 100_000)
DIMS = (128, 256)
QUERIES = 200
"""Asked of each index: half of them by listeners, half by tracks."""
NEAR = (10, 20)
PER_ARTIST, PER_GENRE = 12, 40
"""Tracks of an artist, artists of a genre."""


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Tracks and what is asked of them, float32 [n, dim] each, L2-normalised."""

    tracks: Floats
    by_listeners: Floats
    by_tracks: Floats


def world(count: int, dim: int, seed: int = 0) -> World:
    """Tracks around artists around genres, in directions of falling importance, well known ones longer.

    Like those of GraphSAGE they are completed to unit vectors by one coordinate that listeners have as 0: tracks are
    nearer to one another than to any listener, which is what makes an index hard. Mean cosine, effective rank and how
    far the nearest stand out are those of the vectors trained on LFM-1M.
    """
    rng = np.random.default_rng(seed)
    artists = max(count // PER_ARTIST, 1)
    width = (1.0 + np.arange(dim - 1)) ** -0.15
    genres = rng.normal(size=(max(artists // PER_GENRE, 1), dim - 1)) * width
    of_artist = genres[rng.integers(len(genres), size=artists)] + rng.normal(size=(artists, dim - 1)) * width
    artist = np.sort(rng.integers(artists, size=count))
    heads = of_artist[artist] + rng.normal(size=(count, dim - 1)) * width
    heads *= np.exp(0.19 * rng.normal(size=(count, 1))) / np.linalg.norm(heads, axis=1, keepdims=True)
    heads = heads.astype(np.float32)
    listeners = np.stack([_listener(heads, artist, rng) for _ in range(QUERIES // 2)])
    tracks = completed_to_unit(heads)
    return World(tracks, listeners, tracks[rng.choice(count, QUERIES // 2, replace=False)])


def _listener(heads: Floats, artist: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """The direction of the mean of ten heard tracks, two by one artist, with a last coordinate of 0: float32 [dim]."""
    heard = rng.integers(len(heads), size=9)
    first, last = np.searchsorted(artist, artist[heard[0]] + np.arange(2))
    mean = heads[np.append(heard, rng.integers(first, last))].mean(axis=0)
    return np.append(mean / np.linalg.norm(mean), 0.0).astype(np.float32)


Built = tuple[NearestNeighbours, float]
"""An index, and its bytes."""


def _exact(tracks: Floats, path: Path) -> Built:
    return ExactIndex(tracks), tracks.nbytes


def _int8(tracks: Floats, path: Path) -> Built:
    quantised = Int8Vectors.of(tracks)
    return ExactIndex(quantised), quantised.nbytes


def _in_file(name: str) -> Callable[[Floats, Path], Built]:
    def built(tracks: Floats, path: Path) -> Built:
        BACKENDS[name].build(tracks, path)
        return BACKENDS[name].open(path, tracks, 1.0), path.stat().st_size

    return built


INDEXES: Mapping[str, Callable[[Floats, Path], Built]] = {
    "exact": _exact,
    "int8": _int8,
    **{name: _in_file(name) for name in BACKENDS},
}
"""What is compared."""


def trained(bundle: Bundle, seed: int = 0) -> World:
    """The tracks of a model, asked for by listeners who are made up from what is heard together, and by tracks."""
    rng = np.random.default_rng(seed)
    tracks = np.asarray(bundle.track_vectors, np.float32)
    asked = bundle.tower.vectors([listener(bundle, rng) for _ in range(QUERIES // 2)], 0)
    return World(tracks, asked[asked.any(axis=1)], tracks[rng.choice(len(tracks), min(QUERIES // 2, len(tracks)))])


def index(settings: Settings, progress: Progress) -> list[Row]:
    """Every index over the live model's tracks, where there is one, and over generated ones of several sizes."""
    registry = Registry(Path(settings.models))
    live = [("live ", trained(bundles.load(registry, index="exact")))] if registry.current() else []
    made = (("", world(count, dim)) for count, dim in product(SIZES, DIMS))
    progress.stage("measuring indexes", (len(live) + len(SIZES) * len(DIMS)) * len(INDEXES))
    rows: list[Row] = []
    for prefix, one in chain(live, made):
        for name in INDEXES:
            rows += _measured(name, one, prefix)
            progress.advance()
    return rows


def _measured(name: str, made: World, prefix: str = "") -> Iterator[Row]:
    """What one index finds of the truth, how long it takes and how large it is."""
    count, dim = made.tracks.shape
    what = f"{prefix}{name}, {count} x {dim}"
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        one, size = INDEXES[name](made.tracks, Path(folder) / "index")
        yield Row(f"{what}: build", time.perf_counter() - began, "s", 1)
        yield Row(f"{what}: size", size / 1e6, "MB", 1)
        truth = ExactIndex(made.tracks)
        for who, asked in (("listeners", made.by_listeners), ("tracks", made.by_tracks)):
            for near in NEAR:
                share = 100 * overlap(one, truth, made.tracks, asked, near)
                yield Row(f"{what}: recall@{near} for {who}", share, "%", len(asked))
        wall, busy = np.transpose([_ms(one, vector) for vector in np.vstack([made.by_listeners, made.by_tracks])])
        for share in (50, 95):
            yield Row(f"{what}: {NEAR[-1]} neighbours, p{share}", float(np.percentile(wall, share)), "ms", len(wall))
        yield Row(f"{what}: {NEAR[-1]} neighbours, processor, p50", float(np.median(busy)), "ms", len(busy))


def _ms(one: NearestNeighbours, vector: Floats) -> tuple[float, float]:
    """How long a query takes, and how long it has the processor: on a busy machine only that can be compared."""
    began, busy = time.perf_counter(), time.thread_time()
    one.query(vector, NEAR[-1])
    return (time.perf_counter() - began) * 1e3, (time.thread_time() - busy) * 1e3
