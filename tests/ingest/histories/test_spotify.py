"""Spotify's export: what is a play, when it began, what is left out, what is one play in two files."""

from __future__ import annotations

import json
import shutil
import zipfile

import numpy as np
import pytest

from graph import weights
from graph.errors import SourceError
from ingest.source import EVENT, batches
from ingest.sources.spotify.source import Spotify

NO_ARTIST = "no artist (empty, Unknown Artist or <Untagged>)"


def account(end="2024-02-01 07:30", artist="Nadir", title="Slow Ferry", ms=200_000):
    return {"endTime": end, "artistName": artist, "trackName": title, "msPlayed": ms}


def extended(ts="2024-02-01T07:30:40Z", ms=200_000, **others):
    return {
        "ts": ts,
        "ms_played": ms,
        "master_metadata_track_name": "Slow Ferry",
        "master_metadata_album_artist_name": "Nadir",
        "spotify_track_uri": "spotify:track:0000000000000000000001",
        "reason_end": "trackdone",
        "skipped": False,
        "offline": False,
        "offline_timestamp": 0,
        "incognito_mode": False,
        **others,
    }


class TestAccountData:
    def test_a_play_begins_before_its_end_and_under_30_s_is_a_skip(self, written, found):
        rows = [
            account(),
            account(ms=29_999, title="Short"),
            account(ms=30_000, title="Long"),
            account(ms=0, title="No"),
        ]
        assert found(Spotify(written(StreamingHistory_music_0__json=rows))).events == [
            ("PLAY", "Slow Ferry", "2024-02-01 07:26:40", 200_000),
            ("PLAY", "Long", "2024-02-01 07:29:30", 30_000),
            ("SKIP", "Short", "2024-02-01 07:29:31", 29_999),
            ("SKIP", "No", "2024-02-01 07:30:00", 0),
        ]

    def test_skips_count_no_play(self, written, found):
        rows = [account(ms=0), account(ms=1000), account(ms=200_000)]
        columns = found(Spotify(written(StreamingHistory0__json=rows))).records[EVENT].columns
        sums = weights.sum_by_pair(
            np.zeros(3, np.int64), columns["kind"], columns["at"], as_of=2_000_000_000, n_pairs=1,
            listened_ms=columns["listenedMs"],
        )  # fmt: skip
        assert (int(sums.count[0]), int(sums.skips[0])) == (1, 2)

    def test_the_natural_key_is_all_four_fields(self, written, found):
        rows = [account(), account(), account(ms=200_001), account(title="Other"), account(end="2024-02-01 07:31")]
        read = found(Spotify(written(StreamingHistory0__json=rows, StreamingHistory1__json=rows[:2])))
        assert (len(read.records[EVENT]), read.rejected()) == (4, {"repeated": 3})

    def test_spellings_are_one_track_and_keep_the_first(self, written, found):
        rows = [account(), account(artist="NADIR", title="slow ferry", ms=100_000)]
        read = found(Spotify(written(StreamingHistory0__json=rows)))
        assert read.credits == {("Slow Ferry", "Nadir", 0)}
        assert len(read.records[EVENT]) == 2

    def test_dirt_is_counted_with_its_place(self, fixtures, found):
        read = found(Spotify(fixtures / "spotify/StreamingHistory_music_0.json"))
        assert read.rejected() == {NO_ARTIST: 1, "no time": 1, "msPlayed is no time": 1}
        places = [remark.examples for remark in read.records[EVENT].rejected]
        assert places == [(f"StreamingHistory_music_0.json[{at}]",) for at in (3, 6, 7)]

    def test_podcasts_are_left_out(self, fixtures, found):
        read = found(Spotify(fixtures / "spotify/StreamingHistory_podcast_0.json"))
        assert read.rejected() == {"podcast or audiobook: left out": 1}
        assert len(read.records["track"]) == 0


