"""Index files that say what they are: libraries map wrong, truncated and damaged files without a word, or crash.

Beside each index file lies its seal: which kind of index over which vectors, with the digest of the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gnn.index.int8 import Vectors
from graph.errors import BundleDamagedError

BLOCK = 65_536
ADVICE = "run `phonograph train` for a new model"


def _of_vectors(vectors: Vectors) -> str:
    digest = hashlib.sha256()
    for start in range(0, len(vectors), BLOCK):
        digest.update(vectors[start : start + BLOCK].tobytes())
    return digest.hexdigest()


def _of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal_of(path: Path) -> Path:
    """Where the seal of an index file lies."""
    return path.with_name(f"{path.name}.json")


def seal(path: Path, kind: str, vectors: Vectors, settings: Mapping[str, int]) -> None:
    """Write down what the finished index file at ``path`` holds."""
    facts = {
        "kind": kind,
        "settings": dict(settings),
        "count": len(vectors),
        "dim": vectors.shape[1],
        "vectors": _of_vectors(vectors),
        "bytes": path.stat().st_size,
        "sha256": _of_file(path),
    }
    seal_of(path).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def require_whole(path: Path, kind: str, vectors: Vectors) -> None:
    """Hold an index file against its seal and the vectors that it is to serve, before anything maps it.

    Raises:
        BundleDamagedError: by name, what is missing, damaged, or made of other vectors.
    """
    facts = _facts(path)
    if facts.get("kind") != kind:
        raise BundleDamagedError(f"{path.name} is an index of kind {facts.get('kind')!r}, expected {kind!r}; {ADVICE}")
    if (found := (facts.get("count"), facts.get("dim"))) != (len(vectors), vectors.shape[1]):
        raise BundleDamagedError(
            f"{path.name} holds {found[0]} vectors of {found[1]} numbers, "
            f"expected {len(vectors)} of {vectors.shape[1]}; {ADVICE}"
        )
    if facts.get("vectors") != _of_vectors(vectors):
        raise BundleDamagedError(f"{path.name} was made of other vectors than the model has; {ADVICE}")
    if not path.is_file():
        raise BundleDamagedError(f"{path.name} is missing; {ADVICE}")
    if path.stat().st_size != facts.get("bytes") or _of_file(path) != facts.get("sha256"):
        raise BundleDamagedError(f"{path.name} differs from its seal; {ADVICE}")


def _facts(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(seal_of(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleDamagedError(f"{seal_of(path).name} cannot be read; {ADVICE}") from error
    if not isinstance(facts, dict):
        raise BundleDamagedError(f"{seal_of(path).name} is no seal; {ADVICE}")
    return facts
