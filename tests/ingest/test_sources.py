"""Every source keeps one contract; each of ours survives its dirt and says so; wrong files end in one clear line."""

from __future__ import annotations

import gzip
import pathlib
import shutil

import numpy as np
import pytest

from graph import kinds
from graph.errors import SourceError
from ingest.load import inspect, read
from ingest.records import gather
from ingest.source import EVENT, EVENT_COLUMNS, Batch, batches
from ingest.sources import HISTORIES, SOURCES
from ingest.sources.demo import Demo
from ingest.sources.hetrec import Hetrec, taggings
from ingest.sources.lfm1m import MAIN_GENRE_WEIGHT, TAG_WEIGHT, Lfm1m
from ingest.sources.tag_genres import genre_key
from ingest.sources.tidytuesday import Tidytuesday

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"
SHARED = pathlib.Path(__file__).resolve().parents[2] / "../shared/data"
FOLDERS = {"lfm1m": "lfm1m-kg", "hetrec": "hetrec2011-lastfm-2k", "tidytuesday": "spotify-songs-tidytuesday"}
MORE = {  # their wrong input has tests of its own, in tests/ingest/formats
    **{name: name for name in ("mpd", "jspf", "xspf", "m3u", "genres")},
    "local": "audio-folder",
    **{name: f"genres/{name}" for name in ("fma", "beets", "everynoise", "ishkur")},
    "wikipedia": "genres/wikipedia-infobox",
    "musicbrainz": "genres/musicbrainz-mapping",
    **{name: f"histories/{name}" for name in ("lastfm1k", *HISTORIES)},
}


def fixture_source(name):
    return Demo(None) if name == "demo" else SOURCES[name](FIXTURES / {**FOLDERS, **MORE}[name])


@pytest.fixture(scope="module", params=sorted(SOURCES))
def source_and_batches(request):
    source = fixture_source(request.param)
    return source, list(batches(source))


class TestContract:
    def test_name_is_the_registered_one(self, source_and_batches):
        source, _ = source_and_batches
        assert SOURCES[source.name] is type(source)

    def test_kinds_and_columns_are_known(self, source_and_batches):
        _, found = source_and_batches
        for batch in found:
            kind = kinds.NODE.get(batch.kind) or kinds.LINK.get(batch.kind)
            columns = kind.columns if kind else EVENT_COLUMNS
            assert kind or batch.kind == EVENT
            assert set(batch.columns) <= {column.name for column in columns}
            assert {column.name for column in columns if column.required} <= set(batch.columns)
            assert {len(values) for values in batch.columns.values()} == {len(batch)}

    def test_nothing_that_a_source_offers_is_refused_by_the_loader(self, source_and_batches):
        _, found = source_and_batches
        own = sum(remark.count for batch in found for remark in batch.rejected)
        all_of_them = sum(remark.count for kind in gather(found).values() for remark in kind.rejected)
        assert all_of_them == own

    def test_ids_begin_with_source_and_kind_and_are_unique(self, source_and_batches):
        source, found = source_and_batches
        for kind in kinds.NODE:
            ids = [id for batch in found if batch.kind == kind for id in batch.columns["id"]]
            assert len(set(ids)) == len(ids)
            assert all(id.startswith(f"{source.name}:{kind}:") for id in ids)

    def test_both_ends_of_every_link_are_there(self, source_and_batches):
        source, _ = source_and_batches
        report = inspect(read(source))
        assert not [
            r for kind in report.kinds for r in kind.rejected if r.reason.startswith("unknown ") and "or" in r.reason
        ]

    def test_counts_add_up(self, source_and_batches):
        source, found = source_and_batches
        data = read(source)
        for name, records in data.records.items():
            assert records.read == len(records) + records.merged + sum(remark.count for remark in records.rejected)
            assert records.read == sum(batch.read for batch in found if batch.kind == name)

    def test_the_same_files_give_the_same_batches(self, source_and_batches):
        source, found = source_and_batches
        again = list(batches(source))
        assert [batch.kind for batch in again] == [batch.kind for batch in found]
        for one, other in zip(found, again, strict=True):
            assert (one.rejected, one.noted, one.merged) == (other.rejected, other.noted, other.merged)
            for name, values in one.columns.items():
                np.testing.assert_array_equal(
                    np.asarray(values, dtype=object), np.asarray(other.columns[name], dtype=object)
                )

    def test_every_remark_is_counted_and_placed(self, source_and_batches):
        _, found = source_and_batches
        for remark in (remark for batch in found for remark in (*batch.rejected, *batch.noted)):
            assert remark.count > 0
            assert remark.reason
            assert remark.examples


def by_kind(source) -> dict[str, Batch]:
    return {batch.kind: batch for batch in batches(source)}


