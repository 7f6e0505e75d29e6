"""Where a listener lives, as far as the graph knows: the time zone that their weeks begin in, and their market."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from recommend.types import Profile

MAIN_ZONE = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
}
"""Where most people live in countries for which the time zone database names another zone first."""
ALSO_CALLED = {"united kingdom": "GB", "great britain": "GB", "russian federation": "RU", "korea, republic of": "KR"}
"""Names of countries, in small letters, that imported data use and the time zone database does not."""


def time_zone(name: str | None) -> tzinfo:
    """The zone of this IANA name; UTC where it is absent or unknown."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a region such as "Europe" is a folder, a long name no file
        return UTC


def zone_name(profile: Profile) -> str | None:
    """The IANA name of a listener's zone: their own, else where most of their country live, else None."""
    if profile.time_zone and time_zone(profile.time_zone) is not UTC:
        return profile.time_zone
    code = market_of(profile)
    return None if code is None else MAIN_ZONE.get(code) or _first_zones().get(code)


def zone_of(profile: Profile) -> tzinfo:
    """A listener's time zone; UTC where nothing is known of it."""
    return time_zone(zone_name(profile))


def market_of(profile: Profile) -> str | None:
    """The two letters (ISO 3166) of a listener's country; None where it is unknown."""
    said = (profile.country or "").strip()
    code = said.upper()
    return code if code in _first_zones() else ALSO_CALLED.get(said.lower()) or _codes().get(said.lower())


@cache
def _first_zones() -> dict[str, str]:
    """Country -> the first of its zones; the database puts the most populous first, but for geography's sake."""
    found: dict[str, str] = {}
    for code, _, zone, *_ in _table("zone.tab"):
        found.setdefault(code, zone)
    return found


@cache
def _codes() -> dict[str, str]:
    """Name of a country in small letters -> its two letters."""
    return {name.lower(): code for code, name in _table("iso3166.tab")}


def _table(name: str) -> Iterator[list[str]]:
    """The rows of a table of the time zone database."""
    text = files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8")
    return (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
