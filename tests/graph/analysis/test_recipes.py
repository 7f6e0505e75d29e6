"""Every recipe on a small invented scene: the columns it names, values that can be right, and planted answers."""

import pytest

from graph.analysis import AnalystConsole, recipe, recipes
from graph.errors import InvalidRequestError, NotFoundError
from graph.schema import migrate
from ingest.demo.config import DemoConfig
from ingest.load import load
from ingest.sources.demo import Demo

SMALL = DemoConfig(
    user_count=60,
    track_count=200,
    artist_count=40,
    playlist_count=20,
    event_count=4_000,
    clip_count=0,
    version_count=4,
    bridge_count=4,
)
NAMES = [found.name for found in recipes()]
EMPTY_HERE = {"genre_neighbours", "model_edges", "explanation_audit", "weekly_by_source", "weekly_retention"}
"""What a graph without a model and without weekly lists cannot answer; planted below."""
EMPTY_HERE |= {"blocked_artists", "audience_by_country", "merges_by_reason", "sound_of_genres", "friends_in_taste"}
EMPTY_HERE |= {"model_lineage", "close_tracks", "close_listeners_heard", "surprising_pairs"}
EMPTY_HERE |= {"hidden_gems", "playlists_alike", "bridge_artists", "one_track_artists"}


@pytest.fixture(scope="module")
def console(session_store, neo4j_server):
    session_store.autocommit("write/wipe")
    migrate(session_store, now=0)
    load(session_store, Demo(None, SMALL))
    session_store.autocommit("write/vector_index", n=4, quantisation="NONE")  # no search is planned without its index
    with AnalystConsole(neo4j_server) as opened:
        yield opened
    session_store.autocommit("write/drop_vector_index")


def needed(found, console):
    """Values for what has no default: the first of the kind."""
    label = {"artist": "Artist", "genre": "Genre", "track": "Track", "user": "User"}
    return {
        name: console.run(
            f"MATCH (n:{label[name]}) RETURN n.id AS id ORDER BY coalesce(n.trackCount, 0) DESC, id LIMIT 1"
        ).rows[0][0]
        for name, value in found.defaults.items()
        if value is None
    }


def test_there_are_at_least_25():
    assert len(NAMES) >= 25
    assert all(found.about.endswith(".") for found in recipes())


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_answers_with_its_columns(name, console):
    found = recipe(name)
    table = console.answer(found, needed(found, console))
    assert table.columns == found.columns
    if name not in EMPTY_HERE:
        assert table.rows
    assert not table.is_cut


def one(console, name, **params):
    found = recipe(name)
    table = console.answer(found, params)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def test_counts_agree_with_the_graph(console):
    (funnel,) = one(console, "event_funnel")
    pairs = console.run("MATCH (:User)-[r:PLAYED]->(:Track) RETURN count(r) AS n, sum(r.count) AS plays").rows[0]
    assert funnel["met"] == pairs[0]
    assert funnel["met"] >= funnel["played"] >= funnel["played_twice"] > 0
    deciles = one(console, "popularity_deciles")
    assert len(deciles) == 10
    assert sum(row["plays"] for row in deciles) == pairs[1]
    assert sum(row["share"] for row in deciles) == pytest.approx(1, abs=1e-3)
    assert [row["plays"] for row in deciles] == sorted((row["plays"] for row in deciles), reverse=True)


@pytest.fixture
def planted(store, ask, neo4j_server):
    with AnalystConsole(neo4j_server) as opened:
        yield opened, ask


def test_gini_of_all_alike_and_of_one_in_many(planted):
    console, ask = planted
    ask("UNWIND range(1, 10) AS i CREATE (:Track {id: 't' + i, name: 't', playCount: 7})")
    assert one(console, "popularity_gini")[0]["gini"] == 0
    ask("MATCH (t:Track) SET t.playCount = CASE t.id WHEN 't1' THEN 1000000 ELSE 1 END")
    assert one(console, "popularity_gini")[0]["gini"] == pytest.approx(0.9, abs=1e-3)


def test_entropy_is_in_bits(planted):
    console, ask = planted
    ask(
        "UNWIND range(1, 4) AS i CREATE (a:Artist {id: 'a' + i})<-[:PERFORMED_BY]-(:Track {id: 't' + i}) "
        "WITH collect(i) AS all UNWIND range(1, 6) AS u CREATE (n:User {id: 'u' + u}) WITH n "
        "MATCH (t:Track) CREATE (n)-[:PLAYED {count: 1, firstAt: 1, lastAt: 1}]->(t)"
    )
    assert one(console, "bubble_entropy") == [{"tracksFrom": 4, "listeners": 6, "entropy": 2.0, "artists": 4.0}]


