"""The last stage of a list that is heard as a whole: its tracks in the order for flow, where their sound is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gnn.bundle import Bundle
from graph.kinds import AUDIO
from recommend.flow import Flow, Sounds, flowing
from recommend.sources.source import Rows
from recommend.types import FlowReport, RecommendationSet

LEAST_KNOWN = 0.5
"""Of the tracks whose tempo and energy must be known: an order by less would be one by chance."""


def sounds_of(bundle: Bundle, rows: Rows) -> Sounds:
    """What the catalogue knows of the sound of tracks, int64 [n]."""
    catalogue = bundle.catalogue
    audio = catalogue.audio[rows].astype(np.float64)
    tempo = audio[:, AUDIO.index("tempo")]
    return Sounds(
        tempo=np.where(tempo > 0, tempo, np.nan),
        key=catalogue.numbers["key"][rows].astype(np.float64),
        mode=catalogue.numbers["mode"][rows].astype(np.float64),
        energy=audio[:, AUDIO.index("energy")],
        artists=catalogue.credits[rows],
        nobody=len(catalogue.artists),
    )


def in_flow(answer: RecommendationSet, bundle: Bundle, first: int, curve: str, seed: int) -> RecommendationSet:
    """The list with its first tracks in the order for flow, and a report of it; as it came where too little is known.

    Args:
        answer: in the order of the engine.
        bundle: that made it.
        first: how many tracks are heard; what comes behind is a reserve and keeps its place.
        curve: a name of ``recommend.flow.CURVES``.
        seed: the same one gives the same order.
    """
    heard = answer.items[:first]
    sounds = sounds_of(bundle, bundle.catalogue.tracks.rows([item.track.id for item in heard]))
    known = ~(np.isnan(sounds.tempo) | np.isnan(sounds.energy))
    if len(heard) < 3 or known.mean() < LEAST_KNOWN:
        return answer
    tried = np.array([item.trial is not None for item in heard])
    found = flowing(sounds, curve, fixed=tried, seed=seed)
    ordered = [*(heard[at] for at in found.order.tolist()), *answer.items[first:]]
    items = tuple(replace(item, rank=place) for place, item in enumerate(ordered, start=1))
    return replace(answer, items=items, flow=_report(found))


def _report(found: Flow) -> FlowReport:
    return FlowReport(found.curve, found.known, found.cost, found.given, found.correlation)
