"""Where the jars of Neo4j come from: a committed lock, fetched in parallel, held against its SHA-256 on every start."""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import logging
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from graph.errors import DownloadError, ServerError
from graph.progress import NoProgress, Progress

THREADS = 8
TRIES = 3
TIMEOUT_S = 60
DOWNLOAD_BYTES = 161_000_000
"""All jars together; twice that must be free before we begin."""

_ENTRY_POINT = "META-INF/services/org.neo4j.server.startup.EntryPoint"
_DIGEST_CHUNK = 1 << 20

Fetch = Callable[["Jar", Path], Path]
"""Brings one jar into a folder that starts empty, and returns its path."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock: ``group:artifact:version[:classifier] sha256``."""

    coordinate: str
    sha256: str

    @property
    def file_name(self) -> str:
        """``artifact-version[-classifier].jar``."""
        _, *parts = self.coordinate.split(":")
        return "-".join(parts) + ".jar"


def read_lock() -> tuple[Jar, ...]:
    """The jars of the Neo4j that this version of Phonograph runs on."""
    text = files(__package__).joinpath("neo4j.lock").read_text(encoding="utf-8")
    return tuple(Jar(*line.split()) for line in text.splitlines() if line.strip())


def server_version(lock: tuple[Jar, ...]) -> str:
    """The version of Neo4j in a lock, such as ``2026.09.0``."""
    return next(jar.coordinate.split(":")[2] for jar in lock if jar.coordinate.startswith("org.neo4j:neo4j:"))


def library(cache: Path, lock: tuple[Jar, ...]) -> Path:
    """The folder that holds exactly the jars of a lock."""
    digest = hashlib.sha256("".join(jar.sha256 for jar in lock).encode()).hexdigest()[:8]
    return cache / f"neo4j-{server_version(lock)}-{digest}"


def missing(folder: Path, lock: tuple[Jar, ...]) -> list[Jar]:
    """The jars that are absent from a folder or differ from the lock, all SHA-256 checked (0.15 s)."""
    with ThreadPoolExecutor(THREADS) as pool:
        whole = pool.map(lambda jar: _digest(folder / jar.file_name) == jar.sha256, lock)
        return [jar for jar, is_whole in zip(lock, whole, strict=True) if not is_whole]


def ensure_jars(
    cache: Path,
    lock: tuple[Jar, ...],
    progress: Progress | None = None,
    fetch: Fetch | None = None,
    folder: Path | None = None,
) -> Path:
    """Return the folder of the verified jars, fetching what is absent or damaged.

    Two processes may call this at once: one fetches, the other waits. An interrupted download leaves nothing behind
    that counts as a jar: each is verified aside and moved into place in one step.

    Args:
        cache: the per-user folder of downloads.
        lock: what to fetch.
        progress: told of every jar.
        fetch: how one jar is brought; from Maven's repository through jgo by default.
        folder: below ``cache``; by default the one of a lock of Neo4j.

    Raises:
        DownloadError: a jar cannot be downloaded, or arrives damaged.
        ServerError: jgo is not installed, or the disk is full.
    """
    folder = folder or library(cache, lock)
    if not missing(folder, lock) and not _strangers(folder, lock):
        return folder  # the usual case; the cache may well be read-only
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(cache / ".fetching"):
            absent = missing(folder, lock)
            if absent:
                _check_space(cache, len(absent) / len(lock))
                _fetch_all(folder, absent, progress or NoProgress(), fetch or _maven_fetch())
            for stranger in _strangers(folder, lock):
                stranger.unlink()
    except OSError as error:
        raise ServerError(
            f"cannot keep Neo4j's jars in {folder}: {error.strerror or error}; free some space"
        ) from error
    return folder


def entry_point(folder: Path, lock: tuple[Jar, ...]) -> str:
    """The name of the class that starts the server, as its own jar declares it."""
    with zipfile.ZipFile(folder / f"neo4j-{server_version(lock)}.jar") as jar:
        lines = jar.read(_ENTRY_POINT).decode().splitlines()
    return next(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _digest(path: Path) -> str | None:
    found = hashlib.sha256()
    try:
        with path.open("rb") as handle:
            while chunk := handle.read(_DIGEST_CHUNK):
                found.update(chunk)
    except OSError:
        return None
    return found.hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # the kernel lets go when the process ends, however it ends
        yield


def _check_space(cache: Path, share: float) -> None:
    needed = int(DOWNLOAD_BYTES * share * 2)
    free = shutil.disk_usage(cache).free
    if free < needed:
        raise ServerError(
            f"{free // 1_000_000} MB are free in {cache}, Neo4j needs {needed // 1_000_000} MB there: free some space"
        )


def _fetch_all(folder: Path, absent: list[Jar], progress: Progress, fetch: Fetch) -> None:
    progress.stage("fetch Neo4j", len(absent))
    for left in folder.glob(".aside-*"):  # of one that was killed: we hold the lock, so nobody uses them
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".aside-", dir=folder) as aside, ThreadPoolExecutor(THREADS) as pool:
        jobs = [pool.submit(_fetch_one, jar, folder, Path(aside), fetch) for jar in absent]
        try:
            for job in as_completed(jobs):
                job.result()
                progress.advance()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _fetch_one(jar: Jar, folder: Path, aside: Path, fetch: Fetch) -> None:
    reason = "no reason given"
    for attempt in range(TRIES):
        try:
            found = fetch(jar, aside / f"{jar.file_name}-{attempt}")
        except OSError as error:
            if error.errno is not None and not isinstance(error, ConnectionError | TimeoutError):
                raise  # the disk, not the network
            reason = _short_reason(error)
        except Exception as error:  # jgo raises what requests raises, and bare RuntimeErrors
            reason = _short_reason(error)
        else:
            if _digest(found) == jar.sha256:
                os.replace(found, folder / jar.file_name)
                return
            reason = "what arrives is damaged (its SHA-256 differs from the lock)"
    raise DownloadError(
        f"cannot download {jar.coordinate}: {reason}; check the connection and run the same command again"
    )


def _short_reason(error: Exception) -> str:
    """The kind of a network error without addresses, which differ from site to site."""
    kinds = {
        "SSLError": "the secure connection is refused",
        "ProxyError": "the proxy refuses",
        "ConnectTimeout": "no answer in time",
        "ReadTimeout": "no answer in time",
        "ConnectionError": "no connection",
        "ChunkedEncodingError": "the connection broke",
        "RuntimeError": "the repository does not have it, or refuses it",
    }
    return kinds.get(type(error).__name__, type(error).__name__)


def _maven_fetch() -> Fetch:
    try:
        maven = importlib.import_module("jgo.maven")
    except ImportError as error:
        raise ServerError(
            "jgo is not installed, so Neo4j cannot be fetched: run pip install 'phonograph[embedded]', "
            "or name a Neo4j by PHONOGRAPH_NEO4J__URI"
        ) from error
    logging.getLogger("jgo").setLevel(logging.ERROR)  # it warns of what we check ourselves, naming its repository

    def fetch(jar: Jar, into: Path) -> Path:
        group, artifact, version, *classifier = jar.coordinate.split(":")
        context = maven.MavenContext(repo_cache=into, local_repos=[], timeout=TIMEOUT_S)
        path: Path = context.project(group, artifact).at_version(version).artifact(*classifier).resolve()
        return path

    return fetch


def _strangers(folder: Path, lock: tuple[Jar, ...]) -> list[Path]:
    """Jars that the lock does not name: every jar in the folder is on the classpath."""
    known = {jar.file_name for jar in lock}
    return [path for path in folder.glob("*.jar") if path.name not in known]