def links(batch, *columns):
    return set(zip(*(np.asarray(batch.columns[name]).tolist() for name in ("source", "target", *columns)), strict=True))


def told(remarks):
    return {remark.reason: remark.count for remark in remarks}


class TestLfm1m:
    def test_quoted_names_are_unquoted_and_numbers_stay_names(self):
        names = by_kind(fixture_source("lfm1m"))["track"].columns["name"]
        assert names[:5] == ["Harbour Lights", 'Theme from "The Lantern"', "321", "Intro", "Intro"]

    def test_one_name_may_be_two_artists(self):
        artists = by_kind(fixture_source("lfm1m"))["artist"].columns
        assert artists["name"] == ["The Paper Kites Union", "Nadir", "Nadir"]
        assert len(set(artists["id"])) == 3

    def test_engineers_are_left_out_and_counted(self):
        batch = by_kind(fixture_source("lfm1m"))["performed_by"]
        assert "lfm1m:artist:11" not in set(batch.columns["target"])
        assert told(batch.noted) == {"engineer or producer, left out: performs nothing": 2}
        assert len(batch) == 8

    def test_a_track_without_artist_stays(self):
        batch = by_kind(fixture_source("lfm1m"))["track"]
        assert len(batch) == 8
        assert told(batch.noted) == {"track without an artist": 1}

    def test_repeated_triples_count_once_and_say_nothing_about_weight(self):
        batch = by_kind(fixture_source("lfm1m"))["track_genre"]
        assert told(batch.rejected) == {"repeated triple": 3}
        assert ("lfm1m:track:1", "lfm1m:genre:12", MAIN_GENRE_WEIGHT) in links(batch, "weight")
        assert ("lfm1m:track:7", "lfm1m:genre:14", TAG_WEIGHT) in links(batch, "weight")

    def test_plays_are_summed_and_dirt_is_named(self):
        batch = by_kind(fixture_source("lfm1m"))["played"]
        assert told(batch.rejected) == {"not whole numbers": 1, "unknown track": 1, "no time": 1, "repeated line": 1}
        assert batch.merged == 1
        row = list(batch.columns["target"]).index("lfm1m:track:5")
        last = 1355000030 + 90 * 86400
        assert [batch.columns[name][row] for name in ("count", "firstAt", "lastAt")] == [2, 1355000030, last]
        assert batch.columns["weight"][row] == pytest.approx(1 + np.exp(-1))  # one e-folding time apart
        assert batch.columns["weightAt"][row] == last

    def test_the_later_part_is_read_on_demand_only(self):
        earlier = by_kind(fixture_source("lfm1m"))
        both = by_kind(Lfm1m(FIXTURES / "lfm1m-kg", include_test=True))
        assert links(both["played"]) - links(earlier["played"]) == {
            ("lfm1m:user:0", "lfm1m:track:3"),
            ("lfm1m:user:1", "lfm1m:track:1"),
            ("lfm1m:user:6", "lfm1m:track:2"),
        }
        assert set(both["user"].columns["id"]) - set(earlier["user"].columns["id"]) == {"lfm1m:user:6"}


class TestHetrec:
    def test_quotes_and_encodings(self):
        found = by_kind(fixture_source("hetrec"))
        assert found["artist"].columns["name"] == [
            '"Odd" Walter Finch',
            "1349",
            "Слот Машина",
            "The Grey Kestrels",
            "Nordlicht",
        ]
        assert "tropicália" in found["genre"].columns["name"]

    def test_placeholders_are_no_artists(self):
        found = by_kind(fixture_source("hetrec"))
        assert told(found["artist"].rejected) == {"no artist: unknown or various": 2}
        assert told(found["listens_to"].rejected) == {"artist is unknown or none": 2}
        assert ("hetrec:user:5", "hetrec:artist:2", 352698) in links(found["listens_to"], "count")

    def test_genres_are_weighed_by_listeners_and_other_tags_are_none(self):
        found = by_kind(fixture_source("hetrec"))
        assert found["genre"].columns["slug"] == ["dream-pop", "hip-hop", "punk", "tropicalia"]  # zydeco: one listener
        weighed = links(found["artist_genre"], "weight")
        assert ("hetrec:artist:1", "hetrec:genre:dream-pop", 3.0) in weighed  # one listener wrote it both ways
        assert ("hetrec:artist:5", "hetrec:genre:hip-hop", 3.0) in weighed
        assert told(found["artist_genre"].rejected) == {
            "tagged artist is not in artists.dat": 1,
            "tagged artist is none: unknown or various": 1,
            "the tag is no genre": 3,
        }
        assert told(found["artist_genre"].noted) == {"impossible date: date left out, tag kept": 1}

    def test_friendship_is_kept_in_both_directions(self):
        follows = by_kind(fixture_source("hetrec"))["follows"]
        assert {("hetrec:user:2", "hetrec:user:3"), ("hetrec:user:3", "hetrec:user:2")} <= links(follows)
        assert told(follows.rejected) == {"follows themselves": 1}

    def test_taggings_are_the_rows_of_the_file(self):
        found = taggings(FIXTURES / "hetrec2011-lastfm-2k")
        assert len(found.tag) == 19
        assert [found.user_id[0], found.artist_id[0], found.tag[0]] == [2, 1, "dream pop"]
        assert [found.user_id[12], found.artist_id[12], found.tag[12]] == [3, 999, "punk"]

    @pytest.mark.parametrize(
        "tag", ["rock", "dream pop", "Dream-Pop", "R&B", "progressive death metal", "80s pop", "hip hop"]
    )
    def test_genres(self, tag):
        assert (genre_key(tag) is not None) == (tag != "80s pop")

    @pytest.mark.parametrize(
        "tag", ["seen live", "80s", "love", "female vocalists", "favorites", "beautiful", "british", ""]
    )
    def test_no_genres(self, tag):
        assert genre_key(tag) is None

    def test_spellings_are_one_genre(self):
        assert (
            len({genre_key(tag) for tag in ("drum and bass", "Drum & Bass", "dnb", "drum n bass", "drum'n'bass")}) == 1
        )


