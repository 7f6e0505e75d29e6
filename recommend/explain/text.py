"""The sentences. Every name in a sentence lies on the path that is shown with it."""

from __future__ import annotations

from recommend.explain.links import Link
from recommend.types import ExplanationKind


def sentence(link: Link, anchor: str) -> str:
    """One line for a listener: why this track, by a link from the played track named ``anchor``."""
    names = [node.name for node in link.between]
    if link.kind is ExplanationKind.ARTIST_LINK:
        return f"More from {names[0]}: you played “{anchor}”"
    if link.kind is ExplanationKind.PLAYLIST_LINK:
        return f"On the playlist “{names[0]}” together with “{anchor}”, which you played"
    if link.kind is ExplanationKind.SOUNDS_LIKE:
        return f"Sounds like “{anchor}”, which you played"
    if link.kind is ExplanationKind.GENRE_LINK:
        return f"{names[0]}, like “{anchor}”, which you played"
    if len(names) == 2:
        return f"Listeners of “{names[1]}” by {names[0]} play this too; you played their “{anchor}”"
    return f"Listeners of “{anchor}”, which you played, play this too"


def anchor_sentence(anchor: str) -> str:
    """For a track that no path joins to the play that raised it most."""
    return f"Close to “{anchor}” and what else you played"


POPULAR = "Played by many listeners"


def seed_sentence(seed: str) -> str:
    """For a radio track that no path joins to the listener."""
    return f"Close to “{seed}”, where this radio started"
