"""What no listener changes is worked out once for each bundle, and kept as long as that."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from gnn.bundle import Bundle

T = TypeVar("T")


def per_bundle(compute: Callable[[Bundle], T]) -> Callable[[Bundle], T]:
    """What ``compute`` gives, computed once for each bundle."""
    known: WeakKeyDictionary[Bundle, T] = WeakKeyDictionary()

    @wraps(compute)
    def once(bundle: Bundle) -> T:
        found = known.get(bundle)
        if found is None:
            found = known[bundle] = compute(bundle)
        return found

    return once
