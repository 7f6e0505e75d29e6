"""How fast and how good it is on this machine: each benchmark a function, all of them one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from api.bench.audio import audio
from api.bench.bulk import bulk
from api.bench.index import index
from api.bench.ingest import effect, ingest
from api.bench.model import reasons, tower
from api.bench.recommend import recommend
from api.bench.row import Row
from api.bench.scale import scale
from api.bench.server import bulk_import, neo4j
from api.bench.serving import serving
from api.settings import Settings
from graph.progress import Progress

BENCHES: Mapping[str, Callable[[Settings, Progress], list[Row]]] = {
    "neo4j": neo4j,
    "import": bulk_import,
    "bulk": bulk,
    "ingest": ingest,
    "audio": audio,
    "scale": scale,
    "index": index,
    "serving": serving,
    "recommend": recommend,
    "effect": effect,
    "tower": tower,
    "reasons": reasons,
}
"""Those from ``serving`` on measure the live model and need one."""
