"""What one serving process is: a service, its application, and an interpreter set up for short requests.

``phonograph serve`` runs one process, or several that share one listening socket under uvicorn's supervisor.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from api import composition
from api.app import create_app
from api.applier import Applier
from api.model_watch import ModelWatch
from api.service import Service
from api.settings import load_settings
from graph.errors import ModelError

DRAIN_S = 20
"""How long running requests may take after SIGTERM."""
GARBAGE = (50_000, 50, 1000)
"""Objects between two collections: a full one stops all requests for a tenth of a second and finds next to nothing."""


def application() -> FastAPI:
    """The application of one process, opened by the settings of the environment, warm before the first request.

    Raises:
        PhonographError: a setting is wrong, or Neo4j cannot be reached.
    """
    settings = load_settings()
    service = Service.open(settings, hurries=True)
    with suppress(ModelError):  # /readyz and every answer say so, until one is published
        service.model.get()
    gc.collect()
    gc.freeze()  # modules and model stay: they need not be looked through again and again
    gc.set_threshold(*GARBAGE)
    applier = Applier(service.consumer(), composition.consumer_lock(settings))
    watch = ModelWatch(service.model.look, service.trial.look)
    return create_app(service, closes_service=True, warms_up=True, applier=applier, watch=watch, keeps_up=True)


def worker_application() -> FastAPI:
    """The application of one of several processes, which ends when their supervisor is gone."""
    threading.Thread(target=_watch, daemon=True, name="watch").start()
    return application()


class _Process(uvicorn.Server):
    """The one process of a server; calls ``when_ready`` when it answers."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._when_ready()


class _Processes(Multiprocess):
    """Several processes; calls ``when_ready`` once, when the last of them answers.

    Whoever connects earlier is served by those that answer already, and stays with them.
    """

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], when_ready: Callable[[], None]) -> None:
        super().__init__(config, sockets)
        self._when_ready: Callable[[], None] | None = when_ready

    def keep_subprocess_alive(self) -> None:
        super().keep_subprocess_alive()
        if self._when_ready is None or self.should_exit.is_set():
            return
        if all(process.is_ready(self.config.timeout_worker_healthcheck) for process in self.processes):
            self._when_ready()
            self._when_ready = None


def run(listening: socket.socket, workers: int, when_ready: Callable[[], None]) -> None:
    """Serve on ``listening`` until SIGTERM or Ctrl-C; requests that run are finished first.

    Args:
        listening: bound and listening.
        workers: processes that take requests from it.
        when_ready: called once, when all of them answer.
    """
    target = "api.serving:application" if workers == 1 else "api.serving:worker_application"
    config = uvicorn.Config(
        target,
        factory=True,
        workers=workers,
        loop="api.fair_loop:FairLoop" if workers > 1 else "auto",
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=DRAIN_S,
        server_header=False,
    )
    if workers == 1:
        for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn drains, then hands the signal to these
            signal.signal(number, lambda number, frame: None)
        _Process(config, when_ready).run(sockets=[listening])
    else:
        _Processes(config, [listening], when_ready).run()
    listening.close()


def _watch() -> None:
    """End this process when the supervisor was killed: nobody else would."""
    supervisor = multiprocessing.parent_process()
    assert supervisor is not None  # uvicorn starts us by multiprocessing
    supervisor.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(DRAIN_S + 1)
    os._exit(1)
