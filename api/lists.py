"""What is made of lists: a radio without end, mixes, a page of shelves, journeys, search, and comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from api.stored_sets import StoredSets
from gnn.bundle import Bundle
from graph.errors import InvalidRequestError, NotFoundError, StoredSetError
from graph.reads import Hit
from recommend.compare import ListDifference, difference
from recommend.diversity import relevance
from recommend.edits import edited
from recommend.explain.links import track_ref
from recommend.journey import Journey, journey
from recommend.lint import Finding, lint
from recommend.mixes import sides
from recommend.rules import Action, Rule, targets_of
from recommend.surfaces import BY_NAME
from recommend.taste import taste_of, tracks_under
from recommend.types import AttributeRange, Degradation, Profile, RecommendationSet, RecommendRequest, Seed, TrackRef

if TYPE_CHECKING:
    from api.service import Service

SHELF = 12
"""Tracks on a shelf."""
PREVIEWED = 50
"""Listeners whose lists a preview of a rule makes."""
MOST_ON_A_PLAYLIST = 2000
TEXT_SHARE = 0.6
"""How much the words count in a search, beside what the listener likes."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A row of a page: a title, why it is there, and its tracks."""

    title: str
    reason: str
    answer: RecommendationSet


@dataclass(frozen=True, slots=True)
class Replay:
    """A kept list beside the same question asked again.

    Attributes:
        stored, now: the models that answered.
        difference: of the tracks.
        exact: whether tracks, order and scores are the same to the bit.
    """

    stored: str
    now: str
    difference: ListDifference
    exact: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would do.

    Attributes:
        tracks: that it is about.
        lists: that were made with and without it.
        changed: of these, how many would differ.
        touched: tracks in these lists that it would raise, pin, leave out or cap.
    """

    tracks: int
    lists: int
    changed: int
    touched: int


@dataclass(frozen=True, slots=True)
class Found:
    """A track that a search found: how well the words fit, how well the listener, both 0 to 1, and both together."""

    track: TrackRef
    words: float
    personal: float
    score: float


class Lists:
    """What a service makes of single lists.

    Args:
        service: answers.
        sets: keeps lists.
    """

    def __init__(self, service: Service, sets: StoredSets) -> None:
        self._service, self._sets = service, sets

    def kept(self, request: RecommendRequest) -> RecommendationSet:
        """Answer a request and keep the list, so that it can be gone on from. Raises as ``Service.recommend``."""
        asked = request if request.as_of else replace(request, as_of=self._service.as_of())
        answer = self._service.recommend(asked)
        try:
            self._sets.keep(asked, answer, self._service.now())
        except StoredSetError as error:
            return replace(answer, degraded=(*answer.degraded, Degradation("kept", str(error))))
        return answer

    def radio(
        self,
        user_id: str,
        seeds: Sequence[Seed],
        *,
        n: int = 25,
        attributes: Sequence[AttributeRange] = (),
        after: str | None = None,
    ) -> RecommendationSet:
        """A page of a radio; ``after`` names the page before, whose seeds, attributes and moment it keeps.

        No page repeats a track of an earlier one, and the same page asked for again is the same.

        Raises:
            NotFoundError: the page before was not kept, or is somebody else's.
            InvalidRequestError: bad seeds or attributes, or any for a radio that goes on.
        """
        if after is None:
            return self.kept(RecommendRequest(user_id, "radio", n, seeds=tuple(seeds), attributes=tuple(attributes)))
        if seeds or attributes:
            raise InvalidRequestError("a radio that goes on keeps its seeds and attributes: give them at its beginning")
        page = self._sets.get(after)
        if page.answer.user_id != user_id or page.answer.surface != "radio":
            raise NotFoundError(f"{after!r} is no page of a radio of {user_id}")
        heard = page.request.exclude | {item.track.id for item in page.answer.items}  # of all pages so far
        return self.kept(replace(page.request, n=n, exclude=heard))

    def daily_mixes(self, user_id: str, *, n: int = 30, explain: bool = True) -> list[RecommendationSet]:
        """A list for each side of a listener's taste, at most six, the strongest first; none for a newcomer."""
        count = len(self.sides(user_id))
        asked = RecommendRequest(user_id, "daily_mix", n, as_of=self._service.as_of(), explain=explain)
        return [self._service.recommend(replace(asked, side=side)) for side in range(1, count + 1)]

    def sides(self, user_id: str) -> list[list[str]]:
        """Played tracks of each side of a taste, by id, oldest first; the strongest side first."""
        bundle = self._service.model.get().bundle
        as_of = self._service.as_of()
        taste = taste_of(self._profile(user_id, as_of, bundle), bundle, as_of)
        names = bundle.catalogue.spelled["track"][0]
        return [[names[row] for row in taste.rows[places].tolist()] for places in sides(taste)]

    def home(self, user_id: str, *, n: int = SHELF) -> list[Shelf]:
        """A page of shelves, none of which repeats a track; empty ones are left out."""
        as_of = self._service.as_of()
        seen: frozenset[str] = frozenset()
        shelves: list[Shelf] = []

        def add(title: str, reason: str, request: RecommendRequest) -> None:
            nonlocal seen
            answer = self._service.recommend(replace(request, n=n, as_of=as_of, exclude=seen))
            if answer.items:
                shelves.append(Shelf(title, reason, answer))
                seen |= {item.track.id for item in answer.items}

        add("Made for you", BY_NAME["home"].about, RecommendRequest(user_id))
        mixes = self.sides(user_id)
        if mixes:
            add("On repeat", BY_NAME["top_mix"].about, RecommendRequest(user_id, "top_mix"))
        for side in range(1, min(len(mixes), 3) + 1):
            request = RecommendRequest(user_id, "daily_mix", side=side)
            add(f"Daily mix {side}", self._side_named(mixes[side - 1]), request)
        if (favourite := self._favourite(user_id, as_of)) is not None:
            id, name = favourite
            add(f"More like {name}", f"Because you play {name}.", RecommendRequest(user_id, "radio", seeds=(Seed(id),)))
        add("New releases", BY_NAME["release_radar"].about, RecommendRequest(user_id, "release_radar"))
        return shelves

    def journey(self, start: str, end: str, n: int, user_id: str | None = None) -> tuple[Journey, list[TrackRef]]:
        """A way from one seed to another, without what a listener blocks or dislikes, and what was taken down.

        Raises:
            InvalidRequestError: an unknown seed, an impossible length, or no way.
        """
        loaded = self._service.model.get()
        refused: frozenset[str] = frozenset()
        if user_id is not None:
            profile = self._profile(user_id, self._service.as_of(), loaded.bundle)
            refused = profile.blocked | profile.disliked
        without = np.union1d(tracks_under(refused, loaded.bundle), loaded.engine.taken_down())
        found = journey(loaded.bundle, start, end, n, without.astype(np.int64))
        return found, [track_ref(loaded.bundle, row) for row in found.rows.tolist()]

    def search(self, text: str, user_id: str | None = None, *, n: int = 20) -> list[Found]:
        """Tracks whose names fit the words, those that the listener would like first among equals.

        Raises:
            InvalidRequestError: no word in the text.
            GraphError: Neo4j is away.
        """
        hits = self._service.reads.ask("browse", self._service.graph.search, text, ("Track",), 3 * n)
        loaded = self._service.model.get()
        down = set(loaded.engine.taken_down().tolist())
        found = ((hit, loaded.bundle.catalogue.tracks.row(hit.id)) for hit in hits)
        known = [(hit, row) for hit, row in found if row is not None and row not in down]
        if not known:
            return []
        words = _scaled([hit for hit, _ in known])
        rows = np.array([row for _, row in known], np.int64)
        personal = np.zeros(len(rows), np.float32)
        if user_id is not None:
            request = RecommendRequest(user_id, n=1, as_of=self._service.as_of(), explain=False, exploration=0.0)
            trace = loaded.engine.trace(request, self._service.reads.profile(user_id, request.as_of))
            personal = relevance(trace.scorer.score(rows).scores)
        share = TEXT_SHARE if user_id is not None else 1.0
        total = share * words + (1 - share) * personal
        order = np.lexsort((rows, -total))[:n]
        return [
            Found(track_ref(loaded.bundle, int(rows[at])), float(words[at]), float(personal[at]), float(total[at]))
            for at in order.tolist()
        ]

    def replay(self, set_id: str) -> Replay:
        """Ask the question of a kept list again.

        Raises:
            NotFoundError: it was not kept.
        """
        kept = self._sets.get(set_id)
        again = self._service.recommend(kept.request)
        stored, now = ([(item.track.id, item.score) for item in one.items] for one in (kept.answer, again))
        return Replay(
            kept.answer.model_version,
            again.model_version,
            difference([id for id, _ in stored], [id for id, _ in now]),
            stored == now,
        )

    def difference(self, first: str, second: str) -> ListDifference:
        """What differs between two kept lists. Raises NotFoundError."""
        one, other = (self._sets.get(id).answer for id in (first, second))
        return difference([item.track.id for item in one.items], [item.track.id for item in other.items])

    def lint(self, ids: Sequence[str], user_id: str | None = None) -> list[Finding]:
        """What is wrong with a list of tracks, for a listener where one is named."""
        loaded = self._service.model.get()
        profile = None if user_id is None else self._profile(user_id, self._service.as_of(), loaded.bundle)
        return lint(loaded.bundle, ids, profile, loaded.engine.taken_down().tolist())

    def preview(self, rule: Rule, users: Sequence[str]) -> Preview:
        """What a rule would do to the lists of some listeners, before it is set.

        Args:
            rule: that is thought of.
            users: whose lists are made, at most ``PREVIEWED``.
        """
        loaded = self._service.model.get()
        as_of = self._service.as_of()
        engine = self._service.with_rule(rule.checked())
        surfaces = sorted(rule.when.surfaces) if rule.action is not Action.TAKE_DOWN else []
        changed = touched = lists = 0
        for user in users[:PREVIEWED]:
            profile = self._service.reads.profile(user, as_of)
            for surface in surfaces or ["home"]:
                request = RecommendRequest(user, surface, BY_NAME[surface].n, as_of=as_of, explain=False)
                try:
                    before, after = loaded.engine.recommend(request, profile), engine.recommend(request, profile)
                except InvalidRequestError:  # a surface that needs seeds
                    continue
                lists += 1
                ids = [[item.track.id for item in answer.items] for answer in (before, after)]
                changed += ids[0] != ids[1]
                touched += after.rules.get(rule.key, 0)
        return Preview(len(targets_of(rule, loaded.bundle)), lists, changed, touched)

    def some_listeners(self) -> list[str]:
        """Ids of listeners for a preview, always the same ones."""
        return self._service.reads.ask("browse", self._service.browse.some_listeners, PREVIEWED)

    def playlist(self, id: str) -> list[str]:
        """The tracks of a playlist in its order, by id.

        Raises:
            NotFoundError: there is no such playlist, or nothing is on it.
        """
        found = self._service.reads.ask("browse", self._service.browse.playlist_tracks, id, MOST_ON_A_PLAYLIST)
        if not found:
            raise NotFoundError(f"there is no playlist {id!r} with tracks: look for it with search")
        return [one.id for one in found]

    def _profile(self, user_id: str, as_of: int, bundle: Bundle) -> Profile:
        """What lists rest on: a listener's profile with their edits worked in."""
        return edited(self._service.reads.profile(user_id, as_of), bundle, as_of)

    def _favourite(self, user_id: str, as_of: int) -> tuple[str, str] | None:
        """The artist whom a listener plays most, by id and name."""
        bundle = self._service.model.get().bundle
        taste = taste_of(self._profile(user_id, as_of, bundle), bundle, as_of)
        credits = bundle.catalogue.credits[taste.rows].ravel()
        weights = np.repeat(taste.decay(90.0) * np.log1p(taste.history.counts), bundle.catalogue.credits.shape[1])
        known = credits < len(bundle.catalogue.artists)
        if not known.any():
            return None
        row = int(np.bincount(credits[known], weights[known]).argmax())
        ids, names = bundle.catalogue.spelled["artist"]
        return ids[row], names[row]

    def _side_named(self, ids: Sequence[str]) -> str:
        """Which artists a side is made of, in words."""
        bundle = self._service.model.get().bundle
        credits = bundle.catalogue.credits[bundle.catalogue.tracks.rows(list(ids))].ravel()
        credits = credits[credits < len(bundle.catalogue.artists)]
        rows, counts = np.unique(credits, return_counts=True)
        names = bundle.catalogue.spelled["artist"][1]
        first = [names[rows[at]] for at in np.lexsort((rows, -counts))[:3].tolist()]
        return f"{', '.join(first)} and more like them." if first else BY_NAME["daily_mix"].about


def _scaled(hits: Sequence[Hit]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    scores = np.array([hit.score for hit in hits])
    return scores / max(float(scores.max()), 1e-12)
