"""Vocabularies become one taxonomy: one genre a concept, several parents, no cycle, every edge left out named."""

from __future__ import annotations

import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from graph.errors import SourceError
from graph.export import export
from ingest.acyclic import acyclic
from ingest.load import load, read
from ingest.names import squashed
from ingest.source import Batch, batches
from ingest.sources.genres import beets, musicbrainz
from ingest.sources.genres.merge import merged
from ingest.sources.genres.vocabularies import READERS, Beets, Everynoise, Fma, Genres, Ishkur, Musicbrainz, Wikipedia

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures/genres"
SHARED = pathlib.Path(__file__).resolve().parents[3] / "../shared/data/genres"


def by_kind(source):
    return {batch.kind: batch for batch in batches(source)}


def told(remarks):
    found = {}
    for remark in remarks:
        found[remark.reason] = found.get(remark.reason, 0) + remark.count
    return found


def genre(batch, id):
    row = batch.columns["id"].index(id)
    return {name: values[row] for name, values in batch.columns.items()}


def edges(batch, *names):
    plain = [[end.rpartition(":")[2] for end in batch.columns[name]] for name in ("source", "target")]
    return set(zip(*plain, *(batch.columns[name] for name in names), strict=True))


class TestOneTaxonomy:
    def test_one_genre_gathers_names_ids_and_place(self):
        found = by_kind(Genres(FIXTURES))["genre"]
        one = genre(found, "genres:genre:harbour-folk")
        assert (one["name"], one["x"], one["y"], one["level"]) == ("Harbour-Folk", 911.0, 3891.0, 1)
        assert one["aliases"] == ["harbour folk", "harborfolk", "dockside"]
        assert one["sourceIds"][:3] == ["fma:2", "beets:harbour folk", "wikipedia:harbour_folk"]

    def test_an_alias_that_is_a_genre_itself_is_none(self):
        found = by_kind(Genres(FIXTURES))["genre"]
        assert genre(found, "genres:genre:lantern-folk")["aliases"] == ["lamp folk"]
        assert genre(found, "genres:genre:mist")["aliases"] == ["Nebel"]
        assert told(found.noted)["alias is a genre itself: left out"] == 2

    def test_edges_name_all_their_origins_and_a_genre_may_have_two_parents(self):
        found = edges(by_kind(Genres(FIXTURES))["subgenre_of"], "origin")
        assert ("lantern-folk", "harbour-folk", "fma, beets, wikipedia") in found
        assert {("quay-pop", "harbour", "beets"), ("quay-pop", "static", "beets")} <= found

    def test_the_edge_with_less_evidence_is_left_out_and_named(self):
        rejected = {remark.reason: remark for remark in by_kind(Genres(FIXTURES))["subgenre_of"].rejected}
        assert rejected["would close a cycle of subgenres"].examples == (
            "Harbour-Folk under Lantern Folk",
            "mist under haze",
        )
        assert rejected["subgenre of itself"].examples == ("wrangled.min.json[0]: harbour folk",)

    def test_influences_are_no_parents(self):
        found = by_kind(Genres(FIXTURES))
        influences = edges(found["influenced"], "kind", "origin", "from", "to")
        assert ("static", "mist", "influence", "ishkur", 1996, 2000) in influences
        assert ("harbour", "harbour-folk", "origin", "wikipedia", None, None) in influences
        assert ("mist", "foghorn", "related", "ishkur", None, None) in influences
        assert not {("mist", "static"), ("static", "mist")} & edges(found["subgenre_of"])
        assert told(found["influenced"].rejected) == {
            "the life span of a genre, no influence": 1,
            "unknown genre": 1,
            "no target": 1,
            "influence of a genre on itself": 1,
            "influence of or on what is no genre here": 1,
        }

    def test_a_folder_without_vocabularies_is_one_line(self, tmp_path):
        with pytest.raises(SourceError, match="no vocabulary of genres in that folder"):
            list(batches(Genres(tmp_path)))


