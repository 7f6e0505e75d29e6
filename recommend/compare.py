"""What differs between two lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListDifference:
    """From one list to another, by track id.

    Attributes:
        added: (id, place in the second list).
        removed: (id, place in the first).
        moved: (id, place in the first, place in the second).
        kept: tracks in the same place.
    """

    added: tuple[tuple[str, int], ...]
    removed: tuple[tuple[str, int], ...]
    moved: tuple[tuple[str, int, int], ...]
    kept: int

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.added or self.removed or self.moved)


def difference(first: Sequence[str], second: Sequence[str]) -> ListDifference:
    """Compare two lists of ids; places count from 1, and of an id that comes twice the first place counts."""
    before = {id: place for place, id in reversed(list(enumerate(first, start=1)))}
    after = {id: place for place, id in reversed(list(enumerate(second, start=1)))}
    moved = tuple((id, before[id], place) for id, place in after.items() if id in before and before[id] != place)
    return ListDifference(
        added=tuple(sorted(((id, p) for id, p in after.items() if id not in before), key=lambda one: one[1])),
        removed=tuple(sorted(((id, p) for id, p in before.items() if id not in after), key=lambda one: one[1])),
        moved=tuple(sorted(moved, key=lambda one: one[2])),
        kept=sum(1 for id, place in after.items() if before.get(id) == place),
    )
