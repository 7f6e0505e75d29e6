"""The server as a process: begun in a session of its own, recognised by its home, ended cleanly.

A pid is ours only if its command line names our home: pids are reused, and Neo4j's own pid file lies after a crash.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from graph.errors import PortTakenError, ServerError
from graph.server.config import home_argument

STOP_S = 30
_TAIL_BYTES = 20_000

_REASONS = (
    ("FileLockException", "another process uses this home"),
    ("No space left on device", "the disk is full: free some space"),
    ("exceeds physical memory", "this machine has too little memory: set PHONOGRAPH_NEO4J__MEMORY=laptop"),
    ("Could not reserve enough space", "this machine has too little memory: set PHONOGRAPH_NEO4J__MEMORY=laptop"),
    ("UnsupportedClassVersionError", "this Java is too old: set NEO4J_JAVA_HOME to a JDK 21 to 25"),
)
"""What Neo4j's console says, and what it means for the user."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server process.

    Attributes:
        pid: its process.
        started_at: unix seconds at which the process began; tells it from a later one with the same pid.
        port: where it listens for Bolt on the loopback.
        ready: whether it has answered us before.
    """

    pid: int
    started_at: float
    port: int
    ready: bool = False

    def is_alive(self, folder: Path) -> bool:
        """Whether this very process still serves the home ``folder``."""
        try:
            process = psutil.Process(self.pid)
            return abs(process.create_time() - self.started_at) < 1 and _serves(process, folder)
        except psutil.Error:
            return False


def record_path(folder: Path) -> Path:
    """The file that tells other commands about the server of a home."""
    return folder / "run" / "phonograph.json"


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Give a file its new content in one step: readers see the old or the new."""
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def remember(folder: Path, running: Running, password_file: Path) -> None:
    """Record the server for other commands; the password itself stays in its file."""
    record = {**asdict(running), "passwordFile": str(password_file)}
    write_whole(record_path(folder), json.dumps(record) + "\n")


def recall(folder: Path) -> Running | None:
    """The recorded server, if it still runs."""
    try:
        record = json.loads(record_path(folder).read_text(encoding="utf-8"))
        running = Running(record["pid"], record["started_at"], record["port"], record["ready"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return running if running.is_alive(folder) else None


def find(folder: Path) -> Running | None:
    """The server of a home: the recorded one, or one that a killed command left behind unrecorded."""
    known = recall(folder)
    if known is not None:
        return known
    for process in psutil.process_iter():
        try:
            if _serves(process, folder):
                return Running(process.pid, process.create_time(), configured_port(folder) or 0)
        except psutil.Error:  # it ended while we looked, or is not ours to look at
            continue
    return None


def configured_port(folder: Path) -> int | None:
    """The port that the settings file of a home names; it is written before every start."""
    try:
        lines = (folder / "conf" / "neo4j.conf").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    ports = [line.rpartition(":")[2] for line in lines if line.startswith("server.bolt.listen_address=")]
    return int(ports[0]) if ports and ports[0].isdigit() else None


def choose_port(preferred: int | None = None) -> int:
    """A free port of the loopback; the preferred one if it is free, so that addresses outlive a restart."""
    for port in (preferred or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServerError("no free port on 127.0.0.1 for Neo4j: end some programs and try again")


def accepts(port: int) -> bool:
    """Whether anything listens on a port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def spawn(command: list[str], log: Path, port: int) -> Running:
    """Begin the server in a session of its own, so that neither our end nor a Ctrl-C ends it.

    Args:
        command: the program and its arguments.
        log: receives what it writes on its console.
        port: where it will listen.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PHONOGRAPH_", "NEO4J_"))}
    pid = os.posix_spawn(
        command[0],
        command,
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    try:
        return Running(pid, psutil.Process(pid).create_time(), port)
    except psutil.Error:
        return Running(pid, time.time(), port)


def complete(command: list[str], folder: Path, held: int) -> str:
    """Run a tool of Neo4j's on the home ``folder`` to its end; what it wrote.

    Args:
        command: the program and its arguments.
        folder: the home.
        held: a descriptor that the tool keeps open until it ends.

    Raises:
        ServerError: it failed; its last line is the reason.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PHONOGRAPH_", "NEO4J_"))}
    environment |= {"NEO4J_HOME": str(folder), "NEO4J_CONF": str(folder / "conf")}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, errors="replace", check=False, pass_fds=(held,)
    )
    if done.returncode:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        reason = next((line for line in said if "rror" in line), said[-1] if said else "it wrote nothing")
        raise ServerError(f"Neo4j's admin tool failed ({done.returncode}): {reason[:300]}")
    return done.stdout


def end(running: Running) -> None:
    """Stop a server: ask, wait 30 s, then insist; committed data survives either."""
    try:
        process = psutil.Process(running.pid)
        process.terminate()
        try:
            process.wait(STOP_S)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(STOP_S)
    except psutil.NoSuchProcess:
        return
    except psutil.Error as error:
        raise ServerError(f"Neo4j (process {running.pid}) cannot be stopped: {error}") from error


def death(log: Path) -> ServerError:
    """Say why a server ended during its start, from what it wrote on its console."""
    text = tail(log)
    if "PortBindException" in text:
        return PortTakenError("another program took the port that Neo4j was given: run the same command again")
    for sign, meaning in _REASONS:
        if sign in text:
            return ServerError(f"Neo4j did not start: {meaning} ({log})")
    said = [line.strip() for line in text.splitlines() if "ERROR" in line or "Error" in line or "Unrecognized" in line]
    first = (said or text.splitlines()[-1:] or ["it wrote nothing"])[0]
    return ServerError(f"Neo4j did not start: {first[:300]} (all of it in {log})")


def tail(log: Path) -> str:
    """The end of a console log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def _serves(process: psutil.Process, folder: Path) -> bool:
    is_gone = process.status() == psutil.STATUS_ZOMBIE
    return not is_gone and home_argument(folder) in process.cmdline()
