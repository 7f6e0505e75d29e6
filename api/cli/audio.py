"""``phonograph audio`` and ``phonograph identify``: what tracks sound like, and which recording a clip comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from api.cli.console import BarProgress, print_json, print_table, say
from api.composition import open_store
from api.settings import Settings, load_settings
from gnn.audio_genres import fit_genres
from graph.errors import AudioError, InvalidRequestError
from graph.export import export
from graph.kinds import AUDIO
from graph.progress import Progress
from graph.store import GraphStore
from ingest.audio.calibrate import calibrated, scales
from ingest.audio.features import EXTRACTOR_VERSION
from ingest.audio.library import Library
from ingest.audio.pipeline import AudioReport

BATCH = 1_000
LIKELIEST = 5
"""Genres written per track."""


def audio(
    action: Annotated[
        str, typer.Argument(help="analyse: measure a folder's files. genres: guess those of measured tracks.")
    ],
    path: Annotated[Path | None, typer.Argument(help="The folder; the demo's clips if left out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Analyse audio files: features with confidences, mel pictures and fingerprints; done again it costs nothing."""
    settings = load_settings()
    if action == "genres" and path is None:
        with BarProgress(quiet=json) as progress, open_store(settings, progress) as store:
            guessed = write_genres(store, progress)
        print_json({"written": guessed}) if json else say(f"{guessed:,} measured tracks have genre probabilities now")
        return
    if action != "analyse":
        raise InvalidRequestError(f"audio {action!r}: use audio analyse [FOLDER], or audio genres")
    with BarProgress(quiet=json) as progress:
        files, reasons = _files(settings, path, progress)
        library = Library(settings.home / "audio")
        report = _analyse(settings, files, library, progress)
        found = {id: file for id, file in files.items() if file in report.analyses}
        library.add(found)
        with open_store(settings, progress) as store:
            written, mapped = _write(store, found, report)
    told = {
        "files": len(files),
        "analysed": report.analysed,
        "written": len(written),
        "withoutTrack": len(found) - len(written),
        "failed": reasons | report.reasons,
        "mapped": mapped,
        "secondsOfAudio": round(report.heard_seconds, 1),
        "realTimePerCore": None if report.real_time_factor is None else round(report.real_time_factor, 1),
    }
    if json:
        print_json(told)
    else:
        _print(told)


def _files(settings: Settings, path: Path | None, progress: Progress) -> tuple[dict[str, Path], dict[str, int]]:
    """Track id -> file, and how many files were left out by reason."""
    if path is None:
        from ingest.demo.clips import render_clips
        from ingest.demo.world import make_world

        world = make_world()
        clips = render_clips(world, settings.home / "demo" / "clips", progress)
        return {world.tracks.ids[row]: file for row, file in clips.items()}, {}
    from ingest.formats.files import Tally
    from ingest.sources.folder import audio_files, track_id

    left_out = Tally()
    files = {track_id(path, file): file for file in audio_files(path, left_out)}
    if not files:
        raise AudioError(f"{path}: holds no audio file that can be read; give a folder of audio files")
    return files, {remark.reason: remark.count for remark in left_out.remarks()}


def _analyse(settings: Settings, files: dict[str, Path], library: Library, progress: Progress) -> AudioReport:
    from ingest.audio.pipeline import analyse

    return analyse(files.values(), library.analyses, arrays=True, workers=settings.workers, progress=progress)


def _write(store: GraphStore, found: dict[str, Path], report: AudioReport) -> tuple[set[str], list[str]]:
    """Write the features of the tracks that exist; their ids, and the features that were mapped onto a catalogue's."""
    (told,) = store.read("read/audio_imported", timeout_s=60)
    onto = scales(list(report.features.values()), told)
    rows = [(id, _properties(report, file, onto)) for id, file in found.items()]
    written: set[str] = set()
    for part in _batches(rows):
        ids, features = zip(*part, strict=True)
        answered = store.write("write/track_audio", id=list(ids), features=list(features))
        written.update(row["id"] for row in answered.rows)
    return written, sorted(onto)


