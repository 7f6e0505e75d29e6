"""A Neo4j of our own below one home folder: fetched, configured, started, shared and stopped without anybody's help."""

from __future__ import annotations

import fcntl
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from graph.errors import GraphError, GraphLoginError, NotEmptyError, PortTakenError, ServerError
from graph.progress import NoProgress, Progress
from graph.server import config, jars, process
from graph.server.config import PLANS, MemoryPlan
from graph.server.java import find_java
from graph.server.process import Running
from graph.store import GraphStore, Neo4jAddress

READY_S = 120
POLL_S = 0.05
PORT_TRIES = 3
FREE_MB = 200
USER, DATABASE, FIRST_PASSWORD = "neo4j", "neo4j", "neo4j"
ADMIN = "org.neo4j.cli.AdminTool"


@dataclass(frozen=True, slots=True)
class ServerState:
    """What can be said of a managed server without starting it.

    Attributes:
        running: whether its process lives.
        uri: where it listens; None while it does not run.
        user: whom to log in as.
        database: the database to name.
        password_file: holds the password, readable by its owner only.
        pid: its process; None while it does not run.
        home: the folder of all state that it belongs to.
    """

    running: bool
    uri: str | None
    user: str
    database: str
    password_file: Path
    pid: int | None
    home: Path


