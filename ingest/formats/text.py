"""How text of a foreign file becomes a name, a time or a number of ours: checked here, once for all formats."""

from __future__ import annotations

import math
import unicodedata
from datetime import UTC, datetime
from typing import Any

LONGEST = 500
"""Characters in a name. A longer one is damage, and a column of names takes the width of its longest."""
LONGEST_DESCRIPTION = 5_000
LONGEST_MS = 7 * 24 * 3_600_000
"""The longest duration that is believed: a week."""
LATEST = 253_402_300_799
"""The last second of the year 9999."""


def tidy(text: str) -> str:
    """Make one line of ``text``: line breaks and control characters become spaces, runs of spaces one.

    What no file format can hold (lone surrogates, noncharacters) is dropped.
    """
    if text.isprintable():  # then the only white space in it is the plain space
        return " ".join(text.split(" ")).strip() if "  " not in text else " ".join(text.split())
    return " ".join("".join(map(_plain, text)).split())


def _plain(sign: str) -> str:
    if ord(sign) & 0xFFFE == 0xFFFE:
        return ""
    category = unicodedata.category(sign)
    return "" if category == "Cs" else " " if category == "Cc" else sign


def name_of(value: Any) -> str:
    """A name, "" where ``value`` is none: no text, or blank. Numbers are names too (``1979``)."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**18 else ""
    return tidy(value) if isinstance(value, str) else ""


def milliseconds(value: Any) -> int | None:
    """A duration that can be believed, None where it cannot; 0 means unknown."""
    if isinstance(value, str):
        try:
            value = float(value.strip()[:32])
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        return None
    return int(value) if 0 <= value <= LONGEST_MS else None


def unix_seconds(value: Any) -> int | None:
    """An ISO 8601 time or a number of seconds since 1970 as whole seconds; None where it is neither."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip()[:64])
            value = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        return None
    return int(value) if 0 < value <= LATEST else None


def _is_finite(value: float) -> bool:
    """Whether it is neither NaN nor infinite, nor a whole number beyond all floats."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def iso_time(seconds: int) -> str:
    """Unix seconds as ISO 8601 in UTC: ``2019-03-01T12:00:00Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
