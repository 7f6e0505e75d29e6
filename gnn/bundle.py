"""One model version as serving holds it: models, index, catalogue and ranker in one immutable, checksummed folder."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from gnn import consistency, manifest
from gnn.als import AlsModel
from gnn.catalogue import NUMBERS, Catalogue, unheard
from gnn.cold import ContentTower
from gnn.context import ContextModel
from gnn.cultural import CulturalModel
from gnn.genres import GenreAdjacency
from gnn.index import ExactIndex, IndexKind, NearestNeighbours, Vectors, choice
from gnn.index.inner_product import ExactProducts, IndexedProducts, LargestProducts, completed_to_unit
from gnn.manifest import verify as verify
from gnn.neighbours import CoListening
from gnn.registry import Registry
from gnn.sequence import SequenceModel
from gnn.sound import SoundSpace
from gnn.tower import UserTower
from graph.arrays import Ids
from graph.errors import BundleDamagedError

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Bundle:
    """Everything that serving reads.

    Attributes:
        version: its name in the registry.
        manifest: config, seeds, watermark, metrics, digests.
        tower: the user's side of GraphSAGE, with the tracks' vectors and the ALS factors.
        played_with: float32 [n_tracks, n_tracks], lift; the edges of the graph, in both directions.
        artists_played_with: float32 [n_artists, n_artists], lift; likewise between artists.
        sounds_like: float32 [n_tracks, n_tracks], similarity; likewise.
        stored_ranker: as its own ``to_json`` wrote it; ``recommend`` reads it.
        index: over ``track_vectors``.
        als_index: over the ALS factors of the tracks.
        by_content: the vectors of tracks that the training did not know; None where nothing is known of any track.
        rotation: what turned the model into the space of the one before it, float32 [dim, dim]; None where nothing did.
        sequence: what follows the last plays; None where it added nothing or could not be trained.
        cultural: what text and playlists say; likewise.
        context: what fits a moment; likewise.
    """

    version: str
    manifest: Mapping[str, Any]
    catalogue: Catalogue
    tower: UserTower
    co_listening: CoListening
    played_with: csr_array
    artists_played_with: csr_array
    sounds_like: csr_array
    genre_adjacency: GenreAdjacency
    stored_ranker: Mapping[str, Any]
    index: NearestNeighbours
    als_index: LargestProducts
    by_content: ContentTower | None = None
    rotation: NDArray[np.float32] | None = None
    sequence: SequenceModel | None = None
    cultural: CulturalModel | None = None
    context: ContextModel | None = None

    @property
    def als(self) -> AlsModel:
        """The ALS factors of the tracks, and the fold-in."""
        return self.tower.als

    @property
    def track_vectors(self) -> Vectors:
        """The tracks in the GraphSAGE space, float32 [n_tracks, dim], L2-normalised."""
        return self.tower.item_vectors

    @cached_property
    def sound(self) -> SoundSpace:
        """The tracks by their sound."""
        return SoundSpace.of(self.catalogue.audio, self.catalogue.sound_vectors)

    @cached_property
    def genre_unit(self) -> csr_array:
        """float32 [n_tracks, n_genres]: tf-idf of each track's genres, rows of length 1."""
        genres = self.catalogue.track_genre
        rarity = np.log(len(self.catalogue) / np.maximum(self.catalogue.genre_size, 1))
        weighed = csr_array(genres @ diags_array(rarity))
        length = np.sqrt(np.asarray((weighed * weighed).sum(axis=1)).ravel())
        return csr_array(diags_array(1.0 / np.maximum(length, 1e-12)) @ weighed).astype(np.float32)

    @cached_property
    def genre_patterns(self) -> tuple[csr_array, NDArray[np.int64]]:
        """The different rows of ``genre_unit``, float32 [n_patterns, n_genres], and which each track has."""
        genres, known = self.genre_unit, dict[bytes, int]()
        pattern = np.empty(len(self.catalogue), np.int64)
        first: list[int] = []
        for row, (start, end) in enumerate(pairwise(genres.indptr.tolist())):
            text = genres.indices[start:end].tobytes() + genres.data[start:end].tobytes()
            pattern[row] = known.setdefault(text, len(known))
            if len(known) > len(first):
                first.append(row)
        return genres[np.array(first, np.int64)], pattern

    @cached_property
    def playlist_unit(self) -> csr_array:
        """float32 [n_tracks, n_playlists]: playlists of each track, rows of length 1."""
        playlists = self.catalogue.in_playlist
        count = np.maximum(np.diff(playlists.indptr), 1)
        return csr_array(diags_array((1.0 / np.sqrt(count)).astype(np.float32)) @ playlists)

    @cached_property
    def playlist_length(self) -> NDArray[np.int64]:
        """Tracks on each playlist, int64 [n_playlists]."""
        return np.diff(self.catalogue.tracks_of_playlist.indptr).astype(np.int64)


# ---------- writing ----------


