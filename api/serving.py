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
    service = Service.open(settings)
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


def run(listening: socket.socket, workers: int) -> None:
    """Serve on ``listening`` until SIGTERM or Ctrl-C; requests that run are finished first.

    Args:
        listening: bound and listening.
        workers: processes that take requests from it.
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
        uvicorn.Server(config).run(sockets=[listening])
    else:
        Multiprocess(config, sockets=[listening]).run()
    listening.close()


def _watch() -> None:
    """End this process when the supervisor was killed: nobody else would."""
    supervisor = multiprocessing.parent_process()
    assert supervisor is not None  # uvicorn starts us by multiprocessing
    supervisor.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(DRAIN_S + 1)
    os._exit(1)