class TestExtendedHistory:
    @pytest.mark.parametrize(
        ("row", "kind"),
        [
            ({"ms": 30_000, "reason_end": "fwdbtn", "skipped": True}, "PLAY"),
            ({"ms": 29_999, "reason_end": "trackdone"}, "PLAY"),
            ({"ms": 29_999, "reason_end": "trackdone", "skipped": True}, "SKIP"),
            ({"ms": 29_999, "reason_end": "fwdbtn", "skipped": None}, "SKIP"),
            ({"ms": 29_999, "reason_end": "click-row"}, "SKIP"),
            ({"ms": 29_999, "reason_end": "teleported"}, "SKIP"),
            ({"ms": 0, "reason_end": "trackdone"}, "SKIP"),
            ({"ms": 29_999, "reason_end": "logout"}, None),
            ({"ms": 0, "reason_end": "trackerror"}, None),
            ({"ms": 30_000, "reason_end": "unexpected-exit"}, "PLAY"),
            ({"ms": 5_000, "reason_end": None}, "SKIP"),
            ({"ms": 5_000, "reason_end": []}, "SKIP"),
        ],
    )
    def test_play_skip_or_neither(self, written, found, row, kind):
        read = found(Spotify(written(endsong_0__json=[extended(), extended(ts="2024-03-01T00:00:00Z", **row)])))
        assert [event[0] for event in read.events[1:]] == ([kind] if kind else [])

    def test_an_unknown_reason_is_noted(self, fixtures, found):
        read = found(Spotify(fixtures / "spotify/Streaming_History_Audio_2023_1.json"))
        assert read.noted()["reason_end is unknown: judged by the length"] == 1

    @pytest.mark.parametrize(
        ("offline", "timestamp", "began"),
        [
            (True, 1679249719, "2023-03-19 18:15:19"),
            (True, 1679249719123, "2023-03-19 18:15:19"),
            (True, 0, "2024-02-01 07:27:20"),
            (True, None, "2024-02-01 07:27:20"),
            (True, 1, "2024-02-01 07:27:20"),
            (True, 1_900_000_000, "2024-02-01 07:27:20"),
            (True, "soon", "2024-02-01 07:27:20"),
            (False, 1679249719, "2024-02-01 07:27:20"),
            (None, 1679249719, "2024-02-01 07:27:20"),
        ],
    )
    def test_offline_plays_began_when_the_device_says_where_that_is_sane(
        self, written, found, offline, timestamp, began
    ):
        read = found(Spotify(written(endsong_0__json=[extended(offline=offline, offline_timestamp=timestamp)])))
        assert read.events == [("PLAY", "Slow Ferry", began, 200_000)]

    def test_incognito_is_taken_in_on_demand_only(self, written, found):
        folder = written(endsong_0__json=[extended(incognito_mode=True), extended(ts="2024-03-01T00:00:00Z")])
        read = found(Spotify(folder))
        assert len(read.events) == 1
        assert read.rejected() == {"incognito: left out (--include-incognito takes it in)": 1}
        assert len(found(Spotify(folder, include_incognito=True)).events) == 2

    def test_ids_are_spotifys_own(self, written, found):
        read = found(Spotify(written(endsong_0__json=[extended()])))
        assert read.rows("track", "id") == [("spotify:track:0000000000000000000001",)]
        assert read.ids_of() == {"Slow Ferry": ["spotify:track:0000000000000000000001"]}

    def test_a_compilation_has_no_artist_and_stays(self, written, found):
        read = found(Spotify(written(endsong_0__json=[extended(master_metadata_album_artist_name="Various Artists")])))
        assert (len(read.events), read.credits) == (1, set())


class TestBothHistories:
    def test_a_play_in_both_counts_once_and_keeps_the_seconds_and_the_id(self, written, found):
        folder = written(
            StreamingHistory_music_0__json=[account(), account(end="2024-02-02 10:00")],
            Streaming_History_Audio_2024__json=[extended()],
        )
        read = found(Spotify(folder))
        assert read.rows("track", "id") == [("spotify:track:0000000000000000000001",)]
        assert [event[2] for event in read.events] == ["2024-02-01 07:27:20", "2024-02-02 09:56:40"]

    def test_the_key_is_the_same_in_separate_imports(self, written, found, tmp_path):
        written(StreamingHistory_music_0__json=[account()], endsong_0__json=[extended()])
        keys = [
            found(Spotify(tmp_path / name)).rows(EVENT, "key")
            for name in ("StreamingHistory_music_0.json", "endsong_0.json")
        ]
        assert keys[0] == keys[1]

    def test_short_plays_of_one_minute_are_told_apart_by_their_seconds(self, written, found):
        seconds = [extended(ts=f"2024-02-01T07:30:{at:02}Z", ms=0, reason_end="fwdbtn") for at in (10, 20, 30)]
        read = found(Spotify(written(endsong_0__json=[*seconds, *seconds], StreamingHistory0__json=[account(ms=0)])))
        assert (len(read.events), read.rejected()) == (3, {"repeated": 4})


