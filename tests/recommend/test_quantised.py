"""A bundle with one byte per number: measured, refused where it loses too much, and whole after writing."""

from dataclasses import replace

import numpy as np
import pytest

from gnn import bundle as bundles
from gnn.data import of_tracks
from gnn.index import AnnoyNeighbours, ExactIndex, FaissNeighbours, Int8Vectors
from gnn.index.inner_product import ExactProducts, IndexedProducts
from gnn.index_check import check
from gnn.quantise import QuantisationGate, in_int8
from graph.errors import ModelError
from recommend.engine import Engine
from recommend.types import RecommendRequest

NEVER = 2_000_000_000


@pytest.fixture(scope="module")
def quantised(scenes, two_scenes):
    return in_int8(scenes.bundle, of_tracks(two_scenes), QuantisationGate(0.9, 0.05))


def test_the_loss_is_measured_and_in_the_manifest(quantised):
    said = quantised.manifest["quantisation"]
    assert said["kind"] == "int8"
    assert 0.9 <= said["overlapAt20"] < 1.0
    assert 0 < said["maxScoreError"] < 0.05
    assert said["bytes"] < 0.5 * said["bytesBefore"]
    assert said["gate"]["least_overlap"] == 0.9


@pytest.mark.parametrize(
    ("gate", "why"),
    [
        (QuantisationGate(least_overlap=1.0), r"overlap@20 is 0\.\d+, at least 1.0 is needed"),
        (QuantisationGate(least_overlap=0.0, most_error=1e-6), r"a score is off by 0\.\d+, at most 1e-06"),
    ],
)
def test_what_loses_more_than_the_gate_allows_is_refused(scenes, two_scenes, gate, why):
    with pytest.raises(ModelError, match=f"int8 vectors lose too much: {why}.*; train without --quantise"):
        in_int8(scenes.bundle, of_tracks(two_scenes), gate)


def test_answers_are_nearly_those_of_single_precision(scenes, quantised):
    smaller = Engine(quantised, scenes.reads)
    shared = []
    for user in range(20):
        request = RecommendRequest(f"u-a{user:02}", as_of=NEVER, n=20, explain=False)
        ids = [{item.track.id for item in engine.recommend(request).items} for engine in (scenes, smaller)]
        shared.append(len(ids[0] & ids[1]) / 20)
    assert np.mean(shared) > 0.9


def test_contributions_of_a_quantised_model_sum_to_the_score(scenes, quantised):
    for item in Engine(quantised, scenes.reads).recommend(RecommendRequest("u-a03", as_of=NEVER)).items:
        assert sum(item.contributions.values()) == pytest.approx(item.score, abs=1e-5)


def test_it_is_read_as_it_was_written_and_is_smaller(scenes, quantised, tmp_path):
    for name, bundle in (("float", scenes.bundle), ("int8", quantised)):
        (tmp_path / name).mkdir()
        bundles.write(replace(bundle, version=name), tmp_path / name)
    found = bundles.read(tmp_path / "int8")
    assert isinstance(found.track_vectors, Int8Vectors)
    np.testing.assert_array_equal(found.track_vectors[:], quantised.track_vectors[:])
    np.testing.assert_array_equal(found.tower.item_states[:], quantised.tower.item_states[:])
    assert found.manifest["quantisation"] == quantised.manifest["quantisation"]
    sizes = [(tmp_path / name / "tower.npz").stat().st_size for name in ("float", "int8")]
    assert sizes[1] < 0.75 * sizes[0]


@pytest.mark.parametrize("which", ["float", "int8"])
def test_a_bundle_serves_by_the_index_that_is_asked_for(scenes, quantised, tmp_path, which):
    pytest.importorskip("faiss", reason="faiss-cpu is not installed: pip install 'phonograph[faiss]'")
    bundle = scenes.bundle if which == "float" else quantised
    for index in ("annoy", "faiss"):
        (tmp_path / index).mkdir()
        bundles.write(replace(bundle, version=index), tmp_path / index, index=index)
    kinds = {"annoy": AnnoyNeighbours, "faiss": FaissNeighbours, "exact": ExactIndex, "auto": ExactIndex}
    for folder, index in (("annoy", "annoy"), ("faiss", "faiss"), ("faiss", "exact"), ("annoy", "auto")):
        found = bundles.read(tmp_path / folder, index=index)
        assert isinstance(found.index, kinds[index])
        assert isinstance(found.als_index, IndexedProducts if index in ("annoy", "faiss") else ExactProducts)
        assert check(found).is_enough
        assert len(found.index.query(found.track_vectors[0], 200)[0]) == len(found.catalogue)
    with pytest.raises(ModelError, match=r"model annoy has no index of kind faiss: .* PHONOGRAPH_INDEX=faiss"):
        bundles.read(tmp_path / "annoy", index="faiss")


def test_large_catalogues_choose_what_finds_enough(scenes, tmp_path, monkeypatch):
    pytest.importorskip("faiss", reason="faiss-cpu is not installed: pip install 'phonograph[faiss]'")
    monkeypatch.setattr("gnn.index.choice.EXACT_BELOW", 50)
    (tmp_path / "v").mkdir()
    bundles.write(scenes.bundle, tmp_path / "v")
    assert isinstance(bundles.read(tmp_path / "v").index, FaissNeighbours)
    monkeypatch.setattr("gnn.index.choice.is_installed", lambda: False)
    assert isinstance(bundles.read(tmp_path / "v").index, ExactIndex)
