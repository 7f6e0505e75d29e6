"""The portrait of a taste, on plays of which every figure can be counted by hand."""

import dataclasses
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from graph.edits import Edit, EditKind, Level
from graph.kinds import AUDIO
from graph.reads import Profile
from recommend.portrait import NEW_DAYS, as_json, portrait

DAY = 86_400
START = 1_700_000_000
NOW = START + 200 * DAY
ZONE = "Europe/Vienna"


def at(day, hour):
    """Unix seconds of an hour in Vienna."""
    return int(datetime(2024, 5, day, hour, 30, tzinfo=ZoneInfo(ZONE)).timestamp())


def profile(*rows, edits=(), time_zone=ZONE, first_at=True):
    """From (track, count, first, last)."""
    ids, counts, first, last = zip(*sorted(rows, key=lambda row: (row[3], row[0])), strict=True)
    return Profile(
        "u",
        None,
        np.array(ids, np.str_),
        np.array(counts, np.float32),
        np.array(last, np.int64),
        np.zeros(len(ids), np.float32),
        time_zone=time_zone,
        edits=edits,
        first_at=np.array(first, np.int64) if first_at else None,
    )


@pytest.fixture(scope="module")
def bundle(scenes):
    """The two scenes, the sound of some tracks known."""
    catalogue = scenes.bundle.catalogue
    audio = np.full((len(catalogue), len(AUDIO)), np.nan, np.float32)
    audio[catalogue.tracks.rows(["a00", "a01", "b00"]), AUDIO.index("tempo")] = [100.0, 120.0, 90.0]
    return dataclasses.replace(scenes.bundle, catalogue=dataclasses.replace(catalogue, audio=audio))


@pytest.fixture(scope="module")
def found(bundle):
    rows = (("a00", 6, at(1, 7), at(20, 7)), ("a01", 2, at(2, 20), at(20, 20)), ("b00", 1, at(3, 7), at(3, 7)))
    return portrait(profile(*rows, ("gone", 9, at(1, 7), at(1, 7)), ("x0", 1, at(21, 20), at(21, 20))), bundle, NOW)


def test_shares_are_those_of_the_plays(found):
    assert [(one.id, one.share) for one in found.genres] == [("genre-a", 0.8), ("genre-b", 0.1), ("genre-x", 0.1)]
    assert [(one.id, one.share) for one in found.artists] == [("artist-a0", 0.8), ("artist-b0", 0.1), ("bridge", 0.1)]
    assert (found.tracks, found.plays, found.level) == (4, 10, Level.DEEP)


def test_sound_is_given_as_ranges_with_how_much_of_it_is_known(found):
    tempo = found.audio["tempo"]
    assert (tempo.low, tempo.middle, tempo.high) == (90.0, 100.0, 120.0)
    assert tempo.known == pytest.approx(0.9)
    assert set(found.audio) == {"tempo"}


def test_habits_are_told_in_the_listeners_own_time(found, bundle):
    assert found.peak_hours == (7, 20)
    assert (found.hours[7], found.hours[20], sum(found.hours)) == (0.5, 0.5, pytest.approx(1.0))
    assert found.weekdays == (0.5, 0.25, 0, 0, 0.25, 0, 0)
    assert {one.id: one.share for one in found.morning_genres} == {"genre-a": 0.5, "genre-b": 0.5}
    assert {one.id: one.share for one in found.evening_genres} == {"genre-a": 0.5, "genre-x": 0.5}
    elsewhere = portrait(profile(("a00", 1, at(1, 7), at(1, 7)), time_zone=None), bundle, NOW)
    assert (elsewhere.peak_hours, elsewhere.time_zone) == ((5,), None)


def test_diversity_is_the_entropy_over_that_of_all_genres(found, bundle):
    shares = np.array([0.8, 0.1, 0.1])
    assert found.diversity == pytest.approx(-(shares * np.log(shares)).sum() / np.log(3))
    even = portrait(profile(*((id, 1, NOW, NOW) for id in ("a00", "b00", "x0"))), bundle, NOW)
    assert even.diversity == pytest.approx(1.0)
    assert portrait(profile(("a00", 5, NOW, NOW)), bundle, NOW).diversity == 0.0


def test_discovery_is_the_share_of_new_artists_among_those_heard_lately(bundle):
    newest = START + 150 * DAY
    old, new = newest - (NEW_DAYS + 5) * DAY, newest - 3 * DAY
    rows = (
        ("a00", 2, old, newest),
        ("b00", 1, new, new),
        ("b06", 1, new, new),
        ("a01", 1, new, new),
        ("x0", 1, old, old),
    )
    found = portrait(profile(*rows), bundle, NOW)
    assert found.discovery == pytest.approx(2 / 3), "artist-a0 was known, artist-b0 and artist-b1 were not"
    assert (found.first_at, found.age_days) == (old, (NOW - old) / DAY)


def test_what_is_not_known_is_said(bundle):
    young = portrait(profile(("b01", 1, NOW - DAY, NOW - DAY)), bundle, NOW)
    assert young.discovery is None
    assert young.unknown["discovery"] == f"known for less than {NEW_DAYS} days"
    assert young.unknown["audio"] == "no audio features are known of what was played"
    timeless = portrait(profile(("b01", 1, 0, NOW), first_at=False), bundle, NOW)
    assert timeless.unknown["age_days"] == timeless.unknown["discovery"] == "first plays were not read"
    nobody = portrait(Profile.empty("u"), bundle, NOW)
    assert set(nobody.unknown.values()) == {"no play that the model knows"}
    bare = dataclasses.replace(bundle.catalogue, track_genre=bundle.catalogue.track_genre * 0)
    bare.track_genre.eliminate_zeros()
    plain = portrait(profile(("b01", 1, NOW, NOW)), dataclasses.replace(bundle, catalogue=bare), NOW)
    assert {name for name, why in plain.unknown.items() if "genre" in why} == {
        "genres",
        "morning_genres",
        "evening_genres",
        "diversity",
    }


@pytest.mark.parametrize("rows", [(), (("b01", 1, NOW, NOW),), (("a00", 1, 0, NOW), ("b00", 1, NOW, NOW))])
def test_a_field_is_null_where_and_only_where_a_reason_is_given(bundle, rows):
    found = portrait(profile(*rows) if rows else Profile.empty("u"), bundle, NOW)
    said = as_json(found)
    assert {name for name, value in said.items() if value is None} - {"timeZone"} == set(said["unknown"])


def test_edits_are_worked_in(bundle):
    rows = (("a00", 6, NOW, NOW), ("b00", 1, NOW, NOW))
    muted = portrait(profile(*rows, edits=(Edit(EditKind.MUTE, "artist-a0", number=1),)), bundle, NOW)
    assert [one.id for one in muted.artists] == ["artist-b0"]
    off = portrait(profile(*rows, edits=(Edit(EditKind.PERSONALISATION, level=Level.OFF, number=1),)), bundle, NOW)
    assert (off.level, off.plays) == (Level.OFF, 0)
    assert set(off.unknown.values()) == {"personalisation is off"}
