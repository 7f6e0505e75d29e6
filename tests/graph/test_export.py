"""What is exported from the graph is what the files hold, field by field, whichever way it came."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass, fields

import numpy as np
import pytest

from graph import kinds
from graph.arrays import GraphArrays, Ids, Links
from graph.export import export
from ingest.collect import collect
from ingest.load import load
from ingest.source import Batch
from ingest.sources.hetrec import Hetrec
from ingest.sources.lfm1m import Lfm1m
from ingest.sources.tidytuesday import Tidytuesday

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"
DAY = 86_400
VALUES = {"str": "text", "int": 7, "float": 0.25, "bool": True, "list": ["x:1"]}


def link_columns(kind, pairs):
    filled = {c.name: [VALUES[c.type]] + [None] * (len(pairs) - 1) for c in kind.columns if not c.required}
    needed = {c.name: [VALUES[c.type]] * len(pairs) for c in kind.columns if c.required}
    ends = {"source": [source for source, _ in pairs], "target": [target for _, target in pairs]}
    return {**filled, **needed, **ends}


@dataclass(frozen=True)
class Everything:
    """Two nodes of every kind and links of every kind; the first record has all properties, the second only its id."""

    name: str = "all"

    def extract(self):
        return None

    def transform(self, raw):
        for link in reversed(kinds.LINKS):  # links first: the loader sorts
            pairs = [(f"all:{link.source}:1", f"all:{link.target}:2"), (f"all:{link.source}:2", f"all:{link.target}:1")]
            yield Batch(link.name, link_columns(link, pairs))
        for node in kinds.NODES:
            columns = {column.name: [VALUES[column.type], None] for column in node.columns}
            yield Batch(
                node.name, {**columns, "id": [f"all:{node.name}:2", f"all:{node.name}:1"], "name": ["Two", "One"]}
            )


def assert_same(one: GraphArrays, other: GraphArrays) -> None:
    for field in fields(GraphArrays):
        left, right = getattr(one, field.name), getattr(other, field.name)
        if isinstance(left, Ids):
            left, right = {"ids": left.values}, {"ids": right.values}
        elif isinstance(left, Links):
            left = {"source": left.source_row, "target": left.target_row, **left.columns}
            right = {"source": right.source_row, "target": right.target_row, **right.columns}
        elif isinstance(left, int):
            left, right = {"": np.array(left)}, {"": np.array(right)}
        assert left.keys() == right.keys(), field.name
        for name in left:
            np.testing.assert_array_equal(left[name], right[name], err_msg=f"{field.name}.{name}")
            assert left[name].dtype.kind == right[name].dtype.kind, f"{field.name}.{name}"


@pytest.mark.parametrize(
    "source",
    [
        Everything(),
        Lfm1m(FIXTURES / "lfm1m-kg"),
        Hetrec(FIXTURES / "hetrec2011-lastfm-2k"),
        Tidytuesday(FIXTURES / "spotify-songs-tidytuesday"),
    ],
    ids=lambda source: source.name,
)
def test_export_of_an_import_is_the_collected_source(store, source):
    load(store, source)
    assert_same(export(store), collect(source))


def test_an_empty_graph_is_empty_arrays(store):
    found = export(store)
    assert (len(found.users), len(found.played), found.watermark) == (0, 0, 0)
    assert found.played.columns["weight"].dtype == np.float64


def test_rows_follow_the_ids_and_absent_values_are_marked(store):
    load(store, Everything())
    found = export(store)
    assert found.tracks.values.tolist() == ["all:track:1", "all:track:2"]
    assert found.names["track"].tolist() == ["One", "Two"]
    assert np.isnan(found.track_columns["tempo"][0])
    assert found.track_columns["tempo"][1] == 0.25
    assert found.track_columns["explicit"][1] == 1.0
    assert found.track_columns["album"].tolist() == ["", "text"]
    assert found.follows.columns["since"].tolist() == [7, -1]
    assert found.contains.source_row.tolist() == [0, 1]
    assert found.contains.target_row.tolist() == [1, 0]


def test_weights_are_carried_to_the_watermark(store):
    @dataclass(frozen=True)
    class TwoPlays:
        name: str = "two"

        def extract(self):
            return None

        def transform(self, raw):
            yield Batch("user", {"id": ["two:user:1"]})
            yield Batch("track", {"id": ["two:track:1", "two:track:2"], "name": ["A", "B"]})
            times = [1_000_000_000, 1_000_000_000 + 90 * DAY]
            ends = {"source": ["two:user:1"] * 2, "target": ["two:track:1", "two:track:2"]}
            yield Batch("played", {**ends, "count": [4, 2], "firstAt": times, "lastAt": times})

    load(store, TwoPlays())
    found = export(store)
    assert found.watermark == 1_000_000_000 + 90 * DAY
    assert found.played.columns["weight"].tolist() == [pytest.approx(4 * np.exp(-1)), 2.0]