def test_fewer_than_five_people_are_nobodys_business(planted):
    console, ask = planted
    ask(
        "CREATE (a:Artist {id: 'a', listenerCount: 4})<-[:PERFORMED_BY]-(t:Track {id: 't', listenerCount: 4}) WITH t "
        "UNWIND range(1, 4) AS u CREATE (:User {id: 'u' + u, country: 'XX'})-[:PLAYED "
        "{count: 1, firstAt: 1, lastAt: 1, skips: 3}]->(t)"
    )
    for name in (
        "bubble_entropy",
        "bubble_tail_share",
        "audience_by_country",
        "skipped_tracks",
        "listeners_by_activity",
    ):
        assert one(console, name) == []
    ask("MATCH (t:Track) CREATE (:User {id: 'u5', country: 'XX'})-[:PLAYED {count: 1, firstAt: 1, lastAt: 1}]->(t)")
    assert one(console, "audience_by_country") == [{"country": "XX", "listeners": 5, "plays": 5}]


def test_retention_counts_plays_after_the_list_was_made(planted):
    console, ask = planted
    ask(
        "UNWIND range(1, 6) AS u CREATE (n:User {id: 'u' + u})-[:OWNS]->"
        "(p:Playlist {id: 'p' + u, kind: 'DISCOVER_WEEKLY', isoWeek: '2026-W01', createdAt: 100}) "
        "WITH n, p, u UNWIND [1, 2] AS i CREATE (t:Track {id: 't' + u + '-' + i}) "
        "CREATE (p)-[:CONTAINS {source: 'gnn', reason: CASE i WHEN 1 THEN 'because' ELSE '' END}]->(t) "
        "FOREACH (_ IN CASE WHEN i = 1 AND u <= 3 THEN [1] ELSE [] END | "
        "CREATE (n)-[:PLAYED {count: 1, firstAt: 99, lastAt: CASE u WHEN 1 THEN 99 ELSE 150 END}]->(t))"
    )
    assert one(console, "weekly_retention") == [
        {"week": "2026-W01", "lists": 6, "listenersWhoPlayed": 2, "trackShare": round(2 / 12, 4)}
    ]
    assert one(console, "weekly_by_source") == [{"source": "gnn", "tracks": 12, "played": 2, "share": round(2 / 12, 4)}]
    assert one(console, "explanation_audit") == [{"source": "gnn", "tracks": 12, "withReason": 6, "share": 0.5}]


def test_bridge_artists_join_genres_that_share_nobody_else(planted):
    console, ask = planted
    ask(
        "UNWIND ['x', 'y'] AS g CREATE (n:Genre {id: g, name: g, trackCount: 30}) WITH n, g UNWIND range(1, 5) AS i "
        "CREATE (:Artist {id: g + i, listenerCount: 50})<-[:PERFORMED_BY]-(:Track {id: g + i})-[:IN_GENRE]->(n)"
    )
    ask(
        "MATCH (x:Genre {id: 'x'}), (y:Genre {id: 'y'}) CREATE (b:Artist {id: 'bridge', name: 'B', listenerCount: 50}) "
        "CREATE (b)<-[:PERFORMED_BY]-(:Track {id: 'bx'})-[:IN_GENRE]->(x) "
        "CREATE (b)<-[:PERFORMED_BY]-(:Track {id: 'by'})-[:IN_GENRE]->(y)"
    )
    assert [row["artist"] for row in one(console, "bridge_artists")] == ["bridge"]


def test_wrong_names_and_values_say_so(planted):
    console, _ = planted
    with pytest.raises(NotFoundError, match="there is no recipe 'nothing'"):
        recipe("nothing")
    with pytest.raises(InvalidRequestError, match="has no parameter 'colour': it has limit"):
        console.answer(recipe("top_tracks"), {"colour": "red"})
    with pytest.raises(InvalidRequestError, match="limit='many' of recipe top_tracks is no number"):
        console.answer(recipe("top_tracks"), {"limit": "many"})
    with pytest.raises(InvalidRequestError, match="needs a value for artist"):
        console.answer(recipe("audience_of_artist"))
