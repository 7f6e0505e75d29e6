"""What other programs rely on: the keys of every ``--json`` answer, and that what they say is so."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from graph.reads import GraphReads, Step
from graph.store import GraphStore

ANSWER = {"id", "userId", "surface", "modelVersion", "items", "fill", "cold", "asOf", "degraded"}
ITEM = {"rank", "score", "track", "contributions", "explanation"}
SOURCES = {"gnn", "als", "knn", "artist_path", "genre", "audio", "playlist", "sequence", "cultural", "popular"}
METRICS = {"recall@20", "ndcg@20", "coverage@20", "trainSeconds"}


@pytest.fixture(scope="module")
def user(world_store: GraphStore) -> str:
    """The listener with most plays."""
    plays = {row["source"]: sum(row["count"]) for row in world_store.read("read/export_played")}
    return max(plays, key=lambda id: (plays[id], id))


@pytest.fixture(scope="module")
def recommended(phonograph: Any, trained: Any, user: str) -> Any:
    return phonograph("recommend", user, "--surface", "home", "--n", "12", "--json").answer


@pytest.fixture(scope="module")
def listed(phonograph: Any, trained: Any, user: str) -> Any:
    return phonograph("weekly", user, "--json").answer


def facts(path: Any) -> list[Step]:
    """The steps of a path as single facts; one direction or the other of each exists in the graph."""
    nodes = path["nodes"]
    assert len(nodes) == len(path["relationships"]) + 1
    return [
        Step(one["label"], one["id"], type, other["label"], other["id"])
        for one, type, other in zip(nodes, path["relationships"], nodes[1:], strict=False)
    ]


def turned(step: Step) -> Step:
    return Step(step.to_label, step.to_id, step.type, step.from_label, step.from_id)


def check(answer: Any, user: str, store: GraphStore, model: str) -> None:
    assert set(answer) - {"week", "flow", "exploration"} == ANSWER
    assert (answer["userId"], answer["modelVersion"], answer["degraded"]) == (user, model, [])
    assert answer["asOf"].endswith("Z")
    assert datetime.fromisoformat(answer["asOf"]).tzinfo is not None
    assert {"requested", "returned", "removed"} <= set(answer["fill"])
    assert answer["fill"]["returned"] == len(answer["items"])
    assert all(isinstance(count, int) for count in answer["fill"]["removed"].values())
    assert [item["rank"] for item in answer["items"]] == list(range(1, len(answer["items"]) + 1))
    (history,) = (row for row in store.read("read/export_played") if row["source"] == user)
    played = set(history["target"])
    for item in answer["items"]:
        check_item(item, user, store)
        assert item["track"]["id"] not in played


def check_item(item: Any, user: str, store: GraphStore) -> None:
    assert set(item) - {"trial"} == ITEM
    assert set(item["track"]) == {"id", "name", "artists"}
    assert item["track"]["artists"]
    assert all(set(artist) == {"id", "name"} for artist in item["track"]["artists"])
    assert set(item["contributions"]) <= SOURCES
    assert sum(item["contributions"].values()) == pytest.approx(item["score"], abs=1e-6)
    assert set(item["explanation"]) == {"kind", "text", "paths"}
    assert item["explanation"]["text"]
    for path in item["explanation"]["paths"]:
        assert set(path) == {"nodes", "relationships", "shareOfScore", "verified"}
        assert all(set(node) == {"id", "label", "name"} for node in path["nodes"])
        assert path["nodes"][0]["id"] == user
        assert path["nodes"][-1]["id"] == item["track"]["id"]
        assert path["verified"] is True
        assert 0 < path["shareOfScore"] <= 1
        check_in_graph(path, store)


def check_in_graph(path: Any, store: GraphStore) -> None:
    """Each step is a relationship that the graph holds, in one direction or the other."""
    steps = facts(path)
    held = GraphReads(store).verify([*steps, *(turned(step) for step in steps)])
    for step, forth, back in zip(steps, held[: len(steps)], held[len(steps) :], strict=True):
        assert forth or back, step


def test_train(trained: Any) -> None:
    assert set(trained) == {"version", "trainSeconds", "peakMemoryGb", "seconds", "ranker", "metrics", "sizes"}
    assert trained["trainSeconds"] > 0
    for model in ("sage", "als", "popularity"):
        assert set(trained["metrics"][model]) >= METRICS
        assert all(0 <= trained["metrics"][model][name] <= 1 for name in METRICS - {"trainSeconds"})


def test_status(phonograph: Any, trained: Any, world_store: GraphStore, home: Path) -> None:
    found = phonograph("status", "--json").answer
    assert set(found) == {"running", "uri", "user", "passwordFile", "database", "home", "model"}
    assert found["running"] is True
    assert (found["uri"], found["user"], found["database"]) == (world_store.address.uri, "neo4j", "neo4j")
    assert Path(found["passwordFile"]).read_text().strip() == world_store.address.password
    assert (found["home"], found["model"]) == (str(home), trained["version"])


def test_recommend(recommended: Any, trained: Any, user: str, world_store: GraphStore) -> None:
    check(recommended, user, world_store, trained["version"])
    assert (recommended["surface"], len(recommended["items"])) == ("home", 12)
    assert len({item["track"]["id"] for item in recommended["items"]}) == 12
    with_path = [item for item in recommended["items"] if item["explanation"]["paths"]]
    assert len(with_path) >= 6


def test_the_check_of_paths_can_fail(recommended: Any, world_store: GraphStore) -> None:
    path = next(path for item in recommended["items"] for path in item["explanation"]["paths"])
    wrong = {**path, "nodes": [{**path["nodes"][0], "id": "demo:user:nobody"}, *path["nodes"][1:]]}
    with pytest.raises(AssertionError, match="nobody"):
        check_in_graph(wrong, world_store)


def test_explain(phonograph: Any, recommended: Any, user: str, world_store: GraphStore) -> None:
    wanted = recommended["items"][0]
    found = phonograph("explain", user, wanted["track"]["id"], "--json").answer
    assert set(found) == {"userId", *ITEM}
    assert found["userId"] == user
    check_item({name: found[name] for name in ITEM}, user, world_store)
    assert found["track"] == wanted["track"]
    assert found["score"] == pytest.approx(wanted["score"], abs=1e-6)


def test_weekly_is_the_same_list_again(
    phonograph: Any, listed: Any, trained: Any, user: str, world_store: GraphStore
) -> None:
    check(listed, user, world_store, trained["version"])
    assert re.fullmatch(r"\d{4}-W\d{2}", listed["week"])
    assert (listed["surface"], len(listed["items"])) == ("discover_weekly", 30)
    assert phonograph("weekly", user, "--week", listed["week"], "--json").answer == listed
    if "flow" in listed:  # ordered, where the sound of enough tracks is known
        assert set(listed["flow"]) == {"curve", "known", "cost", "given", "correlation"}
        assert listed["flow"]["cost"] < listed["flow"]["given"]


def test_evaluate(phonograph: Any, tmp_path: Path) -> None:
    folder = hetrec(tmp_path)
    words = ("--data", str(folder), "--models", "als,popularity", "--split", "0", "--json")
    found = phonograph("evaluate", "hetrec", *words).answer
    assert list(found) == ["als", "popularity"]
    for metrics in found.values():
        assert set(metrics) >= METRICS
        assert all(0 <= metrics[name] <= 1 for name in METRICS - {"trainSeconds"})


def hetrec(folder: Path, users: int = 60, artists: int = 40) -> Path:
    """A data set of the HetRec form in which everybody hears fifteen artists of one of two halves."""
    listens = [
        (user, artist, 10 + (user * artist) % 7)
        for user in range(1, users + 1)
        for artist in range(1, artists + 1)
        if artist % 2 == user % 2 and (artist * 7 + user) % 4
    ]
    tables = {
        "artists.dat": ["id\tname\turl\tpictureURL", *(f"{a}\tArtist {a}\t\t" for a in range(1, artists + 1))],
        "user_artists.dat": ["userID\tartistID\tweight", *("\t".join(map(str, row)) for row in listens)],
        "tags.dat": ["tagID\ttagValue", "1\trock", "2\tpop"],
        "user_taggedartists.dat": [
            "userID\tartistID\ttagID\tday\tmonth\tyear",
            *(f"{1 + a % users}\t{a}\t{1 + a % 2}\t1\t4\t2009" for a in range(1, artists + 1)),
        ],
        "user_taggedartists-timestamps.dat": [
            "userID\tartistID\ttagID\ttimestamp",
            *(f"{1 + a % users}\t{a}\t{1 + a % 2}\t1238536800000" for a in range(1, artists + 1)),
        ],
        "user_friends.dat": ["userID\tfriendID", *(f"{u}\t{u % users + 1}" for u in range(1, users + 1))],
    }
    for name, lines in tables.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="latin-1")
    return folder


def test_why_not_says_where_a_track_of_the_list_stands(phonograph: Any, recommended: Any, user: str) -> None:
    item = recommended["items"][1]
    found = phonograph("why-not", user, item["track"]["id"], "--n", "12", "--json").answer
    assert set(found) == {"userId", "surface", "track", "stage", "rule", "rank", "score", "cutoff", "message"}
    assert (found["stage"], found["rank"], found["track"]) == ("RECOMMENDED", 2, item["track"])


def test_a_counterfactual_names_what_is_left_out(phonograph: Any, recommended: Any, user: str) -> None:
    item = next(item for item in recommended["items"] if item["explanation"]["paths"])
    anchor = item["explanation"]["paths"][0]["nodes"][1]
    found = phonograph("counterfactual", user, item["track"]["id"], "--without", anchor["id"], "--json").answer
    keys = {"userId", "surface", "track", "without", "plays", "rank", "score", "newRank", "newScore", "text"}
    assert set(found) == keys
    assert (found["without"], found["plays"]) == (anchor, 1)
