"""Where listeners live: their weeks begin on their own Monday, whatever clocks do, and their country is a market."""

import dataclasses
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.reads import Profile
from recommend.residence import MAIN_ZONE, market_of, time_zone, zone_name, zone_of
from recommend.weekly import start_of_week, week_at, weeks_before

HOUR = 3600
weeks = st.dates(datetime(2013, 1, 7).date(), datetime(2037, 12, 1).date()).map(
    lambda day: "{}-W{:02d}".format(*day.isocalendar()[:2])
)


def living(zone=None, country=None):
    return dataclasses.replace(Profile.empty("u"), time_zone=zone, country=country)


@given(st.sampled_from(sorted(available_timezones())), weeks)
@settings(max_examples=300, deadline=None)
def test_a_week_begins_with_the_first_moment_of_monday(name, week):
    zone = ZoneInfo(name)
    start = start_of_week(week, zone)
    assert week_at(start, zone) == week
    assert week_at(start - 1, zone) == weeks_before(week, 1)[0]
    assert datetime.fromtimestamp(start, zone).weekday() == 0
    assert datetime.fromtimestamp(start - 1, zone).weekday() == 6


@pytest.mark.parametrize(
    ("zone", "week", "begins", "hours"),
    [
        ("Europe/Berlin", "2026-W13", "2026-03-22T23:00", 167),  # clocks go forward on its Sunday
        ("Europe/Berlin", "2026-W14", "2026-03-29T22:00", 168),
        ("Europe/Berlin", "2026-W43", "2026-10-18T22:00", 169),  # and back
        ("America/New_York", "2026-W11", "2026-03-09T04:00", 168),
        ("Australia/Lord_Howe", "2026-W14", "2026-03-29T13:00", 168.5),
        ("Asia/Tehran", "2021-W12", "2021-03-21T20:30", 167),  # its Monday begins at 01:00
        ("Pacific/Kiritimati", "2026-W53", "2026-12-27T10:00", 168),
    ],
)
def test_weeks_are_as_long_as_the_clocks_make_them(zone, week, begins, hours):
    start = start_of_week(week, ZoneInfo(zone))
    assert datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%dT%H:%M") == begins
    following = datetime.fromtimestamp(start_of_week(week, UTC), UTC) + timedelta(days=7)
    later = start_of_week("{}-W{:02d}".format(*following.isocalendar()[:2]), ZoneInfo(zone))
    assert (later - start) / HOUR == hours


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_name_of_a_zone_is_an_error(name):
    assert zone_of(living(name)).utcoffset(datetime(2026, 1, 1)) is not None


@pytest.mark.parametrize("name", ["", "America", "Europe/", "../../etc/passwd", "x" * 300, "a\0b", "Berlin"])
def test_what_is_no_zone_is_utc(name):
    assert time_zone(name) is UTC


@pytest.mark.parametrize(
    ("zone", "country", "name"),
    [
        ("Asia/Tokyo", "DE", "Asia/Tokyo"),
        ("nowhere", "DE", "Europe/Berlin"),
        (None, "de", "Europe/Berlin"),
        (None, "Japan", "Asia/Tokyo"),
        (None, "United Kingdom", "Europe/London"),
        (None, "United States", "America/New_York"),
        (None, "AU", "Australia/Sydney"),
        (None, "Atlantis", None),
        (None, None, None),
    ],
)
def test_a_country_stands_in_for_a_zone(zone, country, name):
    assert zone_name(living(zone, country)) == name


def test_the_main_zones_are_zones():
    assert set(MAIN_ZONE.values()) <= available_timezones()


@pytest.mark.parametrize(
    ("country", "market"),
    [("DE", "DE"), (" fr ", "FR"), ("Germany", "DE"), ("Russian Federation", "RU"), ("XX", None), (None, None)],
)
def test_a_country_is_a_market(country, market):
    assert market_of(living(None, country)) == market