def _properties(report: AudioReport, file: Path, onto: Any) -> dict[str, Any]:
    """Properties of the graph; what cannot be said is None, which removes it."""
    analysis = report.analyses[file]
    sure = {f"{name}Confidence": value for name, value in asdict(analysis.confidences).items()}
    marks = {"audioSource": "measured", "extractorVersion": EXTRACTOR_VERSION}
    return calibrated(analysis.features, onto).as_dict() | sure | marks


def _batches(rows: list[tuple[str, dict[str, Any]]]) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def write_genres(store: GraphStore, progress: Progress) -> int:
    """Learn genres by sound from the graph's own labels, and write the likeliest of each measured track.

    Properties ``estimatedGenres`` (ids, best first) and ``estimatedGenreProbabilities``; ``IN_GENRE`` stays what
    people said.

    Returns:
        How many tracks were written.

    Raises:
        NotEnoughDataError: too few labelled tracks with features.
    """
    arrays = export(store, progress=progress)
    names = [name for name in AUDIO if name not in ("tempoAlt", "tempoConfidence") and name in arrays.track_columns]
    columns = [np.asarray(arrays.track_columns[name], np.float64) for name in names]
    features = np.stack(columns, axis=1) if columns else np.empty((len(arrays.tracks), 0))
    model = fit_genres(features, arrays.track_genre.source_row, arrays.track_genre.target_row, arrays.genres)
    rows = np.flatnonzero(arrays.track_columns.get("audioSource", np.empty(0, np.str_)) == "measured")
    shares = model.probabilities(features[rows])
    best = np.argsort(-shares, axis=1, kind="stable")[:, :LIKELIEST]
    told = [
        (
            str(arrays.tracks.values[row]),
            {
                "estimatedGenres": model.genres.values[order].tolist(),
                "estimatedGenreProbabilities": np.round(share[order], 4).tolist(),
            },
        )
        for row, order, share in zip(rows, best, shares, strict=True)
    ]
    for part in _batches(told):
        ids, properties = zip(*part, strict=True)
        store.write("write/track_audio", id=list(ids), features=list(properties))
    return len(told)


def _print(told: dict[str, Any]) -> None:
    rows = [[name, told[key]] for name, key in (("files", "files"), ("analysed now", "analysed"))]
    rows += [["written to tracks", told["written"]], ["without a track in the graph", told["withoutTrack"]]]
    rows += [[f"left out: {reason}", count] for reason, count in told["failed"].items()]
    print_table("phonograph audio analyse", ["what", "count"], rows)
    mapped = ", ".join(told["mapped"])
    say(f"mapped onto the catalogue's quantiles: {mapped}" if mapped else "estimates on their own scale")
    if told["withoutTrack"]:
        say(
            "tracks are missing: run 'phonograph import folder PATH' first, then this again (nothing is analysed twice)"
        )
    if told["realTimePerCore"] is not None:
        say(f"{told['secondsOfAudio']:,} s of audio, {told['realTimePerCore']:,} s per second and core")


def identify(
    clip: Annotated[Path, typer.Argument(help="A sound file: five seconds are enough.")],
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Say which analysed recording a clip was taken from: the same recording, not one that sounds like it."""
    from ingest.audio.analysis import hear_file

    settings = load_settings()
    known = Library(settings.home / "audio").fingerprints()
    matches = known.matches(hear_file(clip).landmarks)
    best = next((match for match in matches if match.known), None)
    if json:
        print_json({"known": best is not None, "match": best and asdict(best), "of": len(known)})
    elif best is None:
        say(f"not known: none of {len(known):,} recordings")
    else:
        say(f"{best.track} from {best.at_seconds:.1f} s: {best.agreeing} landmarks agree ({best.share:.0%})")
