"""What was heard, brought into the graph: measured features, genres and moods by sound, vectors of a network."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from gnn.audio import AudioEmbedding, CnnEmbedding
from gnn.audio_labels import HeldOut, LabelModel, fit_labels
from gnn.content import measured
from gnn.moods import MOODS, mood_labels
from graph.arrays import GraphArrays, Ids, Rows
from graph.browse import GraphBrowse
from graph.errors import NotEnoughDataError
from graph.export import export
from graph.kinds import SOUND_VECTOR
from graph.progress import Progress
from graph.store import GraphStore
from ingest.audio.calibrate import calibrated, scales
from ingest.audio.features import EXTRACTOR_VERSION
from ingest.audio.library import Library
from ingest.audio.mels import Mels
from ingest.audio.pipeline import AudioReport

BATCH: Final = 1_000
LIKELIEST: Final = 5
"""Genres written per track; of moods all are, so that two tracks can be compared."""

Kind = Literal["genres", "moods"]
PROPERTIES: Final[dict[Kind, tuple[str, str]]] = {
    "genres": ("estimatedGenres", "estimatedGenreProbabilities"),
    "moods": ("estimatedMoods", "estimatedMoodProbabilities"),
}
"""Which properties of a measured track hold the labels, likeliest first, and their probabilities."""


def write_features(store: GraphStore, found: Mapping[str, Path], report: AudioReport) -> tuple[set[str], list[str]]:
    """Write the features of the tracks that exist, and of those that they were merged into.

    Returns:
        Which of ``found`` were written, and the features that were mapped onto a catalogue's.

    Args:
        store: the graph.
        found: track id -> its file.
        report: of the analysis.
    """
    (told,) = store.read("read/audio_imported", timeout_s=60)
    onto = scales(list(report.features.values()), told)
    own = GraphBrowse(store).survivors("Track", list(found))
    written = _write(store, {own.get(id, id): _properties(report, file, onto) for id, file in found.items()})
    return {id for id in found if own.get(id, id) in written}, sorted(onto)


def _properties(report: AudioReport, file: Path, onto: Any) -> dict[str, Any]:
    """Properties of the graph; what cannot be said is None, which removes it."""
    analysis = report.analyses[file]
    sure = {f"{name}Confidence": value for name, value in asdict(analysis.confidences).items()}
    marks = {"audioSource": "measured", "extractorVersion": EXTRACTOR_VERSION}
    return calibrated(analysis.features, onto).as_dict() | sure | marks


def _write(store: GraphStore, told: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Set properties of tracks by id; the ids that exist."""
    written: set[str] = set()
    for part in _batches(list(told.items())):
        ids, properties = zip(*part, strict=True)
        answered = store.write("write/track_audio", id=list(ids), features=list(properties))
        written.update(row["id"] for row in answered.rows)
    return written


