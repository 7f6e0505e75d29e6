"""Of whom nothing may be known nothing is asked: a spy on every statement, and what holds when nobody can be asked."""

import numpy as np
import pytest

import cypher
from api.changes import Changes
from api.guarded_reads import EDITORS, FRESH_S, GuardedReads
from graph.edits import Level, level_of
from graph.errors import GraphUnavailableError, NotFoundError
from graph.reads import GraphReads
from ingest.events import Event

OFF, PLAYER = "w:user:off", "w:user:player"
NOW = 1_700_000_000
BEHAVIOUR = ("PLAYED", "SAVED", "LIKED", "DISLIKED", "LISTENS_TO", "FOLLOWS")


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


class Graph:
    """A store of two listeners that writes down what it is asked."""

    def __init__(self):
        self.asked = []
        self.off = {OFF}
        self.is_away = False

    def read(self, name, *, timeout_s=0.0, **params):
        if self.is_away:
            raise GraphUnavailableError("away")
        self.asked.append(name)
        assert set(params) == set(cypher.statement(name).params)
        return getattr(self, name.partition("/")[2])(**params)

    def unpersonal(self):
        return [{"user": user} for user in sorted(self.off)]

    def user_by_source(self, sourceId):
        return [{"id": OFF}] if sourceId == "known elsewhere as this" else []

    def decisions(self, user, asOf):
        edit = {"kind": "PERSONALISATION", "level": "OFF", "number": 1, "at": 5, "about": []}
        return self._rows("decisions", user, blocked=["w:artist:0"], edits=[edit])

    def profile(self, user, asOf, firsts):
        plays = {"track": ["w:track:0"], "count": [3], "lastAt": [NOW - 9], "skips": [0]}
        nothing = {
            name: [] for name in ("disliked", "followed", "followedArtists", "firstAt", "liked", "edits", "blocked")
        }
        return self._rows("profile", user, **plays, **nothing)

    def _rows(self, name, user, **values):
        if user not in (OFF, PLAYER):
            return []
        row = {
            "id": user,
            "name": None,
            "timeZone": None,
            "country": None,
            "allowExplicit": None,
            "applied": [],
        } | values
        assert set(row) == set(cypher.statement(f"read/{name}").returns)
        return [row]


@pytest.fixture
def graph():
    return Graph()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def events():
    return []


@pytest.fixture
def board(tmp_path):
    return Changes.shared(tmp_path / "changes")


@pytest.fixture
def reads(graph, clock, board, events):
    return GuardedReads(
        GraphReads(graph),
        clock=clock,
        changes=board,
        pending=lambda profile: [event for event in events if event.user_id == profile.user_id],
    )


def behavioural(asked):
    return [name for name in asked if any(word in cypher.statement(name).text for word in BEHAVIOUR)]


@pytest.mark.parametrize("user", [OFF, "known elsewhere as this"])
@pytest.mark.parametrize("method", ["profile", "recent_profile"])
def test_no_statement_about_behaviour_runs_for_them(reads, graph, user, method):
    found = getattr(reads, method)(user, NOW)
    assert (found.user_id, len(found.track_ids), found.blocked) == (OFF, 0, {"w:artist:0"})
    assert level_of(found.edits) is Level.OFF
    if user == OFF:
        assert behavioural(graph.asked) == []
    else:  # the id of a source is no user's: the first question finds nobody
        assert graph.asked == ["read/unpersonal", "read/profile", "read/user_by_source", "read/decisions"]
    assert len(getattr(reads, method)(PLAYER, NOW).track_ids) == 1
    assert behavioural(graph.asked)[-1:] == ["read/profile"], "the spy sees it where it runs"


def test_of_their_events_a_block_alone_counts(reads, events):
    events += [
        Event("1", "PLAY", OFF, "w:track:1", NOW - 5),
        Event("2", "BLOCK", OFF, "w:track:2", NOW - 4),
        Event("3", "DISLIKE", OFF, "w:track:3", NOW - 3),
        Event("4", "LIKE", OFF, "w:track:4", NOW - 3),
    ]
    found = reads.profile(OFF, NOW)
    assert (found.track_ids.tolist(), found.blocked) == ([], {"w:artist:0", "w:track:2"})
    assert (found.disliked, dict(found.liked)) == (frozenset(), {})


def test_a_like_of_others_is_known_at_once(reads, events):
    events.append(Event("4", "LIKE", PLAYER, "w:track:4", NOW - 3))
    assert reads.profile(PLAYER, NOW).liked == {"w:track:4": NOW - 3}


def test_who_they_are_is_asked_seldom_and_after_every_edit(reads, graph, clock, board, tmp_path):
    for _ in range(3):
        reads.profile(PLAYER, NOW)
    assert graph.asked.count("read/unpersonal") == 1
    clock.now += FRESH_S + 1
    reads.profile(PLAYER, NOW)
    assert graph.asked.count("read/unpersonal") == 2
    assert len(reads.recent_profile(PLAYER, NOW).track_ids) == 1
    graph.off.add(PLAYER)
    Changes.shared(tmp_path / "changes").touch([PLAYER, EDITORS])  # as another process does
    assert len(reads.recent_profile(PLAYER, NOW).track_ids) == 0
    assert graph.asked[-2:] == ["read/unpersonal", "read/decisions"]


def test_while_nobody_can_be_asked_nothing_is_taken_from_the_log_of_whom_it_is_not_known(reads, graph, events, board):
    events.append(Event("1", "PLAY", PLAYER, "w:track:1", NOW - 5))
    graph.is_away = True
    with pytest.raises(GraphUnavailableError):
        reads.recent_profile(PLAYER, NOW)
    assert reads.last_profile(PLAYER, NOW) is None


def test_while_nobody_can_be_asked_others_go_on_from_what_is_known(reads, graph, clock, events, board):
    events.append(Event("1", "PLAY", PLAYER, "w:track:1", NOW - 5))
    reads.recent_profile(PLAYER, NOW)
    reads.recent_profile(OFF, NOW)
    graph.is_away = True
    assert reads.last_profile(PLAYER, NOW).track_ids.tolist() == ["w:track:0", "w:track:1"]
    assert len(reads.last_profile(OFF, NOW).track_ids) == 0
    board.touch([PLAYER])  # an event
    assert len(reads.last_profile(PLAYER, NOW).track_ids) == 2
    board.touch([PLAYER, EDITORS])  # an edit, perhaps that they want nothing of this
    assert reads.last_profile(PLAYER, NOW) is None


def test_nobody_is_not_found(reads):
    with pytest.raises(NotFoundError, match="there is no user 'w:user:no'"):
        reads.profile("w:user:no", NOW)


def test_first_plays_are_told_where_they_are_read(graph):
    graph.profile = lambda user, asOf, firsts: [
        {
            "track": ["b", "a"],
            "count": [1, 2],
            "lastAt": [9, 5],
            "skips": [0, 0],
            "firstAt": [7, 3] if firsts else [],
            "id": user,
            "name": None,
            "timeZone": None,
            "country": None,
            "allowExplicit": None,
        }
        | {name: [] for name in ("applied", "blocked", "disliked", "followed", "followedArtists", "liked", "edits")}
    ]
    assert GraphReads(graph).profile(PLAYER, NOW).first_at is None
    found = GraphReads(graph).profile(PLAYER, NOW, firsts=True)
    assert np.array_equal(found.track_ids, ["a", "b"])
    assert np.array_equal(found.first_at, [3, 7])
