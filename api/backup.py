"""Everything a home holds as one folder, and a home from such a folder: graph, log, models, analysed audio.

The graph is dumped before the log is copied: the log then never ends before the place up to which the graph has applied
it, and the consumer catches up after a restore. Neo4j Community dumps a stopped database only; recording goes on
meanwhile, and answers come from what is known.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from graph.errors import InvalidRequestError, SourceError
from graph.progress import NoProgress, Progress
from graph.server import ManagedServer
from graph.server.process import write_whole

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "graph/neo4j.dump"
KEPT = ("log", "models", "audio", "demo")
"""Folders of a home that are copied; the graph is dumped, the password and what runs stay behind."""
POINTER = "models/CURRENT"
MARKER = ".restoring"
_LEFT_OUT = ("-wal", "-shm", "-journal", ".lock")


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of a backup."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Attributes:
        format: how it is laid out.
        phonograph: the version that wrote it.
        created_at: unix seconds.
        has_graph: whether the graph is a part of it; that of a foreign Neo4j is not.
        files: path below the folder, with slashes -> the file.
    """

    format: int
    phonograph: str
    created_at: int
    has_graph: bool
    files: dict[str, Kept]

    @property
    def bytes(self) -> int:
        """Of all files together."""
        return sum(file.bytes for file in self.files.values())


def backup(
    home: Path, folder: Path, *, now: int, server: ManagedServer | None, progress: Progress | None = None
) -> Manifest:
    """Write a home into a new folder, whole or not at all.

    Args:
        home: whose state.
        folder: must not exist.
        now: unix seconds.
        server: the home's own Neo4j, stopped for the dump and started again if it ran; None for a foreign one.
        progress: told of every file.

    Raises:
        InvalidRequestError: the folder exists, or lies in the home.
        SourceError: it cannot be written.
        ServerError: the graph cannot be dumped.
    """
    progress = progress or NoProgress()
    folder, home = folder.expanduser().absolute(), home.absolute()
    if folder.exists():
        raise InvalidRequestError(f"{folder} exists: name a new folder for the backup")
    if folder.is_relative_to(home):
        raise InvalidRequestError(f"{folder} lies in the home that it would keep: name a folder outside of it")
    aside = folder.with_name(f".{folder.name}.unfinished")
    with _writing(aside):
        shutil.rmtree(aside, ignore_errors=True)  # of one that was killed
        aside.mkdir(parents=True)
        has_graph = server is not None and _dump(server, aside, progress)
        _copy(home, aside, progress)
        files = {_name(path, aside): _digest(path) for path in _files(aside)}
        manifest = Manifest(FORMAT, version("phonograph"), now, has_graph, files)
        write_whole(aside / MANIFEST, json.dumps(asdict(manifest), indent=1) + "\n")
        aside.rename(folder)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Read a backup's manifest.

    Raises:
        SourceError: it is none, or one of a later Phonograph.
    """
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {str(name): Kept(int(kept["bytes"]), str(kept["sha256"])) for name, kept in said["files"].items()}
        found = Manifest(said["format"], said["phonograph"], said["created_at"], said["has_graph"], files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise SourceError(f"{folder} is no backup: it has no {MANIFEST} that can be read") from None
    if found.format != FORMAT:
        raise SourceError(f"{folder} has format {found.format}, this Phonograph reads {FORMAT}: install the other one")
    for name in files:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise SourceError(f"{folder / MANIFEST} names {name!r}, which lies outside: it was tampered with")
    return found


def verify(folder: Path, manifest: Manifest, progress: Progress | None = None) -> None:
    """Hold every file of a backup against its manifest.

    Raises:
        SourceError: a file is missing or differs, by name.
    """
    progress = progress or NoProgress()
    progress.stage("verify", len(manifest.files))
    for name, kept in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise SourceError(f"{path} is missing: the backup is not whole, take another")
        if _digest(path) != kept:
            raise SourceError(f"{path} is damaged (its SHA-256 differs from the manifest): take another backup")
        progress.advance()


def restore(
    home: Path,
    folder: Path,
    *,
    server: ManagedServer | None,
    replaced: str | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Make a home of a backup; interrupted, the same call finishes it.

    Args:
        home: empty, unless ``replaced`` is given or a restore of this backup was interrupted there.
        folder: the backup.
        server: the home's own Neo4j, which ends stopped; None for a foreign one, whose graph is left alone.
        replaced: name of a folder in the home that receives what is there; None refuses.
        progress: told of every file.

    Raises:
        SourceError: the backup is damaged, or the home cannot be written; nothing was touched, or run it again.
        InvalidRequestError: the home holds something.
        ServerError: the graph cannot be loaded.
    """
    progress = progress or NoProgress()
    manifest = read_manifest(folder)
    verify(folder, manifest, progress)
    mark = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    with _writing(home):
        home.mkdir(parents=True, exist_ok=True)
        if server is not None:
            server.stop()
        if _marked(home) != mark:
            _make_room(home, server, replaced)
            write_whole(home / MARKER, mark + "\n")
        progress.stage("copy", len(manifest.files))
        names = sorted(manifest.files, key=lambda name: name == POINTER)  # last: then the model is whole
        for name in names:
            if name != DUMP:
                _put(folder / name, home / name)
            progress.advance()
        if server is not None and manifest.has_graph:
            progress.stage("load the graph", 1)
            source = f"--from-path={(folder / DUMP).parent}"
            server.administer(["database", "load", "neo4j", source, "--overwrite-destination=true"])
            progress.advance()
        (home / MARKER).unlink()
    return manifest


