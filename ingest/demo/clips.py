"""The demo world's audio on disk: clips rendered once, measured by the real pipeline, and kept."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import astuple
from pathlib import Path

from graph.progress import NoProgress, Progress
from ingest.audio.features import AudioFeatures
from ingest.audio.pipeline import AudioReport, analyse
from ingest.audio.synth import SAMPLE_RATE, SYNTH_VERSION, ClipPlan, render
from ingest.demo.sounds import clip_plan
from ingest.demo.world import World


def clip_path(folder: Path, plan: ClipPlan) -> Path:
    """Where the clip of a plan lies: named by the digest of the plan and of the synthesiser's version."""
    digest = hashlib.sha256(repr((SYNTH_VERSION, astuple(plan))).encode()).hexdigest()
    return folder / f"{digest[:24]}.flac"


def render_clips(world: World, folder: Path, progress: Progress | None = None) -> dict[int, Path]:
    """Write every clip that is not there yet; row of the track -> its FLAC file (mono, 22,050 Hz, 16 bit)."""
    progress = progress or NoProgress()
    progress.stage("render demo clips", len(world.sounds.clip_rows))
    folder.mkdir(parents=True, exist_ok=True)
    paths: dict[int, Path] = {}
    for row in world.sounds.clip_rows.tolist():
        plan = clip_plan(world.config, world.sounds, row)
        paths[row] = clip_path(folder, plan)
        if not paths[row].is_file():
            _write(paths[row], plan)
        progress.advance()
    return paths


def measure_clips(
    world: World, folder: Path, *, workers: int | None = None, progress: Progress | None = None
) -> tuple[dict[int, AudioFeatures], AudioReport]:
    """Render and analyse below ``folder``; features by row of the track, and the pipeline's report."""
    paths = render_clips(world, folder / "clips", progress)
    report = analyse(paths.values(), folder / "features", workers=workers, progress=progress)
    return {row: report.features[path] for row, path in paths.items() if path in report.features}, report


def _write(path: Path, plan: ClipPlan) -> None:
    """Write a clip whole or not at all."""
    import soundfile  # here, not above: the world can be built without the audio extra

    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        soundfile.write(file, render(plan), SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    os.replace(file.name, path)
