"""The enums of recommendations, each made from one tuple of the core."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import strawberry

from recommend import types as core
from recommend.attributes import ATTRIBUTES
from recommend.sources import SOURCES
from recommend.surfaces import SURFACES
from recommend.terms import FAMILIES

ABOUT_KIND = {
    core.ExplanationKind.ARTIST_LINK: "Another track by an artist whom the listener played or follows.",
    core.ExplanationKind.NEW_RELEASE: "Out in the last four weeks, by an artist whom the listener follows.",
    core.ExplanationKind.PLAYED_TOGETHER: "Often played by the same listeners.",
    core.ExplanationKind.PLAYLIST_LINK: "On a playlist with a track that the listener played.",
    core.ExplanationKind.SOUNDS_LIKE: "Sounds like a track that the listener played.",
    core.ExplanationKind.GENRE_LINK: "Shares a rare genre with a track that the listener played.",
    core.ExplanationKind.BECAUSE_YOU_PLAYED: "No path holds, but a played track raised the score most.",
    core.ExplanationKind.POPULAR: "Nothing personal: many listeners play it.",
}

ADDED = tuple(name for name in FAMILIES if name not in {source.name for source in SOURCES})
"""Terms that are no sources."""
KNOWN_SOURCES = (*(source.name for source in SOURCES), *ADDED)
"""What a contribution may be called."""

if TYPE_CHECKING:
    Surface = Enum
    CandidateSource = Enum
    ExplanationKind = Enum
    Attribute = Enum
else:
    Surface = strawberry.enum(
        Enum(
            "Surface",
            {s.name.upper(): strawberry.enum_value(s.name, description=s.about) for s in SURFACES},
        ),
        description="Where recommendations are shown.",
    )
    CandidateSource = strawberry.enum(
        Enum(
            "CandidateSource",
            {s.name.upper(): strawberry.enum_value(s.name, description=f"The source `{s.name}`.") for s in SOURCES}
            | {
                name.upper(): strawberry.enum_value(name, description=f"What the term `{name}` adds to a score.")
                for name in ADDED
            },
        ),
        description="What nominates and scores tracks.",
    )
    ExplanationKind = strawberry.enum(
        Enum(
            "ExplanationKind",
            {k.value: strawberry.enum_value(k.value, description=ABOUT_KIND[k]) for k in core.ExplanationKind},
        ),
        description="The kind of reason.",
    )
    Attribute = strawberry.enum(
        Enum(
            "Attribute",
            {
                name.upper(): strawberry.enum_value(name, description=f"The attribute `{name}` of a track.")
                for name in sorted(ATTRIBUTES)
            },
        ),
        description="What is known of a track's sound, length and fame.",
    )
