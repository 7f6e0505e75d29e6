"""What people take with them from a real graph: playlists that come back as they were, all that is known of a user."""

from __future__ import annotations

import csv
import json
import sys

import pytest

from api.cli import export as command
from api.cli.main import main
from graph.errors import InvalidRequestError, NotFoundError
from ingest.events import Event
from ingest.exports.playlist import WRITERS, playlist_of
from ingest.exports.user import user_lines
from ingest.load import load
from ingest.source import Batch, batches
from ingest.sources.jspf import Jspf
from ingest.sources.m3u import M3u
from ingest.sources.xspf import Xspf

SOURCES = {"jspf": Jspf, "xspf": Xspf, "m3u": M3u}
NOW = 1_700_000_000


class World:
    """Two playlists, four tracks with odd names, two listeners."""

    name = "odd"

    def extract(self):
        return None

    def transform(self, raw):
        tracks = [f"odd:track:{n}" for n in range(4)]
        names = ['A - "B" </title>', "#EXTINF:1,ß & ü", "日本語\r\nsecond line", "Intro"]
        yield Batch("user", {"id": ["odd:user:1", "odd:user:2"], "name": ["Ada", None], "createdAt": [NOW, None]})
        yield Batch("artist", {"id": ["odd:artist:1", "odd:artist:2"], "name": ["X, Y & Z", "- - -"]})
        columns = {"album": ["One", None, "One", None], "durationMs": [61_000, None, 1_000, 999_000]}
        ids = [["spotify:track:0000000000000000000001"], None, ["mbid:aaaaaaaa-0000-4000-8000-000000000001"], None]
        yield Batch("track", {"id": tracks, "name": names, "sourceIds": ids, **columns})
        yield Batch(
            "playlist", {"id": ["odd:playlist:1"], "name": ["Walk; & more"], "sourceIds": [["spotify:playlist:p"]]}
        )
        ends = {
            "source": [*tracks, tracks[0]],
            "target": ["odd:artist:1", "odd:artist:2", "odd:artist:1"] + 2 * ["odd:artist:2"],
        }
        yield Batch("performed_by", {**ends, "position": [0, 0, 0, 0, 1]})
        order = [2, 0, 3, 1]
        yield Batch("contains", {"source": 4 * ["odd:playlist:1"], "target": tracks, "position": order})
        yield Batch("owns", {"source": ["odd:user:1"], "target": ["odd:playlist:1"]})
        yield Batch("follows", {"source": ["odd:user:1"], "target": ["odd:user:2"], "since": [NOW]})


@pytest.fixture
def world(store):
    load(store, World())
    return store


@pytest.mark.parametrize("format", sorted(SOURCES))
def test_an_exported_playlist_is_imported_as_it_was(world, tmp_path, format):
    playlist = playlist_of(world, "odd:playlist:1")
    (tmp_path / f"a.{format}").write_text(WRITERS[format](playlist), encoding="utf-8", newline="")
    found = {batch.kind: batch for batch in batches(SOURCES[format](tmp_path))}
    assert found["playlist"].columns["name"] == ["Walk; & more"]
    name_of = dict(zip(found["track"].columns["id"], found["track"].columns["name"], strict=True))
    assert [name_of[id] for id in found["contains"].columns["target"]] == [
        "#EXTINF:1,ß & ü",
        "Intro",
        'A - "B" </title>',
        "日本語 second line",
    ]
    assert sorted(found["artist"].columns["name"]) == ["- - -", "X, Y & Z"]
    assert len(found["performed_by"]) == 5
    assert found["track"].rejected == found["contains"].rejected == ()


def test_a_playlist_is_found_by_the_id_of_its_source(world):
    assert playlist_of(world, "spotify:playlist:p").key == "odd:playlist:1"
    with pytest.raises(NotFoundError, match="there is no playlist 'nobody'"):
        playlist_of(world, "nobody")
    load(
        world,
        given(Batch("playlist", {"id": ["odd:playlist:2"], "name": ["P"], "sourceIds": [["spotify:playlist:p"]]})),
    )
    with pytest.raises(InvalidRequestError, match="means several playlists"):
        playlist_of(world, "spotify:playlist:p")


def given(*found):
    class Given:
        name = "odd"

        def extract(self):
            return None

        def transform(self, raw):
            yield from found

    return Given()


