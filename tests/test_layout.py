"""The tree is as docs/architecture.md draws it, every module says what it is for, and no file names one machine."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LONG = {"api/graphql/nodes.py"}
"""Modules of more than ``MOST_LINES`` lines. The list may shrink; a new name on it wants a reason."""
MOST_LINES = 400
HEAVY = ("torch", "torch_geometric", "librosa", "implicit", "pandas", "soundfile", "jgo")
"""What serving must not load: training, audio and the fetching of Neo4j."""

# Put together here, so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(r"(?<![\w.$}*/-])/(?:" + "|".join(("work", "root", "tmp", "Users", "home")) + r")/[\w.]+")
REGISTRY = re.compile(
    "|".join(("py" + "pi", "python" + "hosted", r"repo1?\.mav" + "en", r"maven\.apa" + "che", r"mvn" + "repository"))
)
SECRET = re.compile(
    "|".join(
        (
            "-----BEGIN [A-Z ]*PRIVATE KEY",
            "gh[pousr]_[A-Za-z0-9]{30}",
            "AKIA[0-9A-Z]{16}",
            "xox[abp]-[0-9A-Za-z-]{10}",
            "eyJ[A-Za-z0-9_-]{20,}\\.[A-Za-z0-9_-]{20,}\\.",
            r"(?i:(?:api_?key|token|secret)\s*[=:]\s*[\"'][A-Za-z0-9+/_-]{20,}[\"'])",
        )
    )
)


def listed() -> list[Path]:
    """Every text file that is in the repository or would be added to it."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"not a git checkout: {error}")
    return [ROOT / name for name in found.split("\0") if name and (ROOT / name).is_file()]


def modules() -> list[Path]:
    return [path for path in listed() if path.suffix == ".py"]


def packages() -> set[str]:
    return {path.relative_to(ROOT).parts[0] for path in modules()} - {"tests"}


def offending(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in listed():
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in pattern.finditer(text)]
    return found


def test_the_packages_are_those_of_the_architecture_page() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    drawn = set(re.findall(r"^\| `(\w+)/` \|", page, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert packages() == drawn
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == drawn
    assert set(project["tool"]["importlinter"]["root_packages"]) == drawn


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert [str(path.relative_to(ROOT)) for path in silent] == []


def test_long_modules_are_on_the_list() -> None:
    lines = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n") for path in modules()}
    assert {name for name, count in lines.items() if count > MOST_LINES} == LONG


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY, SECRET], ids=["machine path", "registry", "secret"])
def test_no_file_names(pattern: re.Pattern[str]) -> None:
    assert offending(pattern) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MACHINE_PATH, "home = '/" + "work/main'"),
        (MACHINE_PATH, "see /" + "home/somebody/x"),
        (REGISTRY, "https://files.python" + "hosted.org/packages"),
        (SECRET, "api_key = '" + "a1B2" * 6 + "'"),
        (SECRET, "gh" + "p_" + "a" * 36),
    ],
)
def test_the_patterns_find_what_they_look_for(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


def test_serving_loads_nothing_of_training_or_audio() -> None:
    code = f"import sys, api.app, api.service, api.cli.serve; print([n for n in {HEAVY!r} if n in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
