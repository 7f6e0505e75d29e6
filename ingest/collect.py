"""A data set as arrays without any Neo4j: the same that an import followed by ``graph.export`` gives."""

from __future__ import annotations

from typing import Any

from graph.arrays import GraphArrays
from graph.assemble import assemble
from ingest.behaviour import behaviour
from ingest.records import dangling, gather
from ingest.source import DataSource, batches
from ingest.taxonomy import without_cycles


def collect(source: DataSource[Any]) -> GraphArrays:
    """Read ``source`` into arrays.

    Raises:
        SourceError: see ``DataSource.extract``.
    """
    records = behaviour(source.name, dangling(gather(batches(source)))).records
    if "subgenre_of" in records:
        records["subgenre_of"] = without_cycles(records["subgenre_of"])
    columns = {name: found.columns for name, found in records.items()}
    return assemble(columns, columns)
