"""How long GraphQL answers take over HTTP: a server of its own, four connections, every request a new listener."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from threading import Lock

import numpy as np

from api.bench.row import Row
from api.composition import open_store
from api.settings import Settings
from graph.errors import NotEnoughDataError
from graph.export import export
from graph.progress import Progress

CONNECTIONS = 4
REQUESTS = 600
WARM_UP = 600
"""Requests of each kind before the first that counts: Java compiles what it runs often."""

REASONS = "explanation { text kind verified paths { nodes { id } shareOfScore } }"
QUERY = """query Page($user: ID!) { recommendations(input: {userId: $user}) { __typename ... on RecommendationSet {
  modelVersion items(first: 20) { edges { rank score node { id name artists { id name } }
  sources { source contribution } %s } } } } }"""


@contextmanager
def _server(settings: Settings) -> Iterator[int]:
    """A server on a free port; the port."""
    command = [sys.executable, "-m", "api.cli.main", "serve", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None  # asked for above
        line = server.stdout.readline()
        if ":" not in line:
            raise NotEnoughDataError("the server did not start: run `phonograph serve` to see why")
        yield int(line.rstrip().removesuffix("/graphql").rsplit(":", 1)[1])
    finally:
        server.terminate()
        server.wait(timeout=30)


class _Each:
    """What is left of an iterable, for several threads: each takes the next when it is free, so none idles early."""

    def __init__(self, values: Iterable[str]) -> None:
        self._values, self._lock = iter(values), Lock()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        with self._lock:
            return next(self._values)


def _ask(port: int, users: Iterable[str], query: str) -> list[float]:
    """Milliseconds of one request per listener, through one connection."""
    times = []
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        for user in users:
            body = json.dumps({"query": query, "variables": {"user": user}})
            began = time.perf_counter()
            connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())
            times.append((time.perf_counter() - began) * 1e3)
            found = (answer.get("data") or {}).get("recommendations") or {}
            if found.get("__typename") != "RecommendationSet":
                raise NotEnoughDataError(f"the server answered {str(answer)[:200]}")
    return times


def _load(port: int, users: list[str], query: str) -> tuple[list[float], float]:
    """Milliseconds per request over all connections, each new and always busy; and requests per second."""
    left = _Each(users)
    began = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        parts = [pool.submit(_ask, port, left, query) for _ in range(CONNECTIONS)]
        times = [ms for part in parts for ms in part.result()]
    return times, len(times) / (time.perf_counter() - began)


def _users(settings: Settings, progress: Progress) -> list[str]:
    """Listeners with plays, each once, in an order of chance."""
    with open_store(settings, progress) as store:
        arrays = export(store, progress=progress)
    users = arrays.users.values[np.unique(arrays.played.source_row)]
    needed = 2 * (REQUESTS + WARM_UP)
    if len(users) < CONNECTIONS * 10:
        raise NotEnoughDataError(f"bench serving needs {CONNECTIONS * 10} listeners with plays, found {len(users)}")
    return [str(user) for user in np.random.default_rng(0).permutation(users)[:needed]]


def serving(settings: Settings, progress: Progress) -> list[Row]:
    """Recommendations with and without explanations; no listener is asked for twice, so nothing is cached."""
    users = _users(settings, progress)
    half = len(users) // 2
    rows = []
    with _server(settings) as port:
        for name, query, part in (
            ("with explanations", QUERY % REASONS, users[:half]),
            ("without explanations", QUERY % "", users[half:]),
        ):
            progress.stage(f"asking {name}", 1)
            warm = min(WARM_UP, len(part) // 2)
            _load(port, part[:warm], query)
            times, rate = _load(port, part[warm:], query)
            for share in (50, 95, 99):
                what = f"recommendations(first: 20) {name}, {CONNECTIONS} connections, p{share}"
                rows.append(Row(what, float(np.percentile(times, share)), "ms", len(times)))
            rows.append(Row(f"recommendations(first: 20) {name}, {CONNECTIONS} connections", rate, "per s", len(times)))
            progress.advance()
    return rows
