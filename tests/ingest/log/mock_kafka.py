"""librdkafka's own mock cluster, driven through its C interface: brokers that give the errors one asks for."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path

import confluent_kafka

PRODUCE, FETCH = 0, 1
"""Kinds of requests. Source: the Kafka protocol's table of API keys."""

_PRODUCER = 0


def _library() -> ctypes.CDLL:
    """The library that the package brought along: the same code that the log under test runs."""
    (found,) = Path(confluent_kafka.__file__).parent.with_name("confluent_kafka.libs").glob("librdkafka-*.so*")
    library = ctypes.CDLL(str(found))
    library.rd_kafka_conf_new.restype = ctypes.c_void_p
    library.rd_kafka_new.restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_new.restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    return library


class MockKafka:
    """A cluster of ``brokers`` in this process.

    Attributes:
        address: where clients begin.
    """

    def __init__(self, brokers: int = 3) -> None:
        self._library = _library()
        complaint = ctypes.create_string_buffer(256)
        quiet = ctypes.c_void_p(self._library.rd_kafka_conf_new())
        self._library.rd_kafka_conf_set(quiet, b"log_level", b"0", complaint, ctypes.c_size_t(len(complaint)))
        client = self._library.rd_kafka_new(_PRODUCER, quiet, complaint, ctypes.c_size_t(len(complaint)))
        assert client, complaint.value
        self._client = ctypes.c_void_p(client)
        self._cluster = ctypes.c_void_p(self._library.rd_kafka_mock_cluster_new(self._client, brokers))
        self._library.rd_kafka_mock_set_controller_id(self._cluster, ctypes.c_int32(1))
        self.address = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def topic(self, name: str, partitions: int, replicas: int = 3) -> None:
        """Make a topic."""
        assert not self._library.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, replicas)

    def fail(self, request: int, errors: Sequence[int]) -> None:
        """Answer the next requests of a kind with these errors, one each; 0 is success."""
        codes = (ctypes.c_int * len(errors))(*errors)
        self._library.rd_kafka_mock_push_request_errors_array(
            self._cluster, ctypes.c_int16(request), ctypes.c_size_t(len(errors)), codes
        )

    def heal(self, request: int) -> None:
        """Take back the errors that were not given yet."""
        self._library.rd_kafka_mock_clear_request_errors(self._cluster, ctypes.c_int16(request))

    def lead(self, topic: str, partition: int, broker: int) -> None:
        """Make another broker the leader."""
        assert not self._library.rd_kafka_mock_partition_set_leader(
            self._cluster, topic.encode(), ctypes.c_int32(partition), ctypes.c_int32(broker)
        )

    def down(self, broker: int) -> None:
        """Close the broker's connections and refuse new ones."""
        assert not self._library.rd_kafka_mock_broker_set_down(self._cluster, ctypes.c_int32(broker))

    def up(self, broker: int) -> None:
        """Let clients in again."""
        assert not self._library.rd_kafka_mock_broker_set_up(self._cluster, ctypes.c_int32(broker))

    def slow(self, broker: int, milliseconds: int) -> None:
        """Answer this much later."""
        assert not self._library.rd_kafka_mock_broker_set_rtt(
            self._cluster, ctypes.c_int32(broker), ctypes.c_int(milliseconds)
        )

    def stop(self) -> None:
        """End the brokers."""
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)