class TestTidytuesday:
    def test_na_is_absent_only_where_nothing_else_is_known(self):
        tracks = by_kind(fixture_source("tidytuesday"))["track"]
        assert told(tracks.rejected) == {"track without title, artist and album (NA)": 1}
        assert dict(zip(tracks.columns["id"], tracks.columns["name"], strict=True))["tidytuesday:track:t5"] == "NA"

    def test_audio_features_are_imported_and_tempo_0_is_unknown(self):
        columns = by_kind(fixture_source("tidytuesday"))["track"].columns
        first, last = 0, len(columns["id"]) - 1
        assert columns["instrumentalness"][first] == 2.33e-5
        assert [columns[name][first] for name in ("key", "mode", "durationMs", "tempo")] == [6, 1, 194754, 122.0]
        assert columns["tempo"][last] is None
        assert set(columns["audioSource"]) == {"imported"}
        assert columns["sourceIds"][first] == ["spotify:track:t1"]

    def test_artists_are_neither_split_nor_casefolded(self):
        names = by_kind(fixture_source("tidytuesday"))["artist"].columns["name"]
        assert names == ["CREAM", "Cream", "Maren & Oak, the Elder", "Nadir"]

    def test_genres_of_a_track_are_shares_of_its_playlists(self):
        found = by_kind(fixture_source("tidytuesday"))
        shares = {
            target: weight for source, target, weight in links(found["track_genre"], "weight") if source.endswith("t3")
        }
        assert shares["tidytuesday:genre:rock"] == 0.5
        assert shares["tidytuesday:genre:edm"] == shares["tidytuesday:genre:pop"] == 0.5
        assert ("tidytuesday:genre:dance-pop", "tidytuesday:genre:pop") in links(found["subgenre_of"])

    def test_a_playlist_holds_a_track_once_in_the_order_of_rows(self):
        contains = by_kind(fixture_source("tidytuesday"))["contains"]
        assert told(contains.rejected)["the playlist is listed under another subgenre too"] == 1
        assert ("tidytuesday:playlist:p1", "tidytuesday:track:t5", 2) in links(contains, "position")
        assert len(contains) == 7


