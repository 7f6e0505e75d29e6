"""A version on trial beside the live one: asked in the shadow of it, or answering a share of the listeners.

``TRIAL`` in the registry's folder names it; every serving process follows the file, so one process's retreat is all of
theirs.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal, get_args
from zlib import crc32

from gnn import durable, manifest
from gnn.records import Cause
from gnn.registry import TRIAL, Registry
from graph.errors import InvalidRequestError, ModelError

Kind = Literal["canary", "shadow"]
_PLACES = 10_000


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried.

    Attributes:
        kind: ``canary`` answers its listeners, ``shadow`` is only asked what it would have answered.
        share: of the listeners, 0 to 1.
        at: unix seconds of its beginning.
    """

    version: str
    kind: Kind
    share: float
    at: int = 0

    def takes(self, user_id: str) -> bool:
        """Whether the trial is about this listener: the same ones for as long as the version is tried."""
        return crc32(f"{self.version}:{user_id}".encode()) % _PLACES < self.share * _PLACES


def running(registry: Registry) -> Trial | None:
    """The trial that runs, or None; a damaged file is none, since answers must go on."""
    try:
        said = json.loads((registry.folder / TRIAL).read_text(encoding="utf-8"))
        if said["kind"] not in get_args(Kind):
            return None
        return Trial(str(said["version"]), said["kind"], float(said["share"]), int(said["at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def begin(registry: Registry, version: str, kind: Kind, share: float, cause: Cause) -> Trial:
    """Try a version, in place of one that may be on trial already.

    Raises:
        InvalidRequestError: the share is no share.
        ModelError: there is no such version, it is live or damaged, or the folder cannot be written.
    """
    if not 0 < share <= 1:
        raise InvalidRequestError(f"a share of {share} of the listeners: give one above 0, at most 1")
    path = registry.path(version)
    with registry.changing(f"cannot try model {version}"):
        if registry.current() == version:
            raise ModelError(f"model {version} is live already: there is nothing to try")
        manifest.verify(path)
        trial = Trial(version, kind, share, cause.at)
        durable.replace_text(registry.folder / TRIAL, json.dumps(asdict(trial)) + "\n")
        return trial


def end(registry: Registry, cause: Cause, *, retreat: bool = False) -> Trial | None:
    """End the trial that runs; after a retreat the version counts as rejected, for the given reason.

    Raises:
        ModelError: the folder cannot be written.
    """
    with registry.changing("cannot end the trial"):
        trial = running(registry)
        (registry.folder / TRIAL).unlink(missing_ok=True)
    if trial is not None and retreat and registry.current() != trial.version:
        registry.reject(trial.version, cause)
    return trial
