"""What a long-lived process holds and can be asked: the server and the command line go through the same door."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from api import composition
from api.bandit import SqliteBandit, judge, remembered
from api.changes import Changes
from api.fallback import Left, without_model
from api.guarded_reads import GuardedReads
from api.health import Health, health_of
from api.lists import Lists
from api.live_model import LiveModel, Online, engine_of
from api.near import NeighbourGenre, adjacent_genres, similar_tracks
from api.on_trial import OnTrial
from api.own_ids import OwnIds
from api.own_profile import OwnProfile
from api.popular import PopularFile
from api.rule_book import SqliteRuleBook
from api.settings import Settings
from api.stored_sets import StoredSets
from api.upkeep import Upkeep
from gnn.index import IndexKind
from gnn.registry import Registry
from graph import clock
from graph.browse import GraphBrowse
from graph.errors import EventLogError, GraphError, ModelError, PhonographError, StoredSetError
from graph.progress import Progress
from graph.reads import GraphReads, Profile
from graph.store import GraphStore
from graph.tracks import GraphTracks
from graph.weekly import WeeklyPlaylists
from ingest.apply import End, ends_of, positions
from ingest.consumer import Consumer
from ingest.events import Event
from ingest.log.dead_letters import DeadLetters
from ingest.log.event_log import EventLog, distance
from ingest.recording import EventReceipt, record
from recommend.counterfactual import Counterfactual, counterfactual
from recommend.engine import Engine
from recommend.ladder import step_down
from recommend.residence import market_of
from recommend.rules import FixedRules, Rule
from recommend.types import Degradation, Recommendation, RecommendationSet, RecommendRequest
from recommend.weekly import CURVE, TRACKS, discover_weekly
from recommend.why_not import WhyNot, why_not

_log = logging.getLogger(__name__)

CLOCK_S = 1.0
"""The time of the newest event is read no more often than this."""


class Service:
    """Graph, model, clock and caches of one process; safe to share between threads.

    Answers go on while Neo4j is away: from the last known profile, else from what is popular, with the reason named.

    Args:
        store: the graph.
        registry: the models.
        log: what listeners do, before the graph knows it.
        letters: what could not be applied.
        now: the wall clock in unix seconds.
        monotonic: seconds that never go back, for caches.
        changes: whose events were written; shared with other processes of the same home.
        index: which kind of index answers.
        bandit: remembers what was tried out; without one nothing is.
        rules: of the curators.
        sets: keeps lists; without it they cannot be gone on from.
        popular: what is answered when there is no model any more.
        hurries: whether what comes late is left out of a list: a server's clients wait, a command's user waits anyway.
    """

    def __init__(
        self,
        store: GraphStore,
        registry: Registry,
        log: EventLog,
        letters: DeadLetters,
        *,
        now: Callable[[], int] = composition.now,
        monotonic: Callable[[], float] = time.monotonic,
        changes: Changes | None = None,
        index: IndexKind = "auto",
        bandit: SqliteBandit | None = None,
        rules: SqliteRuleBook | None = None,
        sets: StoredSets | None = None,
        popular: PopularFile | None = None,
        hurries: bool = False,
    ) -> None:
        self.store = store
        self.registry = registry
        self.log, self.letters = log, letters
        self.graph = GraphReads(store)
        self.browse = GraphBrowse(store)
        self._changes = changes or Changes.local()
        self.reads = GuardedReads(self.graph, clock=monotonic, changes=self._changes, pending=self._pending)
        self._own_ids = OwnIds(self.reads, self.browse)
        self.bandit, self.rules, self.sets, self.popular = bandit, rules, sets, popular
        online = Online(bandit, rules, hurries)
        self.model = LiveModel(registry, self.reads, clock=monotonic, index=index, online=online)
        self.upkeep = Upkeep(self.model, GraphTracks(store), clock=monotonic)
        self.trial = OnTrial(registry, self.reads, now=now, online=online)
        self.playlists = WeeklyPlaylists(store)
        self.now = now
        self.monotonic = monotonic
        self._newest_event: int | None = None
        self._clock_read_at = -CLOCK_S
        self._clock_stamp = 0
        self.own_profile = OwnProfile(store, self.reads, self.model, self._changes, now=now, as_of=self.as_of)

    @classmethod
    def open(cls, settings: Settings, progress: Progress | None = None, *, hurries: bool = False) -> Service:
        """Connect to the graph of these settings; the model is loaded when first needed.

        Raises:
            GraphError: Neo4j is absent or refuses.
            ServerError: our own Neo4j cannot be started.
        """
        return cls(
            composition.open_store(settings, progress),
            composition.registry(settings),
            composition.event_log(settings),
            composition.dead_letters(settings),
            changes=composition.changes(settings),
            index=settings.index,
            bandit=composition.bandit(settings),
            rules=composition.rule_book(settings),
            sets=composition.stored_sets(settings),
            popular=PopularFile(settings.home / "popular.json"),
            hurries=hurries,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self.trial.close()
        self.store.close()
        self.log.close()
        self.letters.close()
        for part in (self.bandit, self.rules, self.sets):
            if part is not None:
                part.close()

    def as_of(self) -> int:
        """The moment that answers are made for, unix seconds; the last known one while Neo4j is away."""
        stamp = self._changes.stamp()
        if stamp != self._clock_stamp or self.monotonic() - self._clock_read_at >= CLOCK_S:
            try:
                self._newest_event = self.reads.newest_event()
            except GraphError:
                if self._newest_event is None:
                    self._newest_event = self._watermark()
            self._clock_read_at, self._clock_stamp = self.monotonic(), stamp
        now = self.now()
        return clock.as_of(max(self._newest_event or 0, min(self._changes.newest(), now)), now)

    def recommend(self, request: RecommendRequest) -> RecommendationSet:
        """Answer a request; its ``as_of`` 0 means now.

        Raises:
            NotFoundError: there is no such user.
            InvalidRequestError: the request cannot be met.
            ModelError: there is no model, or it is damaged.
        """
        try:
            live = self.model.get()
        except ModelError as error:
            asked, profile, degraded = self._prepared(request)
            answer = without_model(asked, profile, error, Left(self.sets, self.popular, self.rules, self.now()))
            return replace(answer, degraded=(*degraded, *answer.degraded))
        if self.popular is not None:
            self.popular.follow(live.bundle)
        loaded = self.trial.answers(request.user_id) or live
        request, profile, degraded = self._prepared(self._own_ids.request(loaded.bundle, request))
        try:
            answer = remembered(self.bandit, self.trial.recommend(loaded, live, request, profile))
        except PhonographError:
            raise
        except Exception as error:
            _log.exception("the engine could not answer %s", request.surface)
            found = step_down(
                live.bundle, request, profile, f"{type(error).__name__}: {error}", live.engine.rules_for(request)[0]
            )
            if found is None:
                raise
            answer = found
        return replace(answer, degraded=(*degraded, *answer.degraded))

    @property
    def lists(self) -> Lists:
        """What is made of lists: radio, mixes, shelves, journeys, search, comparisons.

        Raises:
            StoredSetError: this service keeps no lists.
        """
        if self.sets is None:
            raise StoredSetError("this service keeps no lists: open it by settings")
        return Lists(self, self.sets)

    def with_rule(self, rule: Rule) -> Engine:
        """The live model's engine as if a rule were set beside the others."""
        loaded, kept = self.model.get(), self.rules.rules() if self.rules else ()
        book = FixedRules((*(one for one in kept if one.name != rule.name), rule))
        return engine_of(loaded.bundle, self.reads, Online(self.bandit, book))

    def explain(self, request: RecommendRequest, track_id: str) -> Recommendation:
        """Why a track stands where it stands for a listener. Raises as ``recommend``, also for an unknown track."""
        loaded = self.model.get()
        request, profile, _ = self._prepared(request)
        return loaded.engine.explain(request, self._own_ids.track(loaded.bundle, track_id), profile)

    def why_not(self, request: RecommendRequest, track_id: str) -> WhyNot:
        """Why a track is not in a listener's list. Raises as ``explain``."""
        loaded = self.model.get()
        request, profile, _ = self._prepared(request)
        return why_not(loaded.engine, request, self._own_ids.track(loaded.bundle, track_id), profile)

    def counterfactual(self, request: RecommendRequest, track_id: str, without: str) -> Counterfactual:
        """Where a track would stand without a part of the history. Raises as ``explain``."""
        loaded = self.model.get()
        request, profile, _ = self._prepared(request)
        return counterfactual(loaded.engine, request, self._own_ids.track(loaded.bundle, track_id), without, profile)

    def weekly(
        self, user_id: str, week: str | None = None, *, regenerate: bool = False, curve: str = CURVE
    ) -> RecommendationSet:
        """The stored list of a week; one made on the spot, not stored, while Neo4j is away.

        Raises:
            NotFoundError: there is no such user.
            InvalidRequestError: no ISO week, or one that has not begun.
            ModelError: there is no model, or it is damaged.
        """
        loaded = self.model.get()
        try:
            answer = discover_weekly(
                loaded.engine,
                self.reads,
                self.playlists,
                user_id,
                week,
                as_of=self.as_of(),
                regenerate=regenerate,
                curve=curve,
            )
            return remembered(self.bandit, answer)
        except GraphError as error:
            made = self.recommend(RecommendRequest(user_id, "discover_weekly", TRACKS))
            reason = f"not the stored list: {error}"
            return replace(made, week=week, degraded=(Degradation("weekly", reason), *made.degraded))

    def record_events(self, events: Sequence[Event]) -> EventReceipt:
        """Keep what listeners did, durably; their next answers show it.

        Raises:
            EventLogError: nothing was kept; the same events can be sent again.
        """
        try:
            receipt = record(self.log, events, self.now(), self._look_up)
            rejected = {one.index for one in receipt.rejected}
            judge(self.bandit, [event for index, event in enumerate(events) if index not in rejected])
            return receipt
        finally:
            newest = max((event.at for event in events), default=0)
            self._changes.touch({event.user_id for event in events}, min(newest, self.now()))

    def consumer(self) -> Consumer:
        """Who moves the log's events into the graph, for one thread."""
        return Consumer(self.store, self.log, self.letters, now=self.now, changed=self._changes.touch)

    def lag(self) -> int:
        """How many events at most wait to be applied.

        Raises:
            GraphError: Neo4j is absent.
            EventLogError: the log cannot be read.
        """
        return distance(self.reads.ask("browse", positions, self.store, self.log.name), self.log.end())

    def similar_tracks(self, track_id: str, count: int) -> list[tuple[str, str, float]] | None:
        """Ids, names and cosines of the closest tracks, best first; None where no live model knows the track."""
        try:
            bundle = self.model.get().bundle
        except ModelError:
            return None
        return similar_tracks(bundle, track_id, count)

    def adjacent_genres(self, genre_id: str) -> list[NeighbourGenre] | None:
        """The neighbours of a genre, closest first; None where no live model knows the genre."""
        try:
            bundle = self.model.get().bundle
        except ModelError:
            return None
        return adjacent_genres(bundle, genre_id)

    def health(self) -> Health:
        """Ask every part."""
        return health_of(self)

    def _prepared(self, request: RecommendRequest) -> tuple[RecommendRequest, Profile, tuple[Degradation, ...]]:
        """The request at its moment, and the best profile there is."""
        if request.as_of:
            asked: Callable[[str, int], Profile] = self.reads.profile
        else:
            request, asked = replace(request, as_of=self.as_of()), self.reads.recent_profile
        try:
            profile = asked(request.user_id, request.as_of)
            return replace(request, market=request.market or market_of(profile)), profile, ()
        except GraphError as error:
            known = self.reads.last_profile(request.user_id, request.as_of)
            instead = "what is popular" if known is None else "the last known history"
            degraded = Degradation("graph", f"answered from {instead}: {error}")
            return request, known or Profile.empty(request.user_id), (degraded,)

    def _pending(self, profile: Profile) -> Sequence[Event]:
        """A listener's events that the profile does not know; none while the log cannot be read."""
        try:
            return self.log.pending(profile.user_id, profile.applied.get(self.log.name, {}))
        except EventLogError as error:
            _log.warning("answered without the newest events: %s", error)
            return ()

    def _look_up(self, events: Sequence[Event]) -> Mapping[str, End]:
        return self.reads.ask("browse", ends_of, self.store, events)

    def _watermark(self) -> int:
        try:
            return int(self.model.get().bundle.manifest.get("watermark", 0))
        except ModelError:
            return 0
