"""How the tests of histories look at what a source gives."""

from __future__ import annotations

import json
import pathlib
from datetime import UTC, datetime

import pytest

from ingest.records import gather
from ingest.source import EVENT, batches

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures/histories"
SHARED = pathlib.Path(__file__).resolve().parents[3] / "../shared/data"


class Found:
    """The good records of a source."""

    def __init__(self, source) -> None:
        self.records = gather(batches(source))

    def rows(self, kind, *columns):
        found = self.records[kind].columns
        return sorted(zip(*(found[name].tolist() for name in columns), strict=True))

    @property
    def events(self):
        """Kind, name of the track, begin and listenedMs of each event, by time."""
        names = dict(self.rows("track", "id", "name"))
        found = [
            (kind, names[target], datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S"), ms)
            for at, kind, target, ms in self.rows(EVENT, "at", "kind", "target", "listenedMs")
        ]
        return sorted(found, key=lambda event: (event[2], event))

    @property
    def credits(self):
        """Track and artist names with their position."""
        tracks, artists = dict(self.rows("track", "id", "name")), dict(self.rows("artist", "id", "name"))
        return {(tracks[t], artists[a], at) for t, a, at in self.rows("performed_by", "source", "target", "position")}

    def ids_of(self, kind="track"):
        found = self.records[kind].columns
        return {name: ids for name, ids in zip(found["name"].tolist(), found["sourceIds"].tolist(), strict=True)}

    def rejected(self, kind=EVENT):
        return {remark.reason: remark.count for remark in self.records[kind].rejected}

    def noted(self, kind=EVENT):
        return {remark.reason: remark.count for remark in self.records[kind].noted}


@pytest.fixture
def written(tmp_path):
    """Writes files, text or JSON, into an empty folder and gives it."""

    def write(**files):
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
            (tmp_path / name.replace("__", ".")).write_text(text, encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def found():
    return Found


@pytest.fixture
def fixtures():
    return FIXTURES


@pytest.fixture
def shared():
    """A folder of the local data sets; skips where it is absent."""

    def folder(name):
        if not (SHARED / name).is_dir():
            pytest.skip(f"local data set absent: ../shared/data/{name}")
        return SHARED / name

    return folder
