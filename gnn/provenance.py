"""Which program made a model: its version and a digest of its sources, which tells a working copy from a release."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("cypher", "graph", "ingest", "gnn", "recommend", "api")
LIBRARIES = ("numpy", "scipy", "torch", "torch-geometric", "implicit")


@cache
def code_version() -> str:
    """The release and the first digits of a SHA-256 over all modules and statements: ``0.1.0+3f9c2a71d0e4``."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        found = find_spec(package)
        for folder in map(Path, (found.submodule_search_locations or ()) if found else ()):
            for path in sorted((*folder.rglob("*.py"), *folder.rglob("*.cypher"))):
                digest.update(f"{package}/{path.relative_to(folder)}\0".encode())
                digest.update(path.read_bytes())
    return f"{version('phonograph')}+{digest.hexdigest()[:12]}"


def libraries() -> dict[str, str]:
    """The versions of what computes."""
    return {name: version(name) for name in LIBRARIES}
