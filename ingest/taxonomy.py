"""How SUBGENRE_OF stays without cycles when one source after the other brings its own tree."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from graph.store import GraphStore
from ingest.acyclic import Edge, acyclic
from ingest.records import Records
from ingest.source import Remark


def edges_of(store: GraphStore) -> list[Edge]:
    """The edges of the tree in the graph.

    Raises:
        GraphError: Neo4j is absent, or refuses.
    """
    return [(source, target) for source, targets, _ in store.stream("read/export_subgenre_of") for target in targets]


def without_cycles(records: Records, given: Iterable[Edge] = ()) -> Records:
    """The records of ``subgenre_of`` that close no cycle, also not with the edges ``given``, which stay.

    Those of more origins come first. Every edge that is left out is named in the report.
    """
    edges = list(zip(records.columns["source"].tolist(), records.columns["target"].tolist(), strict=True))
    origins = records.columns["origin"].tolist()
    strength = {edge: origin.count(",") + bool(origin) for edge, origin in zip(edges, origins, strict=True)}
    _, dropped = acyclic(strength, given)
    own = [edge for edge in dropped if edge[0] == edge[1]]
    closing = [edge for edge in dropped if edge[0] != edge[1]]
    lost = set(dropped)
    kept = np.array([edge not in lost for edge in edges], np.bool_)
    remarks = [
        Remark(reason, len(those), tuple(f"{source} -> {target}" for source, target in those))
        for reason, those in (("subgenre of itself", own), ("would close a cycle of subgenres", closing))
        if those
    ]
    return records.select(np.flatnonzero(kept), *remarks)