class TestVocabularies:
    def test_fma_dirt(self):
        found = by_kind(Fma(FIXTURES / "fma"))
        assert told(found["genre"].rejected) == {"genre_id is repeated": 1, "no name": 1}
        assert told(found["subgenre_of"].rejected) == {"no such parent": 2}
        assert edges(found["subgenre_of"]) == {("harbour-folk", "harbour"), ("lantern-folk", "harbour-folk")}

    def test_beets_spells_by_its_rules(self):
        rules = [beets._rule(r"psychedelic \1", "psy(?:ch(?:edelic)?)?[ -]*(folk|rock)"), beets._rule("dnb", "d.*b")]
        assert beets.respelt("Psych-Rock", rules) == "psychedelic rock"
        assert beets.respelt("drum'n'bass x", rules) == "drum'n'bass x"
        assert beets.respelt("psych" * 100, rules) == "psych" * 100  # too long for anybody's rules

    def test_beets_rules_that_are_none_are_noted(self):
        assert told(by_kind(Beets(FIXTURES / "beets"))["genre"].noted) == {
            "rule of spelling that is no regular expression: left out": 1
        }

    def test_wikipedia_alone_keeps_five_edges(self):
        found = by_kind(Wikipedia(FIXTURES / "wikipedia-infobox"))
        assert edges(found["subgenre_of"]) == {("lantern-folk", "harbour-folk"), ("fog", "mist"), ("haze", "fog")}
        assert found["subgenre_of"].merged == 1

    def test_musicbrainz_takes_genres_only_unless_asked(self):
        folder = FIXTURES / "musicbrainz-mapping"
        found = by_kind(Musicbrainz(folder))["genre"]
        assert found.columns["name"] == ["harbour folk", "quay-pop", "mist"]
        assert genre(found, "musicbrainz:genre:harbour-folk")["aliases"] == ["dockside"]  # not "harbour", short for it
        assert told(found.rejected) == {
            "a tag of listeners, no genre": 2,
            "no name": 2,
            "a name of another service that means no genre": 1,
        }
        assert "seen live" in [genre.name for genre in musicbrainz.read(folder, all_tags=True).genres]

    def test_everynoise_notes_what_is_odd(self):
        found = by_kind(Everynoise(FIXTURES / "everynoise"))["genre"]
        assert told(found.noted) == {
            "name looks wrongly decoded: kept as it is": 1,
            "place on the map is no number: left out": 1,
        }
        assert found.columns["x"] == [911.0, 12.0, None]

    @pytest.mark.parametrize("content", [b"- a: &x [*x]\n", b"{a: b}\n", b"- [\n", b"\xff\xfe", b"[" * 5000, b""])
    def test_a_tree_that_is_none_is_one_line_or_empty(self, tmp_path, content):
        (tmp_path / beets.TREE).write_bytes(content)
        with pytest.raises(SourceError, match=r"genres-tree\.yaml") as raised:
            list(batches(Beets(tmp_path)))
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("kind", [Fma, Beets, Wikipedia, Musicbrainz, Everynoise, Ishkur, Genres])
def test_nothing_there_is_one_line(kind, tmp_path):
    for path in (tmp_path, tmp_path / "absent", FIXTURES / "notes.txt"):
        with pytest.raises(SourceError) as raised:
            kind(path).extract()
        assert str(path) in str(raised.value)
        assert "\n" not in str(raised.value)


nodes = st.integers(0, 7).map(str)


@given(st.dictionaries(st.tuples(nodes, nodes), st.integers(0, 3), max_size=40), st.sets(st.tuples(nodes, nodes)))
def test_what_stays_has_no_cycle_and_nothing_else_could_stay(strength, given):
    given, _ = acyclic(dict.fromkeys(given, 0))  # what is there has no cycle
    kept, dropped = acyclic(strength, given)
    assert sorted([*kept, *dropped]) == sorted(strength)
    assert is_acyclic({*kept, *given})
    for edge in dropped:
        assert not is_acyclic({*kept, *given, edge})
        stronger = {other for other in kept if strength[other] >= strength[edge]}
        assert not is_acyclic({*stronger, *given, edge})  # no weaker edge was kept in its place


def is_acyclic(found):
    rows = [[int(a) for a, _ in found], [int(b) for _, b in found]]
    if any(a == b for a, b in found):
        return False
    matrix = csr_array(([1] * len(found), rows), shape=(8, 8))
    return connected_components(matrix, connection="strong")[0] == 8


class Given:
    """Hands out the batches it was given."""

    name = "given"

    def __init__(self, *found):
        self.found = found

    def extract(self):
        return None

    def transform(self, raw):
        yield from self.found


class TestInTheGraph:
    def test_columns_and_influences_arrive_and_a_second_import_changes_nothing(self, store, ask):
        load(store, Genres(FIXTURES))
        one = ask("MATCH (g:Genre {slug: 'harbour-folk'}) RETURN properties(g) AS p")[0]["p"]
        assert (one["x"], one["level"], one["aliases"][0]) == (911.0, 1, "harbour folk")
        link = ask("MATCH (:Genre {slug: 'static'})-[r:INFLUENCED]->(:Genre {slug: 'mist'}) RETURN properties(r) AS p")
        assert link[0]["p"] == {"kind": "influence", "origin": "ishkur", "from": 1996, "to": 2000}
        everything = "MATCH (a)-[r]->(b) RETURN a.id AS a, type(r) AS t, b.id AS b, properties(r) AS p ORDER BY a, t, b"
        before = ask(everything), ask("MATCH (g:Genre) RETURN properties(g) AS p ORDER BY g.id")
        load(store, Genres(FIXTURES))
        assert (ask(everything), ask("MATCH (g:Genre) RETURN properties(g) AS p ORDER BY g.id")) == before

    def test_sources_one_after_the_other_close_no_cycle(self, store):
        def tree(*pairs, origin):
            ids = sorted({f"given:genre:{end}" for pair in pairs for end in pair})
            links = {
                "source": [f"given:genre:{child}" for child, _ in pairs],
                "target": [f"given:genre:{parent}" for _, parent in pairs],
                "origin": [origin] * len(pairs),
            }
            return Given(Batch("genre", {"id": ids, "name": ids}), Batch("subgenre_of", links))

        load(store, tree(("b", "a"), ("c", "b"), origin="one"))
        report = load(store, tree(("a", "c"), ("b", "a"), ("d", "c"), ("d", "d"), origin="two")).of("subgenre_of")
        assert (report.written, told(report.rejected)) == (
            2,
            {"subgenre of itself": 1, "would close a cycle of subgenres": 1},
        )
        assert report.rejected[1].examples == ("given:genre:a -> given:genre:c",)
        found = export(store).subgenre_of
        assert found.columns["origin"].tolist() == ["one, two", "one", "two"]


