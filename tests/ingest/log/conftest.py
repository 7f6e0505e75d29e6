"""The real Kafka of a test session, and what opens a log of each kind."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest

from graph.errors import DownloadError, ServerError
from ingest.log.event_log import EventLog
from ingest.log.sqlite import SqliteLog

KINDS = ("sqlite", "kafka")


def _beside(name: str) -> ModuleType:
    """A module of this folder: tests are no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def kafka(session_home: Path) -> Iterator[Any]:
    """A broker; tests use topics of their own."""
    pytest.importorskip("confluent_kafka")
    try:
        broker = _beside("kafka_broker").KafkaBroker(session_home / "kafka")
    except (DownloadError, ServerError) as error:
        pytest.skip(f"no Kafka to test with: {error}")
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


@pytest.fixture(params=KINDS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], EventLog]]:
    """Opens a log by a name of the test's own; the same name is the same log."""
    with ExitStack() as stack:
        mark = uuid4().hex

        def open(name: str = "events") -> EventLog:
            if request.param == "sqlite":
                return stack.enter_context(SqliteLog(tmp_path / name / "events.sqlite"))
            from ingest.log.kafka import KafkaLog

            broker = request.getfixturevalue("kafka")
            return stack.enter_context(KafkaLog(broker.address, f"{name}-{mark}", 3))

        yield open
