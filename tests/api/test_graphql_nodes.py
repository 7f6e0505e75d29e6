"""Everything that can be looked at by GraphQL, held against what the graph holds: nodes, lists, pages, searches."""

import pytest

TRACK = """id graphId name durationMs explicit popularity playCount listenerCount isrc album releaseDate sourceIds
  artists { id name } genres(first: 3) { weight genre { name } }
  audio { tempo tempoAlt tempoConfidence key mode camelot timeSignature loudness energy danceability valence
    acousticness instrumentalness speechiness liveness source extractorVersion
    likelyGenres { label probability } likelyMoods { label probability } }
  similar(first: 4) { nodes { id } pageInfo { hasNextPage } edges { cursor similarity node { id name } } }"""
AUDIO = ("tempo", "loudness", "energy", "danceability", "valence", "acousticness", "instrumentalness", "liveness")


def one(api, text, **params):
    rows = api.rows(text, **params)
    assert len(rows) == 1
    return rows[0]


@pytest.fixture(scope="module")
def track_id(api):
    found = one(
        api,
        "MATCH (t:Track) WHERE t.tempo IS NOT NULL RETURN t.id AS id ORDER BY t.playCount DESC, id LIMIT 1",
    )
    api.rows("MATCH (t:Track {id: $id}) SET t.isrc = 'XXPHO2600001'", **found)  # the demo world has no codes
    return found["id"]


def test_a_track_by_either_id_or_its_recording_code(api, track_id):
    query = f"query ($id: ID, $isrc: String) {{ track(id: $id, isrc: $isrc) {{ {TRACK} }} }}"
    stored = one(api, "MATCH (t:Track {id: $id}) RETURN properties(t) AS t", id=track_id)["t"]
    by_graph_id = api.data(query, id=track_id)["track"]
    assert by_graph_id == api.data(query, id=by_graph_id["id"])["track"]
    assert by_graph_id == api.data(query, isrc=stored["isrc"])["track"]
    for name in ("name", "durationMs", "explicit", "playCount", "listenerCount", "isrc", "album", "releaseDate"):
        assert by_graph_id[name] == stored.get(name), name
    for name in AUDIO:
        assert by_graph_id["audio"][name] == pytest.approx(stored[name]), name
    artists = api.rows(
        "MATCH (:Track {id: $id})-[p:PERFORMED_BY]->(a) RETURN a.name AS name ORDER BY p.position, a.id", id=track_id
    )
    assert [artist["name"] for artist in by_graph_id["artists"]] == [row["name"] for row in artists]
    weights = [entry["weight"] for entry in by_graph_id["genres"]]
    assert weights == sorted(weights, reverse=True)
    assert weights
    similar = by_graph_id["similar"]
    values = [edge["similarity"] for edge in similar["edges"]]
    assert len(values) == 4
    assert values == sorted(values, reverse=True)
    assert by_graph_id["id"] not in [node["id"] for node in similar["nodes"]]


def test_what_a_track_could_be_by_its_sound(api, track_id):
    query = "query ($id: ID) { track(id: $id) { audio { likelyGenres { label probability } likelyMoods { label } } } }"
    assert api.data(query, id=track_id)["track"]["audio"] == {"likelyGenres": [], "likelyMoods": []}
    api.rows(
        "MATCH (t:Track {id: $id}) SET t.estimatedGenres = ['g:1', 'g:2'], "
        "t.estimatedGenreProbabilities = [0.75, 0.25], "
        "t.estimatedMoods = ['calm'], t.estimatedMoodProbabilities = [1.0]",
        id=track_id,
    )
    assert api.data(query, id=track_id)["track"]["audio"] == {
        "likelyGenres": [{"label": "g:1", "probability": 0.75}, {"label": "g:2", "probability": 0.25}],
        "likelyMoods": [{"label": "calm"}],
    }
    api.rows(
        "MATCH (t:Track {id: $id}) REMOVE t.estimatedGenres, t.estimatedGenreProbabilities, t.estimatedMoods, "
        "t.estimatedMoodProbabilities",
        id=track_id,
    )


def test_a_track_without_audio_has_none(api):
    api.rows("MERGE (t:Track {id: 'api:silent'}) SET t.name = 'Silent'")
    query = f"query ($id: ID) {{ track(id: $id) {{ {TRACK} }} }}"
    found = api.data(query, id="api:silent")["track"]
    api.rows("MATCH (t:Track {id: 'api:silent'}) DETACH DELETE t")
    assert (found["name"], found["audio"], found["similar"], found["artists"]) == ("Silent", None, None, [])