def _dump(server: ManagedServer, aside: Path, progress: Progress) -> bool:
    """Dump the graph, if there is one; the server runs again afterwards if it did before."""
    if server.is_empty():
        return False
    progress.stage("dump the graph", 1)
    into = aside / DUMP
    into.parent.mkdir(parents=True)
    with _stopped(server):
        server.administer(["database", "dump", "neo4j", f"--to-path={into.parent}"])
    progress.advance()
    return True


@contextmanager
def _stopped(server: ManagedServer) -> Iterator[None]:
    was_running = server.stop()
    try:
        yield
    finally:
        if was_running:
            server.ensure_running()


def _copy(home: Path, aside: Path, progress: Progress) -> None:
    """Copy the state: databases first, so that what moves from the log to the archive meanwhile is in both."""
    pointer = home / POINTER
    live = pointer.read_bytes() if pointer.is_file() else None
    paths = [path for name in KEPT for path in _files(home / name) if path != pointer]
    paths.sort(key=lambda path: path.suffix != ".sqlite")
    progress.stage("copy", len(paths))
    for path in paths:
        into = aside / path.relative_to(home)
        into.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".sqlite":
            _copy_database(path, into)
        else:
            with suppress(FileNotFoundError):  # an old model that was removed meanwhile
                shutil.copy2(path, into)
        progress.advance()
    if live is not None:
        current = json.loads(live)["version"]
        if not (aside / "models" / current / MANIFEST).is_file():
            raise SourceError(f"the live model {current} was replaced while it was copied: run the same command again")
        (aside / POINTER).write_bytes(live)


def _copy_database(path: Path, into: Path) -> None:
    """A copy that is consistent, whoever writes meanwhile."""
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(into)) as copy:
            source.backup(copy)
    except sqlite3.Error as error:
        raise SourceError(f"{path} cannot be copied: {error}") from None


def _make_room(home: Path, server: ManagedServer | None, replaced: str | None) -> None:
    held = [name for name in KEPT if any(_files(home / name))]
    if server is not None and not server.is_empty():
        held.append("neo4j")
    if held and replaced is None:
        raise InvalidRequestError(
            f"{home} holds {', '.join(held)} already: set PHONOGRAPH_HOME to an empty folder, or move them aside "
            "with --replace"
        )
    for name in held:
        into = home / str(replaced) / name
        into.parent.mkdir(parents=True, exist_ok=True)
        (home / name).rename(into)


def _marked(home: Path) -> str | None:
    try:
        return (home / MARKER).read_text(encoding="utf-8").strip()
    except OSError:
        return None


def _put(path: Path, into: Path) -> None:
    into.parent.mkdir(parents=True, exist_ok=True)
    fresh = into.with_name(f".{into.name}.restoring")
    shutil.copy2(path, fresh)
    if into.suffix == ".sqlite":
        for ending in ("-wal", "-shm"):  # of a database that is replaced
            into.with_name(into.name + ending).unlink(missing_ok=True)
    os.replace(fresh, into)


def _files(folder: Path) -> Iterator[Path]:
    """What a folder holds, without locks and what is being written."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and not path.name.endswith(_LEFT_OUT):
            yield path


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _digest(path: Path) -> Kept:
    with path.open("rb") as file:
        return Kept(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Say in one line that a folder cannot be written; half a backup is removed."""
    try:
        yield
    except BaseException as error:
        if folder.name.endswith(".unfinished"):
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise SourceError(f"cannot write {folder}: {error.strerror or error}; free some space") from error
        raise
