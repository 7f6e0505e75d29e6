"""What a node is called now, where a client knows it by a record that was merged into it."""

from __future__ import annotations

from dataclasses import replace

from api.guarded_reads import GuardedReads
from gnn.bundle import Bundle
from graph.browse import GraphBrowse
from graph.errors import GraphError
from recommend.types import RecommendRequest, Seed

MERGEABLE = ("Track", "Artist", "Genre")


class OwnIds:
    """Asks the graph for ids that a model does not know; one more read for these, none for the others.

    Args:
        reads: through whose breakers.
        browse: the graph.
    """

    def __init__(self, reads: GuardedReads, browse: GraphBrowse) -> None:
        self._reads, self._browse = reads, browse

    def track(self, bundle: Bundle, id: str) -> str:
        """A track's id; the same where nobody knows better."""
        return id if bundle.catalogue.tracks.row(id) is not None else self._survivor("Track", id) or id

    def request(self, bundle: Bundle, request: RecommendRequest) -> RecommendRequest:
        """The request with seeds that the model knows, where there are such."""
        return replace(request, seeds=tuple(self._seed(bundle, seed) for seed in request.seeds))

    def _seed(self, bundle: Bundle, seed: Seed) -> Seed:
        if any(ids.row(seed.id) is not None for ids in bundle.catalogue.ids.values()):
            return seed
        found = (self._survivor(label, seed.id) for label in MERGEABLE)
        return replace(seed, id=next(filter(None, found), seed.id))

    def _survivor(self, label: str, id: str) -> str | None:
        """The node that a record was merged into; None where none was, or the graph is away."""
        try:
            return self._reads.ask("browse", self._browse.survivors, label, [id]).get(id)
        except GraphError:
            return None
