"""What is popular, in a file of the home: the last thing that can be answered when graph, model and log are gone."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gnn.bundle import Bundle
from graph.reads import Profile
from recommend.types import Degradation, Fill, NodeRef, Recommendation, RecommendationSet, RecommendRequest, TrackRef

OVERALL, IN_A_GENRE = 200, 40
"""Tracks that are kept."""
LEAST_VOTES = 2
"""Played tracks of a genre from which on it is one of the listener's."""


class PopularFile:
    """The most played tracks of the model that answered last, overall and by genre.

    Args:
        path: of the file; written whole when a model is new.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version: str | None = None

    def follow(self, bundle: Bundle) -> None:
        """Write the file of this model, unless it is there; a disk that is full is no reason not to answer."""
        if self._version == bundle.version:
            return
        self._version = bundle.version
        try:
            if self._read().get("version") == bundle.version:
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part = self._path.with_suffix(f".{os.getpid()}.part")
            part.write_text(json.dumps(_content(bundle), ensure_ascii=False), encoding="utf-8")
            part.replace(self._path)
        except OSError:
            return

    def answer(self, request: RecommendRequest, profile: Profile | None, why: str) -> RecommendationSet | None:
        """What is popular in the listener's genres, else overall, without what they played or block; or None.

        Args:
            request: what was asked.
            profile: of whom, where it is known.
            why: nothing better could be answered.
        """
        said = self._read()
        if not said:
            return None
        played = set() if profile is None else set(profile.track_ids.tolist())
        refused = frozenset() if profile is None else profile.blocked | profile.disliked
        genre = _genre_of(said["genres"], played)
        chosen = [*said["genres"].get(genre, ()), *said["overall"]]
        items: dict[str, Recommendation] = {}
        for track in chosen:
            ids = {track["id"], *(artist["id"] for artist in track["artists"])}
            if track["id"] in played or ids & (refused | request.exclude) or track["id"] in items:
                continue
            artists = tuple(NodeRef(artist["id"], "Artist", artist["name"]) for artist in track["artists"])
            ref = TrackRef(track["id"], track["name"], artists)
            score = float(track["plays"])
            items[track["id"]] = Recommendation(len(items) + 1, score, ref, {"popular": score}, None)
            if len(items) == request.n:
                break
        where = "what is popular in the listener's genres" if genre else "what is popular"
        return RecommendationSet(
            id=f"popular:{said['version']}:{request.user_id}",
            user_id=request.user_id,
            surface=request.surface,
            model_version=said["version"],
            as_of=request.as_of,
            items=tuple(items.values()),
            fill=Fill(request.n, len(items)),
            cold=genre is None,
            degraded=(Degradation("model", why), Degradation("answer", f"{where}, from a file")),
        )

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) and {"version", "overall", "genres"} <= set(found) else {}


def _content(bundle: Bundle) -> dict[str, Any]:
    catalogue = bundle.catalogue
    genres, names = catalogue.tracks_of_genre, catalogue.spelled["genre"][0]
    by_genre = {}
    for row, name in enumerate(names):
        tracks = genres[[row]].indices.astype(np.int64)
        best = tracks[np.lexsort((tracks, -catalogue.play_count[tracks]))][:IN_A_GENRE]
        if len(best):
            by_genre[name] = [_track(bundle, track) for track in best.tolist()]
    overall = [_track(bundle, row) for row in catalogue.by_popularity[:OVERALL].tolist()]
    return {"version": bundle.version, "overall": overall, "genres": by_genre}


def _track(bundle: Bundle, row: int) -> dict[str, Any]:
    (ids, names), (artist_ids, artist_names) = (bundle.catalogue.spelled[kind] for kind in ("track", "artist"))
    artists = [{"id": artist_ids[at], "name": artist_names[at]} for at in bundle.catalogue.artist_rows(row).tolist()]
    return {"id": ids[row], "name": names[row], "plays": int(bundle.catalogue.play_count[row]), "artists": artists}


def _genre_of(genres: Mapping[str, list[dict[str, Any]]], played: set[str]) -> str | None:
    """The genre of whose best known tracks the listener has played most."""
    votes = {name: sum(track["id"] in played for track in tracks) for name, tracks in genres.items()}
    best = max(votes, key=lambda name: (votes[name], name), default=None)
    return best if best is not None and votes[best] >= LEAST_VOTES else None
