"""An answer as JSON: the shape that programs rely on, written here and read back here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from recommend.counterfactual import Counterfactual
from recommend.types import (
    Degradation,
    Explanation,
    ExplanationKind,
    ExplorationReport,
    Fill,
    FlowReport,
    Level,
    NodeRef,
    ReasonPath,
    Recommendation,
    RecommendationSet,
    TrackRef,
    Trial,
)
from recommend.why_not import WhyNot

Json = dict[str, Any]


def iso(seconds: int) -> str:
    """Unix seconds as an ISO 8601 instant in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def unix(instant: str) -> int:
    """The inverse of ``iso``."""
    return int(datetime.fromisoformat(instant).timestamp())


def _node(node: NodeRef) -> Json:
    return {"id": node.id, "label": node.label, "name": node.name}


def _path(path: ReasonPath) -> Json:
    return {
        "nodes": [_node(node) for node in path.nodes],
        "relationships": list(path.relationships),
        "shareOfScore": path.share_of_score,
        "verified": path.verified,
    }


def _explanation(explanation: Explanation | None) -> Json | None:
    if explanation is None:
        return None
    paths = [_path(path) for path in explanation.paths]
    return {"kind": explanation.kind.value, "text": explanation.text, "paths": paths}


def _track(track: TrackRef) -> Json:
    artists = [{"id": artist.id, "name": artist.name} for artist in track.artists]
    return {"id": track.id, "name": track.name, "artists": artists}


def item_to_json(item: Recommendation) -> Json:
    """One place of a list."""
    return {
        "rank": item.rank,
        "score": item.score,
        "track": _track(item.track),
        "contributions": dict(item.contributions),
        "explanation": _explanation(item.explanation),
    } | ({} if item.trial is None else {"trial": asdict(item.trial)})


def to_json(answer: RecommendationSet) -> Json:
    """A whole answer."""
    fill = answer.fill
    found: Json = {
        "id": answer.id,
        "userId": answer.user_id,
        "surface": answer.surface,
        "modelVersion": answer.model_version,
        "items": [item_to_json(item) for item in answer.items],
        "fill": {
            "requested": fill.requested,
            "returned": fill.returned,
            "removed": dict(fill.removed),
            "relaxed": list(fill.relaxed),
        },
        "cold": answer.cold,
        "asOf": iso(answer.as_of),
        "degraded": [{"component": part.component, "reason": part.reason} for part in answer.degraded],
    }
    if answer.week is not None:
        found["week"] = answer.week
    if answer.flow is not None:
        found["flow"] = asdict(answer.flow)
    if answer.level is not Level.DEEP:
        found["personalisation"] = answer.level.value
    if answer.exploration is not None:
        found["exploration"] = asdict(answer.exploration)
    if answer.rules:
        found["rules"] = dict(answer.rules)
    return found


def why_not_to_json(found: WhyNot) -> Json:
    """What became of a track."""
    return {
        "track": _track(found.track),
        "stage": found.stage.value,
        "rule": found.rule,
        "rank": found.rank,
        "score": found.score,
        "cutoff": found.cutoff,
        "message": found.message,
    }


def counterfactual_to_json(found: Counterfactual) -> Json:
    """Where a track stands with and without a part of the history."""
    return {
        "track": _track(found.track),
        "without": _node(found.without),
        "plays": found.plays,
        "rank": found.rank,
        "score": found.score,
        "newRank": found.new_rank,
        "newScore": found.new_score,
        "text": found.text,
    }


def _item(stored: Mapping[str, Any]) -> Recommendation:
    track = stored["track"]
    artists = tuple(NodeRef(artist["id"], "Artist", artist["name"]) for artist in track["artists"])
    reason = stored["explanation"]
    return Recommendation(
        rank=stored["rank"],
        score=stored["score"],
        track=TrackRef(track["id"], track["name"], artists),
        contributions=stored["contributions"],
        explanation=None if reason is None else _read_explanation(reason),
        trial=Trial(**stored["trial"]) if stored.get("trial") else None,
    )


def _read_explanation(stored: Mapping[str, Any]) -> Explanation:
    paths = tuple(
        ReasonPath(
            tuple(NodeRef(node["id"], node["label"], node["name"]) for node in path["nodes"]),
            tuple(path["relationships"]),
            path["shareOfScore"],
            path["verified"],
        )
        for path in stored["paths"]
    )
    return Explanation(ExplanationKind(stored["kind"]), stored["text"], paths)


def from_json(stored: Mapping[str, Any]) -> RecommendationSet:
    """Read back what ``to_json`` wrote."""
    fill = stored["fill"]
    return RecommendationSet(
        id=stored["id"],
        user_id=stored["userId"],
        surface=stored["surface"],
        model_version=stored["modelVersion"],
        as_of=unix(stored["asOf"]),
        items=tuple(_item(item) for item in stored["items"]),
        fill=Fill(fill["requested"], fill["returned"], fill["removed"], tuple(fill["relaxed"])),
        cold=stored["cold"],
        degraded=tuple(Degradation(part["component"], part["reason"]) for part in stored["degraded"]),
        week=stored.get("week"),
        flow=FlowReport(**stored["flow"]) if stored.get("flow") else None,
        level=Level(stored.get("personalisation", Level.DEEP)),
        exploration=ExplorationReport(**stored["exploration"]) if stored.get("exploration") else None,
        rules=stored.get("rules", {}),
    )