def test_a_users_data_are_complete_and_readable(world, apply):
    events = [
        Event("e1", "PLAY", "odd:user:1", "odd:track:0", NOW, 61_000),
        Event("e2", "SAVE", "odd:user:1", "odd:track:0", NOW + 1),
        Event("e3", "LIKE", "odd:user:1", "odd:track:1", NOW + 2),
        Event("e4", "BLOCK", "odd:user:1", "odd:artist:2", NOW + 3, until=NOW + 1000),
        Event("e5", "DISLIKE", "odd:user:1", "odd:track:3", NOW + 4),
        Event("e6", "FOLLOW", "odd:user:1", "odd:artist:1", NOW + 5),
        Event("e7", "PLAY", "odd:user:2", "odd:track:0", NOW + 6),
    ]
    assert apply(world, events, NOW + 60).accepted == 7
    lines = [json.loads(line) for line in user_lines(world, "odd:user:1", events)]
    kinds = {kind: [line for line in lines if line["type"] == kind] for kind in {line["type"] for line in lines}}
    assert {kind: len(found) for kind, found in kinds.items()} == {
        "user": 1,
        "playlist": 1,
        "played": 2,
        "saved": 1,
        "liked": 1,
        "blocked": 1,
        "disliked": 1,
        "follows": 2,
        "event": 6,
    }
    assert lines[0] == {"type": "user", "id": "odd:user:1", "name": "Ada", "createdAt": "2023-11-14T22:13:20Z"}
    assert [track["id"] for track in kinds["playlist"][0]["tracks"]] == [f"odd:track:{n}" for n in (1, 3, 0, 2)]
    played = next(line for line in kinds["played"] if line["track"]["id"] == "odd:track:0")
    assert (played["count"], played["lastAt"], played["track"]["artists"]) == (
        1,
        "2023-11-14T22:13:21Z",
        ["X, Y & Z", "- - -"],
    )
    assert kinds["blocked"][0]["until"] == "2023-11-14T22:30:00Z"
    assert "odd:user:2|" not in "".join(map(str, lines))  # nobody else's events


def test_who_is_alike_is_nobodys_to_know(world, ask):
    ask("MATCH (a:User {id: 'odd:user:1'}), (b:User {id: 'odd:user:2'}) MERGE (a)-[:SIMILAR_TASTE {rank: 1}]->(b)")
    assert not [line for line in user_lines(world, "odd:user:1") if "similar_taste" in line]


def test_an_unknown_user_is_one_line(world):
    with pytest.raises(NotFoundError, match="there is no user 'nobody'"):
        list(user_lines(world, "nobody"))


class TestCommand:
    @pytest.fixture
    def run(self, world, monkeypatch, capsys):
        class Open:
            def __enter__(self):
                return world

            def __exit__(self, *_):
                return None

        monkeypatch.setattr(command.composition, "open_store", lambda settings: Open())

        def run(*words):
            monkeypatch.setattr(sys, "argv", ["phonograph", "export", *map(str, words)])
            with pytest.raises(SystemExit) as ended:
                main()
            return ended.value.code or 0, *capsys.readouterr()

        return run

    def test_the_format_follows_the_file(self, run, tmp_path):
        code, out, err = run("playlist", "odd:playlist:1", "--out", tmp_path / "a.csv")
        assert (code, out) == (0, "")
        assert err.startswith("4 tracks written to ")
        assert len(list(csv.DictReader((tmp_path / "a.csv").open(encoding="utf-8")))) == 4
        assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]

    def test_a_user_to_standard_output(self, run):
        code, out, _ = run("user", "odd:user:1")
        assert code == 0
        assert [json.loads(line)["type"] for line in out.splitlines()] == ["user", "playlist", "follows"]

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (("playlist", "odd:playlist:1", "--format", "mp3"), "unknown format 'mp3': use --format with one of jspf"),
            (("playlist", "nobody"), "there is no playlist 'nobody'"),
            (("user", "odd:user:1", "--format", "csv"), "a user's data are JSON lines"),
            (("user", "odd:user:1", "--out", "/nowhere/a.jsonl"), "cannot be written"),
        ],
    )
    def test_errors_are_one_line_with_exit_code_2(self, run, words, message):
        code, out, err = run(*words)
        assert (code, out) == (2, "")
        assert message in err
        assert err.count("\n") == 1
