"""Pages, seeds and explanations by the id of a record that was merged into another node."""

from types import SimpleNamespace

import pytest

from api.guarded_reads import GuardedReads
from api.own_ids import OwnIds
from graph.arrays import Ids
from graph.browse import GraphBrowse
from graph.reads import GraphReads
from ingest.load import load
from ingest.source import Batch
from recommend.types import RecommendRequest, Seed


class Source:
    """One track by one artist, as one of two sources knows them."""

    def __init__(self, name):
        self.name = name

    def extract(self):
        return None

    def transform(self, raw):
        yield Batch("artist", {"id": [f"{self.name}:artist:1"], "name": ["Ann"]})
        track = {"id": [f"{self.name}:track:1"], "name": ["One"], "sourceIds": [["isrc:DEX"]], "durationMs": [200_000]}
        yield Batch("track", track)
        ends = {"source": [f"{self.name}:track:1"], "target": [f"{self.name}:artist:1"], "position": [0]}
        yield Batch("performed_by", ends)


@pytest.fixture
def browse(store):
    for name in ("one", "two"):
        load(store, Source(name))
    return GraphBrowse(store)


@pytest.fixture
def own(browse, store):
    return OwnIds(GuardedReads(GraphReads(store)), browse)


BUNDLE = SimpleNamespace(
    catalogue=SimpleNamespace(
        tracks=Ids.of(["one:track:1"]), ids={"track": Ids.of(["one:track:1"]), "artist": Ids.of(["one:artist:1"])}
    )
)


def test_a_page_by_either_id_is_that_of_the_node(browse):
    found = browse.tracks(["one:track:1", "two:track:1", "three:track:1"])
    assert {asked: page.id for asked, page in found.items()} == {
        "one:track:1": "one:track:1",
        "two:track:1": "one:track:1",
    }
    assert browse.artists(["two:artist:1"])["two:artist:1"].name == "Ann"


def test_seeds_and_tracks_are_what_the_model_knows(own):
    request = RecommendRequest("u", "radio", seeds=(Seed("two:track:1", 0.5), Seed("two:artist:1"), Seed("nobody")))
    seeds = own.request(BUNDLE, request).seeds
    assert seeds == (Seed("one:track:1", 0.5), Seed("one:artist:1"), Seed("nobody"))
    assert own.track(BUNDLE, "two:track:1") == own.track(BUNDLE, "one:track:1") == "one:track:1"
    assert own.track(BUNDLE, "nobody") == "nobody"


def test_what_the_model_knows_is_not_asked_for(own, statements):
    own.request(BUNDLE, RecommendRequest("u", "radio", seeds=(Seed("one:track:1"),)))
    own.track(BUNDLE, "one:track:1")
    assert statements == []
