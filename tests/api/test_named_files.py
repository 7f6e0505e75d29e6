"""A manifest vouches for the files that it names, and for no other: nothing else of a bundle is read."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from gnn import bundle as bundles
from gnn import manifest
from gnn.registry import Registry
from graph.errors import BundleDamagedError


@pytest.fixture(scope="module")
def bundle(api):
    return api.service.model.get().bundle


@pytest.mark.parametrize("name", bundles.REQUIRED)
@pytest.mark.parametrize("there", [True, False])
def test_what_a_manifest_leaves_out_is_not_read(bundle, tmp_path, monkeypatch, name, there):
    """Its digest fits, and yet it vouches for less than a bundle is: nothing of it is mapped."""
    registry = Registry(tmp_path)
    registry.publish("v", lambda folder: bundles.write(dataclasses.replace(bundle, version="v"), folder))
    folder = registry.path("v")
    said = json.loads((folder / manifest.NAME).read_text())
    del said["files"][name]
    (folder / manifest.NAME).write_text(manifest._text(said))
    if not there:
        (folder / name).unlink()
    monkeypatch.setattr(np, "load", lambda *_, **__: pytest.fail("a file was mapped"))
    with pytest.raises(BundleDamagedError, match=f"model v: {name} is not in its manifest"):
        bundles.load(registry, "v", index="exact")


def test_an_index_that_nobody_vouches_for_is_not_opened(bundle, tmp_path):
    registry = Registry(tmp_path)
    registry.publish("v", lambda folder: bundles.write(dataclasses.replace(bundle, version="v"), folder))
    (registry.path("v") / "als.ann").write_bytes(b"from elsewhere")
    with pytest.raises(BundleDamagedError, match=r"model v: als\.ann is not in its manifest"):
        bundles.load(registry, "v", index="exact")
