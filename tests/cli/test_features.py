"""``phonograph features`` as an operator has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from recommend.features import DIGEST, NAMES


def test_list_tells_the_table_and_how_fresh_it_is(phonograph: Any, trained: Any) -> None:
    listed = phonograph("features", "list", "--json").answer
    assert tuple(one["name"] for one in listed["features"]) == NAMES
    assert listed["digest"] == DIGEST
    cosine = listed["features"][0]
    assert [(one["name"], one["fresh"]) for one in cosine["inputs"]] == [
        ("plays", "at the next answer after the event"),
        ("model", "at the next training"),
    ]
    ages = listed["freshness"]
    assert ages["problem"] == ""
    assert ages["phonograph_events_waiting"] == 0
    assert 0 <= ages["phonograph_profile_age_seconds"] <= ages["phonograph_model_age_seconds"]
    people = phonograph("features").out
    assert "gnn_cosine" in people
    assert "model's watermark" in people


def test_list_without_a_model_says_so_and_lists_all_the_same(elsewhere: Any) -> None:
    listed = elsewhere("features", "list", "--json").answer
    assert len(listed["features"]) == len(NAMES)
    assert listed["freshness"]["problem"] == "no model has been published: run `phonograph train`"


def test_show_tells_what_a_feature_is_like(phonograph: Any, trained: Any) -> None:
    shown = phonograph("features", "show", "artist_30_days", "--users", "10", "--instants", "2", "--json").answer
    seen = shown["observed"]
    assert 10 <= shown["sample"]["moments"] <= 20
    assert shown["sample"]["model"] == trained["version"]
    assert 0 <= seen["zeros"] <= 1
    assert seen["quantiles"]["0.0"] <= seen["quantiles"]["0.5"] <= seen["quantiles"]["1.0"]
    assert 1 <= seen["rank"] <= len(NAMES)


def test_export_writes_a_file(phonograph: Any, trained: Any, tmp_path: Path) -> None:
    done = phonograph("features", "export", str(tmp_path / "f.parquet"), "--users", "5", "--json").answer
    table = pyarrow.parquet.read_table(tmp_path / "f.parquet")
    assert (done["rows"], done["moments"]) == (table.num_rows, 5)
    assert table.schema.metadata[b"modelVersion"].decode() == done["model"] == trained["version"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["show"], "features show takes the name of a feature, was given nothing"),
        (["show", "gnn"], "there is no feature 'gnn': see `phonograph features list`"),
        (
            ["export", "f", "--as-of", "soon"],
            "--as-of soon: give a moment such as 2014-08-27T12:00:00Z",
        ),
    ],
)
def test_complaints(phonograph: Any, words: list[str], complaint: str) -> None:
    assert phonograph("features", *words).complaint == complaint
