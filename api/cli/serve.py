"""``phonograph serve``: the API on one address until it is told to stop."""

from __future__ import annotations

import ipaddress
import os
import socket
from typing import Annotated

import typer

from api.cli.console import BarProgress, say
from api.composition import open_store
from api.settings import load_settings
from graph.errors import PortTakenError, SettingsError

BACKLOG = 2048
MOST_WORKERS = 4
"""Processes unless more are asked for: each holds a model of its own in memory."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bound_socket(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 is any free one.

    Raises:
        PortTakenError: somebody else listens there, or the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay off only where the protocol is named: 40 ms an answer.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)  # from here on clients wait instead of being refused
    except OSError as error:
        listening.close()
        raise PortTakenError(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from error
    return listening


def serve(
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes; by default one for each core, at most 4.", min=1)
    ] = None,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let other machines in: there is no login yet.")
    ] = False,
) -> None:
    """Serve the GraphQL API at /graphql until SIGTERM or Ctrl-C."""
    settings = load_settings()
    host = host or settings.serve.host
    if not is_loopback(host) and not allow_remote:
        raise SettingsError(f"{host} can be reached from other machines and nobody has to log in: add --allow-remote")
    listening = bound_socket(host, settings.serve.port if port is None else port)
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        # Requests share the cores already; BLAS threads that wait for each other triple the work of each.
        os.environ.setdefault(name, "1")
    from api import serving  # after the settings above, and so that a refused address is refused at once

    with BarProgress() as progress:
        open_store(settings, progress).close()  # what cannot be reached is said here, once
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listening.getsockname()[1]}/graphql"
    workers = workers or settings.serve.workers or min(os.cpu_count() or 1, MOST_WORKERS)
    serving.run(listening, workers, when_ready=lambda: say(f"GraphQL at {address}"))
