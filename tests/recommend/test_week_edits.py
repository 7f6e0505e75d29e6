"""What edits do to Discover Weekly: to a stored list when it is read, and to whether it may be one at all."""

import dataclasses

import pytest

from graph.edits import Edit, EditKind, Level
from recommend.weekly import discover_weekly
from recommend.wire import to_json

DAY = 86_400
START = 1_700_000_000


def numbered(*edits):
    return tuple(dataclasses.replace(edit, number=place) for place, edit in enumerate(edits, start=1))


def level(value):
    return Edit(EditKind.PERSONALISATION, level=Level[value])


def listed(answer):
    """An answer without whose it is."""
    return [dict(item, explanation=None) for item in to_json(answer)["items"]]


class Shelf:
    """Keeps weekly lists in memory."""

    def __init__(self):
        self.kept = {}

    def stored(self, user_id, week):
        return self.kept.get((user_id, week))

    def earlier_tracks(self, user_id, weeks):
        return frozenset({"b00", "b01"} if user_id == "u-a01" else set())

    def keep(self, user_id, week, answer, tracks, *, created_at, replace):
        if replace or (user_id, week) not in self.kept:
            self.kept[user_id, week] = answer
        return self.kept[user_id, week]


class Edited:
    """The reads of an engine with the edits of some listeners."""

    def __init__(self, engine, edits):
        self.reads, self.edits = engine.reads, edits

    def profile(self, user_id, as_of):
        found = self.reads.profile(user_id, as_of)
        return dataclasses.replace(found, edits=numbered(*self.edits.get(user_id, ())))

    def verify(self, steps):
        return self.reads.verify(steps)


@pytest.fixture
def week(scenes, monkeypatch):
    """A function from a listener and their edits to their list; the shelf stays."""
    shelf = Shelf()

    def ask(user, *edits):
        reads = Edited(scenes, {user: edits})
        monkeypatch.setattr(scenes, "_reads", reads)
        return discover_weekly(scenes, reads, shelf, user, None, as_of=START + 60 * DAY)

    ask.shelf = shelf
    return ask


def test_the_week_of_those_without_personalisation_is_one_list_that_is_not_kept(week):
    one, other = (week(user, level("OFF")) for user in ("u-a01", "u-b04"))
    assert listed(one) == listed(other)
    assert one.week
    assert week.shelf.kept == {}


def test_a_stored_week_obeys_mutes_and_is_made_anew_at_another_level(week):
    before = week("u-a01")
    artist = before.items[0].track.artists[0].id
    muted = week("u-a01", Edit(EditKind.MUTE, artist))
    assert artist not in [one.id for item in muted.items for one in item.track.artists]
    assert muted.id == before.id, "the stored list is the answer"
    light = week("u-a01", level("LIGHT"))
    assert light.level is Level.LIGHT
    assert light.cold
    assert listed(week("u-a01", level("LIGHT"))) == listed(light)
    assert listed(week("u-a01")) == listed(before)
