"""A graph's arrays as one file, so that a long run can go on with what it began with, whatever the graph has become."""

from __future__ import annotations

import io
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.arrays import GraphArrays, Ids, Links

_IDS = ("users", "tracks", "artists", "genres", "playlists")


def to_bytes(arrays: GraphArrays) -> bytes:
    """Everything in the arrays; no pickle."""
    found: dict[str, NDArray[Any]] = {"watermark": np.array(arrays.watermark)}
    for name in _IDS:
        found[f"ids:{name}"] = getattr(arrays, name).values
    found |= {f"name:{kind}": values for kind, values in arrays.names.items()}
    found |= {f"track:{name}": values for name, values in arrays.track_columns.items()}
    for name in _links():
        links: Links = getattr(arrays, name)
        found |= {f"link:{name}:source": links.source_row, f"link:{name}:target": links.target_row}
        found |= {f"column:{name}:{column}": values for column, values in links.columns.items()}
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **found)
    return content.getvalue()


def from_bytes(content: bytes) -> GraphArrays:
    """What ``to_bytes`` wrote.

    Raises:
        ValueError: it is something else.
        KeyError: a part is missing.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        found = {name: stored[name] for name in stored.files}

    def below(prefix: str) -> dict[str, NDArray[Any]]:
        return {name.removeprefix(prefix): values for name, values in found.items() if name.startswith(prefix)}

    links = {
        name: Links(found[f"link:{name}:source"], found[f"link:{name}:target"], below(f"column:{name}:"))
        for name in _links()
    }
    parts: dict[str, Any] = {name: Ids(found[f"ids:{name}"]) for name in _IDS} | links
    return GraphArrays(**parts, names=below("name:"), track_columns=below("track:"), watermark=int(found["watermark"]))


def _links() -> list[str]:
    return [field.name for field in fields(GraphArrays) if field.type in ("Links", Links)]
