"""The nouns of the core: what is asked, what is known of a listener, what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gnn.context import Moment
from graph.edits import Level as Level
from graph.reads import Profile as Profile


class ExplanationKind(StrEnum):
    """The kind of reason that is shown with a recommendation."""

    ARTIST_LINK = "ARTIST_LINK"  # another track by an artist you played or follow
    NEW_RELEASE = "NEW_RELEASE"  # out in the last four weeks, by an artist you follow
    PLAYED_TOGETHER = "PLAYED_TOGETHER"  # often heard by the same listeners
    PLAYLIST_LINK = "PLAYLIST_LINK"  # on a playlist with a track you played
    SOUNDS_LIKE = "SOUNDS_LIKE"  # sounds like a track you played
    GENRE_LINK = "GENRE_LINK"  # shares a rare genre with a track you played
    BECAUSE_YOU_PLAYED = "BECAUSE_YOU_PLAYED"  # no path holds, but a played track raised the score most
    POPULAR = "POPULAR"  # nothing personal


@dataclass(frozen=True, slots=True)
class Seed:
    """Where a radio starts: a track, artist, genre or playlist id; with a weight below 0 what it shall have less of."""

    id: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class AttributeRange:
    """What a request wants of an attribute.

    Attributes:
        name: a key of ``recommend.attributes.ATTRIBUTES``.
        low, high: tracks outside, or of which it is unknown, are left out; None for no bound.
        target: the nearer the better; None for none.
        weight: how much the target counts beside other targets.
    """

    name: str
    low: float | None = None
    high: float | None = None
    target: float | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class RecommendRequest:
    """One question to the engine.

    Attributes:
        user_id: whom it is for; a new user without plays gets a cold answer.
        surface: a name of ``recommend.surfaces.SURFACES``.
        n: how many tracks.
        as_of: unix seconds: nothing later is known.
        seeds: for ``radio``.
        without: ids of tracks, artists or genres to leave out of the *history* (a counterfactual).
        exclude: ids of tracks or artists that must not be recommended.
        switched_off: names of sources that may not nominate.
        explain: whether reasons are made; they cost one graph read.
        max_per_artist, mmr_lambda: override the surface's own.
        context: when and how the listener listens, where that is known.
        attributes: bounds and targets.
        side: for ``daily_mix``: which side of the taste, 1 the strongest.
        exploration: share that is tried out, 0 for none; the surface's own where None.
        seed: another one draws other trials.
        market: where it is shown, such as ``DE``, for rules that ask.
        rest_days: how long a track must have rested on surfaces that bring back what was heard; their own where None.
    """

    user_id: str
    surface: str = "home"
    n: int = 20
    as_of: int = 0
    seeds: tuple[Seed, ...] = ()
    without: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()
    switched_off: frozenset[str] = frozenset()
    explain: bool = True
    max_per_artist: int | None = None
    mmr_lambda: float | None = None
    context: Moment | None = None
    attributes: tuple[AttributeRange, ...] = ()
    side: int = 1
    exploration: float | None = None
    seed: int = 0
    market: str | None = None
    rest_days: int | None = None


@dataclass(frozen=True, slots=True)
class NodeRef:
    """A node as an answer names it: its ``id`` property, its label and its name."""

    id: str
    label: str
    name: str


@dataclass(frozen=True, slots=True)
class ReasonPath:
    """A way through the graph from the listener to the recommended track.

    Attributes:
        nodes: first the user, then the played anchor, last the track.
        relationships: the type between each two nodes; directions follow the graph model.
        share_of_score: the anchor's share of the score, 0 to 1; of all that plays added where the score is not above 0.
        verified: whether the graph confirmed every step.
        cypher: a statement that finds the path again.
    """

    nodes: tuple[NodeRef, ...]
    relationships: tuple[str, ...]
    share_of_score: float
    verified: bool
    cypher: str = ""

    def held(self) -> ReasonPath:
        """The path as one that the graph confirmed."""
        return ReasonPath(self.nodes, self.relationships, self.share_of_score, True, self.cypher)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a track is recommended: a kind, a sentence whose names all lie on the path, and the paths."""

    kind: ExplanationKind
    text: str
    paths: tuple[ReasonPath, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether the graph confirmed a path."""
        return any(path.verified for path in self.paths)


@dataclass(frozen=True, slots=True)
class TrackRef:
    """A track with its credited artists."""

    id: str
    name: str
    artists: tuple[NodeRef, ...]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One place of a list.

    Attributes:
        contributions: source or term -> value; they sum to the score.
        trial: the arm that tries it out and with which probability, where it is a trial.
    """

    rank: int
    score: float
    track: TrackRef
    contributions: Mapping[str, float]
    explanation: Explanation | None
    trial: Trial | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A track that is tried out.

    Attributes:
        arm: a key of ``exploration.arms.ARMS``.
        chance: P(the arm in this place); None for a track of the mix, which no chance put there.
        propensity: ``chance`` times P(the track given the arm); likewise.
    """

    arm: str
    chance: float | None = None
    propensity: float | None = None


@dataclass(frozen=True, slots=True)
class ExplorationReport:
    """How much of a list is tried out.

    Attributes:
        rate: the share that was aimed at, for this listener.
        injected: tracks in the places of trials.
        mixed: further tracks of an arm among the others.
        segment: of the listener, as the bandit has it.
    """

    rate: float
    injected: int
    mixed: int
    segment: str


@dataclass(frozen=True, slots=True)
class Fill:
    """How a list was filled: what was asked, what came, what each filter removed, which rules were relaxed."""

    requested: int
    returned: int
    removed: Mapping[str, int] = field(default_factory=dict)
    relaxed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What one source did: tracks nominated, milliseconds, and why it could not where it could not."""

    name: str
    nominated: int
    ms: float
    unavailable: str | None = None


@dataclass(frozen=True, slots=True)
class Degradation:
    """A part that did not do its work, and why."""

    component: str
    reason: str


@dataclass(frozen=True, slots=True)
class FlowReport:
    """In which order a list is heard.

    Attributes:
        curve: what the energy does, a name of ``recommend.flow.CURVES``.
        known: tracks whose energy is known.
        cost: sum of what each step costs, 0 to 1 each.
        given: the same in the order of the engine.
        correlation: of the energies with the curve; None where it cannot be told.
    """

    curve: str
    known: int
    cost: float
    given: float
    correlation: float | None


@dataclass(frozen=True, slots=True)
class RecommendationSet:
    """An answer.

    Attributes:
        cold: whether it is not personal, because the user has no plays that the model knows.
        timings_ms: stage -> milliseconds.
        week: ISO week such as ``2026-W48``, for Discover Weekly.
        flow: its order, where it was ordered for flow.
        level: how much of what is known of the listener it rests on.
        exploration: what is tried out, where anything may be.
        rules: ``rule:NAME`` -> tracks that a curators' rule raised, pinned, left out or capped; those that did alone.
    """

    id: str
    user_id: str
    surface: str
    model_version: str
    as_of: int
    items: tuple[Recommendation, ...]
    fill: Fill
    cold: bool = False
    sources: tuple[SourceReport, ...] = ()
    degraded: tuple[Degradation, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    week: str | None = None
    flow: FlowReport | None = None
    level: Level = Level.DEEP
    exploration: ExplorationReport | None = None
    rules: Mapping[str, int] = field(default_factory=dict)
