"""The counts of the local data sets' own description; aggregates only."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.source import EVENT
from ingest.sources import SOURCES
from ingest.sources.spotify.source import Spotify
from ingest.summary import summary

NO_ARTIST = "no artist (empty, Unknown Artist or <Untagged>)"


@pytest.mark.parametrize(
    ("who", "plays", "unknown", "short", "tracks", "artists", "first", "last"),
    [
        ("user_2", 12_482, 18, 2_764, 1_770, 503, "2024-05-24", "2025-05-26"),
        ("user_3", 8_833, 19, 4_836, 1_826, 695, "2022-12-02", "2023-05-05"),
    ],
)
def test_two_histories(shared, found, who, plays, unknown, short, tracks, artists, first, last):
    read = found(Spotify(shared("spotify-history") / who))
    events = read.records[EVENT]
    assert (events.read, len(events), events.merged) == (plays, plays - unknown, 0)
    assert sum(remark.count for remark in events.rejected) == unknown
    assert set(read.rejected()) == {NO_ARTIST}
    told = summary(read.records)
    assert told.plays + told.skips == plays - unknown
    assert short - unknown <= told.skips <= short  # some of the short ones name no artist
    assert tracks - 5 <= told.tracks < tracks  # names that differ in case only are one; Unknown Track is none
    assert artists - 3 <= told.artists < artists
    days = [datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d") for at in (told.first_at, told.last_at)]
    assert days == [first, last]


SAMPLES = "import-format-fixtures/listenbrainz-server"


@pytest.mark.parametrize(
    ("name", "file", "read", "kept"),
    [
        ("spotify", "spotify_streaming_endsong_0.json", 5, 4),  # one of 0 ms that a logout ended
        ("spotify", "spotify_streaming_2023.json", 5, 5),
        ("spotify", "spotify_recently_played_submitted.json", 1, 1),
        ("listenbrainz", "spotify_recently_played_expected.json", 1, 1),
        ("listenbrainz", "listenbrainz_listens.jsonl", 2, 2),
        ("listenbrainz", "listenbrainz_mixed_validity.jsonl", 5, 3),
        ("maloja", "maloja.json", 2, 2),
        ("pano", "panoscrobbler.jsonl", 2, 2),
        ("rockbox", ".scrobbler.log", 4, 3),
        ("librefm", "librefm_with_comments.csv", 3, 3),
        ("spinitron", "spinitron_sample.csv", 5, 3),
    ],
)
def test_samples_of_every_format(shared, found, name, file, read, kept):
    events = found(SOURCES[name](shared(SAMPLES) / file)).records[EVENT]
    assert (events.read, len(events)) == (read, kept)


def test_a_play_that_was_uploaded_a_year_later_began_when_it_was_heard(shared, found):
    events = found(Spotify(shared(SAMPLES) / "spotify_streaming_2023.json")).records[EVENT]
    assert 1679249719 in events.columns["at"].tolist()
    assert max(events.columns["at"].tolist()) < 1679300000


def test_a_recently_played_track_is_the_listen_that_was_made_of_it(shared, found):
    at = [
        found(SOURCES[name](shared(SAMPLES) / f"spotify_recently_played_{file}.json")).rows(EVENT, "at")
        for name, file in (("spotify", "submitted"), ("listenbrainz", "expected"))
    ]
    assert at == [[(1635138793,)]] * 2


def test_the_sample_of_a_dump(shared, found):
    read = found(SOURCES["listenbrainz"](shared("import-format-fixtures/listenbrainz-dump-sample")))
    assert (len(read.records["user"]), len(read.records[EVENT])) == (98, 100)
    assert int((read.records["track"].columns["durationMs"] > 0).sum()) >= 46
