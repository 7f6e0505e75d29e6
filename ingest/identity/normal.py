"""When two spellings are one name: the keys by which artists, titles and genres are compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11", "xii": "12"}
"""Without ``i``, ``v`` and ``x``, which are words and names of their own."""
_SAME = {word: str(number) for number, word in enumerate(_NUMBERS)} | _ROMAN | {"pt": "part", "vol": "volume"}
_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})
"""Letters that no decomposition takes apart."""
_SILENT = str.maketrans(dict.fromkeys("'’‘`´ʼ", ""))


def plain(text: str) -> str:
    """Without case, accents and apostrophes, ``&`` and a lonely ``+`` spelt out; other signs stay."""
    if text.isascii():
        folded = text.lower()
    else:
        decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        folded = "".join(sign for sign in decomposed if not unicodedata.combining(sign)).translate(_STROKES)
    return " ".join(folded.translate(_SILENT).replace("&", " and ").replace(" + ", " and ").split())


@lru_cache(maxsize=200_000)
def key(name: str) -> str:
    """What all spellings of a name share: ``The Six Pt. II`` and ``6, part 2`` are ``6part2``.

    Case, accents, punctuation and spaces do not count, nor does a leading "the"; numbers are digits. A name of
    punctuation alone (``!!!``) is its own key; the key of anything but blank text is not empty.
    """
    words = _WORD.findall(plain(name))
    if len(words) > 1 and words[0] == "the" and words[1:] != ["the"]:
        words = words[1:]
    joined = "".join(_SAME.get(word, word) for word in words)
    return _SAME.get(joined, joined) or "".join(name.split())
