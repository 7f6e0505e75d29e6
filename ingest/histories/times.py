"""What time a row says: texts and numbers of many forms as unix seconds."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from graph.errors import InvalidRequestError
from ingest.formats.text import LATEST, unix_seconds

_EPOCH = datetime(1970, 1, 1)


def zone_of(name: str | None) -> tzinfo:
    """The time zone of this name, UTC for None.

    Raises:
        InvalidRequestError: there is none.
    """
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InvalidRequestError(f"time zone {name[:40]!r} is unknown: name one like Europe/Berlin") from None


def minute(text: Any) -> int | None:
    """``2024-05-24 07:30`` in UTC as unix seconds, None for anything else."""
    if not isinstance(text, str) or len(text) != 16:
        return None
    try:
        return int((datetime.fromisoformat(text) - _EPOCH).total_seconds())
    except (ValueError, TypeError):
        return None


def instant(text: Any) -> int | None:
    """``2013-03-14T10:44:25Z`` as unix seconds, None for anything else; a time without a zone is UTC."""
    if not isinstance(text, str) or not 16 <= len(text) < 64:
        return None
    if len(text) == 20 and text[19] == "Z":  # by far the most, and three times as fast
        try:
            return int((datetime.fromisoformat(text[:19]) - _EPOCH).total_seconds())
        except (ValueError, TypeError):
            return None
    return unix_seconds(text)


def seconds(value: Any) -> int | None:
    """A number of seconds since 1970, as number or text; None where it is none or no time before the year 10000."""
    found = _number(value)
    return None if found is None else unix_seconds(found)


def either(value: Any) -> int | None:
    """Seconds or milliseconds since 1970: what is too large for the one is the other."""
    found = _number(value)
    return None if found is None else unix_seconds(found / 1000 if found > 10**11 else found)


def _number(value: Any) -> float | None:
    """A number that can be a time, None where it cannot: others are too large even for a float."""
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10**16:
        return None
    return value


def local(text: str, pattern: str | None, zone: tzinfo) -> int | None:
    """A time as ``pattern`` (of ``strptime``) says, else in ISO 8601; where it names no zone it is in ``zone``."""
    try:
        moment = datetime.strptime(text, pattern) if pattern else datetime.fromisoformat(text)
        at = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError):
        return None
    return int(at) if 0 < at <= LATEST else None


def shown(wall: int, zone: tzinfo) -> int:
    """The unix seconds at which a clock in ``zone`` showed ``wall``, its reading counted as if it were UTC."""
    return int(datetime.fromtimestamp(wall, UTC).replace(tzinfo=zone).timestamp())
