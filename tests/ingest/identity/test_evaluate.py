"""The judged pairs hold nothing in clear, and the matcher does on them what docs/identity.md says."""

from __future__ import annotations

import json
import pathlib
import re

import pytest

from graph.errors import SourceError
from ingest.identity.evaluate import Sample, Score, evaluate
from ingest.identity.sample import PARTS, catalogue, draw, pairs

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = [HERE / "first_sample.json", HERE / "second_sample.json"]
DATA = HERE.parents[2].parent / "shared" / "data"
NEEDED = ("spotify-songs-tidytuesday", "lfm1m-kg", "genres/ishkur", "spotify-history")


@pytest.fixture(scope="module")
def data():
    absent = [name for name in NEEDED if not (DATA / name).is_dir()]
    if absent:
        pytest.skip(f"local data set absent: ../shared/data/{absent[0]}")
    return DATA


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_digests_and_verdicts_only(path):
    found = json.loads(path.read_text())
    assert sorted(found) == ["salt", "seed", "verdicts"]
    assert all(re.fullmatch(r"[0-9a-f]{24}", digest) for digest in found["verdicts"])
    assert {stratum for stratum, _ in found["verdicts"].values()} == {"easy", "hard"}
    assert {verdict for _, verdict in found["verdicts"].values()} == {"same", "version", "different"}
    assert [sum(one == stratum for one, _ in found["verdicts"].values()) for stratum in ("easy", "hard")] == [100, 100]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_precision_and_recall(data, path):
    for score in evaluate(data, Sample.read(path)):
        assert score.precision >= 0.98, score
        assert score.recall >= 0.90, score


def test_a_drawing_can_be_repeated(data):
    listed = catalogue(data)
    one, again = draw(listed, 3), draw(listed, 3)
    assert [(pair.left.id, pair.right.id) for pair in one] == [(pair.left.id, pair.right.id) for pair in again]
    assert len(one) == sum(PARTS.values())
    assert all(pair.left.source != pair.right.source for pair in one)


def test_pairs_are_drawn_by_artist_alone(data):
    listed = catalogue(data)
    assert not any(pairs(one for one in listed if one.source == "lfm1m"))  # one source alone has none
    titles = ((left.recording.title, right.recording.title) for left, right in pairs(listed))
    unlike = sum(not set(one.casefold().split()) & set(other.casefold().split()) for one, other in titles)
    assert unlike > 10_000  # no word in common: the matcher has no say in what is drawn


def test_scores_count_what_they_say():
    score = Score("easy", 10, one=4, found=3, wrong=1, agreed=8)
    assert (score.precision, score.recall) == (0.75, 0.75)
    assert (Score("easy", 1, 0, 0, 0, 1).precision, Score("easy", 1, 0, 0, 0, 1).recall) == (1.0, 1.0)


@pytest.mark.parametrize("text", ["", "[]", '{"salt": "x"}', '{"salt": "x", "seed": 1, "verdicts": {"a": 1}}'])
def test_a_damaged_sample_is_one_line(tmp_path, text):
    (tmp_path / "sample.json").write_text(text)
    with pytest.raises(SourceError, match=r"sample\.json: no sample of judged pairs"):
        Sample.read(tmp_path / "sample.json")
