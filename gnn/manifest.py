"""What a model version says of its own files, and whether they are still what it says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from graph.errors import BundleDamagedError

NAME = "manifest.json"
FORMAT = 3
"""How the files of a bundle are laid out."""
ADVICE = "run `phonograph train` for a new model"


def write(folder: Path, version: str, content: Mapping[str, Any]) -> None:
    """Write the manifest over all files that lie in the folder; it comes last."""
    manifest = dict(content) | {"format": FORMAT, "version": version, "files": _digests(folder)}
    (folder / NAME).write_text(_text(manifest), encoding="utf-8")


def _text(manifest: Mapping[str, Any]) -> str:
    """The manifest as its file holds it, with a digest over all the rest."""
    rest = {name: value for name, value in manifest.items() if name != "digest"}
    digest = hashlib.sha256(json.dumps(rest, ensure_ascii=False).encode()).hexdigest()
    return json.dumps(rest | {"digest": digest}, indent=2, ensure_ascii=False) + "\n"


def _digest(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "bytes": path.stat().st_size}


def _digests(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.name: _digest(path) for path in sorted(folder.iterdir())}


def read(folder: Path, version: str | None = None) -> dict[str, Any]:
    """Read a manifest and hold it against its own digest, our format and the name of its version.

    Args:
        folder: of the version.
        version: its name, where that is not the folder's.

    Raises:
        BundleDamagedError: it is none, was changed, or belongs to another version or another program.
    """
    name = version or folder.name
    if folder.is_symlink() or (folder / NAME).is_symlink():
        raise BundleDamagedError(f"model {name}: {NAME} lies behind a symbolic link; copy the files instead")
    try:
        text = (folder / NAME).read_text(encoding="utf-8")
        manifest: dict[str, Any] = json.loads(text)
        manifest["files"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleDamagedError(f"model {name}: {NAME} cannot be read; {ADVICE}") from error
    if manifest.get("format") != FORMAT:
        raise BundleDamagedError(
            f"model {name}: {NAME} names format {manifest.get('format')}, this program reads {FORMAT}; {ADVICE}"
        )
    if text != _text(manifest):
        raise BundleDamagedError(f"model {name}: {NAME} differs from its digest; {ADVICE}")
    if manifest.get("version") != name:
        raise BundleDamagedError(f"model {name}: {NAME} is that of version {manifest.get('version')}; {ADVICE}")
    return manifest


def verify(folder: Path, version: str | None = None) -> dict[str, Any]:
    """Hold every file of a version against its manifest, which is returned.

    Raises:
        BundleDamagedError: a file is missing, is a link, has another size or another digest, or the manifest is wrong.
    """
    name = version or folder.name
    manifest = read(folder, version)
    for file, expected in manifest["files"].items():
        path = folder / file
        if PurePath(file).name != file or path.is_symlink():
            raise BundleDamagedError(f"model {name}: {file} leads out of its folder; {ADVICE}")
        if not path.is_file():
            raise BundleDamagedError(f"model {name}: {file} is missing; {ADVICE}")
        if path.stat().st_size != expected["bytes"] or _digest(path) != expected:
            raise BundleDamagedError(f"model {name}: {file} differs from its manifest; {ADVICE}")
    return manifest
