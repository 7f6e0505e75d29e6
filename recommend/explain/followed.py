"""The reason that lies in whom the listener follows: the artist of a track, and that it is new."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from gnn.bundle import Bundle
from recommend.explain import text
from recommend.explain.links import node
from recommend.explain.reasons import Attribution, Proposal, steps_of
from recommend.released import out_lately
from recommend.types import ExplanationKind, NodeRef, ReasonPath


def by_followed(
    user: NodeRef, bundle: Bundle, artist_ids: Collection[str], attribution: Attribution, as_of: int
) -> dict[int, Proposal]:
    """Place of a recommended track -> the reason that its artist is followed; other tracks are missing.

    The path is listener, artist, track; its share is what the plays of this artist added to the score.

    Args:
        user: the listener.
        bundle: names and credits.
        artist_ids: whom the listener follows.
        attribution: of the page.
        as_of: unix seconds; what came out in the four weeks before is new.
    """
    followed = bundle.catalogue.artists.rows(sorted(artist_ids))
    followed = followed[followed >= 0]
    if not len(followed):
        return {}
    credits, targets = bundle.catalogue.credits, attribution.target_rows
    named = np.isin(credits[targets], followed)
    new = out_lately(bundle, as_of)[targets]
    plays = np.flatnonzero(attribution.by_listener)
    found = {}
    for place in np.flatnonzero(named.any(axis=1)).tolist():
        artist = int(credits[targets[place]][named[place]][0])
        of_artist = plays[(credits[attribution.play_rows[plays]] == artist).any(axis=1)]
        raised, whole = float(attribution.parts[of_artist, place].sum()), float(attribution.scores[place])
        share = min(1.0, max(0.0, raised / whole)) if whole > 0 else 0.0
        who, track = node(bundle, "artist", artist), node(bundle, "track", int(targets[place]))
        path = ReasonPath((user, who, track), ("FOLLOWS", "PERFORMED_BY"), share, verified=False)
        kind, said = _NEW if new[place] else _KNOWN
        found[place] = Proposal(kind, said.format(who.name), path, steps_of(path))
    return found


def with_followed(proposals: list[list[Proposal]], followed: dict[int, Proposal]) -> list[list[Proposal]]:
    """The reasons of each track with that of its artist first; behind one that names a play of this artist already."""
    found = []
    for place, own in enumerate(proposals):
        reason = followed.get(place)
        if reason is None:
            found.append(own)
            continue
        artist = reason.path.nodes[1].id
        at = 1 if own and reason.kind is _KNOWN[0] and artist in {one.id for one in own[0].path.nodes} else 0
        found.append([*own[:at], reason, *own[at:]])
    return found


_NEW = (ExplanationKind.NEW_RELEASE, text.NEW_BY_FOLLOWED)
_KNOWN = (ExplanationKind.ARTIST_LINK, text.BY_FOLLOWED)
