"""The serving process takes up what was imported after the training, and says when its index is bad."""

import dataclasses
import os

import numpy as np
import pytest

from api.live_model import Loaded
from api.settings import Settings
from api.upkeep import REFRESH_S, Upkeep
from gnn.index import IndexKind
from graph.errors import GraphUnavailableError
from graph.tracks import GraphTracks
from ingest.load import load
from ingest.source import Batch

PAGE = """query ($user: ID!) { recommendations(input: {userId: $user}) { ... on RecommendationSet {
  items(first: 100) { edges { node { id name artists { name } } } } } } }"""
HEALTH = "{ health { components { name ok detail } } }"


class Imported:
    """Later tracks of an artist of the world, and of one whom nobody knows."""

    name = "later"

    def __init__(self, artist, genre, count=3):
        self.artist, self.genre = artist, genre
        self.ids = [f"later:track:{number}" for number in range(count)]

    def extract(self):
        return None

    def transform(self, raw):
        names = [f"Later song number {number}" for number in range(len(self.ids))]
        yield Batch("artist", {"id": [self.artist[0], "later:artist:1"], "name": [self.artist[1], "A newcomer"]})
        yield Batch("genre", {"id": [self.genre[0]], "name": [self.genre[1]]})
        yield Batch("track", {"id": self.ids, "name": names})
        artists = [self.artist[0]] * (len(self.ids) - 1) + ["later:artist:1"]
        yield Batch("performed_by", {"source": self.ids, "target": artists})
        yield Batch("track_genre", {"source": self.ids, "target": [self.genre[0]] * len(self.ids)})


class Blind:
    """An index that finds the first rows, whatever is asked."""

    def query(self, vector, count, allowed=None):
        return np.arange(count), np.ones(count, np.float32)


@pytest.fixture
def upkeep(api):
    """A fresh one beside the service's own thread-less one, whose clock the test moves; the model is put back."""
    loaded = api.service.model.get()
    clock = [0.0]
    fresh = Upkeep(api.service.model, GraphTracks(api.service.store), clock=lambda: clock[0])
    fresh.move_on = lambda: clock.__setitem__(0, clock[0] + REFRESH_S)
    held, api.service.upkeep = api.service.upkeep, fresh
    yield fresh
    api.service.upkeep = held
    api.service.model._loaded = loaded


def health(api):
    return {part["name"]: part for part in api.data(HEALTH)["health"]["components"]}["index"]


def test_imported_tracks_can_be_nominated_without_another_training(api, upkeep):
    upkeep.step()
    assert upkeep.later == 0
    user = api.listeners(1)[0]
    bundle = api.service.model.get().bundle
    (top,) = api.rows(
        "MATCH (:User {id: $user})-[p:PLAYED]->(:Track)-[:PERFORMED_BY]->(a:Artist) WITH a, sum(p.count) AS n "
        "ORDER BY n DESC, a.id LIMIT 1 MATCH (a)<-[:PERFORMED_BY]-(:Track)-[:IN_GENRE]->(g:Genre) "
        "RETURN a.id AS artist, a.name AS name, g.id AS genre, g.name AS called ORDER BY g.id LIMIT 1",
        user=user,
    )
    source = Imported((top["artist"], top["name"]), (top["genre"], top["called"]))
    load(api.service.store, source)
    try:
        upkeep.step()
        assert upkeep.later == 0  # the graph is asked every so often, not all the time
        upkeep.move_on()
        upkeep.step()
        assert upkeep.later == 3
        assert upkeep.gauges()["phonograph_later_tracks"] == 3.0
        larger = api.service.model.get().bundle
        assert larger.version == bundle.version
        rows = larger.catalogue.tracks.rows(source.ids)
        assert rows.tolist() == list(range(len(bundle.catalogue), len(bundle.catalogue) + 3))
        assert larger.track_vectors[rows].any(axis=1).all()
        assert larger.catalogue.names["artist"][larger.catalogue.artist_rows(int(rows[2]))].tolist() == ["A newcomer"]
        items = api.data(PAGE, user=user)["recommendations"]["items"]["edges"]
        recommended = {api.graph_id(edge["node"]["id"]) for edge in items}
        assert recommended & set(source.ids)
        assert "3 tracks came after the training" in health(api)["detail"]
        upkeep.move_on()
        upkeep.step()
        assert api.service.model.get().bundle is larger  # nothing moved: nothing was made anew
    finally:
        api.rows("MATCH (n) WHERE n.id STARTS WITH 'later:' DETACH DELETE n")
    upkeep.move_on()
    upkeep.step()
    assert upkeep.later == 0
    assert api.service.model.get().bundle is bundle


def test_a_good_index_is_probed_and_exported(api, upkeep):
    assert health(api) == {"name": "index", "ok": True, "detail": "not probed yet"}
    assert upkeep.gauges() == {"phonograph_later_tracks": 0.0}
    upkeep.step()
    assert upkeep.recall.least == 1.0
    assert health(api)["ok"]
    assert "1.000 for tracks, 1.000 for listeners, 1.000 for ALS" in health(api)["detail"]
    assert upkeep.gauges()['phonograph_index_recall{asked_by="listeners"}'] == 1.0
    told = api.http.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert f'phonograph_index_recall{{asked_by="listeners",process="{os.getpid()}"}} 1' in told.text.splitlines()
    for name in ("profile_age_seconds", "events_waiting", "model_age_seconds"):
        assert f"phonograph_{name}{{" in told.text
    assert f'phonograph_model_info{{version="{api.service.model.get().bundle.version}"' in told.text


def test_a_bad_index_is_named(api, upkeep):
    loaded = api.service.model.get()
    bad = dataclasses.replace(loaded.bundle, index=Blind())
    api.service.model._loaded = Loaded(bad, loaded.engine)
    upkeep.step()
    assert upkeep.recall.listeners < 0.5
    found = health(api)
    assert not found["ok"]
    assert "for listeners" in found["detail"]
    assert upkeep.gauges()['phonograph_index_recall{asked_by="tracks"}'] < 0.5


def test_while_neo4j_is_away_the_model_stays_as_it_is(api, upkeep, monkeypatch):
    upkeep.step()
    before = api.service.model.get().bundle
    upkeep.move_on()

    def away(*args, **kwargs):
        raise GraphUnavailableError("Neo4j is away")

    monkeypatch.setattr(GraphTracks, "counts", away)
    with pytest.raises(GraphUnavailableError):
        upkeep.step()
    assert api.service.model.get().bundle is before


def test_a_model_that_was_swapped_meanwhile_is_not_replaced(api, upkeep):
    loaded = api.service.model.get()
    other = dataclasses.replace(loaded.bundle)
    assert not api.service.model.renew(other, other)
    assert api.service.model.get() is loaded


def test_a_thread_of_the_application_does_it(api, serve):
    held = api.service.upkeep
    api.service.upkeep = Upkeep(api.service.model, GraphTracks(api.service.store))
    try:
        with serve(api.service, keeps_up=True):
            api.until(lambda: api.service.upkeep.recall is not None, "the index is not probed")
    finally:
        api.service.upkeep = held


def test_the_setting_names_the_kinds_of_index():
    assert Settings.model_fields["index"].annotation == IndexKind
