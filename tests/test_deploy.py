"""What ``deploy/`` and the compose file run exists: files parse, commands and options are ours, settings are known."""

from __future__ import annotations

import configparser
import re
import shlex
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main
import yaml

from api.cli.main import COMMANDS
from api.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
_CALL = re.compile(r"phonograph (retrain|materialise|serve|import|train|apply|weekly)\b([^;&|\"\]]*)")


def commands() -> list[tuple[str, list[str]]]:
    """Every command that is run, with its words."""
    found = []
    for path in sorted((ROOT / "deploy/systemd").glob("*.service")):
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str  # type: ignore[assignment, method-assign]
        unit.read_string(path.read_text(encoding="utf-8"))
        found += [value for key, value in unit["Service"].items() if key.startswith("Exec")]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    for service in compose["services"].values():
        command = service.get("command", "")
        found.append(command if isinstance(command, str) else shlex.join(command))
    for path in sorted((ROOT / "deploy/kubernetes").glob("*.yaml")):
        found += _texts(list(yaml.safe_load_all(path.read_text(encoding="utf-8"))))
    return [(name, shlex.split(words)) for text in found for name, words in _CALL.findall(text)]


def _texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [text for value in node.values() for text in _texts(value)]
    if isinstance(node, list) and all(isinstance(word, str) for word in node):
        return [" ".join(node)]  # the words of one command
    if isinstance(node, list):
        return [text for value in node for text in _texts(value)]
    return [node] if isinstance(node, str) else []


def test_there_is_one_of_each_kind() -> None:
    names = [name for name, _ in commands()]
    for periodic in ("retrain", "weekly"):
        assert names.count(periodic) >= 3, f"{periodic}: systemd, compose and Kubernetes"


@pytest.mark.parametrize(("name", "words"), commands(), ids=lambda value: str(value))
def test_every_command_and_option_is_ours(name: str, words: list[str]) -> None:
    assert name in COMMANDS
    module, function = COMMANDS[name].split(":")
    alone = typer.Typer()
    alone.command()(getattr(import_module(module), function))
    options = {option for parameter in typer.main.get_command(alone).params for option in parameter.opts}
    for word in words:
        if word.startswith("--"):
            assert word.partition("=")[0] in options, f"{name} has no {word}"


def test_settings_that_are_named_are_known() -> None:
    files = [ROOT / "docker-compose.yml", *(ROOT / "deploy").rglob("*.*")]
    named = {
        name for path in files for name in re.findall(r"PHONOGRAPH_([A-Z0-9_]+)", path.read_text(encoding="utf-8"))
    }
    assert named
    for name in named:
        head = name.partition("__")[0].lower()
        assert head in Settings.model_fields, name
