"""What the managed Neo4j is told: its settings file, its memory, and the options of its Java."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from graph.errors import SettingsError


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """How much memory the server may use, in MB; heap and page cache together must fit into the machine.

    Attributes:
        heap_min_mb: heap at the start.
        heap_max_mb: heap at most.
        page_cache_mb: cache of the store files, beside the heap.
        flags: further options for Java.
    """

    heap_min_mb: int
    heap_max_mb: int
    page_cache_mb: int
    flags: tuple[str, ...] = ()


PLANS: dict[str, MemoryPlan] = {
    # One compiler only: starts in two thirds of the time, and runs slower for ever after.
    "test": MemoryPlan(128, 256, 32, ("-XX:TieredStopAtLevel=1",)),
    "laptop": MemoryPlan(128, 512, 128),
    "default": MemoryPlan(256, 1024, 256),
    "dev": MemoryPlan(1024, 4096, 2048),
}


def memory_plan(name: str) -> MemoryPlan:
    """The plan of this name.

    Raises:
        SettingsError: there is none.
    """
    if name not in PLANS:
        raise SettingsError(f"PHONOGRAPH_NEO4J__MEMORY cannot be {name!r}: choose one of {', '.join(PLANS)}")
    return PLANS[name]


_JAVA_OPTIONS = (
    "-XX:+UseG1GC",
    "-XX:-OmitStackTraceInFastThrow",
    "-XX:+UnlockExperimentalVMOptions",
    "-XX:+TrustFinalNonStaticFields",
    "-XX:+DisableExplicitGC",
    "-Djdk.nio.maxCachedBufferSize=1024",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dio.netty.leakDetection.level=DISABLED",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
    "-Dorg.neo4j.shaded.lucene9.vectorization.upperJavaFeatureVersion=25",
    "-Dlog4j2.disable.jmx=true",
    "-Dlog4j.layout.jsonTemplate.maxStringLength=32768",
    "-Dfile.encoding=UTF-8",
)


def settings(port: int, memory: MemoryPlan) -> dict[str, str]:
    """The settings of a server on the loopback at ``port``; an unknown name would stop its start."""
    return {
        "server.default_listen_address": "127.0.0.1",
        "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.bolt.advertised_address": f"127.0.0.1:{port}",
        "server.http.enabled": "false",
        "server.https.enabled": "false",
        "dbms.routing.enabled": "false",
        # A client takes a server that is silent for twice as long for dead; by default it waits two minutes.
        "server.bolt.connection_keep_alive": "3s",
        "server.bolt.connection_keep_alive_streaming_scheduling_interval": "3s",
        # Unset, LOAD CSV would read any file of this machine; and it may open no connection either.
        "server.directories.import": "import",
        "dbms.security.allow_csv_import_from_file_urls": "false",
        "internal.dbms.cypher_ip_blocklist": "0.0.0.0/0,::/0",
        "dbms.usage_report.enabled": "false",
        "client.allow_telemetry": "false",
        "dbms.fleet_manager.enabled": "false",
        "server.fleet_discovery.enabled": "false",  # else it broadcasts on the local network
        "db.query.default_language": "CYPHER_25",
        "server.memory.pagecache.size": f"{memory.page_cache_mb}m",
        "db.memory.transaction.max": f"{max(memory.heap_max_mb // 4, 128)}m",
        "dbms.memory.transaction.total.max": f"{max(memory.heap_max_mb // 2, 192)}m",
        "db.transaction.timeout": "60s",
        "dbms.cypher.forbid_exhaustive_shortestpath": "true",
        # An empty home takes 2 MB instead of 541.
        "db.tx_log.preallocate": "false",
        "db.tx_log.rotation.size": "16m",
        "db.tx_log.rotation.retention_policy": "keep_none",
        # Else every stop waits 10 s for the network layer, and for ever for an open transaction.
        "internal.dbms.bolt.netty_server_shutdown_quiet_period_duration": "0s",
        "db.shutdown_transaction_end_timeout": "2s",
        "internal.db.transaction.shutdown_terminated_transaction_wait_timeout": "2s",
    }


def settings_file(port: int, memory: MemoryPlan) -> str:
    """The text of ``neo4j.conf``."""
    return "".join(f"{name}={value}\n" for name, value in settings(port, memory).items())


def java_arguments(java_major: int, memory: MemoryPlan) -> list[str]:
    """The options of Java; the heap must stand here, the settings file's is ignored for a class started directly."""
    newer = ["--sun-misc-unsafe-memory-access=allow"] if java_major >= 24 else []
    return [f"-Xms{memory.heap_min_mb}m", f"-Xmx{memory.heap_max_mb}m", *memory.flags, *_JAVA_OPTIONS, *newer]


def home_argument(home: Path) -> str:
    """The option by which a process is known to serve this home."""
    return f"--home-dir={home}"
