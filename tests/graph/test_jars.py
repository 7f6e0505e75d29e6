"""Jars count only when they are what the lock says, however the download went."""

from __future__ import annotations

import errno
import hashlib
import shutil
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from graph.errors import DownloadError, ServerError
from graph.server import jars
from graph.server.jars import Jar

TEXTS = {"org.neo4j:neo4j:1.2": b"the server", "a.b:c:3": b"a library", "io.x:y:4:linux": b"for linux"}
LOCK = tuple(Jar(coordinate, hashlib.sha256(text).hexdigest()) for coordinate, text in TEXTS.items())


class Repository:
    """Hands out the jars of ``TEXTS``; the first ``spoiled`` answers for a coordinate are cut short."""

    def __init__(self, spoiled: dict[str, int] | None = None) -> None:
        self.spoiled = Counter(spoiled or {})
        self.asked: Counter[str] = Counter()

    def __call__(self, jar: Jar, into: Path) -> Path:
        self.asked[jar.coordinate] += 1
        into.mkdir(parents=True)
        text = TEXTS[jar.coordinate]
        if self.asked[jar.coordinate] <= self.spoiled[jar.coordinate]:
            text = text[:3]
        path = into / jar.file_name
        path.write_bytes(text)
        return path


class Stages:
    def __init__(self) -> None:
        self.heard: list[object] = []

    def stage(self, name: str, total: float | None = None) -> None:
        self.heard.append((name, total))

    def advance(self, amount: float = 1) -> None:
        self.heard.append(amount)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


WHOLE = {"neo4j-1.2.jar": b"the server", "c-3.jar": b"a library", "y-4-linux.jar": b"for linux"}


def test_what_is_absent_is_fetched_and_counted(tmp_path: Path) -> None:
    progress = Stages()
    folder = jars.ensure_jars(tmp_path, LOCK, progress, Repository())
    assert contents(folder) == WHOLE
    assert progress.heard == [("fetch Neo4j", 3), 1, 1, 1]


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    jars.ensure_jars(tmp_path, LOCK, fetch=Repository())
    again = Repository()
    jars.ensure_jars(tmp_path, LOCK, fetch=again)
    assert not again.asked


def test_a_truncated_jar_is_replaced_and_only_that(tmp_path: Path) -> None:
    folder = jars.ensure_jars(tmp_path, LOCK, fetch=Repository())
    (folder / "c-3.jar").write_bytes(b"a lib")
    repository = Repository()
    jars.ensure_jars(tmp_path, LOCK, fetch=repository)
    assert repository.asked == {"a.b:c:3": 1}
    assert contents(folder) == WHOLE


def test_a_download_cut_short_is_tried_again(tmp_path: Path) -> None:
    folder = jars.ensure_jars(tmp_path, LOCK, fetch=Repository({"a.b:c:3": jars.TRIES - 1}))
    assert contents(folder) == WHOLE


def test_a_jar_that_always_arrives_damaged_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"cannot download a\.b:c:3: what arrives is damaged"):
        jars.ensure_jars(tmp_path, LOCK, fetch=Repository({"a.b:c:3": jars.TRIES}))
    left = contents(jars.library(tmp_path, LOCK))
    assert left.items() <= WHOLE.items()
    assert "c-3.jar" not in left


def test_a_jar_that_nobody_asked_for_does_not_get_onto_the_classpath(tmp_path: Path) -> None:
    folder = jars.ensure_jars(tmp_path, LOCK, fetch=Repository())
    (folder / "evil-1.jar").write_bytes(b"!")
    jars.ensure_jars(tmp_path, LOCK, fetch=Repository())
    assert contents(folder) == WHOLE


def test_leftovers_of_a_killed_download_go(tmp_path: Path) -> None:
    aside = jars.library(tmp_path, LOCK) / ".aside-killed"
    aside.mkdir(parents=True)
    (aside / "c-3.jar").write_bytes(b"a l")
    assert contents(jars.ensure_jars(tmp_path, LOCK, fetch=Repository())) == WHOLE


def test_no_connection_names_the_artifact_and_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jgo", reason="jgo is not installed: pip install 'phonograph[embedded]'")
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # the real client, on a way that leads nowhere
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    lock = (Jar("org.neo4j:neo4j:2026.09.0", "0" * 64),)
    with pytest.raises(DownloadError) as raised:
        jars.ensure_jars(tmp_path, lock)
    assert str(raised.value) == (
        "cannot download org.neo4j:neo4j:2026.09.0: the proxy refuses; "
        "check the connection and run the same command again"
    )


def test_without_jgo_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jgo.maven", None)
    with pytest.raises(ServerError, match=r"jgo is not installed.*pip install 'phonograph\[embedded\]'"):
        jars.ensure_jars(tmp_path, LOCK)


def test_with_all_jars_there_jgo_is_not_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = jars.ensure_jars(tmp_path, LOCK, fetch=Repository())
    monkeypatch.setitem(sys.modules, "jgo.maven", None)
    assert jars.ensure_jars(tmp_path, LOCK) == folder


def test_a_full_disk_is_said_before_the_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars, "DOWNLOAD_BYTES", shutil.disk_usage(tmp_path).free)
    repository = Repository()
    with pytest.raises(ServerError, match=r"MB are free in .*, Neo4j needs \d+ MB there: free some space"):
        jars.ensure_jars(tmp_path, LOCK, fetch=repository)
    assert not repository.asked


def test_a_disk_that_fills_up_during_the_download_is_not_tried_again(tmp_path: Path) -> None:
    tries = []

    def fetch(jar: Jar, into: Path) -> Path:
        tries.append(jar.coordinate)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ServerError, match=r"cannot keep Neo4j's jars in .*: No space left on device; free some space"):
        jars.ensure_jars(tmp_path, LOCK, fetch=fetch)
    assert len(tries) == len(set(tries))


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ServerError, match=r"cannot keep Neo4j's jars in .*file/neo4j-1.2-.*: Not a directory"):
        jars.ensure_jars(tmp_path / "file", LOCK, fetch=Repository())


def test_the_entry_point_is_what_the_server_declares(tmp_path: Path) -> None:
    folder = tmp_path
    with zipfile.ZipFile(folder / "neo4j-1.2.jar", "w") as jar:
        jar.writestr("META-INF/services/org.neo4j.server.startup.EntryPoint", "# chosen\norg.neo4j.Main\n")
    assert jars.entry_point(folder, LOCK) == "org.neo4j.Main"


def test_the_committed_lock_is_whole() -> None:
    lock = jars.read_lock()
    assert jars.server_version(lock) == "2026.09.0"
    assert len({jar.file_name for jar in lock}) == len(lock) == 230
    assert all(len(jar.sha256) == 64 and int(jar.sha256, 16) for jar in lock)
