"""What is popular, in a file of the home: the last thing that can be answered when graph, model and log are gone."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from gnn.bundle import Bundle
from gnn.catalogue import row_entries
from graph.edits import Level, level_of
from graph.reads import Profile
from recommend.explain.links import track_ref
from recommend.types import Degradation, Fill, NodeRef, Recommendation, RecommendationSet, RecommendRequest, TrackRef

OVERALL, IN_A_GENRE = 200, 40
"""Tracks that are kept."""
FORMAT = 1
"""Of the file; another one is written anew."""
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

    def answer(
        self, request: RecommendRequest, profile: Profile, refused: frozenset[str], why: str
    ) -> RecommendationSet | None:
        """What is popular in the listener's genres, else overall; None without a file.

        Args:
            request: what was asked.
            profile: of whom, as it was read.
            refused: ids of tracks, artists and genres that are not shown.
            why: nothing better could be answered.
        """
        said = self._read()
        if not said:
            return None
        played, level = set(profile.track_ids.tolist()), level_of(profile.edits)
        genre = _genre_of(said["genres"], played - refused) if level is Level.DEEP else None
        chosen = {
            track["id"]: track
            for track in (*said["genres"].get(genre, ()), *said["overall"])
            if track["id"] not in played and (profile.allow_explicit or not track["explicit"])
            if not refused & {track["id"], *track["genres"], *(artist["id"] for artist in track["artists"])}
        }
        items = tuple(_item(place, track) for place, track in enumerate(islice(chosen.values(), request.n), start=1))
        where = "what is popular in the listener's genres" if genre else "what is popular"
        return RecommendationSet(
            id=f"popular:{said['version']}:{request.user_id}",
            user_id=request.user_id,
            surface=request.surface,
            model_version=said["version"],
            as_of=request.as_of,
            items=items,
            fill=Fill(request.n, len(items)),
            cold=genre is None,
            degraded=(Degradation("model", why), Degradation("answer", f"{where}, from a file")),
            level=level,
        )

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) and found.get("format") == FORMAT else {}


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
    return {"format": FORMAT, "version": bundle.version, "overall": overall, "genres": by_genre}


def _track(bundle: Bundle, row: int) -> dict[str, Any]:
    catalogue, track = bundle.catalogue, track_ref(bundle, row)
    genres = catalogue.spelled["genre"][0]
    return {
        "id": track.id,
        "name": track.name,
        "plays": int(catalogue.play_count[row]),
        "explicit": bool(catalogue.numbers["explicit"][row] == 1.0),
        "artists": [{"id": artist.id, "name": artist.name} for artist in track.artists],
        "genres": [genres[at] for at in row_entries(catalogue.track_genre, row).tolist()],
    }


def _item(place: int, track: Mapping[str, Any]) -> Recommendation:
    artists = tuple(NodeRef(artist["id"], "Artist", artist["name"]) for artist in track["artists"])
    score = float(track["plays"])
    return Recommendation(place, score, TrackRef(track["id"], track["name"], artists), {"popular": score}, None)


def _genre_of(genres: Mapping[str, list[dict[str, Any]]], played: set[str]) -> str | None:
    """The genre of whose best known tracks the listener has played most."""
    votes = {name: sum(track["id"] in played for track in tracks) for name, tracks in genres.items()}
    best = max(votes, key=lambda name: (votes[name], name), default=None)
    return best if best is not None and votes[best] >= LEAST_VOTES else None