def _sparse(name: str, values: csr_array) -> dict[str, NDArray[Any]]:
    return {
        f"{name}.data": values.data,
        f"{name}.indices": values.indices,
        f"{name}.indptr": values.indptr,
        f"{name}.shape": np.array(values.shape),
    }


CATALOGUE_MATRICES = ("performed_by", "track_genre", "in_playlist", "subgenre_of")
CATALOGUE_COLUMNS = ("play_count", "recent_plays", "age_days", "audio", "sound_vectors", "release_date", "work")


def _catalogue_arrays(catalogue: Catalogue) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {name: getattr(catalogue, name) for name in CATALOGUE_COLUMNS}
    arrays |= {f"number.{name}": values for name, values in catalogue.numbers.items()}
    for name in CATALOGUE_MATRICES:
        arrays |= _sparse(name, getattr(catalogue, name))
    return arrays


def _genre_arrays(adjacency: GenreAdjacency) -> dict[str, NDArray[Any]]:
    arrays = _sparse("strength", adjacency.strength) | _sparse("listeners", adjacency.listeners)
    for name, values in adjacency.evidence.items():
        arrays |= _sparse(f"evidence:{name}", values)
    return arrays


def _names(catalogue: Catalogue) -> dict[str, dict[str, list[str]]]:
    return {
        kind: {"ids": ids.values.tolist(), "names": catalogue.names[kind].tolist()}
        for kind, ids in catalogue.ids.items()
    }


OPTIONAL = ("sequence", "cultural", "context")
"""Models that a bundle may lack; each has a file of its own."""
REQUIRED = (
    "names.json",
    "ranker.json",
    *(f"{name}.npz" for name in ("catalogue", "tower", "neighbours", "genres", "by_content")),
)
"""Files that every bundle has."""
INDEXES = ("tracks.", "als.")
"""How the names of index files begin."""


def write(bundle: Bundle, folder: Path, *, index: IndexKind = "auto") -> None:
    """Write every file of a bundle into an empty folder, the manifest with their digests last.

    Args:
        bundle: what is written.
        folder: an empty one.
        index: the kind of index files: FAISS's where it says so, else Annoy's.
    """
    (folder / "names.json").write_text(json.dumps(_names(bundle.catalogue), ensure_ascii=False), encoding="utf-8")
    (folder / "ranker.json").write_text(json.dumps(dict(bundle.stored_ranker), indent=2), encoding="utf-8")
    neighbours = _sparse("similarity", bundle.co_listening.similarity)
    neighbours |= _sparse("listeners", bundle.co_listening.listeners)
    neighbours |= _sparse("played_with", bundle.played_with) | _sparse("sounds_like", bundle.sounds_like)
    neighbours |= _sparse("artists_played_with", bundle.artists_played_with)
    for name, arrays in {
        "catalogue": _catalogue_arrays(bundle.catalogue),
        "tower": bundle.tower.to_arrays(),
        "neighbours": neighbours,
        "genres": _genre_arrays(bundle.genre_adjacency),
        "by_content": bundle.by_content.to_arrays() if bundle.by_content else {},
    }.items():
        np.savez(folder / f"{name}.npz", allow_pickle=False, **arrays)
    for name in OPTIONAL:
        if (part := getattr(bundle, name)) is not None:
            np.savez(folder / f"{name}.npz", allow_pickle=False, **part.to_arrays())
    choice.build(folder, "tracks", bundle.track_vectors, index)
    if index in ("annoy", "faiss"):
        choice.build(folder, "als", completed_to_unit(bundle.als.item_factors), index)
    if bundle.rotation is not None:
        np.savez(folder / "alignment.npz", allow_pickle=False, rotation=bundle.rotation)
    manifest.write(folder, bundle.version, bundle.manifest)


# ---------- reading ----------


def _load_arrays(path: Path) -> dict[str, NDArray[Any]]:
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def _matrix(arrays: Arrays, name: str) -> csr_array:
    parts = (arrays[f"{name}.data"], arrays[f"{name}.indices"], arrays[f"{name}.indptr"])
    rows, columns = arrays[f"{name}.shape"].tolist()
    return csr_array(parts, shape=(rows, columns))


def _read_catalogue(folder: Path) -> Catalogue:
    names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
    arrays = _load_arrays(folder / "catalogue.npz")
    ids = {kind: Ids(np.array(stored["ids"], np.str_)) for kind, stored in names.items()}
    return Catalogue(
        tracks=ids["track"],
        artists=ids["artist"],
        genres=ids["genre"],
        playlists=ids["playlist"],
        names={kind: np.array(stored["names"], np.str_) for kind, stored in names.items()},
        numbers={name: arrays.get(f"number.{name}", _unknown(len(ids["track"]))) for name in NUMBERS},
        performed_by=_matrix(arrays, "performed_by"),
        track_genre=_matrix(arrays, "track_genre"),
        in_playlist=_matrix(arrays, "in_playlist"),
        subgenre_of=_matrix(arrays, "subgenre_of"),
        play_count=arrays["play_count"],
        recent_plays=arrays["recent_plays"],
        age_days=arrays["age_days"],
        audio=arrays["audio"],
        sound_vectors=arrays.get("sound_vectors", unheard(len(ids["track"]))),  # older bundles hold none
        release_date=arrays["release_date"],
        work=arrays["work"],
    )


