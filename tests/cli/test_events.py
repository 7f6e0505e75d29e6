"""``phonograph events``, ``apply``, ``dlq`` and ``rebuild`` as a user has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.store import GraphStore
from ingest.load import load
from ingest.source import Batch

USER, TRACK = "w:user:1", "w:track:1"
Rows = Callable[..., list[dict[str, Any]]]


class World:
    """A listener and a track."""

    name = "w"

    def extract(self) -> None: ...

    def transform(self, raw: None) -> Any:
        yield Batch("user", {"id": [USER]})
        yield Batch("track", {"id": [TRACK], "name": ["One"]})


@pytest.fixture
def world(store: GraphStore) -> GraphStore:
    load(store, World())
    return store


def line(name: str, **more: Any) -> str:
    event = {"clientEventId": name, "kind": "PLAY", "userId": USER, "targetId": TRACK, "at": 1_700_000_000}
    return json.dumps(event | more)


def plays(ask: Rows) -> int:
    found = ask("MATCH (:User {id: $u})-[r:PLAYED]->() RETURN r.count AS n", u=USER)
    return sum(row["n"] for row in found)


def test_from_a_file_into_the_graph_and_back_again(
    world: GraphStore, elsewhere: Any, ask: Rows, tmp_path: Path
) -> None:
    file = tmp_path / "events.jsonl"
    bad = ['{"half', '"text"', line("x", at="soon"), line("y", volume=3), line("z", kind="HUM"), line("w", userId="no")]
    file.write_text("\n".join([line("a"), "", line("b"), line("a"), *bad]) + "\n", encoding="utf-8")
    answer = elsewhere("events", "append", str(file), "--json").answer
    assert (answer["accepted"], answer["duplicates"]) == (2, 1)
    assert [one["line"] for one in answer["rejected"]] == [5, 6, 7, 8, 9, 10]
    assert all(one["reason"] for one in answer["rejected"])
    assert elsewhere("events", "append", str(file), "--json").answer["duplicates"] == 3
    lag = elsewhere("events", "lag", "--json").answer
    assert (lag["lag"], lag["deadLetters"]) == (2, 0)
    assert plays(ask) == 0
    assert elsewhere("apply", "--json").answer == {"applied": 2, "duplicates": 0, "dead": 0, "deadLetters": 0}
    assert plays(ask) == 2
    assert elsewhere("events", "lag", "--json").answer["lag"] == 0
    assert elsewhere("events", "archive", "--days", "0", "--json").answer["events"] == 2
    ask("MATCH ()-[r:PLAYED]->() DELETE r")
    assert elsewhere("rebuild", "--json").answer == {
        "listeners": 0,
        "links": 0,
        "events": 2,
        "duplicates": 0,
        "dead": 0,
    }
    assert plays(ask) == 2


def test_a_dead_letter_is_listed_tried_again_and_dropped(
    world: GraphStore, elsewhere: Any, ask: Rows, tmp_path: Path
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(line("a") + "\n" + line("b", targetId="w:track:2") + "\n")
    ask("CREATE (:Track {id: 'w:track:2', name: 'Two'})")
    assert elsewhere("events", "append", str(file), "--json").answer["accepted"] == 2
    ask("MATCH (t:Track {id: 'w:track:2'}) DELETE t")
    assert elsewhere("apply", "--json").answer["dead"] == 1
    (letter,) = elsewhere("dlq", "list", "--json").answer["letters"]
    assert (letter["error"], json.loads(letter["payload"])["clientEventId"]) == ("unknown target 'w:track:2'", "b")
    assert "unknown target" in elsewhere("dlq", "replay").out
    ask("CREATE (:Track {id: 'w:track:2', name: 'Two'})")
    number = str(letter["number"])
    assert elsewhere("dlq", "replay", number, "--json").answer == {"applied": 1, "duplicates": 0, "deadLetters": 0}
    assert plays(ask) == 2
    assert elsewhere("dlq", "drop", number, "--json").answer == {"dropped": 0}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("events", "sing"), "unknown action 'sing'"),
        (("events", "append"), "events append: needs a file"),
        (("events", "append", "no-such-file"), "no-such-file: cannot be read (No such file"),
        (("dlq", "drop"), "dlq drop: name the letters"),
        (("dlq", "shout"), "unknown action 'shout'"),
    ],
)
def test_what_is_wrong_is_one_line(elsewhere: Any, words: tuple[str, ...], says: str) -> None:
    assert elsewhere(*words).complaint.startswith(says)