class TestLibraryAndPlaylists:
    def test_saved_tracks_are_links(self, fixtures, found):
        read = found(Spotify(fixtures / "spotify/YourLibrary.json", user="me"))
        assert read.rows("saved", "source", "target") == [
            ("me", "spotify:track:0000000000000000000001"),
            ("me", "spotify:track:0000000000000000000006"),
        ]
        assert (read.records["saved"].merged, read.rejected("saved")) == (1, {"no title": 1})
        assert read.noted("saved") == {"albums: left out": 1, "artists: left out": 1}

    def test_a_ban_needs_a_time_and_gets_that_of_the_newest_play(self, fixtures, found):
        alone = found(Spotify(fixtures / "spotify/YourLibrary.json"))
        assert alone.rejected() == {"banned track: no play that tells a time": 1}
        whole = found(Spotify(fixtures / "spotify"))
        assert [event[:3] for event in whole.events if event[0] == "DISLIKE"] == [
            ("DISLIKE", "Foghorn", "2024-03-01 05:13:13")
        ]

    def test_playlists_keep_their_order_and_two_of_a_name_are_two(self, fixtures, found):
        read = found(Spotify(fixtures / "spotify/Playlist1.json", user="me"))
        names = dict(read.rows("track", "id", "name"))
        kept = [
            (names[track], at, added) for track, at, added in read.rows("contains", "target", "position", "addedAt")
        ]
        assert sorted(kept, key=lambda one: one[1]) == [
            ("Slow Ferry", 0, 1703980800),
            ("Sargasso", 1, -1),
            ("Low Water (Demo)", 3, -1),
        ]
        assert len({id for (id,) in read.rows("playlist", "id")}) == 2
        assert len(read.rows("owns", "source", "target")) == 2

    def test_playlists_of_two_people_are_not_one(self, fixtures, found):
        ids = [found(Spotify(fixtures / "spotify/Playlist1.json", user=who)).rows("playlist", "id") for who in "ab"]
        assert not set(ids[0]) & set(ids[1])


def test_recently_played_tracks_bring_artists_apart_isrc_and_duration(fixtures, found):
    read = found(Spotify(fixtures / "spotify/recently_played.json"))
    assert read.events == [("PLAY", "Tide Pool", "2024-03-01 05:13:13", -1)]
    assert read.credits == {("Tide Pool", "Maren & Oak, the Elder", 0), ("Tide Pool", "Nadir", 1)}
    assert read.ids_of() == {"Tide Pool": ["spotify:track:0000000000000000000008", "isrc:QZAAA2100001"]}
    assert read.rows("track", "durationMs", "releaseDate", "popularity", "isrc") == [
        (238805, "2021-03-05", 41, "QZAAA2100001")
    ]


def test_nothing_personal_is_kept(fixtures):
    text = "\n".join(
        f"{dict(batch.columns)} {batch.rejected} {batch.noted}"
        for batch in batches(Spotify(fixtures / "spotify"))
    )  # fmt: skip
    assert "Slow Ferry" in text
    assert "planted-secret" not in text
    assert "QQ" not in text
    for file in ("endsong_0.json", "Streaming_History_Audio_2023_1.json", "Userdata.json"):
        assert "planted-secret" in (fixtures / "spotify" / file).read_text()


def test_files_that_are_not_music_are_never_opened(fixtures, tmp_path):
    folder = shutil.copytree(fixtures / "spotify", tmp_path / "export")
    assert not [part for part in Spotify(folder).extract() if "Userdata" in part.name]


def test_a_zip_file_is_the_folder_in_it(fixtures, found, tmp_path):
    with zipfile.ZipFile(tmp_path / "my_spotify_data.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted((fixtures / "spotify").iterdir()):
            archive.write(file, f"Spotify Account Data/{file.name}")
            archive.writestr(f"__MACOSX/Spotify Account Data/._{file.name}", b"\x00\x05\x16\x07")
    zipped, plain = found(Spotify(tmp_path / "my_spotify_data.zip")), found(Spotify(fixtures / "spotify"))
    assert zipped.rows(EVENT, "key", "target", "at") == plain.rows(EVENT, "key", "target", "at")
    assert len(zipped.events) == 12


def test_times_that_cannot_be_are_rejected(written, found):
    rows = [account(end="1970-01-01 00:10"), account(end="2099-01-01 00:10"), account()]
    read = found(Spotify(written(StreamingHistory0__json=rows), latest=1_800_000_000))
    assert read.rejected() == {"time before 1990: the clock was not set": 1, "time in the future": 1}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[{", r":1: no JSON"),
        ("", "is empty"),
        (json.dumps([{"a": 1}]), "no row of a listening history"),
        (json.dumps({"a": 1}), "none of Spotify's files"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_a_file_that_is_none_is_one_line(written, content, complaint):
    with pytest.raises(SourceError, match=complaint):
        list(batches(Spotify(written(StreamingHistory0__json=content))))


def test_a_folder_without_music_is_one_line(written):
    with pytest.raises(SourceError, match="holds nothing of Spotify's export"):
        Spotify(written(Userdata__json={})).extract()
