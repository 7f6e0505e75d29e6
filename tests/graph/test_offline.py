"""A whole data set into an empty home by Neo4j's own importer: the same graph as over Bolt, or none at all."""

import numpy as np
import pytest

from graph.errors import ServerError
from graph.export import export
from graph.offline import load_offline
from graph.schema import migrate
from graph.server import PLANS, ManagedServer
from graph.store import GraphStore
from ingest.demo.config import DemoConfig
from ingest.load import read, write
from ingest.sources.demo import Demo

SMALL = DemoConfig(
    user_count=40,
    track_count=150,
    artist_count=30,
    playlist_count=10,
    event_count=2_000,
    clip_count=0,
    version_count=6,
    bridge_count=4,
)
ODD = 'line\nbreak, "quoted", ; and \\ back'


def _tables():
    return {kind: dict(found.columns) for kind, found in read(Demo(None, SMALL)).records.items()}


@pytest.fixture
def fresh(session_home, tmp_path):
    home = session_home / f"offline-{tmp_path.name}"
    server = ManagedServer(home, memory=PLANS["test"])
    yield server
    server.stop()


def test_the_graph_is_the_same_as_over_bolt(fresh, store):
    tables = _tables()
    names = tables["track"]["name"].astype("<U60")
    names[3] = ODD
    tables["track"]["name"] = names
    load_offline(fresh, tables)
    with GraphStore(fresh.ensure_running()) as loaded:
        migrate(loaded, now=0)
        found = export(loaded)
    data = read(Demo(None, SMALL))
    data.records["track"].columns["name"] = names
    write(store, data)
    expected = export(store)
    assert ODD in found.names["track"].tolist()
    for kind in ("users", "tracks", "artists", "genres", "playlists"):
        assert getattr(found, kind).values.tolist() == getattr(expected, kind).values.tolist()
    for kind in ("played", "performed_by", "track_genre", "contains", "subgenre_of"):
        one, other = getattr(found, kind), getattr(expected, kind)
        assert len(one) == len(other) > 0
        np.testing.assert_array_equal(one.source_row, other.source_row)
        np.testing.assert_array_equal(one.target_row, other.target_row)
    np.testing.assert_allclose(found.played.columns["weight"], expected.played.columns["weight"])
    for name, column in expected.track_columns.items():
        np.testing.assert_array_equal(found.track_columns[name], column, err_msg=name)


def test_a_home_with_a_graph_is_refused(fresh):
    fresh.ensure_running()
    fresh.stop()
    with pytest.raises(ServerError, match="needs a home without one"):
        load_offline(fresh, _tables())


def test_a_table_that_the_importer_refuses_leaves_nothing_behind(fresh):
    tables = _tables()
    tables["played"]["target"] = np.full(len(tables["played"]["source"]), "no-such-track")
    with pytest.raises(ServerError, match="admin tool failed"):
        load_offline(fresh, tables)
    assert fresh.is_empty()
    assert not (fresh.folder / "import" / "offline").exists()
