"""Shards of everybody's week: whole or not at all, made anew once what they rest on changed, or a Monday began."""

import dataclasses
import json
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from api.weekly_shards import Plan, lists_in, make_shard, read_shard
from recommend.weekly import start_of_week

WEEK = "2023-W48"
EAST, WEST = "Pacific/Kiritimati", "Pacific/Pago_Pago"
USERS = ["u-a01", "u-a02", "u-b01", "u-b02"]


class Shelf:
    """No earlier lists."""

    def earlier_of(self, user_ids, weeks):
        return dict.fromkeys(user_ids, frozenset())


class Living:
    """The reads of an engine, with a time zone for each listener."""

    def __init__(self, reads, zones):
        self.reads, self.zones = reads, zones

    def profile(self, user_id, as_of):
        return dataclasses.replace(self.reads.profile(user_id, as_of), time_zone=self.zones.get(user_id))

    def verify(self, steps):
        return self.reads.verify(steps)


@pytest.fixture
def plan(tmp_path):
    return Plan(WEEK, "v", start_of_week(WEEK, UTC) + 60, "arc", 1, False, tmp_path)


def made(scenes, plan, users=USERS, zones=None):
    make_shard(scenes, Living(scenes.reads, zones or {}), Shelf(), plan, 0, users)
    return [one.user_id for one in read_shard(plan, 0)]


def test_a_shard_holds_everybody_in_order_and_is_done_once_it_is_marked(scenes, plan):
    assert not plan.is_made(0, USERS)
    assert made(scenes, plan) == USERS
    assert lists_in(plan.file(0)) == len(USERS)
    for one in read_shard(plan, 0):
        assert [place.track_id for place in one.tracks] == [
            item["track"]["id"] for item in json.loads(one.answer)["items"][:30]
        ]
    assert plan.is_made(0, USERS)
    assert not plan.is_done(0, USERS)
    plan.mark(0).touch()
    assert plan.is_done(0, USERS)
    assert [file.name for file in sorted(plan.folder.iterdir())] == ["000-of-001.jsonl", "000-of-001.kept"]


def test_those_whose_monday_comes_later_are_made_by_a_later_run(scenes, plan):
    zones = {"u-a01": EAST, "u-b02": WEST}
    assert made(scenes, plan, zones=zones) == ["u-a01", "u-a02", "u-b01"]
    first = list(read_shard(plan, 0))
    monday = start_of_week(WEEK, ZoneInfo(WEST))
    assert plan.is_made(0, USERS)
    assert dataclasses.replace(plan, now=monday - 1).is_made(0, USERS)
    later = dataclasses.replace(plan, now=monday)
    assert not later.is_made(0, USERS)
    assert made(scenes, later, zones=zones) == USERS
    second = list(read_shard(later, 0))
    assert second[:3] == first, "what was made stays as it is"
    assert [json.loads(one.answer)["asOf"] for one in second] == [
        "2023-11-26T10:00:00Z",
        "2023-11-27T00:00:00Z",
        "2023-11-27T00:00:00Z",
        "2023-11-27T11:00:00Z",
    ]


@pytest.mark.parametrize("change", [{"version": "w"}, {"curve": "wave"}, {"week": "2023-W47"}])
def test_a_shard_of_something_else_is_not_made(scenes, plan, change):
    made(scenes, plan)
    assert not dataclasses.replace(plan, **change).is_made(0, USERS)


def test_a_newcomer_makes_a_shard_anew_and_its_mark_goes(scenes, plan):
    made(scenes, plan, USERS[:3])
    plan.mark(0).touch()
    assert not plan.is_made(0, USERS)
    assert made(scenes, plan) == USERS
    assert plan.is_made(0, USERS)
    assert not plan.is_done(0, USERS)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"model": "v"}', '{"again": null}'])
def test_a_file_that_is_no_shard_is_not_made(plan, text):
    plan.file(0).write_text(text + "\n", encoding="utf-8")
    assert not plan.is_made(0, USERS)


def test_nothing_is_written_when_the_graph_fails(scenes, plan):
    class Failing(Living):
        def profile(self, user_id, as_of):
            raise OSError("away")

    with pytest.raises(OSError, match="away"):
        make_shard(scenes, Failing(scenes.reads, {}), Shelf(), plan, 0, USERS)
    assert list(plan.folder.iterdir()) == []
