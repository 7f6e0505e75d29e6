"""A real Kafka for tests: one broker on the loopback, from its own jars, in a folder that ends with the session."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from pathlib import Path

import psutil
from platformdirs import user_cache_path

from graph.server.jars import Jar, ensure_jars
from graph.server.java import find_java
from graph.server.process import accepts, choose_port

LOCK = Path(__file__).with_name("kafka.lock")
READY_S = 60
HEAP = ("-Xms128m", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
SETTINGS = """
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
"""


class KafkaBroker:
    """One broker; it can be frozen, killed and started again, and keeps its data meanwhile.

    Args:
        folder: for its data; new.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.port, controller = choose_port(), choose_port()
        cache = Path(os.environ.get("PHONOGRAPH_CACHE") or user_cache_path("phonograph"))
        lock = tuple(Jar(*line.split()) for line in LOCK.read_text(encoding="utf-8").splitlines())
        jars = ensure_jars(cache, lock, folder=cache / "kafka-4.1.1")
        self._java = [str(find_java().path), *HEAP, "-cp", f"{jars}/*"]
        self._settings = folder / "server.properties"
        self._settings.write_text(SETTINGS.format(port=self.port, controller=controller, folder=folder))
        self._process: subprocess.Popen[bytes] | None = None
        cluster = uuid.uuid4().hex[:22]
        self._run("kafka.tools.StorageTool", "format", "--standalone", "-t", cluster, "-c", str(self._settings))

    @property
    def address(self) -> str:
        """Where clients begin: ``host:port``."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and return when it listens."""
        with (self.folder / "broker.log").open("ab") as log:
            command = [*self._java, "kafka.Kafka", str(self._settings)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + READY_S
        while not accepts(self.port):
            assert self._process.poll() is None, (self.folder / "broker.log").read_text()[-2000:]
            assert time.monotonic() < end, "Kafka does not listen"
            time.sleep(0.05)

    def freeze(self) -> None:
        """It keeps its port and answers nothing."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self._send(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a word."""
        self._send(signal.SIGKILL)
        self._wait()

    def stop(self) -> None:
        """End it, however it is."""
        if self._process is not None and self._process.poll() is None:
            self.thaw()
            self._process.terminate()
            try:
                self._wait()
            except subprocess.TimeoutExpired:
                self.kill()

    def _send(self, number: int) -> None:
        assert self._process is not None
        psutil.Process(self._process.pid).send_signal(number)

    def _wait(self) -> None:
        assert self._process is not None
        self._process.wait(20)

    def _run(self, *words: str) -> None:
        done = subprocess.run([*self._java, *words], capture_output=True, text=True, timeout=READY_S)
        assert done.returncode == 0, done.stdout + done.stderr
