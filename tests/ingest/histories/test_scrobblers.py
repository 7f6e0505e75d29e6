"""Scrobbler logs, radio playlists and Last.fm-1K: each as its program writes it."""

from __future__ import annotations

import pytest

from graph.errors import SourceError
from ingest.source import EVENT, batches
from ingest.sources import SOURCES
from ingest.sources.lastfm1k import Lastfm1k
from ingest.sources.scrobblers import Librefm, Maloja, Pano, Rockbox
from ingest.sources.spinitron import Spinitron

NO_ARTIST = "no artist (empty, Unknown Artist or <Untagged>)"
LOG = "#AUDIOSCROBBLER/1.1\n#TZ/{zone}\nNadir\tLow Water\tSlow Ferry\t1\t259\tL\t1577836800\t\n"


class TestRockbox:
    def test_the_dot_file_in_a_folder(self, fixtures, found):
        read = found(Rockbox(fixtures / "rockbox"))
        assert read.events == [
            ("PLAY", "Slow Ferry", "2020-01-01 00:00:00", -1),
            ("SKIP", "Harbour Lights", "2020-01-01 01:00:00", -1),
        ]
        assert read.rejected() == {NO_ARTIST: 1, "rating is neither L nor S": 1, "no time": 1}
        assert read.ids_of() == {"Slow Ferry": ["mbid:00000000-0000-4000-8000-0000000000b1"], "Harbour Lights": None}
        assert dict(read.rows("track", "name", "durationMs"))["Slow Ferry"] == 259_000

    @pytest.mark.parametrize(
        ("header", "zone", "began"),
        [
            ("UNKNOWN", None, "2020-01-01 00:00:00"),
            ("UNKNOWN", "Europe/Berlin", "2019-12-31 23:00:00"),
            ("UTC", "Europe/Berlin", "2020-01-01 00:00:00"),
        ],
    )
    def test_whose_clock_it_was(self, tmp_path, found, header, zone, began):
        (tmp_path / ".scrobbler.log").write_text(LOG.format(zone=header))
        read = found(Rockbox(tmp_path, zone=zone))
        assert read.events[0][2] == began
        assert bool(read.noted()) == (header == "UNKNOWN" and zone is None)

    def test_the_older_form_without_ids(self, tmp_path, found):
        (tmp_path / ".scrobbler.log").write_text("#AUDIOSCROBBLER/1.0\nNadir\t\tSlow Ferry\t\t259\tL\t1577836800\n")
        assert len(found(Rockbox(tmp_path)).events) == 1


def test_maloja_artists_are_apart_and_times_are_in_seconds(fixtures, found):
    read = found(Maloja(fixtures / "maloja"))
    assert {("Tide Pool", "Maren", 0), ("Tide Pool", "Nadir", 1)} <= read.credits
    assert [event[3] for event in read.events] == [-1, 245_000]
    assert dict(read.rows("track", "name", "durationMs")) == {"Tide Pool": 220_000, "Slow Ferry": -1}
    assert read.rejected() == {NO_ARTIST: 1}


def test_pano_times_are_in_milliseconds_and_loves_are_likes(fixtures, found):
    read = found(Pano(fixtures / "pano"))
    assert read.events == [
        ("PLAY", "Harbour Lights", "2025-11-11 14:06:40", -1),
        ("LIKE", "Slow Ferry", "2025-11-11 15:20:00", -1),
        ("PLAY", "Slow Ferry", "2025-11-12 14:31:38", -1),
    ]
    assert read.rejected() == {"event is neither scrobble nor love": 1}


class TestLibrefm:
    def test_comments_and_users(self, fixtures, found):
        read = found(Librefm(fixtures / "librefm/librefm.csv"))
        assert read.credits == {("Slow Ferry", "Nadir", 0), ("Sargasso", "Maren & Oak, the Elder", 0)}
        assert read.rows("user", "id") == [("librefm:user:1",)]
        assert read.rejected() == {"wrong number of fields": 1}

    def test_a_user_of_ours_takes_the_place_of_the_files(self, fixtures, found):
        assert found(Librefm(fixtures / "librefm", user="me")).rows("user", "id") == [("me",)]

    def test_an_open_quote_loses_no_line_in_silence(self, written, found):
        rows = ["userid,Artist,track,Album,time", '1,"Nadir,Slow Ferry,,1690347960']
        rows += [f"1,Nadir,Title {at},,16903480{at:02}" for at in range(20)]
        read = found(Librefm(written(plays__csv="\n".join(rows))))
        (remark,) = read.records[EVENT].rejected
        assert len(read.records[EVENT]) == 0
        assert remark.examples == ("plays.csv:22",)

    def test_without_its_header(self, written):
        with pytest.raises(SourceError, match="no line names the columns artist, track, album, time"):
            list(batches(Librefm(written(plays__csv="a,b\n1,2\n"))))


def test_spinitron_times_have_zones(fixtures, found):
    read = found(Spinitron(fixtures / "spinitron/show.csv"))
    assert read.events == [
        ("PLAY", "Harbour Lights", "2024-09-05 07:59:33", -1),
        ("PLAY", "Slow Ferry", "2024-09-05 08:03:07", -1),
    ]
    assert read.rejected() == {"no time": 1, NO_ARTIST: 1}


class TestLastfm1k:
    def test_users_profiles_and_recordings(self, fixtures, found):
        read = found(Lastfm1k(fixtures / "lastfm1k"))
        assert read.rows("user", "id", "country", "createdAt") == [
            ("lastfm1k:user:user_000001", "Northland", 1155427200),
            ("lastfm1k:user:user_000002", "", 1140739200),
        ]
        assert read.ids_of()["Slow Ferry"] == ["mbid:00000000-0000-4000-8000-0000000000b1"]
        assert '"Harbour" Lights' in read.ids_of()  # no quoting: a quote is a sign like any other
        assert read.rejected() == {NO_ARTIST: 1, "no time": 1, "wrong number of fields": 1}

    def test_age_and_gender_are_not_kept(self, fixtures):
        text = str([dict(batch.columns) for batch in batches(Lastfm1k(fixtures / "lastfm1k")) if batch.kind == "user"])
        assert "41" not in text
        assert "gender" not in text

    def test_one_recording_id_is_one_track_however_it_is_written(self, tmp_path, found):
        row = "user_000001\t2009-05-04T23:0{}:57Z\t\tNadir\t00000000-0000-4000-8000-0000000000b1\t{}"
        text = "\n".join([row.format(1, "Slow Ferry"), row.format(2, "Slow ferry (album version)")])
        (tmp_path / "userid-timestamp-artid-artname-traid-traname.tsv").write_text(text)
        assert len(found(Lastfm1k(tmp_path)).records["track"]) == 1


@pytest.mark.parametrize("name", ["rockbox", "maloja", "pano", "librefm", "spinitron"])
def test_users_are_ours_on_demand(fixtures, found, name):
    assert found(SOURCES[name](fixtures / name)).rows("user", "id")[0][0].startswith(f"{name}:user:")
    assert found(SOURCES[name](fixtures / name, user="somebody")).rows("user", "id") == [("somebody",)]
