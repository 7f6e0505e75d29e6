"""Which models exist, and which one is live: versions are whole or absent, ``CURRENT`` is one atomic pointer."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from graph.errors import ModelError, NoModelError

POINTER = "CURRENT"
_ASIDE = ".publishing-"


def _sync(path: Path) -> None:
    """Make a file or the names in a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Registry:
    """The published models in one folder: ``VERSION/`` each, and the pointer ``CURRENT``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def versions(self) -> list[str]:
        """All whole versions, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if (path / "manifest.json").is_file())

    def current(self) -> str | None:
        """The live version, or None."""
        pointer = self._pointer()
        return None if pointer is None else pointer["version"]

    def path(self, version: str | None = None) -> Path:
        """The folder of a version, the live one by default.

        Raises:
            NoModelError: nothing is live, or there is no such version.
        """
        wanted = version or self.current()
        if wanted is None:
            raise NoModelError("no model has been published: run `phonograph train`")
        path = self.folder / wanted
        if not (path / "manifest.json").is_file():
            raise NoModelError(f"model {wanted} is not in the registry: run `phonograph train`")
        return path

    def publish(self, version: str, write: Callable[[Path], None]) -> Path:
        """Let ``write`` fill a folder aside, make it durable, and give it its name in one step.

        Raises:
            ModelError: the version exists, or the folder cannot be written.
        """
        target = self.folder / version
        if target.exists():
            raise ModelError(f"model {version} exists already: versions are never overwritten")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._sweep()
            aside = Path(tempfile.mkdtemp(prefix=f"{_ASIDE}{os.getpid()}-", dir=self.folder))
        except OSError as error:
            raise ModelError(f"cannot write models to {self.folder}: {error.strerror}") from error
        try:
            write(aside)
            for file in aside.iterdir():
                _sync(file)
            _sync(aside)
            aside.rename(target)
            _sync(self.folder)
        except OSError as error:
            raise ModelError(f"cannot publish model {version} to {self.folder}: {error.strerror}") from error
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return target

    def promote(self, version: str) -> None:
        """Make a version the live one; the one before stays named for a rollback."""
        self.path(version)
        previous = self.current()
        if previous == version:
            return
        fresh = self.folder / f".{POINTER}-{os.getpid()}"
        fresh.write_text(json.dumps({"version": version, "previous": previous}) + "\n", encoding="utf-8")
        _sync(fresh)
        fresh.replace(self.folder / POINTER)
        _sync(self.folder)

    def _pointer(self) -> dict[str, str] | None:
        try:
            found = json.loads((self.folder / POINTER).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise ModelError(f"{self.folder / POINTER} cannot be read: remove it and run `phonograph train`") from error
        if not isinstance(found, dict) or not isinstance(found.get("version"), str):
            raise ModelError(f"{self.folder / POINTER} names no version: remove it and run `phonograph train`")
        return found

    def _sweep(self) -> None:
        """Remove what publishers left aside that no longer live."""
        for left in self.folder.glob(f"{_ASIDE}*"):
            pid = int(left.name.removeprefix(_ASIDE).split("-")[0])
            if not Path(f"/proc/{pid}").exists():
                shutil.rmtree(left, ignore_errors=True)
