"""Each step of the ladder answers when what it does not need is broken, filters what must not be shown, and says so."""

import dataclasses

import numpy as np
import pytest

from graph.edits import Edit, EditKind
from recommend import ladder
from recommend.ladder import STEPS, step_down
from recommend.rules import Action, Rule
from recommend.types import RecommendRequest

NOW = 1_700_000_000 + 90 * 86_400


def asked(scenes, **changes):
    profile = scenes.reads.profile("u-a01", NOW)
    return step_down(
        scenes.bundle, RecommendRequest("u-a01", n=10, as_of=NOW), dataclasses.replace(profile, **changes), "x"
    )


def broken(taste):
    raise RuntimeError("gone")


@pytest.mark.parametrize("name", list(STEPS))
def test_each_step_answers_when_those_before_it_are_broken(scenes, monkeypatch, name):
    steps = {key: step if key == name else broken for key, step in STEPS.items()}
    monkeypatch.setattr(ladder, "STEPS", steps)
    answer = asked(scenes)
    assert len(answer.items) == 10
    assert all(list(item.contributions) == [name] for item in answer.items)
    assert [item.score for item in answer.items] == sorted((item.score for item in answer.items), reverse=True)
    told = {part.component: part.reason for part in answer.degraded}
    assert told["engine"] == "x"
    assert told["answer"].startswith(f"from {name}")
    assert set(list(STEPS)[: list(STEPS).index(name)]) <= set(told)
    played = set(scenes.reads.profile("u-a01", NOW).track_ids.tolist())
    assert not played & {item.track.id for item in answer.items}
    personal = name != "popular"
    assert (not any(item.track.id.startswith("b") for item in answer.items)) or not personal


def test_scores_that_are_no_numbers_are_no_answer(scenes, monkeypatch):
    wrong = lambda taste: np.full(len(taste.bundle.catalogue), np.nan, np.float32)  # noqa: E731
    monkeypatch.setattr(ladder, "STEPS", {"als": wrong, "popular": STEPS["popular"]})
    answer = asked(scenes)
    assert {part.component for part in answer.degraded} == {"engine", "als", "answer"}


def test_blocks_hold_on_every_step(scenes, monkeypatch):
    for name in STEPS:
        monkeypatch.setattr(ladder, "STEPS", {name: STEPS[name]})
        answer = asked(scenes, blocked=frozenset({"artist-a1", "bridge"}))
        shown = {artist.id for item in answer.items for artist in item.track.artists}
        assert not shown & {"artist-a1", "bridge"}


def test_a_track_that_the_model_does_not_know_hides_no_other(scenes):
    plain = asked(scenes)
    profile = scenes.reads.profile("u-a01", NOW)
    stranger = {
        name: np.append(getattr(profile, name), value)
        for name, value in (
            ("track_ids", "elsewhere"),
            ("counts", np.float32(1)),
            ("last_at", NOW),
            ("skips", np.float32(0)),
        )
    }
    assert [item.track.id for item in asked(scenes, **stranger).items] == [item.track.id for item in plain.items]


def test_edits_and_takedowns_hold(scenes):
    profile = scenes.reads.profile("u-a01", NOW)
    request = RecommendRequest("u-a01", n=10, as_of=NOW)
    plain = step_down(scenes.bundle, request, profile, "x")
    artist, track = plain.items[0].track.artists[0].id, plain.items[3].track.id
    muted = dataclasses.replace(profile, edits=(Edit(EditKind.MUTE, target=artist, number=1, at=NOW),))
    shown = step_down(scenes.bundle, request, muted, "x", (Rule("down", Action.TAKE_DOWN, (track,)),))
    assert artist not in {one.id for item in shown.items for one in item.track.artists}
    assert track not in {item.track.id for item in shown.items}
    assert shown.fill.removed["rule:down"] == 1


def test_where_nothing_is_left_there_is_no_answer(scenes, monkeypatch):
    monkeypatch.setattr(ladder, "STEPS", {"als": broken})
    assert asked(scenes) is None