class TestWrongInput:
    @pytest.mark.parametrize("name", sorted(FOLDERS))
    def test_empty_folder(self, name, tmp_path):
        with pytest.raises(SourceError, match="is empty"):
            SOURCES[name](tmp_path).extract()

    @pytest.mark.parametrize("name", sorted(FOLDERS))
    def test_no_folder(self, name, tmp_path):
        with pytest.raises(SourceError, match="no such folder; give the folder of"):
            SOURCES[name](tmp_path / "gone").extract()

    def test_csv_with_missing_columns(self, tmp_path):
        (tmp_path / "spotify_songs.csv").write_text("track_id,track_name\n1,One\n")
        with pytest.raises(
            SourceError, match=r"spotify_songs\.csv: lacks the column\(s\) track_artist, playlist_name"
        ) as caught:
            Tidytuesday(tmp_path).extract()
        assert "\n" not in str(caught.value)

    def test_table_with_missing_columns(self, tmp_path):
        shutil.copytree(FIXTURES / "hetrec2011-lastfm-2k", tmp_path / "data")
        (tmp_path / "data/user_artists.dat").write_text("userID\tartistID\n2\t1\n")
        with pytest.raises(
            SourceError, match=r"user_artists\.dat: columns userID, artistID instead of userID, artistID, weight"
        ):
            Hetrec(tmp_path / "data").extract()

    def test_truncated_gz(self, tmp_path):
        shutil.copytree(FIXTURES / "lfm1m-kg", tmp_path / "data")
        file = tmp_path / "data/mapping/valid.txt.gz"
        file.write_bytes(file.read_bytes()[:-20])
        with pytest.raises(SourceError, match=r"valid\.txt\.gz: damaged or cut off .*; fetch the file again"):
            Lfm1m(tmp_path / "data").extract()

    def test_gz_that_is_none(self, tmp_path):
        shutil.copytree(FIXTURES / "lfm1m-kg", tmp_path / "data")
        (tmp_path / "data/mapping/valid.txt.gz").write_text("2\t1\t1\t5\n")
        with pytest.raises(SourceError, match="damaged or cut off"):
            Lfm1m(tmp_path / "data").extract()

    def test_events_that_are_no_numbers(self, tmp_path):
        shutil.copytree(FIXTURES / "lfm1m-kg", tmp_path / "data")
        with gzip.open(tmp_path / "data/mapping/valid.txt.gz", "wt") as file:
            file.write("user\ttrack\n")
        with pytest.raises(SourceError, match="no line of 4 whole numbers"):
            Lfm1m(tmp_path / "data").extract()

    def test_not_utf_8(self, tmp_path):
        shutil.copytree(FIXTURES / "lfm1m-kg", tmp_path / "data")
        (tmp_path / "data/e_map.txt").write_bytes(b"eid\tname\tentity\n0\tcaf\xe9\tm.1\n")
        with pytest.raises(SourceError, match="not utf-8 at byte"):
            Lfm1m(tmp_path / "data").extract()

    def test_header_alone(self, tmp_path):
        shutil.copytree(FIXTURES / "lfm1m-kg", tmp_path / "data")
        (tmp_path / "data/e_map.txt").write_text("eid\tname\tentity\n")
        with pytest.raises(SourceError, match="no record after the header"):
            Lfm1m(tmp_path / "data").extract()


def real(name):
    folder = SHARED / FOLDERS[name]
    if not folder.is_dir():
        pytest.skip(f"local data set absent: ../shared/data/{FOLDERS[name]}")
    return by_kind(SOURCES[name](folder))


class TestRealData:
    """The counts of the data sets' own description."""

    def test_lfm1m(self):
        found = real("lfm1m")
        sizes = {kind: len(batch) for kind, batch in found.items()}
        assert sizes == {
            "user": 4817,
            "track": 12_492,
            "artist": 2623,
            "genre": 703,
            "performed_by": 12_660,
            "track_genre": 202_388,
            "played": 221_180,
        }
        assert told(found["track_genre"].rejected) == {"repeated triple": 11_061}
        assert told(found["track"].noted) == {"track without an artist": 2}
        assert told(found["performed_by"].noted) == {"engineer or producer, left out: performs nothing": 2053 + 1983}
        assert not found["track_genre"].noted  # the main genre is among the track's genres for all tracks
        assert int((found["track_genre"].columns["weight"] == MAIN_GENRE_WEIGHT).sum()) == 12_492

    def test_hetrec(self):
        found = real("hetrec")
        assert len(found["user"]) == 1892
        assert (len(found["artist"]), told(found["artist"].rejected)) == (17_630, {"no artist: unknown or various": 2})
        assert found["listens_to"].read == 92_834
        assert len(found["follows"]) == 25_434
        assert found["artist_genre"].read == 186_479
        assert told(found["artist_genre"].rejected)["tagged artist is not in artists.dat"] == 1538
        assert told(found["artist_genre"].noted) == {"impossible date: date left out, tag kept": 5}
        kept = len(found["artist_genre"]) + found["artist_genre"].merged
        assert 90_000 < kept < 110_000  # about half of the assignments name a genre

    def test_tidytuesday(self):
        found = real("tidytuesday")
        sizes = {kind: len(batch) for kind, batch in found.items()}
        assert (sizes["track"], sizes["playlist"], sizes["artist"]) == (28_356 - 4, 471, 10_692)
        assert (sizes["genre"], sizes["subgenre_of"]) == (30, 24)
        assert found["contains"].read == 32_833
        assert told(found["contains"].rejected) == {
            "track without title, artist and album (NA)": 5,
            "the playlist is listed under another subgenre too": 582,
        }
        assert told(found["track"].noted) == {"tempo 0: unknown, left out": 1}
