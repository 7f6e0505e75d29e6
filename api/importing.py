"""How a data set that was read gets into the graph of the settings: by the way that is fastest there."""

from __future__ import annotations

from contextlib import suppress

from api.composition import managed_server, open_store, segments
from api.settings import Settings
from graph.errors import NotEmptyError
from graph.progress import Progress
from ingest.first import is_first, write_first
from ingest.load import DataSet, write
from ingest.report import ImportReport


def import_data(settings: Settings, data: DataSet, progress: Progress | None = None) -> ImportReport:
    """Write ``data``: in batches, or by Neo4j's own importer where it is large and our own Neo4j was never started.

    Raises:
        SourceError: the history cannot be sealed.
        ServerError: our own Neo4j cannot be fetched, filled or started.
        GraphError: Neo4j is absent, or refuses.
    """
    if settings.neo4j.uri is None:
        server = managed_server(settings, progress)
        if is_first(server, data):
            with suppress(NotEmptyError):  # somebody was quicker
                return write_first(
                    server,
                    lambda: open_store(settings, progress),
                    data,
                    segments=segments(settings),
                    progress=progress,
                )
    with open_store(settings, progress) as store:
        return write(store, data, segments=segments(settings), progress=progress)
