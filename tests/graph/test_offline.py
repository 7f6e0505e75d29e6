"""Tables into an empty home by Neo4j's own importer: all of them, or no graph at all."""

import numpy as np
import pytest

from graph.errors import NotEmptyError, ServerError
from graph.export import export
from graph.offline import load_offline
from graph.schema import migrate
from graph.server import PLANS, ManagedServer
from graph.store import GraphStore
from ingest.demo.config import DemoConfig
from ingest.load import read
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


def test_text_of_any_kind_arrives_and_a_home_with_a_graph_is_refused(fresh):
    names = [ODD, "plain", "", "naïve \u2028 \U0001f3b5", "NaN"]
    load_offline(fresh, {"track": {"id": np.array(list("abcde")), "name": np.array(names)}})
    with GraphStore(fresh.ensure_running()) as store:
        migrate(store, now=0)
        found = export(store)
    assert dict(zip(found.tracks.values.tolist(), found.names["track"].tolist(), strict=True)) == dict(
        zip("abcde", names, strict=True)
    )
    with pytest.raises(NotEmptyError, match="needs a home without one"):
        load_offline(fresh, _tables())


def test_a_load_whose_writer_was_killed_is_no_graph(fresh):
    """The mark of an unfinished load is there and half a database: the next command begins anew."""
    tables = _tables()
    for folder in ("data/databases/neo4j", "run", "import/offline-999999999"):
        (fresh.folder / folder).mkdir(parents=True)
    (fresh.folder / "data" / "databases" / "neo4j" / "neostore").write_bytes(b"half")
    (fresh.folder / "run" / "half-filled").touch()
    assert fresh.is_empty()
    load_offline(fresh, tables)
    assert not fresh.is_empty()
    assert list((fresh.folder / "import").iterdir()) == []


def test_a_table_that_the_importer_refuses_leaves_nothing_behind(fresh):
    tables = _tables()
    tables["played"]["target"] = np.full(len(tables["played"]["source"]), "no-such-track")
    with pytest.raises(ServerError, match="admin tool failed"):
        load_offline(fresh, tables)
    assert fresh.is_empty()
    assert list((fresh.folder / "import").iterdir()) == []
