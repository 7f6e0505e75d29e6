"""Whether two tracks are one recording, two recordings of one work, or two works; nothing here knows of a graph."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from ingest.identity.normal import key
from ingest.identity.titles import SOFT, Title, parse

Verdict = Literal["same", "version", "different"]
TOLERANCE_MS = 3000
"""How far the durations of one recording differ between services at most."""
GENERIC = frozenset(map(key, ("Intro", "Outro", "Interlude", "Prelude", "Skit", "Untitled", "Track 1", "Introduction")))
"""Titles that an artist uses again and again for another piece."""
_GUESTS = re.compile(r"\s*[(\[]?\b(?:feat(?:uring)?|ft)\b\.?\s+", re.IGNORECASE)
_JOINED = re.compile(r"\s*(?:,|;|/|\+|&|\band\b|\bvs\b\.?|\bx\b|\bwith\b|\bpresents\b|\bpres\b\.?)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Recording:
    """A track as a source describes it.

    Attributes:
        title: as the source spells it.
        artists: the credited names, in any order.
        duration_ms: None where unknown.
        album: None where unknown.
        ids: identifiers that services agree on: ``isrc:``, ``mbid:``, ``spotify:``.
    """

    title: str
    artists: tuple[str, ...]
    duration_ms: int | None = None
    album: str | None = None
    ids: frozenset[str] = field(default_factory=frozenset)

    @property
    def parsed(self) -> Title:
        """The title taken apart."""
        return parse(self.title, self.album or "")


@dataclass(frozen=True, slots=True)
class Match:
    """What two tracks are to each other, and why.

    Attributes:
        kind: the same recording, a version of the same work, or different works.
        reason: one line.
        evidence: what it rests on: ``artist``, ``title``, ``duration``, ``id``.
    """

    kind: Verdict
    reason: str
    evidence: tuple[str, ...] = ()


@lru_cache(maxsize=200_000)
def credit_keys(name: str) -> frozenset[str]:
    """Keys of everybody whom a credit names: of the whole, of the main part without guests, and of each of several."""
    main, *guests = _GUESTS.split(name)
    found = {key(name), key(main)} if main.strip() else {key(name)}
    for part in (main, *guests):
        found |= {key(one.strip(" )]")) for one in _JOINED.split(part) if one.strip(" )]")}
    return frozenset(found - {""})


@lru_cache(maxsize=200_000)
def leading_keys(name: str) -> frozenset[str]:
    """Keys of whom a credit names first: the whole, and the first of several."""
    main = _GUESTS.split(name)[0].strip() or name
    return frozenset({key(name), key(main), key(_JOINED.split(main)[0] or main)} - {""})


def artists_agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two credits can be of one recording: one leads with somebody whom the other names as well."""
    leads_one = {found for name in one for found in leading_keys(name)}
    leads_other = {found for name in other for found in leading_keys(name)}
    return bool(
        leads_one & {found for name in other for found in credit_keys(name)}
        or leads_other & {found for name in one for found in credit_keys(name)}
    )


def compare(one: Recording, other: Recording) -> Match:
    """Judge two tracks; the order does not matter."""
    shared = one.ids & other.ids
    if shared:
        return Match("same", f"both are {min(shared)}", ("id",))
    if one.parsed.base_key != other.parsed.base_key:
        return Match("different", "other titles")
    if not artists_agree(one.artists, other.artists):
        return Match("different", "other artists")
    return _versions(one, other)


def _versions(one: Recording, other: Recording) -> Match:
    """Judge two tracks of one work."""
    known = one.duration_ms is not None and other.duration_ms is not None
    apart_ms = abs((one.duration_ms or 0) - (other.duration_ms or 0)) if known else None
    evidence = ("artist", "title", *(("duration",) if known else ()))
    if one.parsed.base_key in GENERIC and (apart_ms is None or apart_ms > TOLERANCE_MS):
        return Match("different", f"{one.parsed.base!r} names many pieces", evidence)
    differing = _differing(one.parsed, other.parsed)
    if differing - SOFT:
        return Match("version", f"another version ({', '.join(sorted(differing))})", evidence)
    if apart_ms is not None and apart_ms > TOLERANCE_MS:
        return Match("version", f"durations differ by {apart_ms / 1000:.1f} s", evidence)
    if differing - {"remaster"} and apart_ms is None:
        return Match("version", f"perhaps another cut ({', '.join(sorted(differing))}), durations unknown", evidence)
    return Match("same", "same artist, title and duration" if known else "same artist and title", evidence)


def _differing(one: Title, other: Title) -> set[str]:
    """Kinds of version that only one of the two is, or that have other names."""
    left, right = dict(one.versions), dict(other.versions)
    return {kind for kind in left.keys() | right.keys() if left.get(kind) != right.get(kind)}
