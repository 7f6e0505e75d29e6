"""Moments of plays that were logged are learned, and stay in the model only where they help."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from api.training import Clock, TrainConfig, make
from gnn.config import TRACK_CONFIG
from gnn.context import Moment
from graph.arrays import GraphArrays, Links
from graph.assemble import assemble
from graph.progress import NoProgress

USERS, TRACKS, PLAYS, DAY = 120, 80, 24, 86_400
NOW = 1_700_000_000 // DAY * DAY
SMALL = replace(
    TRACK_CONFIG,
    als=replace(TRACK_CONFIG.als, factors=8),
    sage=replace(TRACK_CONFIG.sage, dim=16, epochs=2),
)


def world(habit: bool) -> GraphArrays:
    """Everybody plays loud and quiet tracks alike; with the habit the loud ones on the way, the quiet ones at work."""
    generator = np.random.default_rng(1)
    user = np.repeat(np.arange(USERS), PLAYS)
    track = np.concatenate([generator.choice(TRACKS, PLAYS, replace=False) for _ in range(USERS)])
    at = NOW - np.tile(np.arange(PLAYS)[::-1], USERS) * DAY - user
    ids = {"user": [f"w:user:{n:03d}" for n in range(USERS)], "track": [f"w:track:{n:02d}" for n in range(TRACKS)]}
    ids |= {"artist": ["w:artist:0", "w:artist:1"], "genre": ["w:genre:loud", "w:genre:quiet"]}
    tracks = np.array(ids["track"])
    nodes = {kind: {"id": np.array(values), "name": np.array(values)} for kind, values in ids.items()}
    ones = np.ones(len(user), np.int64)
    played = {"source": np.array(ids["user"])[user], "target": tracks[track], "count": ones, "weight": ones * 1.0}
    played |= dict.fromkeys(("weightAt", "firstAt", "lastAt"), at) | dict.fromkeys(("skips", "saves"), ones * 0)
    genre = np.array(ids["genre"])[np.arange(TRACKS) % 2]
    links = {
        "played": played,
        "track_genre": {"source": tracks, "target": genre, "weight": np.ones(TRACKS)},
        "performed_by": {"source": tracks, "target": np.array(ids["artist"])[np.arange(TRACKS) % 2]},
    }
    arrays = assemble(nodes, links)
    commutes = (track % 2 == 0) if habit else generator.random(len(track)) < 0.5
    known = {"at": at, "offset": np.zeros_like(at), "offsetKnown": np.ones(len(at), np.bool_)}
    known |= {"device": np.full(len(at), ""), "activity": np.where(commutes, "commute", "work")}
    return replace(arrays, heard=Links(user, track, known))


@pytest.mark.parametrize("habit", [True, False])
def test_a_habit_in_the_log_is_in_the_model_and_none_is_invented(habit):
    made = make(world(habit), None, TrainConfig(SMALL), NOW, Clock(), NoProgress())
    verdict = made.bundle.manifest["verdicts"]["context"]
    assert verdict["kept"] is habit, verdict
    context = made.bundle.context
    assert (context is not None) is habit
    if context is not None:
        fit = context.scores(Moment(activity="commute"), np.arange(TRACKS))
        assert fit[::2].min() > 0.3 > -0.3 > fit[1::2].max()


def test_without_a_log_nothing_is_said_of_moments():
    made = make(replace(world(True), heard=Links.none()), None, TrainConfig(SMALL), NOW, Clock(), NoProgress())
    assert "context" not in made.bundle.manifest["verdicts"]
    assert made.bundle.context is None
