"""Servers on one socket share its connections, take none after they are closed, and survive what accept may say."""

import asyncio
import errno
import socket
import threading

import pytest

from api.fair_loop import FairLoop, FairServer


class Echo(asyncio.Protocol):
    """Answers with a name."""

    def __init__(self, name):
        self.name = name

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(self.name)


class Worker(threading.Thread):
    """A loop of its own that serves the socket, as a process does."""

    def __init__(self, name, listening):
        super().__init__(daemon=True)
        self.loop, self.word, self.listening = FairLoop(), name, listening
        self.ready = threading.Event()

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(
            self.loop.create_server(lambda: Echo(self.word), sock=self.listening)
        )
        self.loop.call_soon(self.ready.set)
        self.loop.run_forever()
        self.loop.close()

    def end(self):
        async def close():
            self.server.close()
            await self.server.wait_closed()
            for transport in self.server._open:
                transport.abort()
            await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.join(10)


@pytest.fixture
def listening():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening


@pytest.fixture
def workers(listening):
    found = [Worker(name, listening) for name in (b"a", b"b")]
    for worker in found:
        worker.start()
        worker.ready.wait(10)
    yield found
    for worker in found:
        worker.end()


def connected(listening):
    client = socket.create_connection(listening.getsockname(), timeout=20)
    client.sendall(b"?")
    return client, client.recv(10)


def test_both_take_a_share(listening, workers):
    answers = [connected(listening) for _ in range(40)]
    named = [name for _, name in answers]
    assert min(named.count(b"a"), named.count(b"b")) >= 10  # half each, give or take a slow moment of the machine
    for client, _ in answers:
        client.close()


def test_whoever_is_closed_takes_no_more_and_the_other_all(listening, workers):
    first, _ = workers
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0), first.loop).result(10)
    first.loop.call_soon_threadsafe(first.server.close)
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0.02), first.loop).result(10)
    for _ in range(10):
        client, name = connected(listening)
        assert name == b"b"
        client.close()


class Odd:
    """A listening socket whose first accepts fail."""

    def __init__(self, real, *errors):
        self.real, self.errors = real, list(errors)

    def __getattr__(self, name):
        return getattr(self.real, name)

    def accept(self):
        if self.errors:
            raise self.errors.pop(0)
        return self.real.accept()


def test_errors_of_accept_pass(listening, caplog):
    async def serve():
        odd = Odd(listening, BlockingIOError(), OSError(errno.EMFILE, "Too many open files"))
        server = FairServer(asyncio.get_running_loop(), lambda: Echo(b"x"), odd)
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(b"?")
        answer = await asyncio.wait_for(reader.read(10), 20)
        writer.close()
        await writer.wait_closed()
        server.close()
        server.close()
        await server.wait_closed()
        for transport in server._open:
            transport.abort()
        await asyncio.sleep(0)
        return answer

    assert asyncio.run(serve()) == b"x"
    assert "Too many open files" in caplog.text


def test_a_server_without_a_given_socket_is_an_ordinary_one():
    loop = FairLoop()
    try:
        server = loop.run_until_complete(loop.create_server(lambda: Echo(b"x"), "127.0.0.1", 0))
        assert not isinstance(server, FairServer)
        server.close()
        loop.run_until_complete(server.wait_closed())
    finally:
        loop.close()
