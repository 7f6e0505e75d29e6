"""What docs/adding.md says is true: the files exist, and the tables fit together."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from api.bench import BENCHES
from api.cli.bench import NAMES
from api.cli.main import COMMANDS
from recommend.features import FAMILIES, FEATURES
from recommend.sources import SCORERS, SOURCES
from recommend.surfaces import BY_NAME, SURFACES

ROOT = Path(__file__).resolve().parents[1]


def test_every_file_named_in_the_page_exists():
    named = re.findall(r"`([\w/]+(?:\.py|/))`", (ROOT / "docs/adding.md").read_text(encoding="utf-8"))
    assert len(named) > 15
    assert not [path for path in named if not (ROOT / path).exists()]


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
def test_every_quota_is_one_of_a_source(surface):
    assert set(surface.quotas) <= {source.name for source in SOURCES}
    assert all(quota > 0 for quota in surface.quotas.values())


def test_every_source_nominates_somewhere():
    assert {name for surface in SURFACES for name in surface.quotas} == {source.name for source in SOURCES}


def test_every_source_that_scores_nominates_at_home():
    assert set(BY_NAME["home"].quotas) >= {source.name for source in SCORERS}  # the rankers learn from these


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_imported(name):
    module, function = COMMANDS[name].split(":")
    assert callable(getattr(import_module(module), function))


def test_benchmarks_and_their_names_agree():
    assert tuple(BENCHES) == NAMES


def test_features_are_unique_and_each_belongs_to_a_source():
    assert len({feature.name for feature in FEATURES}) == len(FEATURES) == len(FAMILIES)
    assert set(FAMILIES) == {source.name for source in SCORERS}
    assert all(feature.about and feature.dtype == "float32" for feature in FEATURES)
