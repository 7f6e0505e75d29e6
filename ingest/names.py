"""How a name becomes part of an id or a key, the same for every source."""

from __future__ import annotations

import re
import unicodedata


def folded(name: str) -> str:
    """Case, accents and apostrophes removed, ``&`` spelt out: ``Drum & Bass`` -> ``drum and bass``."""
    plain = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ").replace("'", "").replace("’", "")
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).split())


def slug(name: str) -> str:
    """Letters and digits joined by hyphens: ``drum-and-bass``; the name itself where it has neither."""
    return "-".join(re.findall(r"[^\W_]+", folded(name))) or name


def squashed(name: str) -> str:
    """Letters and digits only: ``synth-pop`` and ``Synthpop`` are one key; the name itself where it has neither."""
    return "".join(re.findall(r"[^\W_]+", folded(name))) or name
