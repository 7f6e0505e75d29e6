"""What a serving process does beside its answers: probe the index of a new model, take up tracks that came after it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

from api.live_model import LiveModel
from gnn.bundle import Bundle
from gnn.index_check import IndexRecall, check
from gnn.later import DeltaSegment, LaterTrack, grown
from graph.browse import TrackPage
from graph.errors import GraphError, ModelError
from graph.tracks import Counts, GraphTracks

LOOK_S = 1.0
"""How often the live model is looked at."""
REFRESH_S = 15.0
"""How often the graph is asked for new tracks."""
MOST_LATER = 20_000
"""Later tracks taken up; they are looked at one by one, and more call for a new model."""

_log = logging.getLogger(__name__)


class Upkeep:
    """Keeps the live model of one process up to date, in a thread of its own once started.

    Args:
        model: whose bundle is probed and grown.
        tracks: the graph.
        clock: seconds that never go back.
    """

    def __init__(self, model: LiveModel, tracks: GraphTracks, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._model, self._tracks, self._clock = model, tracks, clock
        self._base: Bundle | None = None  # as it was trained
        self._served: Bundle | None = None
        self._counts: Counts | None = None
        self._asked_at = -REFRESH_S
        self._recall: IndexRecall | None = None
        self._later = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    @property
    def recall(self) -> IndexRecall | None:
        """What the index of the live model finds; None until it was probed."""
        return self._recall

    @property
    def later(self) -> int:
        """Tracks that the live model took up after its training."""
        return self._later

    def gauges(self) -> Mapping[str, float]:
        """Name -> value, for metrics; what is not known yet is absent."""
        found = {"phonograph_later_tracks": float(self._later)}
        if (recall := self._recall) is not None:
            found |= {
                'phonograph_index_recall{asked_by="tracks"}': recall.tracks,
                'phonograph_index_recall{asked_by="listeners"}': recall.listeners,
                'phonograph_index_recall{asked_by="als"}': recall.als,
            }
        return found

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being done."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def step(self) -> None:
        """Probe the live model where that is new, and ask for later tracks where it is time.

        Raises:
            GraphError: Neo4j is absent, or takes too long.
            ModelError: there is no model.
        """
        bundle = self._model.get().bundle
        if bundle is not self._served:
            self._base = self._served = bundle
            self._counts, self._later, self._asked_at = None, 0, -REFRESH_S
            self._recall = check(bundle)
            if not self._recall.is_enough:
                _log.warning("the index of model %s finds %.3f of the truth", bundle.version, self._recall.least)
        if self._clock() - self._asked_at >= REFRESH_S:
            self._asked_at = self._clock()
            self._take_up(bundle)

    def _take_up(self, bundle: Bundle) -> None:
        """Grow the model as it was trained by what the graph has besides, where the graph's counts have moved."""
        assert self._base is not None  # ``step`` set it
        counts = self._tracks.counts()
        if counts == self._counts:
            return
        pages = self._tracks.unknown(self._base.catalogue.tracks, MOST_LATER)
        segment = DeltaSegment.of(self._base, [later_track(page) for page in pages])
        larger = grown(self._base, segment)
        if larger is not bundle and self._model.renew(bundle, larger):
            self._served, self._later = larger, len(segment)
        self._counts = counts

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            try:
                self.step()
            except (GraphError, ModelError) as error:
                _log.debug("no upkeep: %s", error)  # health names what is away


def later_track(page: TrackPage) -> LaterTrack:
    """A page of the graph as the model takes it up."""
    return LaterTrack(
        page.id,
        page.name,
        tuple((artist.id, artist.name) for artist in page.artists),
        tuple((one.genre.id, one.weight) for one in page.genres),
        page.properties,
    )
