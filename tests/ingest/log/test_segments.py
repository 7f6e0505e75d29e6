"""Sealed histories: overlapping exports count once, sources add up, and the graph's sums follow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import weights
from graph.errors import SourceError
from ingest.behaviour import behaviour
from ingest.load import load
from ingest.log.segments import Segments
from ingest.records import gather
from ingest.source import Batch

DAY = 86_400
BASE = 1_700_000_000


class History:
    """A source of single plays of two listeners."""

    def __init__(self, plays, name="history"):
        self.name = name
        self._plays = plays

    def extract(self):
        return self._plays

    def transform(self, raw):
        users, tracks = sorted({play[0] for play in raw}), sorted({play[1] for play in raw})
        yield Batch("user", {"id": [f"{self.name}:user:{user}" for user in users]})
        yield Batch(
            "track",
            {
                "id": [f"{self.name}:track:{track}" for track in tracks],
                "name": [f"Song {track}" for track in tracks],
                "durationMs": [200_000] * len(tracks),
            },
        )
        yield Batch(
            "event",
            {
                "source": [f"{self.name}:user:{play[0]}" for play in raw],
                "target": [f"{self.name}:track:{play[1]}" for play in raw],
                "kind": [play[3] for play in raw],
                "at": [play[2] for play in raw],
                "key": [f"{play[1]}|{play[2]}" for play in raw],
                "listenedMs": [10_000 if play[3] == "SKIP" else 120_000 for play in raw],
            },
        )


PLAYS = [(1, track, BASE + day * DAY, "PLAY") for day, track in enumerate([1, 2, 1, 3, 1, 2])]
PLAYS += [(2, 1, BASE + 5, "SKIP"), (2, 1, BASE + DAY, "SAVE"), (2, 2, BASE + 9, "PLAY")]


def _graph(ask):
    rows = ask(
        "MATCH (u:User)-[r:PLAYED]->(t:Track) RETURN u.id AS user, t.id AS track, r.count AS count, "
        "r.weight AS weight, r.weightAt AS at ORDER BY user, track"
    )
    weighed = [float(weights.decay(row["weight"], row["at"], BASE + 9 * DAY)) for row in rows]
    return [(row["user"], row["track"], row["count"], weight) for row, weight in zip(rows, weighed, strict=True)]


@pytest.mark.parametrize("parts", [(PLAYS,), (PLAYS[:4], PLAYS[2:]), (PLAYS[5:], PLAYS[:7]), (PLAYS, PLAYS)])
def test_exports_in_any_parts_and_order_make_one_history(store, ask, tmp_path, parts):
    segments = Segments(tmp_path / "segments")
    reports = [load(store, History(part), segments=segments) for part in parts]
    assert [row[:3] for row in _graph(ask)] == [
        ("history:user:1", "history:track:1", 3),
        ("history:user:1", "history:track:2", 2),
        ("history:user:1", "history:track:3", 1),
        ("history:user:2", "history:track:1", 0),
        ("history:user:2", "history:track:2", 1),
    ]
    expected = behaviour("history", gather(History(PLAYS).transform(PLAYS))).records["played"].columns
    weighed = weights.decay(expected["weight"], expected["weightAt"], BASE + 9 * DAY)
    pairs = zip(expected["source"].tolist(), expected["target"].tolist(), weighed.tolist(), strict=True)
    assert [row[-1] for row in _graph(ask)] == pytest.approx([weight for *_, weight in sorted(pairs)], abs=1e-9)
    saved = ask("MATCH (u:User)-[s:SAVED]->(t:Track) RETURN u.id AS user, t.id AS track, s.at AS at")
    assert saved == [{"user": "history:user:2", "track": "history:track:1", "at": BASE + DAY}]
    seen = reports[-1].of("event")
    assert seen.read == seen.written == len(parts[-1])


def test_two_sources_about_one_pair_add_up(tmp_path):
    segments = Segments(tmp_path / "segments")
    one = gather(History(PLAYS[:3]).transform(PLAYS[:3]))
    again = gather(History(PLAYS[3:]).transform(PLAYS[3:]))
    behaviour("one", one, segments)
    total = behaviour("other", again, segments).records["played"].columns
    whole = behaviour("history", gather(History(PLAYS).transform(PLAYS))).records["played"].columns
    assert total["count"].tolist() == whole["count"].tolist()
    np.testing.assert_allclose(total["weight"], whole["weight"])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(0, 30), st.booleans()), min_size=1, max_size=40
    )
)
def test_sums_by_segments_equal_sums_at_once(tmp_path_factory, drawn):
    plays = list({(u, t, BASE + d * DAY, "PLAY" if p else "SKIP") for u, t, d, p in drawn})
    plays = list({(u, t, at): (u, t, at, kind) for u, t, at, kind in plays}.values())
    segments = Segments(tmp_path_factory.mktemp("segments"))
    half = len(plays) // 2
    for part in (plays[:half] or plays, plays[half // 2 :], plays):
        last = behaviour("history", gather(History(part).transform(part)), segments).records["played"].columns
    whole = behaviour("history", gather(History(plays).transform(plays))).records["played"].columns
    for name in ("source", "target", "count", "skips", "firstAt", "lastAt"):
        assert last[name].tolist() == whole[name].tolist(), name
    np.testing.assert_allclose(last["weight"], whole["weight"], atol=1e-9)


def test_what_cannot_be_summed_is_counted():
    plays = [(1, 1, BASE, "PLAY"), (1, 2, BASE, "DISLIKE")]
    found = behaviour("history", gather(History(plays).transform(plays)))
    assert [remark.count for remark in found.events.rejected] == [1]
    assert found.events.read == len(found.events) + 1


def test_a_damaged_segment_is_named(tmp_path):
    segments = Segments(tmp_path)
    behaviour("history", gather(History(PLAYS).transform(PLAYS)), segments)
    (path,) = tmp_path.glob("*.parquet")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(SourceError, match=f"{path.name}: damaged"):
        behaviour("history", gather(History(PLAYS).transform(PLAYS)), segments)


def test_a_full_disk_leaves_no_half_segment(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with pytest.raises(SourceError, match="free some space"):
        behaviour("history", gather(History(PLAYS).transform(PLAYS)), Segments(blocked / "segments"))
