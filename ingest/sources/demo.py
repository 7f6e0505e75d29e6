"""The demo world as a data source: made from a seed, its clips measured by the audio pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.progress import NoProgress, Progress
from ingest.audio.features import EXTRACTOR_VERSION, AudioFeatures
from ingest.demo.clips import measure_clips
from ingest.demo.config import DemoConfig
from ingest.demo.world import Columns, World, make_world, records
from ingest.source import Batch, Remark

NAME = "demo"


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """The world, what was measured of it by row of the track, and why the rest of the clips was not."""

    world: World
    measured: dict[int, AudioFeatures]
    unreadable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo world; clips and measurements are kept below ``path`` and made once.

    Attributes:
        path: None makes the world without clips.
        workers: processes that analyse; by default one per core.
    """

    path: Path | None = None
    config: DemoConfig = field(default_factory=DemoConfig)
    workers: int | None = None
    progress: Progress = field(default_factory=NoProgress)

    @property
    def name(self) -> str:
        """The first word of all ids."""
        return NAME

    def extract(self) -> Raw:
        """Make the world and measure its clips."""
        self.progress.stage("build the demo world")
        world = make_world(self.config)
        if self.path is None:
            return Raw(world, {}, ())
        measured, report = measure_clips(world, self.path, workers=self.workers, progress=self.progress)
        return Raw(world, measured, tuple(report.failures.values()))

    def transform(self, raw: Raw) -> Iterator[Batch]:
        """The records, nodes first."""
        for kind, columns in records(raw.world):
            if kind == "track":
                noted = Remark.at("clip that could not be analysed", raw.unreadable)
                yield Batch(kind, with_measured(columns, raw.measured), noted=noted)
            else:
                yield Batch(kind, columns)


def with_measured(columns: Columns, measured: dict[int, AudioFeatures]) -> Columns:
    """Tracks with the features of their clips filled in; what the catalogue said of other tracks stays."""
    n = len(columns["id"])
    names = dict.fromkeys(("audioSource", "extractorVersion", *AudioFeatures.__dataclass_fields__))
    filled: dict[str, list[Any]] = {name: list(columns.get(name, [None] * n)) for name in names}
    for row, features in measured.items():
        for name, value in {
            **features.as_dict(),
            "audioSource": "measured",
            "extractorVersion": EXTRACTOR_VERSION,
        }.items():
            filled[name][row] = value
    return {**columns, **filled}