def test_an_artist_with_their_tracks_page_by_page(api):
    artist = one(
        api,
        "MATCH (a:Artist)<-[:PERFORMED_BY]-(t) WITH a, count(t) AS tracks RETURN a.id AS id, a.name AS name, tracks "
        "ORDER BY tracks DESC, id LIMIT 1",
    )
    query = """query ($id: ID!, $after: String) { artist(id: $id) { name country listenerCount trackCount
      genres { weight genre { name } } topTracks(first: 3, after: $after) { nodes { playCount } edges { cursor }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
    plays, after = [], None
    while True:
        found = api.data(query, id=artist["id"], after=after)["artist"]
        assert (found["name"], found["trackCount"]) == (artist["name"], artist["tracks"])
        assert found["genres"]
        page = found["topTracks"]
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        plays += [node["playCount"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(plays) == artist["tracks"] > 3
    assert plays == sorted(plays, reverse=True)


def test_a_genre_by_id_slug_or_name_with_its_place_and_its_neighbours(api):
    genre = one(
        api,
        "MATCH (g:Genre)-[:SUBGENRE_OF]->(p) WITH g, collect(p.name) AS parents "
        "RETURN g.id AS id, g.slug AS slug, g.name AS name, parents, g.trackCount AS tracks "
        "ORDER BY tracks DESC, id LIMIT 1",
    )
    query = """query ($id: ID, $slug: String) { genre(id: $id, slug: $slug) { id graphId name slug trackCount
      parents { name } children { name } tracks(first: 5) { nodes { playCount } pageInfo { hasNextPage } }
      adjacent(first: 3) { nodes { name } pageInfo { hasNextPage }
        edges { cursor strength node { id name } evidence { kind value sampleSize } } } } }"""
    found = api.data(query, id=genre["id"])["genre"]
    for other in ({"slug": genre["slug"]}, {"slug": genre["name"].upper()}, {"id": found["id"]}):
        assert api.data(query, **other)["genre"] == found
    assert (found["name"], found["trackCount"]) == (genre["name"], genre["tracks"])
    assert sorted(parent["name"] for parent in found["parents"]) == sorted(genre["parents"])
    strengths = [edge["strength"] for edge in found["adjacent"]["edges"]]
    assert strengths
    assert strengths == sorted(strengths, reverse=True)
    assert all(0 < strength <= 1 for strength in strengths)
    kinds = {part["kind"] for edge in found["adjacent"]["edges"] for part in edge["evidence"]}
    assert kinds == {"CO_LISTEN", "SHARED_ARTISTS", "TAXONOMY"}


def test_adjacency_is_the_same_in_both_directions(api):
    query = """{ genres(first: 100) { nodes { id adjacent(first: 100) { edges { strength node { id } } } } } }"""
    strength = {
        (node["id"], edge["node"]["id"]): edge["strength"]
        for node in api.data(query)["genres"]["nodes"]
        for edge in node["adjacent"]["edges"]
    }
    assert len(strength) > 20
    assert all(strength[b, a] == pytest.approx(value) for (a, b), value in strength.items() if (b, a) in strength)


def test_all_genres_page_by_page(api):
    query = """query ($after: String) { genres(first: 7, after: $after) { nodes { name trackCount } edges { cursor }
      pageInfo { hasNextPage endCursor } } }"""
    counts, names, after = [], [], None
    while True:
        page = api.data(query, after=after)["genres"]
        counts += [node["trackCount"] for node in page["nodes"]]
        names += [node["name"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert counts == sorted(counts, reverse=True)
    assert len(set(names)) == one(api, "MATCH (g:Genre) RETURN count(g) AS n")["n"]


def test_a_playlist_with_its_tracks_in_order(api):
    playlist = one(
        api,
        "MATCH (p:Playlist)-[c:CONTAINS]->(t) WHERE p.kind <> 'DISCOVER_WEEKLY' WITH p, t, c ORDER BY c.position, t.id "
        "WITH p, collect(t.id) AS tracks RETURN p.id AS id, p.name AS name, p.kind AS kind, tracks "
        "ORDER BY size(tracks) DESC, id LIMIT 1",
    )
    query = """query ($id: ID!, $after: String) { playlist(id: $id) { name kind description createdAt trackCount
      tracks(first: 4, after: $after) { nodes { graphId } pageInfo { hasNextPage endCursor } } } }"""
    tracks, after = [], None
    while True:
        found = api.data(query, id=playlist["id"], after=after)["playlist"]
        tracks += [node["graphId"] for node in found["tracks"]["nodes"]]
        after = found["tracks"]["pageInfo"]["endCursor"]
        if not found["tracks"]["pageInfo"]["hasNextPage"]:
            break
    assert (found["name"], found["kind"], found["trackCount"]) == (playlist["name"], playlist["kind"], len(tracks))
    assert tracks == playlist["tracks"]


def test_a_user_with_their_history_the_last_played_first(api):
    (user,) = api.listeners(1, skip=2)
    query = """query ($id: ID!, $after: String) { user(id: $id) { graphId name createdAt country timeZone allowExplicit
      history(first: 50, after: $after) { pageInfo { hasNextPage endCursor }
        edges { cursor count skips firstAt lastAt node { graphId } } } } }"""
    edges, after = [], None
    while True:
        found = api.data(query, id=user, after=after)["user"]
        assert found["graphId"] == user
        edges += found["history"]["edges"]
        after = found["history"]["pageInfo"]["endCursor"]
        if not found["history"]["pageInfo"]["hasNextPage"]:
            break
    times = [edge["lastAt"] for edge in edges]
    assert times == sorted(times, reverse=True)
    played = api.rows("MATCH (:User {id: $u})-[r:PLAYED]->(t) RETURN t.id AS id, r.count AS n", u=user)
    assert {edge["node"]["graphId"]: edge["count"] for edge in edges} == {row["id"]: row["n"] for row in played}
    assert len(edges) == len(played) > 50


@pytest.mark.parametrize("label", ["Track", "Artist", "Genre", "Playlist", "User"])
def test_any_node_by_its_global_id(api, label):
    id = one(api, f"MATCH (n:{label}) RETURN n.id AS id ORDER BY id LIMIT 1")["id"]
    query = "query ($id: ID!) { node(id: $id) { __typename id graphId name } }"
    found = api.data(query, id=api.global_id(label, id))["node"]
    assert (found["__typename"], found["graphId"]) == (label, id)
    assert found["id"] == api.global_id(label, id)
    assert api.data(query, id=api.global_id(label, "nothing"))["node"] is None


def test_several_nodes_in_the_order_asked_by_one_statement_for_each_kind(api, statements):
    wanted = [
        api.global_id(label, row["id"])
        for label in ("Track", "Artist", "Genre")
        for row in api.rows(f"MATCH (n:{label}) RETURN n.id AS id ORDER BY id LIMIT 5")
    ]
    wanted = [*wanted[::-1], "nonsense", api.global_id("Track", "nothing"), wanted[0]]
    statements.clear()
    found = api.data("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=wanted)["nodes"]
    assert [node and node["id"] for node in found] == [*wanted[:-3], None, None, wanted[-1]]
    assert len(statements) == 3 + 1  # the unknown track could be a merged record


def test_too_many_nodes_are_refused(api):
    answer = api.answer("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"] * 101)
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_REQUEST"


@pytest.mark.parametrize("field", ["track", "artist", "genre", "playlist", "user", "node"])
def test_what_nothing_has_is_null(api, field):
    assert api.data(f'{{ {field}(id: "nothing") {{ id }} }}')[field] is None


@pytest.mark.parametrize("field", ["track", "genre"])
def test_a_field_that_needs_one_of_two_says_so(api, field):
    answer = api.answer(f"{{ {field} {{ id }} }}")
    assert answer["data"][field] is None
    assert "give an id" in answer["errors"][0]["message"]


@pytest.mark.parametrize("label", ["Track", "Artist", "Genre", "Playlist"])
def test_search_finds_a_whole_name_first_and_its_beginning(api, label):
    name = one(
        api,
        f"MATCH (n:{label}) WHERE coalesce(n.kind, '') <> 'DISCOVER_WEEKLY' RETURN n.name AS name "
        "ORDER BY size(split(n.name, ' ')) DESC, n.id LIMIT 1",
    )["name"]
    query = """query ($text: String!, $types: [String!]) { search(text: $text, types: $types, first: 5) {
      pageInfo { hasNextPage } edges { cursor score node { __typename ... on Node { name } } } } }"""
    edges = api.data(query, text=name)["search"]["edges"]
    assert name in [edge["node"]["name"] for edge in edges]
    scores = [edge["score"] for edge in edges]
    assert scores == sorted(scores, reverse=True)
    only = api.data(query, text=name[:-1], types=[label])["search"]["edges"]
    assert {edge["node"]["__typename"] for edge in only} == {label}
    assert name in [edge["node"]["name"] for edge in only]


@pytest.mark.parametrize("text", ['"', "a AND", "x" * 5000, "(((", "né", "\\", "*", "a:b OR c^9", "-/~", "\u0000 a"])
def test_no_search_text_is_an_error_of_ours(api, text):
    answer = api.answer("query ($t: String!) { search(text: $t) { edges { cursor } } }", t=text)
    assert all(error["extensions"]["code"] == "INVALID_REQUEST" for error in answer.get("errors", []))


def test_search_refuses_a_type_that_has_no_names(api):
    answer = api.answer('{ search(text: "a", types: ["User"]) { edges { cursor } } }')
    assert "'User'" in answer["errors"][0]["message"]


@pytest.mark.parametrize("first", [0, -1, 101])
@pytest.mark.parametrize(
    "field", ["genres(first: %d) { nodes { id } }", 'search(text: "a", first: %d) { edges { cursor } }']
)
def test_a_page_that_cannot_be_is_named(api, field, first):
    answer = api.answer("{ " + field % first + " }")
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_REQUEST"
    assert f"first: {first}" in answer["errors"][0]["message"]


@pytest.mark.parametrize("cursor", ["", "x", "WyJhIl0=", "W3RydWUsICJhIl0=", "WzFlOTksICJhIl0=", "[" * 500])
def test_a_cursor_that_is_none_is_named(api, cursor):
    answer = api.answer("query ($c: String) { genres(after: $c) { nodes { id } } }", c=cursor)
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_REQUEST"
    assert "is no cursor" in answer["errors"][0]["message"]
