"""How much memory a process has used so far."""

from __future__ import annotations

import resource


def peak_gb() -> float:
    """The largest resident set of this process so far, mapped files included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