def _unknown(tracks: int) -> NDArray[np.float32]:
    """A column that older bundles do not hold, float32 [n_tracks]."""
    return np.full(tracks, np.nan, np.float32)


def _read_genres(folder: Path) -> GenreAdjacency:
    arrays = _load_arrays(folder / "genres.npz")
    kinds = sorted({name.split(":")[1].split(".")[0] for name in arrays if name.startswith("evidence:")})
    evidence = {kind: _matrix(arrays, f"evidence:{kind}") for kind in kinds}
    return GenreAdjacency(_matrix(arrays, "strength"), evidence, _matrix(arrays, "listeners"))


def _rotation(folder: Path) -> NDArray[np.float32]:
    return np.asarray(_load_arrays(folder / "alignment.npz")["rotation"], np.float32)


def _optional(folder: Path, name: str, files: Mapping[str, Any]) -> dict[str, NDArray[Any]] | None:
    """The arrays of a model that the manifest may name; a file that it does not name is nobody's."""
    return _load_arrays(folder / f"{name}.npz") if f"{name}.npz" in files else None


def _track_index(folder: Path, vectors: Vectors, kind: IndexKind) -> NearestNeighbours:
    return choice.opened(folder, "tracks", vectors, kind) or ExactIndex(vectors)


def _als_index(folder: Path, factors: NDArray[np.float32], kind: IndexKind) -> LargestProducts:
    """Every product, but where an index was asked for in training and is asked for now.

    Directions say little of products: an index that finds enough of them takes about as long as looking at all.
    """
    if kind in ("auto", "exact") or not choice.is_built(folder, "als", factors, kind):
        return ExactProducts(factors)
    index = choice.opened(folder, "als", completed_to_unit(factors), kind, effort=2.0)
    return IndexedProducts(index, factors) if index else ExactProducts(factors)


def _only_what_is_named(folder: Path, files: Mapping[str, Any]) -> None:
    """A manifest vouches for what it names: what it leaves out is neither needed nor mapped.

    Raises:
        BundleDamagedError: it leaves a needed file out, or an index lies there that it does not name.
    """
    found = sorted(path.name for path in folder.iterdir())
    unnamed = [name for name in (*REQUIRED, *(n for n in found if n.startswith(INDEXES))) if name not in files]
    if unnamed:
        raise BundleDamagedError(f"model {folder.name}: {unnamed[0]} is not in its manifest; {manifest.ADVICE}")


def read(folder: Path, *, index: IndexKind = "auto") -> Bundle:
    """Verify a bundle's files and map them.

    Raises:
        BundleDamagedError: a file is not what the manifest says.
        ModelError: it has no index of this kind, or FAISS is not installed.
    """
    said = verify(folder)
    _only_what_is_named(folder, said["files"])
    try:
        neighbours = _load_arrays(folder / "neighbours.npz")
        tower = UserTower.from_arrays(_load_arrays(folder / "tower.npz"))
        by_content = _load_arrays(folder / "by_content.npz")
        sequence, cultural, context = (_optional(folder, name, said["files"]) for name in OPTIONAL)
        bundle = Bundle(
            version=str(said["version"]),
            manifest=said,
            catalogue=_read_catalogue(folder),
            tower=tower,
            co_listening=CoListening(_matrix(neighbours, "similarity"), _matrix(neighbours, "listeners")),
            played_with=_matrix(neighbours, "played_with"),
            artists_played_with=_matrix(neighbours, "artists_played_with"),
            sounds_like=_matrix(neighbours, "sounds_like"),
            genre_adjacency=_read_genres(folder),
            stored_ranker=json.loads((folder / "ranker.json").read_text(encoding="utf-8")),
            index=_track_index(folder, tower.item_vectors, index),
            als_index=_als_index(folder, tower.als.item_factors, index),
            by_content=ContentTower.from_arrays(by_content) if by_content else None,
            rotation=_rotation(folder) if "alignment.npz" in said["files"] else None,
            sequence=None if sequence is None else SequenceModel.from_arrays(sequence),
            cultural=None if cultural is None else CulturalModel.from_arrays(cultural),
            context=None if context is None else ContextModel.from_arrays(context),
        )
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise BundleDamagedError(
            f"model {folder.name} was written by another version of this program: {error}"
        ) from error
    consistency.check(bundle)
    return bundle


def load(registry: Registry, version: str | None = None, *, index: IndexKind = "auto") -> Bundle:
    """Read a version from the registry, the live one by default.

    Raises:
        NoModelError: there is none.
        BundleDamagedError: a file is not what the manifest says.
    """
    return read(registry.path(version), index=index)
