"""How big the demo world is, and from which seed and until when it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ENDS_AT: Final = 1_795_391_999
"""2026-11-22T23:59:59Z, a Sunday: the week that follows is 2026-W48."""


@dataclass(frozen=True, slots=True)
class DemoConfig:
    """Sizes of the world. The same values give the same world, to the byte.

    Attributes:
        ends_at: unix seconds; no event is later.
        days: how far back listening goes.
        imported_share: part of the tracks whose audio features came with the catalogue.
        clip_count: tracks with an audio clip that the real pipeline measures.
        version_count: remasters and live cuts among the tracks.
        bridge_count: artists at home in two scenes.
    """

    seed: int = 7
    ends_at: int = ENDS_AT
    days: int = 300
    user_count: int = 300
    track_count: int = 2_000
    artist_count: int = 250
    playlist_count: int = 150
    event_count: int = 60_000
    imported_share: float = 0.6
    clip_count: int = 100
    version_count: int = 50
    bridge_count: int = 24
