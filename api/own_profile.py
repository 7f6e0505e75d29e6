"""A listener's own taste profile: to see it, to change it, to see first what a change does, and to take it back.

An edit is in the graph before it is acknowledged, and the board tells every process of the home: the next answer has
it, whoever makes that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from api.changes import Changes
from api.guarded_reads import EDITORS, GuardedReads
from api.live_model import LiveModel
from graph.edits import TARGETS, Edit, EditKind, ProfileEdits
from graph.errors import InvalidRequestError, NotFoundError
from graph.reads import Profile
from graph.store import GraphStore
from recommend.portrait import Portrait, portrait
from recommend.preview import Change, preview
from recommend.types import RecommendRequest

SESSION_S = 6 * 3600
"""How long a private session lasts unless it is ended."""


@dataclass(frozen=True, slots=True)
class Previewed:
    """An edit that was not made, or not taken back, and how the next list would change; ``n`` tracks long."""

    edit: Edit
    n: int
    changes: tuple[Change, ...]


class OwnProfile:
    """Shows and edits taste profiles; safe to share between threads.

    Args:
        store: keeps the edits.
        reads: profiles.
        model: makes the lists of previews.
        changes: the board.
        now: the wall clock in unix seconds.
        as_of: the moment that answers are made for.
    """

    def __init__(
        self,
        store: GraphStore,
        reads: GuardedReads,
        model: LiveModel,
        changes: Changes,
        *,
        now: Callable[[], int],
        as_of: Callable[[], int],
    ) -> None:
        self._edits = ProfileEdits(store)
        self._reads, self._model, self._changes = reads, model, changes
        self._now, self._as_of = now, as_of

    def show(self, user_id: str) -> Portrait:
        """What the taste of a listener looks like.

        Raises:
            NotFoundError: there is no such user.
            GraphError: Neo4j is absent, or refuses.
            ModelError: there is no model, or it is damaged.
        """
        return portrait(self._profile(user_id), self._model.get().bundle, self._as_of())

    def edits(self, user_id: str) -> list[Edit]:
        """Every edit of a listener, the first one first, also what was taken back. Raises as ``show``."""
        return self._reads.ask("browse", self._edits.of, self._profile(user_id).user_id)

    def edit(self, user_id: str, wish: Edit) -> Edit:
        """Make an edit; it acts on the next answer.

        Args:
            user_id: whose.
            wish: kind and what the kind needs; name, label, time and number are added.

        Raises:
            InvalidRequestError: the wish lacks something, or says too much.
            NotFoundError: there is no such user, or nothing has the target's id.
            GraphError: Neo4j is absent, or refuses; nothing was kept.
        """
        user_id = self._profile(user_id).user_id
        made = self._whole(wish)
        made = replace(made, number=self._reads.ask("browse", self._edits.keep, user_id, made))
        self._changes.touch([user_id, EDITORS])
        return made

    def preview(self, user_id: str, wish: Edit, n: int = 20) -> Previewed:
        """What an edit would change in the next home list of ``n`` tracks; nothing is kept. Raises as ``edit``."""
        profile, made = self._profile(user_id), self._whole(wish)
        last = max((edit.number for edit in self.edits(profile.user_id)), default=0)
        return self._previewed(profile, made, (*profile.edits, replace(made, number=last + 1)), n)

    def undo(self, user_id: str, number: int | None = None) -> Edit:
        """Take an edit back, the last one that holds where no number is given; the next answer is as it was before.

        Raises:
            NotFoundError: there is no such user, or no such edit.
            InvalidRequestError: it was taken back already.
            GraphError: Neo4j is absent, or refuses.
        """
        profile = self._profile(user_id)
        edit, at = self._held(profile, number), self._now()
        self._reads.ask("browse", self._edits.undo, profile.user_id, edit.number, at)
        self._changes.touch([profile.user_id, EDITORS])
        return replace(edit, undone_at=at)

    def preview_undo(self, user_id: str, number: int | None = None, n: int = 20) -> Previewed:
        """What taking an edit back would change in the next home list. Raises as ``undo``."""
        profile = self._profile(user_id)
        edit = self._held(profile, number)
        return self._previewed(profile, edit, tuple(one for one in profile.edits if one.number != edit.number), n)

    def _profile(self, user_id: str) -> Profile:
        return self._reads.profile(user_id, self._as_of(), firsts=True)

    def _previewed(self, profile: Profile, edit: Edit, edits: tuple[Edit, ...], n: int) -> Previewed:
        request = RecommendRequest(profile.user_id, n=n, as_of=self._as_of())
        return Previewed(edit, n, preview(self._model.get().engine, request, profile, edits))

    def _held(self, profile: Profile, number: int | None) -> Edit:
        held = {edit.number: edit for edit in profile.edits}
        if number is None and not held:
            raise NotFoundError(f"{profile.user_id} has no edit that could be taken back")
        number = max(held) if number is None else number
        if number not in held:
            known = {edit.number for edit in self.edits(profile.user_id)}
            if number in known:
                raise InvalidRequestError(f"edit {number} of {profile.user_id} was taken back already")
            raise NotFoundError(
                f"{profile.user_id} has no edit {number}: see `phonograph profile edits {profile.user_id}`"
            )
        return held[number]

    def _whole(self, wish: Edit) -> Edit:
        """The edit with its target found and its times filled in; the checks are the same for a preview."""
        kind, now = wish.kind, self._now()
        made = replace(wish, at=now)
        if kind is EditKind.PRIVATE_SESSION:
            since = now if wish.since is None else wish.since
            made = replace(made, since=since, until=since + SESSION_S if wish.until is None else wish.until)
        if (problem := _problem(made, self._as_of())) is not None:
            raise InvalidRequestError(problem)
        return self._about(made) if kind in TARGETS else made

    def _about(self, made: Edit) -> Edit:
        found = self._reads.ask("browse", self._edits.target, made.target)
        allowed = TARGETS[made.kind]
        if found is None:
            raise NotFoundError(f"there is no {_either(allowed)} {made.target!r}: correct the id")
        id, label, name = found
        if label not in allowed:
            raise InvalidRequestError(
                f"{made.kind} is about a {_either(allowed)}: {made.target!r} is a {label.lower()}"
            )
        return replace(made, target=id, label=label, name=name)


def _problem(edit: Edit, as_of: int) -> str | None:
    """Why an edit makes no sense, None for a good one."""
    kind, is_period = edit.kind, edit.kind in (EditKind.EXCLUDE_PERIOD, EditKind.PRIVATE_SESSION)
    if kind in TARGETS and not edit.target:
        return f"{kind} needs the id of a {_either(TARGETS[kind])}"
    if kind not in TARGETS and edit.target:
        return f"{kind} is about no {_either(TARGETS[EditKind.EXCLUDE])}: leave {edit.target!r} out"
    if (kind is EditKind.PERSONALISATION) is not (edit.level is not None):
        return f"{kind} needs one of OFF, LIGHT, BALANCED, DEEP" if edit.level is None else f"{kind} takes no level"
    if is_period and (edit.since is None or edit.until is None):
        return f"{kind} needs a beginning and an end"
    if edit.since is not None and not is_period:
        return f"{kind} takes no beginning"
    if edit.until is not None and not is_period and kind is not EditKind.BLOCK:
        return f"{kind} takes no end"
    if edit.since is not None and edit.until is not None and edit.until <= edit.since:
        return f"{kind} ends before it begins"
    if kind is EditKind.BLOCK and edit.until is not None and edit.until <= as_of:
        return "BLOCK would end in the past: give a later day"
    return None


def _either(labels: tuple[str, ...]) -> str:
    lower = [label.lower() for label in labels]
    return f"{', '.join(lower[:-1])} or {lower[-1]}"
