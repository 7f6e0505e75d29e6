"""One model version as serving holds it: models, index, catalogue and ranker in one immutable, checksummed folder."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from gnn.als import AlsModel
from gnn.catalogue import NUMBERS, Catalogue
from gnn.context import ContextModel
from gnn.cultural import CulturalModel
from gnn.genres import GenreAdjacency
from gnn.index import AnnoyNeighbours, ExactIndex, NearestNeighbours, build_annoy
from gnn.neighbours import CoListening, standardised
from gnn.registry import Registry
from gnn.sequence import SequenceModel
from gnn.tower import UserTower
from graph.arrays import Ids
from graph.errors import BundleDamagedError

FORMAT = 2
EXACT_BELOW = 30_000
"""Tracks below which one matrix product beats the index."""

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
    sequence: SequenceModel | None = None
    cultural: CulturalModel | None = None
    context: ContextModel | None = None

    @property
    def als(self) -> AlsModel:
        """The ALS factors of the tracks, and the fold-in."""
        return self.tower.als

    @property
    def track_vectors(self) -> NDArray[np.float32]:
        """The tracks in the GraphSAGE space, float32 [n_tracks, dim], L2-normalised."""
        return self.tower.item_vectors

    @cached_property
    def _audio(self) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        return standardised(self.catalogue.audio)

    @property
    def audio_scaled(self) -> NDArray[np.float32]:
        """float32 [n_tracks, k]: audio features with mean 0 and deviation 1, 0 where unknown."""
        return self._audio[0]

    @property
    def audio_known(self) -> NDArray[np.bool_]:
        """Which tracks have audio features, bool [n_tracks]."""
        return self._audio[1]

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
CATALOGUE_COLUMNS = ("play_count", "recent_plays", "audio", "release_date", "work")


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


def write(bundle: Bundle, folder: Path, *, trees: int = 20) -> None:
    """Write every file of a bundle into an empty folder, the manifest with their digests last."""
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
    }.items():
        np.savez(folder / f"{name}.npz", allow_pickle=False, **arrays)
    for name in OPTIONAL:
        if (part := getattr(bundle, name)) is not None:
            np.savez(folder / f"{name}.npz", allow_pickle=False, **part.to_arrays())
    build_annoy(bundle.track_vectors, folder / "index.ann", trees=trees)
    manifest = dict(bundle.manifest) | {"format": FORMAT, "version": bundle.version, "files": _digests(folder)}
    (folder / "manifest.json").write_text(_manifest_text(manifest), encoding="utf-8")


def _manifest_text(manifest: Mapping[str, Any]) -> str:
    """The manifest as its file holds it, with a digest over all the rest."""
    rest = {name: value for name, value in manifest.items() if name != "digest"}
    digest = hashlib.sha256(json.dumps(rest, ensure_ascii=False).encode()).hexdigest()
    return json.dumps(rest | {"digest": digest}, indent=2, ensure_ascii=False) + "\n"


def _digest(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "bytes": path.stat().st_size}


def _digests(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.name: _digest(path) for path in sorted(folder.iterdir())}


# ---------- reading ----------


def verify(folder: Path) -> dict[str, Any]:
    """Hold every file of a bundle against its manifest, which is returned.

    Raises:
        BundleDamagedError: a file is missing, has another size or another digest, or the manifest cannot be read.
    """
    advice = "run `phonograph train` for a new model"
    try:
        text = (folder / "manifest.json").read_text(encoding="utf-8")
        manifest: dict[str, Any] = json.loads(text)
        files = manifest["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleDamagedError(f"model {folder.name}: manifest.json cannot be read; {advice}") from error
    if manifest.get("format") != FORMAT:
        raise BundleDamagedError(
            f"model {folder.name}: manifest.json names format {manifest.get('format')}, not {FORMAT}; {advice}"
        )
    if text != _manifest_text(manifest):
        raise BundleDamagedError(f"model {folder.name}: manifest.json differs from its digest; {advice}")
    for name, expected in files.items():
        path = folder / name
        if not path.is_file():
            raise BundleDamagedError(f"model {folder.name}: {name} is missing; {advice}")
        if path.stat().st_size != expected["bytes"] or _digest(path) != expected:
            raise BundleDamagedError(f"model {folder.name}: {name} differs from its manifest; {advice}")
    return manifest


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
        numbers={name: arrays[f"number.{name}"] for name in NUMBERS},
        performed_by=_matrix(arrays, "performed_by"),
        track_genre=_matrix(arrays, "track_genre"),
        in_playlist=_matrix(arrays, "in_playlist"),
        subgenre_of=_matrix(arrays, "subgenre_of"),
        play_count=arrays["play_count"],
        recent_plays=arrays["recent_plays"],
        audio=arrays["audio"],
        release_date=arrays["release_date"],
        work=arrays["work"],
    )


def _read_genres(folder: Path) -> GenreAdjacency:
    arrays = _load_arrays(folder / "genres.npz")
    kinds = sorted({name.split(":")[1].split(".")[0] for name in arrays if name.startswith("evidence:")})
    evidence = {kind: _matrix(arrays, f"evidence:{kind}") for kind in kinds}
    return GenreAdjacency(_matrix(arrays, "strength"), evidence, _matrix(arrays, "listeners"))


def _optional(folder: Path, name: str) -> dict[str, NDArray[Any]] | None:
    path = folder / f"{name}.npz"
    return _load_arrays(path) if path.is_file() else None


IndexKind = Literal["auto", "exact", "annoy"]


def _index(folder: Path, vectors: NDArray[np.float32], kind: IndexKind) -> NearestNeighbours:
    if kind == "exact" or (kind == "auto" and len(vectors) < EXACT_BELOW):
        return ExactIndex(vectors)
    return AnnoyNeighbours(folder / "index.ann", vectors)


def read(folder: Path, *, index: IndexKind = "auto") -> Bundle:
    """Verify a bundle's files and map them.

    Raises:
        BundleDamagedError: a file is not what the manifest says.
    """
    manifest = verify(folder)
    try:
        neighbours = _load_arrays(folder / "neighbours.npz")
        tower = UserTower.from_arrays(_load_arrays(folder / "tower.npz"))
        sequence, cultural, context = (_optional(folder, name) for name in OPTIONAL)
        return Bundle(
            version=str(manifest["version"]),
            manifest=manifest,
            catalogue=_read_catalogue(folder),
            tower=tower,
            co_listening=CoListening(_matrix(neighbours, "similarity"), _matrix(neighbours, "listeners")),
            played_with=_matrix(neighbours, "played_with"),
            artists_played_with=_matrix(neighbours, "artists_played_with"),
            sounds_like=_matrix(neighbours, "sounds_like"),
            genre_adjacency=_read_genres(folder),
            stored_ranker=json.loads((folder / "ranker.json").read_text(encoding="utf-8")),
            index=_index(folder, tower.item_vectors, index),
            sequence=None if sequence is None else SequenceModel.from_arrays(sequence),
            cultural=None if cultural is None else CulturalModel.from_arrays(cultural),
            context=None if context is None else ContextModel.from_arrays(context),
        )
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BundleDamagedError(
            f"model {folder.name} was written by another version of this program: {error}"
        ) from error


def load(registry: Registry, version: str | None = None, *, index: IndexKind = "auto") -> Bundle:
    """Read a version from the registry, the live one by default.

    Raises:
        NoModelError: there is none.
        BundleDamagedError: a file is not what the manifest says.
    """
    return read(registry.path(version), index=index)
