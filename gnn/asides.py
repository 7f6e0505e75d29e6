"""What lies in a registry's folder and is no version: what is being written, what is being removed, and leftovers."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from gnn import durable

WRITING = ".publishing-"
REMOVING = ".removing-"


def make(folder: Path) -> tuple[Path, int]:
    """A folder to write in, and the handle that marks it as in use until it is closed or this process ends.

    Raises:
        OSError: it cannot be made.
    """
    aside = Path(tempfile.mkdtemp(prefix=f"{WRITING}{os.getpid()}-", dir=folder))
    os.chmod(aside, 0o755)  # as the umask of a plain folder: other users may serve from it
    handle = durable.hold(aside)
    assert handle is not None  # nobody else knows it yet
    return aside, handle


def put_away(version: Path) -> None:
    """Take a version out of the registry in one step; its files go with the next sweep."""
    os.rename(version, version.with_name(f"{REMOVING}{version.name}"))


def sweep(folder: Path) -> None:
    """Remove what was put away, and what writers left that no longer live; for whoever has the turn."""
    for left in folder.glob(f"{REMOVING}*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in folder.glob(f"{WRITING}*"):
        with suppress(OSError):
            if (handle := durable.hold(left)) is not None:
                shutil.rmtree(left, ignore_errors=True)
                os.close(handle)
    for left in (*folder.glob(".*-*"), *folder.glob("records/.*.json-*")):
        if left.is_file():
            left.unlink(missing_ok=True)
