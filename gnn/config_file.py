"""How a config is kept in a file, so that what a search found can be trained with: JSON, every field by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

from gnn.als import AlsConfig
from gnn.config import FitConfig, FoldConfig, SageConfig
from graph.errors import InvalidRequestError

Part = TypeVar("Part", AlsConfig, FoldConfig, SageConfig, FitConfig)


def write_config(config: FitConfig, path: Path) -> None:
    """Keep a config; folders that are missing are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(config), indent=2) + "\n", encoding="utf-8")


def read_config(path: Path) -> FitConfig:
    """The config in a file; fields that it leaves out have their defaults.

    Raises:
        InvalidRequestError: no such file, no JSON, or a field that nobody reads.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidRequestError(f"the config {path} cannot be read: {error}") from error
    return config_of(stored)


def config_of(stored: Any) -> FitConfig:
    """The config that ``dataclasses.asdict`` took apart.

    Raises:
        InvalidRequestError: a field that nobody reads.
    """
    parts = dict(_mapping(stored, "config"))
    sage = dict(_mapping(parts.pop("sage", {}), "sage"))
    folds = _part(FoldConfig, _mapping(sage.pop("folds", {}), "folds"))
    als = _part(AlsConfig, _mapping(parts.pop("als", {}), "als"))
    return _part(FitConfig, {**parts, "als": als, "sage": _part(SageConfig, {**sage, "folds": folds})})


def _mapping(stored: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(stored, dict):
        raise InvalidRequestError(f"{name} is no object of names and values: {stored!r}")
    return stored


def _part(kind: type[Part], stored: Mapping[str, Any]) -> Part:
    known = [field.name for field in fields(kind)]
    for name in stored:
        if name not in known:
            raise InvalidRequestError(f"{kind.__name__} has no {name!r}: choose from {', '.join(known)}")
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
    }
    return kind(**values)