def _batches(rows: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


@dataclass(frozen=True, slots=True)
class LabelReport:
    """What came of guessing labels.

    Attributes:
        written: measured tracks that have probabilities now.
        labels: those that could be learned.
        held_out: how good they are where people said something else.
    """

    written: int
    labels: tuple[str, ...]
    held_out: HeldOut


def write_labels(store: GraphStore, kind: Kind, progress: Progress) -> LabelReport:
    """Learn genres or moods by sound from the graph's own labels, and write the likeliest of each measured track.

    ``IN_GENRE`` stays what people said.

    Raises:
        NotEnoughDataError: too few labelled tracks with features, or the features do not tell.
    """
    arrays = export(store, progress=progress)
    features = measured(arrays.track_columns, len(arrays.tracks))
    progress.stage(f"learning {kind}", 1)
    model = _label_model(arrays, features, kind)
    rows = np.flatnonzero(arrays.track_columns.get("audioSource", np.empty(0, np.str_)) == "measured")
    shares = model.probabilities(features[rows])
    best = np.argsort(-shares, axis=1, kind="stable")[:, : LIKELIEST if kind == "genres" else len(model.labels)]
    names, values = PROPERTIES[kind]
    told = {
        str(arrays.tracks.values[row]): {
            names: model.labels.values[order].tolist(),
            values: np.round(share[order], 4).tolist(),
        }
        for row, order, share in zip(rows, best, shares, strict=True)
    }
    written = _write(store, told)
    progress.advance()
    return LabelReport(len(written), tuple(model.labels.values.tolist()), model.held_out)


def _label_model(arrays: GraphArrays, features: Any, kind: Kind) -> LabelModel:
    if kind == "genres":
        links = arrays.track_genre
        return fit_labels(features, links.source_row, links.target_row, arrays.genres, kind=kind)
    said = mood_labels(arrays)
    return fit_labels(features, said.track_row, said.mood_row, MOODS, kind=kind, group=said.said_by)


@dataclass(frozen=True, slots=True)
class EmbeddingReport:
    """What came of training the audio embedding.

    Attributes:
        tracks: analysed tracks that are in the graph.
        judged: what the vectors are worth, as ``gnn.audio_learning.Judged``.
        written: tracks that have a vector now; 0 where the network hears no more than plain features say.
    """

    tracks: int
    judged: Any
    written: int


def write_vectors(
    store: GraphStore,
    library: Library,
    progress: Progress,
    make: Callable[[], AudioEmbedding] = CnnEmbedding,
) -> EmbeddingReport:
    """Train the audio embedding on what was analysed, and write its vectors where it is worth more than features.

    The plays that training holds out for validation are not seen: a ranker learned there must not meet them again.

    Args:
        store: the graph.
        library: what was analysed.
        progress: told of every step.
        make: an embedding that was not trained yet.

    Raises:
        AudioError: the table of analysed files is damaged.
        NotEnoughDataError: too few tracks were analysed, or too little is known of them.
    """
    from api.validation import cut_in_time, listened
    from gnn.audio_learning import learn, targets_of

    arrays = listened(export(store, progress=progress))
    seen = cut_in_time(arrays)[0] if len(arrays.played) else arrays
    heard, rows = _pictures(store, library, arrays.tracks)
    features = measured(arrays.track_columns, len(arrays.tracks))[rows].astype(np.float32)
    learned = learn(heard, targets_of(seen, rows), features, make=make, progress=progress)
    written = _replace(store, arrays.tracks, rows, learned.vectors) if learned.judged.is_better else 0
    return EmbeddingReport(len(rows), learned.judged, written)


def _pictures(store: GraphStore, library: Library, tracks: Ids) -> tuple[list[Mels], Rows]:
    """The mel pictures of the analysed tracks that the graph holds, and their rows, ascending and each once."""
    pictures = library.pictures()
    own = GraphBrowse(store).survivors("Track", list(pictures))
    row_of_picture = dict(zip(pictures, tracks.rows([own.get(id, id) for id in pictures]).tolist(), strict=True))
    there = {row: pictures[id] for id, row in row_of_picture.items() if row >= 0}
    if not there:
        raise NotEnoughDataError(
            f"none of {len(pictures)} analysed recordings is a track of the graph: "
            "run 'phonograph import local FOLDER', then 'phonograph audio analyse FOLDER'"
        )
    rows = sorted(there)
    return [there[row] for row in rows], np.array(rows, np.int64)


def _replace(store: GraphStore, tracks: Ids, rows: Rows, vectors: Any) -> int:
    """Write the vectors under the name of their network, and take those of other networks away."""
    network = hashlib.sha256(np.ascontiguousarray(vectors).tobytes()).hexdigest()[:12]
    told = {
        str(tracks.values[row]): {
            SOUND_VECTOR: np.round(vector.astype(np.float64), 5).tolist(),
            "soundNetwork": network,
        }
        for row, vector in zip(rows, vectors, strict=True)
    }
    written = _write(store, told)
    store.write("write/stale_sound", network=network)
    return len(written)