def shared(folder):
    if not (SHARED / folder).is_dir():
        pytest.skip(f"local data set absent: ../shared/data/genres/{folder}")
    return SHARED / folder


class TestRealData:
    """The counts of the data sets' own description."""

    def test_fma(self):
        found = by_kind(Fma(shared("fma")))
        assert (len(found["genre"]), len(found["subgenre_of"])) == (163, 147)
        assert found["genre"].columns["level"].count(0) + found["genre"].columns["level"].count(None) == 16
        assert not found["genre"].rejected

    def test_beets(self):
        said = beets.read(shared("beets"))
        in_tree = {genre.name for genre in said.genres if genre.place.startswith(beets.TREE)}
        assert (len(in_tree), len({(edge.child, edge.parent) for edge in said.parents})) == (794, 779)
        assert len(in_tree - {edge.child for edge in said.parents}) == 21
        assert len(by_kind(Beets(SHARED / "beets"))["subgenre_of"]) == 779

    def test_everynoise(self):
        found = by_kind(Everynoise(shared("everynoise")))["genre"]
        assert (len(found), found.merged, told(found.rejected)) == (5453, 0, {})
        assert (min(found.columns["x"]), max(found.columns["x"])) == (0, 1500)
        assert told(found.noted) == {"name looks wrongly decoded: kept as it is": 1}

    def test_wikipedia(self):
        found = by_kind(Wikipedia(shared("wikipedia-infobox")))
        assert told(found["subgenre_of"].rejected)["subgenre of itself"] == 35
        assert found["subgenre_of"].read == 922
        assert found["influenced"].read == 3659 + 1144 + 778
        assert told(found["influenced"].rejected)["influence of a genre on itself"] == 2 + 13 + 9
        dropped = next(r for r in found["subgenre_of"].rejected if r.reason == "would close a cycle of subgenres")
        assert len(dropped.examples) == dropped.count == 23
        links = [(child, parent) for one in dropped.examples for child, parent in [one.split(" under ")]]
        ends = sorted({end for link in links for end in link})
        matrix = csr_array(
            ([1] * len(links), [[ends.index(end) for end in side] for side in zip(*links, strict=True)]),
            shape=(len(ends), len(ends)),
        )
        count, label = connected_components(matrix, directed=False)
        assert sorted([label.tolist().count(one) for one in range(count)]) == [2, 2, 3, 4, 4, 4]

    def test_musicbrainz(self):
        found = by_kind(Musicbrainz(shared("musicbrainz-mapping")))["genre"]
        assert len(found) == 811  # kaseko and kasékò are one
        assert told(found.rejected)["a tag of listeners, no genre"] + 2 + 812 == 198_836

    def test_ishkur(self):
        found = by_kind(Ishkur(shared("ishkur")))
        assert found["influenced"].read == 352 + 305
        assert told(found["influenced"].rejected) == {"the life span of a genre, no influence": 167, "no target": 56}
        assert len(found["subgenre_of"]) == 0

    def test_fma_beets_and_wikipedia_together(self):
        said = [READERS["fma"](shared("fma")), READERS["beets"](shared("beets"))]
        said.append(READERS["wikipedia"](shared("wikipedia-infobox")))
        distinct = {(squashed(edge.child), squashed(edge.parent)) for one in said for edge in one.parents}
        distinct = {edge for edge in distinct if edge[0] != edge[1]}
        children = [child for child, _ in distinct]
        assert len({end for edge in distinct for end in edge}) == 1154
        assert len(distinct) == 1685
        assert sum(children.count(child) > 1 for child in set(children)) == 301
        batch = {batch.kind: batch for batch in merged("genres", said)}["subgenre_of"]
        assert len(batch) + told(batch.rejected)["would close a cycle of subgenres"] == 1685

    def test_all_together(self):
        shared("fma")
        data = read(Genres(SHARED)).records
        assert len(data["genre"]) > 7000
        pairs = list(zip(data["subgenre_of"].columns["source"], data["subgenre_of"].columns["target"], strict=True))
        assert acyclic(dict.fromkeys(pairs, 0)) == (sorted(pairs), [])
