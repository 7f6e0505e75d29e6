"""How long an answer takes inside one process, stage by stage: no HTTP, and no listener asked for twice."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from api.bench.row import Row
from api.service import Service
from api.settings import Settings
from graph.errors import NotEnoughDataError
from graph.export import export
from graph.progress import Progress
from recommend.types import RecommendRequest

REQUESTS, WARM_UP = 300, 100
THREADS = (1, 4)
LEAST = 40


def recommend(settings: Settings, progress: Progress) -> list[Row]:
    """``recommend`` for 20 tracks with and without reasons, by one and by four threads, each request a new listener."""
    with Service.open(settings, progress) as service:
        users = _users(service, progress)
        cases = [(explain, threads) for explain in (True, False) for threads in THREADS]
        parts = np.array_split(np.array(users), len(cases))
        progress.stage("answers in process", len(cases))
        rows: list[Row] = []
        for (explain, threads), part in zip(cases, parts, strict=True):
            rows += _measured(service, [str(user) for user in part], explain, threads)
            progress.advance()
    return rows


def _users(service: Service, progress: Progress) -> list[str]:
    """Listeners with plays, each once, in an order of chance."""
    arrays = export(service.store, progress=progress)
    users = arrays.users.values[np.unique(arrays.played.source_row)]
    if len(users) < LEAST:
        raise NotEnoughDataError(f"bench recommend needs {LEAST} listeners with plays, found {len(users)}: import some")
    most = 2 * len(THREADS) * (REQUESTS + WARM_UP)
    return [str(user) for user in np.random.default_rng(0).permutation(users)[:most]]


def _measured(service: Service, users: Sequence[str], explain: bool, threads: int) -> list[Row]:
    stages: dict[str, list[float]] = {}

    def ask(user: str) -> float:
        began = time.perf_counter()
        with service.reads.turns.computing():  # as the server does
            answer = service.recommend(RecommendRequest(user, "home", 20, explain=explain))
        took = (time.perf_counter() - began) * 1e3
        for stage, ms in answer.timings_ms.items():
            stages.setdefault(stage, []).append(ms)
        return took

    warm = min(WARM_UP, len(users) // 4)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(ask, users[:warm]))
        stages.clear()
        times = list(pool.map(ask, users[warm:]))
    what = f"{'with' if explain else 'without'} reasons, {threads} thread{'s' if threads > 1 else ''}"
    rows = [
        Row(f"recommend 20 in process {what}, p{share}", float(np.percentile(times, share)), "ms", len(times))
        for share in (50, 95)
    ]
    if threads == 1:
        for stage, spent in stages.items():
            for share in (50, 95):
                rows.append(Row(f"  {stage} {what}, p{share}", float(np.percentile(spent, share)), "ms", len(spent)))
    return rows
