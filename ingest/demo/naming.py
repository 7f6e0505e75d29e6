"""How the demo world names things: patterns filled with words, never the same name twice where that would confuse."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ingest.demo.genres import slug
from ingest.demo.words import POOLS

_PLACE = re.compile(r"\{(\w+)\}")
_MANY_TRIES = 400


def compose(rng: np.random.Generator, pattern: str) -> str:
    """Fill each ``{pool}`` of ``pattern`` with a word of it; no word comes twice in one name."""
    used: list[str] = []

    def word(place: re.Match[str]) -> str:
        pool = [entry for entry in POOLS[place[1]] if entry not in used]
        used.append(pool[int(rng.integers(len(pool)))])
        return used[-1]

    name = _PLACE.sub(word, pattern)
    return name[0].upper() + name[1:]


@dataclass(slots=True)
class Names:
    """Gives out names and ids and remembers which are taken."""

    rng: np.random.Generator
    taken: set[str] = field(default_factory=set)

    def name(self, patterns: Sequence[str], among: str) -> str:
        """A name that nothing else ``among`` those of this scope has; scopes are independent."""
        for _ in range(_MANY_TRIES):
            name = compose(self.rng, patterns[int(self.rng.integers(len(patterns)))])
            if self._take(f"{among}\n{slug(name)}"):
                return name
        return self._numbered(name, among)

    def id(self, kind: str, name: str) -> str:
        """The id of a thing with this name: ``demo:artist:ada-lindqvist``, with a number where that is taken."""
        return f"demo:{kind}:{slug(self._numbered(slug(name), f'{kind} ids'))}"

    def _numbered(self, name: str, among: str) -> str:
        number, candidate = 1, name
        while not self._take(f"{among}\n{slug(candidate)}"):
            number += 1
            candidate = f"{name} {number}"
        return candidate

    def _take(self, key: str) -> bool:
        free = key not in self.taken
        self.taken.add(key)
        return free
