"""What the optional models add on LFM-1M's validation part, as docs/quality/sequence.md says."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.earning import earn

pytestmark = pytest.mark.evidence

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "lfm1m-kg"


def test_the_verdicts_are_those_of_the_page() -> None:
    if not DATA.is_dir():
        pytest.skip("lfm1m-kg is not there")
    found = earn(DATA)
    page = (Path(__file__).resolve().parents[2] / "docs/quality/sequence.md").read_text(encoding="utf-8")
    for name, verdict in found.verdicts.items():
        print(f"{name}: {verdict.reason}")  # noqa: T201
        said = next(
            line for line in page.splitlines() if line.startswith((f"| {name} | stays", f"| {name} | left out"))
        )
        assert ("stays" in said) is verdict.kept
    assert found.union["with all"][0] >= found.union["without"][0]
