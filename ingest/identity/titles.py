"""What a title says beside the name of the work: who is featured, and which version it is.

``Love (feat. Ann) - Live at Home, 2011 Remaster`` is ``Love`` with Ann, live (``at home``), remastered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ingest.identity.normal import key, plain

_KINDS: tuple[tuple[str, str], ...] = (
    ("cover", r"karaoke|tribute|cover|covered|originally performed|in the style of"),
    ("live", r"live|ao vivo|en vivo|en directo|unplugged|in concert|concert|sessions?|spotify singles|bbc|peel"),
    ("remix", r"remix\w*|rmx|rework|reworked|refix|flip|bootleg|mashup|vip|dub|redux|megamix|re-?edit|reprise|encore"),
    ("instrumental", r"instrumental|karaoke|off vocal"),
    ("acappella", r"a ?capp?ella|acapella"),
    ("acoustic", r"acoustic|acustico|stripped|piano|orchestral|symphonic|strings?"),
    ("demo", r"demo|rehearsal|rough|outtake|alternate|alternative|alt|early|take \d+|unreleased"),
    ("speed", r"sped up|slowed|nightcore|reverb|8d"),
    ("rerecorded", r"re-?recorded|taylors version|\d{4} version|new version|re-?recording"),
    ("language", r"spanish|english|french|german|japanese|korean|italian|portuguese|espanol|ingles"),
    ("radio", r"radio|video edit|single edit|single mix"),
    ("extended", r"extended|12 ?inch|12|maxi|long|full length"),
    ("mono", r"mono"),
    ("stereo", r"stereo"),
    ("single", r"single|7 ?inch|7|short|video"),
    ("remaster", r"re-?master\w*|remasterizad\w*|digital master"),
)
_KIND = tuple((name, re.compile(rf"\b(?:{words})\b")) for name, words in _KINDS)
_MIX = re.compile(r"\b(?:mix|edit|cut)\b")
_ORIGINAL = re.compile(
    r"(?:the |full )?(?:original|album|lp|main|explicit|clean|dirty|uncensored|bonus|deluxe|standard|studio)?"
    r"(?: (?:album|single))?(?: (?:version|mix|track|edition|recording|explicit|cut|motion picture|soundtrack))*"
    r"|from .*|soundtrack.*|.*\bsoundtrack\b.*|.*\b(?:deluxe|anniversary|expanded|special) edition\b|.*\bbonus track\b"
    r"|(?:explicit|clean|non-album|deluxe|bonus) .*"
)
_VERSION = re.compile(r"\b(?:version|ver|edition|rendition|arrangement)\b")
_FEATURED = re.compile(r"^(?:feat(?:uring)?|ft|with|w/|f/)\b\.?\s*(.+)$", re.IGNORECASE)
_FEATURED_INSIDE = re.compile(r"\s+(?:feat(?:uring)?|ft)\b\.?\s+(.+)$", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*(?:\(((?:[^()]|\([^()]*\))*)\)|\[([^\[\]]*)\]|\{([^{}]*)\})")
_DASH = re.compile(r"\s+[-–—]\s+")
_ALBUM_LIVE = re.compile(r"\blive (?:at|in|from|on)\b|[(\[]live|\bunplugged\b|\bin concert\b|\blive$")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_OWN_WORDS = re.compile(
    r"\b(?:radio|video|single|extended|maxi|long|full|length|short|new|original|album|version|ver|edit|mix|cut|inch|12|7"
    r"|uk|us|mono|stereo|special|the|cd|lp|explicit|clean|digital|re-?master\w*|(?:19|20)\d\d)\b"
)
"""What may stand beside the name of a cut without making it somebody's own mix."""
_NOISE = re.compile(r"\b(?:version|the|at|in|from|on|by|recorded|remix|mix|live|feat)\b")

SOFT = frozenset({"remaster", "radio", "single", "mono", "stereo", "edit", "extended"})
"""Versions that may be the same performance in another cut or mix: where the durations agree, the same recording."""


@dataclass(frozen=True, slots=True)
class Title:
    """A title taken apart.

    Attributes:
        base: the name of the work, as the source spells it.
        base_key: see ``normal.key``.
        versions: kind of version -> key of the words that name it (``remix`` -> ``skrillex``), "" without any.
        featured: names of guests.
    """

    base: str
    base_key: str
    versions: tuple[tuple[str, str], ...] = ()
    featured: tuple[str, ...] = ()

    @property
    def tag(self) -> str:
        """The versions that are not the plain recording, as one word: ``live:wembley``; "" for the plain one."""
        return ",".join(f"{kind}:{detail}" for kind, detail in self.versions if kind != "remaster")


def kind_of(words: str) -> str | None:
    """What an addition to a title says: a kind of version, "" for the plain recording, None for a part of the name."""
    said = " ".join(re.sub(r"[^\w\s/-]", "", plain(words)).split())
    if not said:
        return ""
    if _ORIGINAL.fullmatch(said):
        return ""
    for name, pattern in _KIND:
        if name not in ("radio", "extended", "single", "mono", "stereo", "remaster") and pattern.search(said):
            return name
    soft = next((name for name, pattern in _KIND if name in SOFT and pattern.search(said)), None)
    is_cut = bool(_MIX.search(said) or _VERSION.search(said))
    is_named = bool(re.findall(r"\w+", _OWN_WORDS.sub(" ", said)))
    if soft == "remaster" or (soft and (is_cut or said == soft) and not is_named):
        return soft
    if is_cut and said != "edit":
        return "rerecorded" if _VERSION.search(said) and not _MIX.search(said) else "remix"
    return "edit" if said == "edit" else _extended(said)


def _extended(said: str) -> str | None:
    return "extended" if re.search(r"\bextended\b|\b12 ?inch\b", said) else None


@lru_cache(maxsize=200_000)
def parse(title: str, album: str = "") -> Title:
    """Take a title apart; the album says where a plain title is a live recording."""
    versions: dict[str, str] = {}
    featured: list[str] = []

    def is_addition(words: str) -> bool:
        found = _FEATURED.match(words.strip())
        if found:
            featured.append(found[1].strip())
            return True
        kind = kind_of(words)
        if kind:
            versions[kind] = key(_NOISE.sub(" ", _YEAR.sub(" ", plain(words)))) if kind not in SOFT else ""
        return kind is not None

    base = _BRACKETS.sub(lambda part: "" if is_addition(part[1] or part[2] or part[3] or "") else part[0], title)
    pieces = _DASH.split(base.strip())
    while len(pieces) > 1 and all([is_addition(part) for part in re.split(r"\s+/\s+", pieces[-1])]):
        pieces.pop()
    base = " - ".join(pieces).strip()
    inside = _FEATURED_INSIDE.search(base)
    if inside and base[: inside.start()].strip():
        featured.append(inside[1])
        base = base[: inside.start()]
    if not key(base):
        return Title(title, key(title))
    if album and "live" not in versions and _ALBUM_LIVE.search(plain(album)):
        versions["live"] = ""
    return Title(base, key(base), tuple(sorted(versions.items())), tuple(featured))
