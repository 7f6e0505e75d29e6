"""How good the models are on the public data sets, against the figures that they must reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.evaluation import run

pytestmark = pytest.mark.evidence

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
MUST = {
    "lfm1m": ("lfm1m-kg", "global", {"sage": (0.100, 0.138), "als": (0.092, 0.123), "popularity": (0.018, 0.026)}),
    "hetrec": (
        "hetrec2011-lastfm-2k",
        "0",
        {"sage": (0.388, 0.358), "als": (0.36, 0.33), "popularity": (0.119, 0.108)},
    ),
}
"""Data set -> its folder, split, and recall@20 and ndcg@20 by model."""
WITHIN = 0.006
"""How far below its figure a baseline may stay."""


@pytest.mark.parametrize("name", MUST)
def test_models_reach_their_figures(name: str) -> None:
    folder, split, must = MUST[name]
    if not (DATA / folder).is_dir():
        pytest.skip(f"{folder} is not there")
    found = {model: result.summary() for model, result in run(name, DATA / folder, list(must), split=split).items()}
    for model, (recall, ndcg) in must.items():
        print(f"{name} {model}: {found[model]['recall@20']:.4f} / {found[model]['ndcg@20']:.4f}")  # noqa: T201
        allowed = 0.0 if model == "sage" else WITHIN
        assert found[model]["recall@20"] >= recall - allowed
        assert found[model]["ndcg@20"] >= ndcg - allowed
