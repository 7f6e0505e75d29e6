"""A source becomes arrays without Neo4j, and bad records are counted on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from ingest.collect import collect
from ingest.load import inspect, read
from ingest.records import gather
from ingest.source import Batch


@dataclass(frozen=True)
class Given:
    """Hands out the batches it was given."""

    batches: list[Batch] = field(default_factory=list)
    name: str = "given"

    def extract(self):
        return None

    def transform(self, raw):
        yield from self.batches


TRACKS = Batch("track", {"id": ["given:track:2", "given:track:1"], "name": ["Two", "One"]})
USERS = Batch("user", {"id": ["given:user:1"]})


def plays(**columns):
    filled = {"source": ["given:user:1"], "target": ["given:track:1"], "count": [1], "firstAt": [100], "lastAt": [100]}
    return Batch("played", {**filled, **columns})


def reasons(source):
    return {
        (kind.kind, remark.reason): (remark.count, remark.examples)
        for kind in inspect(read(source)).kinds
        for remark in kind.rejected
    }


def test_rows_are_positions_in_ascending_ids():
    found = collect(Given([plays(), TRACKS, USERS]))
    assert found.tracks.values.tolist() == ["given:track:1", "given:track:2"]
    assert found.names["track"].tolist() == ["One", "Two"]
    assert (found.played.source_row.tolist(), found.played.target_row.tolist()) == ([0], [0])
    assert found.watermark == 100


def test_kinds_may_come_in_several_batches():
    more = Batch("track", {"id": ["given:track:3"], "name": ["Three"], "tempo": np.array([120.0])})
    found = collect(Given([TRACKS, more]))
    assert found.names["track"].tolist() == ["One", "Two", "Three"]
    np.testing.assert_array_equal(found.track_columns["tempo"], [np.nan, np.nan, 120.0])


def test_a_play_without_weight_weighs_its_count_at_its_last_time():
    columns = gather([plays(count=[3], lastAt=[500])])["played"].columns
    assert (columns["weight"].tolist(), columns["weightAt"].tolist()) == ([3.0], [500])


def test_a_link_without_an_end_is_rejected_with_its_ends():
    source = Given([TRACKS, USERS, plays(target=["given:track:9"])])
    assert reasons(source) == {("played", "unknown user or track"): (1, ("given:user:1 -> given:track:9",))}
    assert len(collect(source).played) == 0


def test_a_missing_name_is_rejected():
    source = Given([Batch("artist", {"id": ["given:artist:1", "given:artist:2"], "name": ["", "Two"]})])
    assert reasons(source) == {("artist", "no name"): (1, ("given:artist:1",))}
    assert collect(source).artists.values.tolist() == ["given:artist:2"]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("tempo", "fast", "tempo is no float"),
        ("tempo", float("inf"), "tempo is no float"),
        ("key", 1.5, "key is no int"),
    ],
)
def test_a_value_of_another_type_is_rejected(column, value, reason):
    track = Batch("track", {"id": ["given:track:1"], "name": ["One"], column: [value]})
    assert reasons(Given([track])) == {("track", reason): (1, ("given:track:1",))}


def test_repeated_records_are_rejected_and_the_first_stays():
    artists = [Batch("artist", {"id": ["given:artist:1"], "name": [name]}) for name in ("First", "Second")]
    source = Given(artists)
    assert reasons(source) == {("artist", "repeated"): (1, ("given:artist:1",))}
    assert collect(source).names["artist"].tolist() == ["First"]


def test_what_the_source_rejected_and_the_loader_rejected_adds_up():
    source = Given([TRACKS, USERS, plays(source=["given:user:1"] * 2, target=["given:track:1", "x"], count=[1, 1],
                                          firstAt=[1, 1], lastAt=[1, 1])])  # fmt: skip
    records = read(source).records["played"]
    assert (records.read, len(records)) == (2, 2)
    assert inspect(read(source)).of("played").rejected[0].count == 1


def test_columns_that_no_kind_has_are_a_bug_of_the_source():
    with pytest.raises(ValueError, match=r"batch of track: no such column \['colour'\]"):
        collect(Given([Batch("track", {"id": ["a"], "name": ["A"], "colour": ["red"]})]))
    with pytest.raises(ValueError, match="batch of song: no such kind"):
        collect(Given([Batch("song", {"id": ["a"]})]))
