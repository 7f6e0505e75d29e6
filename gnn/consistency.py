"""Whether the parts of a bundle belong together: each file may be whole and still be that of another model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from graph.errors import BundleDamagedError

if TYPE_CHECKING:
    from gnn.bundle import Bundle


def check(bundle: Bundle) -> None:
    """Hold ids, arrays and dimensions of a bundle against each other.

    Raises:
        BundleDamagedError: two of them differ; the file is named.
    """
    for file, problem in _problems(bundle):
        raise BundleDamagedError(f"model {bundle.version}: {file} {problem}; run `phonograph train` for a new model")


def _problems(bundle: Bundle) -> Iterator[tuple[str, str]]:
    """Files that do not fit, and why."""
    yield from _ids(bundle)
    yield from _shapes(bundle)
    yield from _dimensions(bundle)
    for name in ("item_vectors", "item_states", "own", "heard", "followed"):
        if not np.isfinite(getattr(bundle.tower, name)[:]).all():
            yield "tower.npz", f"holds numbers in {name} that are not finite"


def _ids(bundle: Bundle) -> Iterator[tuple[str, str]]:
    said = bundle.manifest.get("digests", {}).get("tracks")
    if said is not None and said != bundle.catalogue.tracks.digest():
        yield "names.json", "holds other track ids than the manifest says"
    for kind, ids in bundle.catalogue.ids.items():
        if len(bundle.catalogue.names[kind]) != len(ids):
            yield "names.json", f"holds {len(ids)} {kind} ids and {len(bundle.catalogue.names[kind])} names"


def _shapes(bundle: Bundle) -> Iterator[tuple[str, str]]:
    tracks, artists = len(bundle.catalogue.tracks), len(bundle.catalogue.artists)
    genres = len(bundle.catalogue.genres)
    for file, name, found, expected in (
        ("catalogue.npz", "track plays", bundle.catalogue.play_count.shape, (tracks,)),
        ("catalogue.npz", "credits", bundle.catalogue.performed_by.shape, (tracks, artists)),
        ("catalogue.npz", "genres", bundle.catalogue.track_genre.shape, (tracks, genres)),
        ("neighbours.npz", "neighbours", bundle.co_listening.similarity.shape, (tracks, tracks)),
        ("neighbours.npz", "artists", bundle.artists_played_with.shape, (artists, artists)),
        ("genres.npz", "genres", bundle.genre_adjacency.strength.shape, (genres, genres)),
        ("tower.npz", "track vectors", bundle.tower.item_vectors.shape[:1], (tracks,)),
        ("tower.npz", "track states", bundle.tower.item_states.shape[:1], (tracks,)),
        ("tower.npz", "ALS factors", bundle.tower.als.item_factors.shape[:1], (tracks,)),
    ):
        if found != expected:
            yield file, f"holds {name} of shape {found}, names.json asks for {expected}"


def _dimensions(bundle: Bundle) -> Iterator[tuple[str, str]]:
    tower = bundle.tower
    factors, dim, states = tower.als.item_factors.shape[1], tower.item_vectors.shape[1], tower.item_states.shape[1]
    means = 1 + len(tower.half_lives_days)
    for name, found, expected in (
        ("own", tower.own.shape, (factors, dim)),
        ("followed", tower.followed.shape, (factors, dim)),
        ("heard", tower.heard.shape, (means, states, dim)),
    ):
        if found != expected:
            yield "tower.npz", f"holds {name} of shape {found}, its vectors ask for {expected}"
