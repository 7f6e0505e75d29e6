"""Which models exist, and which one is live: versions are whole or absent, ``CURRENT`` is one atomic pointer.

A version appears by one rename and becomes live by another, of the pointer; these two are all that decides. Records are
brought up to date afterwards, by whoever writes next where a writer died between. Writers take turns, readers do not.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from gnn import asides, durable, manifest, records
from gnn.records import NOBODY, Cause, Pointer, Record, State
from graph.errors import ModelError, NoModelError

POINTER = "CURRENT"
RECORDS = "records"
TRIAL = "TRIAL"
KEPT = 5
"""Newest versions that ``collect`` leaves, besides those that are live, previous or pinned."""
_LOCK = ".lock"


class Registry:
    """The published models in one folder: ``VERSION/`` each, ``records/VERSION.json``, and the pointer ``CURRENT``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # ---------- reading ----------

    def versions(self) -> list[str]:
        """All whole versions, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if _is_version(path))

    def current(self) -> str | None:
        """The live version, or None."""
        pointer = self.pointer()
        return None if pointer is None else pointer.version

    def path(self, version: str | None = None) -> Path:
        """The folder of a version, the live one by default.

        Raises:
            NoModelError: nothing is live, or there is no such version.
        """
        wanted = version or self.current()
        if wanted is None:
            raise NoModelError("no model has been published: run `phonograph train`")
        path = self.folder / wanted
        if wanted != path.name or not _is_version(path):
            raise NoModelError(f"model {wanted} is not in the registry: `phonograph models list` names those that are")
        return path

    def named(self, start: str) -> str:
        """The version whose name begins so.

        Raises:
            NoModelError: none does, or several do.
        """
        if start in self.versions():
            return start
        found = [version for version in self.versions() if version.startswith(start)]
        if len(found) != 1:
            several = f"may be any of {', '.join(found)}: name one" if found else "is not in the registry"
            raise NoModelError(f"model {start} {several}; `phonograph models list` names all")
        return found[0]

    def record(self, version: str) -> Record:
        """What is known of a version; the pointer has the last word on which one is live."""
        found, live = self._stored_record(version), self.current() == version
        if live == (found.state == "live"):
            return found
        pointer = self.pointer()  # its writer died before the record
        return found.to("live" if live else "retired", pointer.cause if pointer else NOBODY)

    def state(self, version: str) -> State:
        """The state of a version."""
        return self.record(version).state

    def pointer(self) -> Pointer | None:
        """What is live since when, or None.

        Raises:
            ModelError: the pointer cannot be read, or names nothing.
        """
        try:
            return records.parse_pointer((self.folder / POINTER).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            advice = "remove it and run `phonograph train`, or `phonograph models promote VERSION`"
            raise ModelError(f"{self.folder / POINTER} cannot be read: {advice}") from error

    # ---------- writing ----------

    def publish(
        self,
        version: str,
        write: Callable[[Path], None],
        cause: Cause = NOBODY,
        *,
        gate: Mapping[str, Any] | None = None,
    ) -> Path:
        """Let ``write`` fill a folder aside, make it durable, and give it its name in one step.

        Args:
            version: its name.
            write: fills the empty folder, the manifest last.
            cause: who publishes, and why.
            gate: what the gate said of it, for the record.

        Raises:
            ModelError: the version exists, or the folder cannot be written.
            BundleDamagedError: what was written is not what its manifest says.
        """
        target = self.folder / version
        if target.exists():
            raise ModelError(f"model {version} exists already: versions are never overwritten")
        with self._writing(f"cannot publish model {version} to {self.folder}"):
            self.folder.mkdir(parents=True, exist_ok=True)
            with durable.locked(self.folder / _LOCK):
                asides.sweep(self.folder)
                aside, handle = asides.make(self.folder)
            try:
                write(aside)
                manifest.verify(aside, version)
                for file in sorted(aside.iterdir()):
                    durable.sync(file)
                durable.sync(aside)
                self._name(aside, target, Record(version, gate=gate or {}).to("candidate", cause))
            finally:
                os.close(handle)  # first: whoever comes next may sweep where this process dies here
                shutil.rmtree(aside, ignore_errors=True)
        return target

    def promote(self, version: str, cause: Cause = NOBODY, *, force: bool = False) -> None:
        """Make a version the live one; the one before stays named for a rollback.

        Args:
            version: must be whole, which is checked.
            cause: who promotes, and why.
            force: also where it was rejected, or the gate refused it.

        Raises:
            NoModelError: there is no such version.
            BundleDamagedError: a file of it is not what its manifest says.
            ModelError: it was rejected, the gate refused it, or the pointer cannot be written.
        """
        path = self.path(version)
        with self.changing(f"cannot promote model {version}"):
            record, previous = self._stored_record(version), self.current()
            if previous == version:
                return
            if (why := _objection(record)) and not force:
                raise ModelError(f"model {version} {why}: promote another, or this one with --force")
            manifest.verify(path)
            self._point(Pointer(version, previous, cause))

    def rollback(self, cause: Cause = NOBODY) -> str:
        """Make the version live again that was so before; a second rollback takes the first one back.

        Returns:
            The version that is live now.

        Raises:
            ModelError: nothing was live before, or it is gone or damaged.
        """
        with self.changing("cannot roll back"):
            pointer = self.pointer()
            if pointer is None or pointer.previous is None:
                raise ModelError("nothing was live before: there is no model to roll back to")
            manifest.verify(self.path(pointer.previous))
            self._point(Pointer(pointer.previous, pointer.version, cause))
            return pointer.previous

    def reject(self, version: str, cause: Cause) -> None:
        """Say that a version must not become live.

        Raises:
            ModelError: it is live, or the record cannot be written.
        """
        self.path(version)
        with self.changing(f"cannot reject model {version}"):
            if self.current() == version:
                raise ModelError(f"model {version} is live: run `phonograph models rollback` or promote another first")
            self._keep(self._stored_record(version).to("rejected", cause))

    def pin(self, version: str, pinned: bool = True) -> None:
        """Keep a version however old it gets, or no longer.

        Raises:
            ModelError: there is no such version, or the record cannot be written.
        """
        self.path(version)
        with self.changing(f"cannot pin model {version}"):
            self._keep(replace(self._stored_record(version), pinned=pinned))

    def collect(self, keep: int = KEPT, cause: Cause = NOBODY) -> list[str]:
        """Remove old versions and what dead writers left.

        Args:
            keep: newest versions that stay, besides those that are live, previous or pinned.
            cause: who removes, and why.

        Returns:
            The versions that are gone, oldest first.

        Raises:
            ModelError: the folder cannot be written.
        """
        with self.changing("cannot remove old models"):
            pointer, versions = self.pointer(), self.versions()
            kept: set[str | None] = set(versions[max(len(versions) - keep, 0) :])
            kept |= {pointer.version, pointer.previous} if pointer else set()
            kept |= set(self._on_trial())
            old = [one for one in versions if one not in kept and not self._stored_record(one).pinned]
            for version in old:
                asides.put_away(self.folder / version)  # readers of it keep their files
                self._keep(self._stored_record(version).to("removed", cause))
            asides.sweep(self.folder)
            return old

    # ---------- steps ----------

    def _name(self, aside: Path, target: Path, record: Record) -> None:
        """The record first: the version is published in the moment in which it has its name."""
        with durable.locked(self.folder / _LOCK):
            if target.exists():
                raise ModelError(f"model {target.name} exists already: versions are never overwritten")
            self._keep(record)
            os.rename(aside, target)
            durable.sync(self.folder)

    def _point(self, pointer: Pointer) -> None:
        """Move the pointer; from here on it is done, whatever becomes of the records."""
        durable.replace_text(self.folder / POINTER, pointer.to_text())
        with suppress(OSError):
            self._settle()

    def _on_trial(self) -> Iterator[str]:
        """The version that ``gnn.trials`` tries."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            yield json.loads((self.folder / TRIAL).read_text(encoding="utf-8"))["version"]

    def _settle(self) -> None:
        """Bring the records up to what the pointer says."""
        pointer = self.pointer()
        if pointer is None:
            return
        for version in {pointer.version, pointer.previous} - {None}:
            assert version is not None
            if (self.folder / version).is_dir() and (told := self.record(version)) != self._stored_record(version):
                self._keep(told)

    @contextmanager
    def changing(self, doing: str) -> Iterator[None]:
        """The turn of this process, with records that agree with the pointer."""
        with self._writing(doing):
            if not self.folder.is_dir():
                raise NoModelError("no model has been published: run `phonograph train`")
            with durable.locked(self.folder / _LOCK):
                self._settle()
                yield

    @contextmanager
    def _writing(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ModelError(f"{doing}: {error.strerror or error}") from error

    def _stored_record(self, version: str) -> Record:
        try:
            return records.parse((self.folder / RECORDS / f"{version}.json").read_text(encoding="utf-8"), version)
        except (OSError, ValueError):  # a version from before there were records, or a damaged one: files decide
            return Record(version)

    def _keep(self, record: Record) -> None:
        folder = self.folder / RECORDS
        folder.mkdir(exist_ok=True)
        durable.replace_text(folder / f"{record.version}.json", record.to_text())


def _is_version(path: Path) -> bool:
    return not path.name.startswith(".") and path.name != RECORDS and (path / manifest.NAME).is_file()


def _objection(record: Record) -> str:
    """Why a version should not become live, or nothing."""
    if record.state == "rejected":
        return f"was rejected ({record.history[-1].cause.why})"
    return f"was {record.gate['reason']}" if record.gate.get("passed") is False else ""
