"""``phonograph audio`` and ``phonograph identify``: what tracks sound like, and which recording a clip comes from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from api import hearing
from api.cli.console import BarProgress, print_json, print_table, say
from api.composition import open_store
from api.settings import Settings, load_settings
from graph.errors import AudioError, InvalidRequestError, ModelError
from graph.progress import Progress
from ingest.audio.library import Library
from ingest.audio.pipeline import AudioReport

ACTIONS = "audio analyse [FOLDER], audio genres, audio moods, or audio embed"


def audio(
    action: Annotated[
        str,
        typer.Argument(
            help="analyse: measure a folder's files. genres, moods: guess those of measured tracks. "
            "embed: learn from listeners what sounds alike."
        ),
    ],
    path: Annotated[Path | None, typer.Argument(help="The folder; the demo's clips if left out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Analyse audio files: features with confidences, mel pictures and fingerprints; done again it costs nothing."""
    settings = load_settings()
    if action == "analyse":
        told = _analysed(settings, path, json)
        print_json(told) if json else _print(told)
    elif action not in ("genres", "moods", "embed"):
        raise InvalidRequestError(f"audio {action!r}: use {ACTIONS}")
    elif path is not None:
        raise InvalidRequestError(f"audio {action} {path}: takes no path, it works on what was analysed; leave it out")
    elif action == "embed":
        _embed(settings, json)
    else:
        _label(settings, "genres" if action == "genres" else "moods", json)


def _analysed(settings: Settings, path: Path | None, quiet: bool) -> dict[str, Any]:
    with BarProgress(quiet=quiet) as progress:
        files, reasons = _files(settings, path, progress)
        library = Library(settings.home / "audio")
        report = _analyse(settings, files, library, progress)
        found = {id: file for id, file in files.items() if file in report.analyses}
        library.add(found)
        with open_store(settings, progress) as store:
            written, mapped = hearing.write_features(store, found, report)
    return {
        "files": len(files),
        "analysed": report.analysed,
        "written": len(written),
        "withoutTrack": len(found) - len(written),
        "failed": reasons | report.reasons,
        "mapped": mapped,
        "secondsOfAudio": round(report.heard_seconds, 1),
        "realTimePerCore": None if report.real_time_factor is None else round(report.real_time_factor, 1),
    }


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


def _print(told: dict[str, Any]) -> None:
    rows = [[name, told[key]] for name, key in (("files", "files"), ("analysed now", "analysed"))]
    rows += [["written to tracks", told["written"]], ["without a track in the graph", told["withoutTrack"]]]
    rows += [[f"left out: {reason}", count] for reason, count in told["failed"].items()]
    print_table("phonograph audio analyse", ["what", "count"], rows)
    mapped = ", ".join(told["mapped"])
    say(f"mapped onto the catalogue's quantiles: {mapped}" if mapped else "estimates on their own scale")
    if told["withoutTrack"]:
        say("tracks are missing: run 'phonograph import local PATH' first, then this again (nothing is analysed twice)")
    if told["realTimePerCore"] is not None:
        say(f"{told['secondsOfAudio']:,} s of audio, {told['realTimePerCore']:,} s per second and core")


def _label(settings: Settings, kind: hearing.Kind, json: bool) -> None:
    with BarProgress(quiet=json) as progress, open_store(settings, progress) as store:
        report = hearing.write_labels(store, kind, progress)
    judged = report.held_out
    if json:
        print_json({"written": report.written, "labels": report.labels, "heldOut": asdict(judged)})
        return
    say(f"{report.written:,} measured tracks have probabilities of {len(report.labels)} {kind} now")
    say(
        f"of {judged.labels:,} held-out labels {judged.right:.0%} are the likeliest (always the most frequent: "
        f"{judged.most_frequent:.0%}), calibration error {judged.calibration_error:.3f}"
    )


def _embed(settings: Settings, json: bool) -> None:
    try:
        with BarProgress(quiet=json) as progress, open_store(settings, progress) as store:
            report = hearing.write_vectors(store, Library(settings.home / "audio"), progress)
    except ModuleNotFoundError as error:
        raise ModelError(f"the audio embedding needs {error.name}: pip install 'phonograph[train]'") from error
    judged = report.judged
    if json:
        print_json({"tracks": report.tracks, "written": report.written, "heldOut": asdict(judged)})
        return
    say(
        f"taste of the ten nearest by sound, {judged.tracks} held-out tracks (cosine): learned {judged.learned:.3f}, "
        f"plain features {judged.plain:.3f}, chance {judged.chance:.3f}"
    )
    if report.written:
        say(f"{report.written:,} tracks have a sound vector now: 'phonograph train' uses them")
    else:
        say("the network hears no more than plain features say: nothing was written; analyse more files")


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
