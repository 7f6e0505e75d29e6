"""Behaviour made anew from imports and the log is the behaviour that was there, wherever it was interrupted before."""

import json
import random

import pytest

from graph.errors import EventLogError
from ingest.consumer import Consumer
from ingest.events import Event
from ingest.load import load
from ingest.log.archive import Archive
from ingest.log.dead_letters import DeadLetters
from ingest.log.segments import Segments
from ingest.log.sqlite import SqliteLog
from ingest.rebuild import rebuild
from ingest.source import Batch

NOW = 1_700_000_000
DAY = 86_400
USERS = [f"w:user:{n}" for n in range(6)]
TRACKS = [f"w:track:{n}" for n in range(10)]


class World:
    """Listeners, tracks and an artist, and what a source without single plays knows of them."""

    name = "w"

    def extract(self):
        return None

    def transform(self, raw):
        yield Batch("user", {"id": USERS})
        yield Batch("artist", {"id": ["w:artist:0"], "name": ["Artist"]})
        yield Batch("track", {"id": TRACKS, "name": TRACKS, "durationMs": [200_000] * 10})
        yield Batch("follows", {"source": [USERS[0]], "target": [USERS[1]], "since": [NOW - 9 * DAY]})
        yield Batch("listens_to", {"source": [USERS[2]], "target": ["w:artist:0"], "count": [7]})
        yield Batch("saved", {"source": [USERS[0]], "target": [TRACKS[9]], "at": [NOW - 8 * DAY]})
        played = {"source": USERS[:3], "target": TRACKS[:3], "count": [3, 2, 1], "weight": [1.5, 2.0, 1.0]}
        yield Batch("played", played | {name: [NOW - 5 * DAY] * 3 for name in ("weightAt", "firstAt", "lastAt")})


class History:
    """A source that tells every play."""

    name = "h"

    def extract(self):
        return None

    def transform(self, raw):
        n = 40
        columns = {
            "key": [str(i) for i in range(n)],
            "source": [USERS[i % 5] for i in range(n)],
            "kind": ["SAVE" if i % 7 == 0 else "PLAY" for i in range(n)],
            "target": [TRACKS[i % 9] for i in range(n)],
            "at": [NOW - 20 * DAY + i * 3600 for i in range(n)],
            "listenedMs": [100_000] * n,
        }
        yield Batch("event", columns)


@pytest.fixture
def home(tmp_path, store):
    segments = Segments(tmp_path / "segments")
    load(store, World(), segments=segments)
    load(store, History(), segments=segments)
    with SqliteLog(tmp_path / "events.sqlite") as log, DeadLetters(tmp_path / "dead_letters.sqlite") as letters:
        yield store, log, Archive(tmp_path / "archive"), letters, segments


def live(seed, count=80):
    chance = random.Random(seed)
    kinds = ("PLAY", "PLAY", "SKIP", "SAVE", "UNSAVE", "LIKE", "REPEAT")
    events = [
        Event(f"{seed}-{n}", chance.choice(kinds), chance.choice(USERS), chance.choice(TRACKS), NOW - n * 7, 50_000)
        for n in range(count)
    ]
    about_artist = [Event(f"{seed}-{kind}", kind, USERS[4], "w:artist:0", NOW) for kind in ("FOLLOW", "BLOCK", "HATE")]
    return [*events, *about_artist]


def applied(home, events, received_at=NOW):
    store, log, _, letters, _ = home
    log.append(events, received_at)
    consumer = Consumer(store, log, letters, now=lambda: NOW)
    while consumer.step(0):
        pass


def made_anew(home):
    return rebuild(*home, now=lambda: NOW)


@pytest.fixture
def behaviour(ask):
    """Every link of listeners with its properties, weights to nine digits; everything else with none."""

    def look():
        rows = ask("MATCH (a)-[r]->(b) RETURN a.id AS a, type(r) AS type, b.id AS b, properties(r) AS p")
        for row in rows:
            row["p"] = {name: round(v, 9) if isinstance(v, float) else v for name, v in row["p"].items()}
            row["p"].pop("savesAt", None)  # its order is that of arrival
            for name in [name for name in row["p"] if name.startswith("imported")]:
                row["p"].pop(name)  # bookkeeping between imports and events
        newest = ask("MATCH (w:Watermark) RETURN w.newestAt AS at")
        counts = ask("MATCH (t:Track) RETURN t.id AS id, t.playCount AS plays, t.listenerCount AS listeners")
        return sorted(json.dumps(row, sort_keys=True) for row in [*rows, *newest, *counts])

    return look


def test_the_same_behaviour_comes_out(home, behaviour):
    applied(home, live(1))
    load(home[0], History(), segments=home[4])  # the counts on nodes are those of the last import
    before = behaviour()
    done = made_anew(home)
    assert (done.listeners, done.moved.events, done.moved.dead) == (5, 83, 0)
    assert [row for row in behaviour() if "plays" not in row] == [row for row in before if "plays" not in row]
    assert made_anew(home) == done


def test_archived_events_are_part_of_it(home, behaviour):
    _, log, archive, _, _ = home
    applied(home, live(1), NOW - 40 * DAY)
    applied(home, live(2))
    before = [row for row in behaviour() if "plays" not in row]
    assert archive.take(log, log.end(), NOW - 30 * DAY).events == 83
    made_anew(home)
    assert [row for row in behaviour() if "plays" not in row] == before


STAGES = (
    "write/rebuild_begin",
    "write/rebuild_clear_links",
    "write/rebuild_clear_nodes",
    "write/played",
    "write/rebuild_end",
)


@pytest.mark.parametrize("stage", STAGES)
def test_interrupted_anywhere_it_is_refused_to_others_and_finished_by_a_second_run(home, behaviour, monkeypatch, stage):
    store = home[0]
    applied(home, live(1))
    before = [row for row in behaviour() if "plays" not in row]
    with monkeypatch.context() as patch:
        for name in ("write", "autocommit"):
            real = getattr(store, name)

            def stopping(statement, *args, real=real, **params):
                if statement == stage:
                    raise KeyboardInterrupt
                return real(statement, *args, **params)

            patch.setattr(store, name, stopping)
        with pytest.raises(KeyboardInterrupt):
            made_anew(home)
    if stage not in ("write/rebuild_begin", "write/rebuild_end"):  # not begun, or nothing left to apply
        with pytest.raises(EventLogError, match="a rebuild is under way, or was interrupted"):
            Consumer(store, home[1], home[3], now=lambda: NOW).step(0)
    made_anew(home)
    assert [row for row in behaviour() if "plays" not in row] == before
    applied(home, [Event("new", "PLAY", USERS[0], TRACKS[0], NOW)])  # all may go on


def test_dead_letters_are_judged_anew(home, ask):
    stray = Event("stray", "PLAY", USERS[0], "w:track:new", NOW)
    applied(home, [stray])
    letters = home[3]
    assert letters.count() == 1
    assert made_anew(home).moved.dead == 1
    assert letters.count() == 1
    ask("CREATE (:Track {id: 'w:track:new', name: 'New'})")
    assert made_anew(home).moved.dead == 0
    assert letters.count() == 0


def test_imports_that_nothing_remembers_are_not_thrown_away(home, behaviour, tmp_path):
    before = behaviour()
    store, log, archive, letters, _ = home
    with pytest.raises(EventLogError, match="imported plays of 5 listeners whom no sealed import knows, such as 'w:"):
        rebuild(store, log, archive, letters, Segments(tmp_path / "none"), now=lambda: NOW)
    assert behaviour() == before
