"""The live model in the graph: everything it says, nothing of older ones, and whatever interrupts it."""

import dataclasses

import numpy as np
import pytest

import cypher
from api.materialising import materialise, similar_taste, user_vectors
from graph.arrays import Ids
from graph.export import export
from graph.model_nodes import NodeVectors
from graph.progress import NoProgress

NOW = 1_795_400_000


class Killed(BaseException):
    """What nobody catches."""


class StopsAt(NoProgress):
    """Ends the run when a stage begins whose name starts so."""

    def __init__(self, stage):
        self.at = stage

    def stage(self, name, total=None):
        if name.startswith(self.at):
            raise Killed


@pytest.fixture(scope="module")
def bundle(api):
    return api.service.model.get().bundle


@pytest.fixture(scope="module")
def done(api, bundle):
    """What the first run wrote, after a run that was killed in the middle."""
    with pytest.raises(Killed):
        materialise(api.service.store, bundle, now=NOW, progress=StopsAt("writing vectors of users"))
    return materialise(api.service.store, bundle, now=NOW, quantisation="NONE")


def test_a_killed_run_goes_on_with_what_is_left(api, bundle, done):
    assert list(done.seconds) == ["users", "similar_taste", "index NONE"]
    assert materialise(api.service.store, bundle, now=NOW, quantisation="NONE").seconds == {}
    everything = materialise(api.service.store, bundle, now=NOW, quantisation="NONE", again=True)
    assert {"played_with", "sounds_like", "adjacent_to", "tracks", "users"} < set(everything.seconds)


def test_every_track_has_its_vectors(api, bundle, done):
    rows = api.rows("MATCH (t:Track) RETURN t.id AS id, t.embedding AS e, t.alsFactors AS f, t.embeddingModel AS m")
    held = {row["id"]: row for row in rows}
    assert {row["m"] for row in rows} == {bundle.version}
    for row, track in enumerate(bundle.catalogue.tracks.values.tolist()):
        np.testing.assert_allclose(held[track]["e"], bundle.track_vectors[row], atol=1e-7)
        np.testing.assert_allclose(held[track]["f"], bundle.als.item_factors[row], atol=1e-7)


def test_listeners_have_the_vectors_of_their_history(api, bundle, done):
    found = user_vectors(bundle, export(api.service.store))
    assert len(found.ids) > 20
    stored = api.rows("MATCH (u:User) WHERE u.embedding IS NOT NULL RETURN u.id AS id, u.embedding AS e ORDER BY id")
    assert [row["id"] for row in stored] == found.ids.values.tolist()
    np.testing.assert_allclose([row["e"] for row in stored], found.embedding, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found.embedding, axis=1), 1.0, atol=1e-5)


def test_similar_taste_is_the_nearest_by_cosine():
    generator = np.random.default_rng(3)
    vectors = np.abs(generator.normal(size=(50, 6))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = Ids(np.array([f"u{number:02d}" for number in range(50)]))
    edges = similar_taste(NodeVectors("user", ids, vectors, vectors))
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    for user in range(50):
        mine = edges.source_row == user
        assert edges.columns["rank"][mine].tolist() == list(range(1, 21))
        assert edges.target_row[mine].tolist() == np.argsort(-cosines[user], kind="stable")[:20].tolist()
        assert user not in edges.target_row[mine]


def test_another_model_takes_the_place_of_this_one(api, bundle, done):
    store = api.service.store
    manifest = dict(bundle.manifest) | {"version": "next", "parent": bundle.version}
    following = dataclasses.replace(bundle, version="next", manifest=manifest)
    try:
        materialise(store, following, now=NOW + 1, quantisation="NONE")
        for pattern in (
            "(:User)-[r:SIMILAR_TASTE]->()",
            "(:Track)-[r:PLAYED_WITH]->()",
            "(:Genre)-[r:ADJACENT_TO]->()",
        ):
            assert api.rows(f"MATCH {pattern} RETURN DISTINCT r.model AS m") == [{"m": "next"}]
        assert api.rows("MATCH (n) WHERE n.embeddingModel <> 'next' RETURN n.id AS id") == []
        lineage = store.read("recipes/model_lineage")
        told = [(row["version"], row["parent"], row["live"]) for row in lineage]
        assert ("next", bundle.version, True) in told
        assert [row["version"] for row in lineage if row["live"]] == ["next"]
    finally:
        materialise(store, bundle, now=NOW + 2, quantisation="NONE")


def test_every_recipe_answers(api, bundle, done):
    asked = {
        "recipes/model_lineage": {},
        "recipes/close_tracks": {"track": str(bundle.catalogue.tracks.values[3]), "k": 10},
        "recipes/close_listeners_heard": {"user": api.listeners(1)[0], "limit": 10},
        "recipes/surprising_pairs": {"limit": 10},
    }
    assert set(asked) <= set(cypher.names("recipes"))
    for name, params in asked.items():
        assert api.service.store.read(name, **params), name


def test_the_vector_index_finds_what_is_near(api, bundle, done):
    found = 0
    for row in range(0, 100, 5):
        near = api.service.store.read("recipes/close_tracks", track=str(bundle.catalogue.tracks.values[row]), k=10)
        truth = bundle.index.query(bundle.track_vectors[row], 10)[0]
        found += len({one["id"] for one in near} & set(bundle.catalogue.tracks.values[truth].tolist()))
    assert found >= 180  # of 200