class ManagedServer:
    """The one Neo4j of a home; any number of processes may hold one of these for the same home.

    Args:
        home: the folder of all state; Neo4j lives in ``neo4j/`` below it.
        cache: where downloads are kept, the user's cache folder by default.
        memory: how much memory a start gives it.
        progress: told of downloads and starts.
    """

    def __init__(
        self,
        home: Path,
        *,
        cache: Path | None = None,
        memory: MemoryPlan = PLANS["default"],
        progress: Progress | None = None,
    ) -> None:
        self.home = home.expanduser().resolve()
        self.cache = cache or user_cache_path("phonograph")
        self.memory = memory
        self.progress = progress or NoProgress()
        self.folder = self.home / "neo4j"
        self.password_file = self.folder / "password"
        self.log = self.folder / "logs" / "console.log"
        self._half_filled = self.folder / "run" / "half-filled"
        data = self.folder / "data"
        self._database_folders = (data / "databases" / DATABASE, data / "transactions" / DATABASE)

    def ensure_running(self) -> Neo4jAddress:
        """Return the address of the server, starting it if it does not run; of two callers one starts, both share.

        Raises:
            ServerError: it cannot be fetched or started; the message says what to do.
        """
        running = process.recall(self.folder)
        if running is not None and running.ready:
            return self._address(running, self._password())
        with self._alone():
            running = process.find(self.folder)
            if running is None:
                running = self._start()
            elif not running.ready:  # its starter was killed while it started
                self._await_ready(running)
            process.remember(self.folder, running, self.password_file)
            return self._address(running, self._password())

    def stop(self) -> bool:
        """Stop the server; True if one was running.

        Raises:
            ServerError: the process is not ours to stop.
        """
        if not self.folder.is_dir():
            return False
        with self._alone():
            running = process.find(self.folder)
            if running is not None:
                process.end(running)
            process.record_path(self.folder).unlink(missing_ok=True)
        return running is not None

    def is_empty(self) -> bool:
        """Whether the server was never started here, so that there is no graph to lose."""
        return self._half_filled.exists() or not self._database_folders[0].exists()

    def fill(self, arguments: Sequence[str], *, heap_mb: int = 1024) -> None:
        """Run a command of the admin tool that writes the database of an empty home: all of it or none.

        Args:
            arguments: such as ``["database", "import", "full", ...]``.
            heap_mb: memory of the tool.

        Raises:
            NotEmptyError: there is a database.
            ServerError: the tool refuses; its last line is the reason.
        """
        with self._alone() as held:
            if not self.is_empty():
                raise NotEmptyError(f"{self.home} has a graph: an offline load needs a home without one")
            self._half_filled.touch()
            try:
                self._administer(arguments, heap_mb, held)
                self._half_filled.unlink()
            except BaseException:
                self._discard()
                raise

    def administer(self, arguments: Sequence[str], *, heap_mb: int = 1024) -> str:
        """Run one command of Neo4j's own admin tool on the stopped server; what it wrote.

        Args:
            arguments: such as ``["database", "dump", "neo4j", "--to-path=FOLDER"]``.
            heap_mb: memory of the tool.

        Raises:
            ServerError: the server runs, or the tool refuses; its last line is the reason.
        """
        with self._alone() as held:
            if process.find(self.folder) is not None:
                raise ServerError(f"Neo4j runs in {self.home}: run `phonograph down`, then the same command again")
            return self._administer(arguments, heap_mb, held)

    def state(self) -> ServerState:
        """What is known of the server now."""
        running = process.find(self.folder) if self.folder.is_dir() else None
        return ServerState(
            running=running is not None,
            uri=None if running is None else _uri(running.port),
            user=USER,
            database=DATABASE,
            password_file=self.password_file,
            pid=None if running is None else running.pid,
            home=self.home,
        )

    def _administer(self, arguments: Sequence[str], heap_mb: int, held: int) -> str:
        """``administer`` under the lock, which the tool holds too: should we be killed, others wait for its end."""
        java = find_java()
        lock = jars.read_lock()
        library = jars.ensure_jars(self.cache, lock, self.progress)
        process.write_whole(self.folder / "conf" / "neo4j.conf", config.settings_file(0, self.memory))
        plan = config.MemoryPlan(128, heap_mb, 0)
        command = [
            str(java.path),
            *config.java_arguments(java.major, plan),
            "-cp",
            f"{library}/*",
            ADMIN,
            *arguments,
        ]
        return process.complete(command, self.folder, held)

    def _discard(self) -> None:
        """Remove what a load that did not end has left."""
        for folder in self._database_folders:
            shutil.rmtree(folder, ignore_errors=True)
        self._half_filled.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """Hold the home against other commands that start or stop; the kernel lets go when we end, however we end.

        Yields the descriptor of the lock.
        """
        try:
            for folder in (self.folder, *(self.folder / name for name in ("conf", "logs", "run", "import"))):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with (self.folder / "run" / "starting.lock").open("w") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX)
                if self._half_filled.exists():
                    self._discard()
                yield handle.fileno()
        except OSError as error:
            raise ServerError(
                f"cannot use {self.folder} for Neo4j: {error.strerror or error}; "
                "free some space there, or set PHONOGRAPH_HOME to another folder"
            ) from error

    def _start(self) -> Running:
        self._check_space()
        is_first = self._make_password()
        java = find_java()
        lock = jars.read_lock()
        library = jars.ensure_jars(self.cache, lock, self.progress)
        self.progress.stage("start Neo4j")
        command = [
            str(java.path),
            *config.java_arguments(java.major, self.memory),
            "-cp",
            f"{library}/*",
            jars.entry_point(library, lock),
            config.home_argument(self.folder),
            f"--config-dir={self.folder / 'conf'}",
            "--console-mode",
        ]
        for attempt in range(PORT_TRIES):
            port = process.choose_port(process.configured_port(self.folder) if attempt == 0 else None)
            with suppress(PortTakenError):
                return self._start_on(port, command, is_first=is_first)
        raise PortTakenError(f"{PORT_TRIES} ports in a row were taken while Neo4j started: run the same command again")

    def _start_on(self, port: int, command: list[str], *, is_first: bool) -> Running:
        process.write_whole(self.folder / "conf" / "neo4j.conf", config.settings_file(port, self.memory))
        try:
            running = process.spawn(command, self.log, port)
            process.remember(self.folder, running, self.password_file)
            return self._await_ready(running, is_first=is_first)
        except BaseException:  # whatever it was, Ctrl-C included: no half-started server stays behind
            # A Ctrl-C may come when the server is there and its number not yet here: it is looked for, not remembered.
            if (left := process.find(self.folder)) is not None:
                process.end(left)
            raise

    def _await_ready(self, running: Running, *, is_first: bool = False) -> Running:
        """Wait until the database answers under our password."""
        until = time.monotonic() + READY_S
        reason = "it does not listen"
        while time.monotonic() < until:
            if not running.is_alive(self.folder):
                raise process.death(self.log)
            if process.accepts(running.port):
                try:
                    self._log_in(running, is_first=is_first)
                    return Running(running.pid, running.started_at, running.port, ready=True)
                except GraphLoginError:
                    raise
                except GraphError as error:  # Bolt answers before the database does
                    reason = str(error)
                    self._check_database(running)
            time.sleep(POLL_S)
        raise ServerError(f"Neo4j did not answer within {READY_S} s: {reason} (see {self.log})")

    def _log_in(self, running: Running, *, is_first: bool) -> None:
        """Log in with our password, or replace the one that a fresh server comes with."""
        password = self._password()
        tries = (self._claim, self._ping) if is_first else (self._ping, self._claim)
        for attempt in tries:
            with suppress(GraphLoginError):
                attempt(running, password)
                if attempt == self._claim:
                    self._ping(running, password)
                return
        raise ServerError(
            f"Neo4j refuses the password in {self.password_file}: "
            f"restore that file, or forget the login {self._forget()}"
        )

    def _ping(self, running: Running, password: str) -> None:
        with GraphStore(self._address(running, password)) as store:
            store.ping()

    def _check_database(self, running: Running) -> None:
        """Say why the database will never answer, where the server knows: its files are damaged, the disk is full.

        Raises:
            ServerError: it gave the database up.
        """
        rows = []
        with (
            suppress(GraphError),
            GraphStore(Neo4jAddress(_uri(running.port), USER, self._password(), "system")) as store,
        ):
            rows = store.read("server/databases")
        for row in rows:
            if row["name"] == DATABASE and row["statusMessage"]:
                said = " ".join(str(row["statusMessage"]).split())
                raise ServerError(
                    f"the database {DATABASE} is {row['currentStatus']}: {said}; restore a copy of "
                    f"{self.folder / 'data'}, or begin an empty graph: rm -rf {self.folder / 'data'}"
                )

    def _claim(self, running: Running, password: str) -> None:
        with GraphStore(Neo4jAddress(_uri(running.port), USER, FIRST_PASSWORD, "system")) as store:
            store.autocommit("server/set_password", old=FIRST_PASSWORD, new=password)

    def _address(self, running: Running, password: str) -> Neo4jAddress:
        return Neo4jAddress(_uri(running.port), USER, password, DATABASE)

    def _make_password(self) -> bool:
        """Make the password before the first start; True if the server does not know it yet."""
        has_data = (self.folder / "data" / "databases" / "system").exists()
        if not self.password_file.exists():
            if has_data:
                raise ServerError(self._lost())
            process.write_whole(self.password_file, secrets.token_urlsafe(24) + "\n", 0o600)
        return not has_data

    def _password(self) -> str:
        try:
            return self.password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ServerError(self._lost()) from error

    def _lost(self) -> str:
        return f"the password file {self.password_file} is gone: put it back, or forget the login {self._forget()}"

    def _forget(self) -> str:
        data = self.folder / "data"
        return f"(the graph stays): phonograph down; rm -rf {data}/databases/system {data}/transactions/system"

    def _check_space(self) -> None:
        free_mb = shutil.disk_usage(self.folder).free // 1_000_000
        if free_mb < FREE_MB:
            raise ServerError(f"{free_mb} MB are free in {self.home}, Neo4j needs {FREE_MB} MB: free some space")


def _uri(port: int) -> str:
    return f"bolt://127.0.0.1:{port}"
