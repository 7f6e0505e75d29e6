"""How several processes share one listening socket evenly: whoever has more connections waits longer for the next.

Left to the kernel four connections often fall on one of two processes, and the other has nothing to do.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

import uvloop

PAUSE_S = 0.005
"""What each open connection adds to the wait before the next is taken: a loop whose thread waits for the interpreter
lock, or for a core, is often a few milliseconds late, and must not lose its turn by that."""
MOST = 8
"""Connections that are counted: nobody waits longer than a twenty-fifth of a second."""
TIRED_S = 0.1
"""After an error of ``accept``, such as too many open files."""

_log = logging.getLogger(__name__)


class FairLoop(uvloop.Loop):
    """A uvloop whose servers on a given socket are ``FairServer``; uvicorn makes it in every process."""

    async def create_server(self, protocol_factory: Any, *args: Any, sock: Any = None, **options: Any) -> Any:
        """Listen on ``sock`` fairly; anything else as ever."""
        if sock is None:
            return await super().create_server(protocol_factory, *args, **options)
        return FairServer(self, protocol_factory, sock)


class FairServer:
    """Takes connections from a socket that other processes listen on too, until it is closed.

    Args:
        loop: runs the protocols.
        protocol_factory: makes one for each connection.
        listening: bound and listening.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        protocol_factory: Callable[[], asyncio.Protocol],
        listening: socket.socket,
    ) -> None:
        self._loop, self._protocol_factory, self._listening = loop, protocol_factory, listening
        self._open: list[asyncio.BaseTransport] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._is_closed = False
        listening.setblocking(False)
        self._watch()

    def close(self) -> None:
        """Take no more connections; those that are open stay."""
        if not self._is_closed:
            self._is_closed = True
            self._loop.remove_reader(self._listening)

    async def wait_closed(self) -> None:
        """Return once connections that were being taken are open."""
        await asyncio.gather(*self._opening, return_exceptions=True)

    def _watch(self) -> None:
        if not self._is_closed:
            self._loop.add_reader(self._listening, self._on_ready)

    def _on_ready(self) -> None:
        self._loop.remove_reader(self._listening)
        self._open = [transport for transport in self._open if not transport.is_closing()]
        count = min(len(self._open) + len(self._opening), MOST)
        self._loop.call_later(count * PAUSE_S, self._accept)

    def _accept(self) -> None:
        if self._is_closed:
            return
        try:
            connection, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):  # another process was faster
            self._watch()
        except OSError as error:
            _log.warning("cannot take connections: %s", error)
            self._loop.call_later(TIRED_S, self._watch)
        else:
            opening = self._loop.create_task(self._connect(connection))
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)
            self._watch()

    async def _connect(self, connection: socket.socket) -> None:
        try:
            transport, _ = await self._loop.connect_accepted_socket(self._protocol_factory, connection)
        except OSError:  # gone again
            connection.close()
        else:
            self._open.append(transport)
