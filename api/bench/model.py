"""How fast the live model's parts are, and how good its reasons."""

from __future__ import annotations

import time

import numpy as np

from api.bench.row import Row
from api.service import Service
from api.settings import Settings
from gnn.tower import History
from graph.errors import NotEnoughDataError
from graph.export import export
from graph.progress import Progress
from recommend.audit import audit

QUERIES = 200
LISTENERS = 40


def tower(settings: Settings, progress: Progress) -> list[Row]:
    """A user's vector from a history, for several lengths."""
    rng = np.random.default_rng(0)
    rows = []
    with Service.open(settings, progress) as service:
        bundle = service.model.get().bundle
        for plays in (20, 100, 500):
            chosen = np.sort(rng.choice(len(bundle.catalogue), min(plays, len(bundle.catalogue)), replace=False))
            history = History(chosen, np.ones(len(chosen), np.float32), np.arange(len(chosen), dtype=np.int64))
            times = []
            for _ in range(QUERIES):
                began = time.perf_counter()
                bundle.tower.vector(history, 10**9)
                times.append((time.perf_counter() - began) * 1e3)
            rows.append(Row(f"user vector from {plays} plays (median)", float(np.median(times)), "ms", QUERIES))
            rows.append(Row(f"user vector from {plays} plays (p95)", float(np.quantile(times, 0.95)), "ms", QUERIES))
    return rows


def reasons(settings: Settings, progress: Progress) -> list[Row]:
    """The reasons of some listeners' lists: see ``recommend.audit``."""
    with Service.open(settings, progress) as service:
        arrays = export(service.store, progress=progress)
        users = arrays.users.values[np.unique(arrays.played.source_row)]
        if not len(users):
            raise NotEnoughDataError("bench reasons needs listeners with plays: import some")
        chosen = np.random.default_rng(0).choice(users, min(LISTENERS, len(users)), replace=False)
        progress.stage("reading reasons", 1)
        found = audit(service.model.get().engine, service.graph, [str(user) for user in chosen], as_of=service.as_of())
        progress.advance()
    return [
        Row("items with a verified path", 100 * found.explained, "%", found.users),
        Row("paths by genre alone", 100 * found.genre_only, "%", found.users),
        Row("anchor matters more than another play", 100 * found.faithful, "%", found.users),
        Row("fewest artists on a list of 20", found.least_artists, "artists", found.users),
        *(Row(f"items explained by {kind}", 100 * share, "%", found.users) for kind, share in found.kinds.items()),
    ]
