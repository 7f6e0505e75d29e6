"""Little played tracks of artists next to those whom the listener plays most: a step aside by a name."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from gnn.catalogue import entries
from recommend.per_bundle import per_bundle
from recommend.sources.artist_path import decayed_artists
from recommend.sources.nominator import Nominator
from recommend.sources.source import Rows
from recommend.taste import Taste

TOP = 100
"""The listener's artists that are gone out from."""
EACH = 5
"""Tracks of one artist."""
HIT = 0.95
"""The share of tracks that a hit is played more than."""


class AdjacentArtistSource(Nominator):
    """Artists that the same listeners play as the top artists, the strongest first, five tracks of each."""

    name = "adjacent_artist"

    def unavailable(self, bundle: Bundle) -> str | None:
        """Two artists must have listeners in common."""
        return None if bundle.artists_played_with.nnz else "no two artists share listeners"

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """The tracks of one artist after another."""
        if not len(taste):
            return np.empty(0, np.int64)
        tracks = little_known(taste.bundle)[adjacent_artists(taste)].ravel()
        tracks = tracks[tracks >= 0]
        _, first = np.unique(tracks, return_index=True)  # of two artists only once
        tracks = tracks[np.sort(first)]
        return tracks[taste.unplayed[tracks]][:quota]


def adjacent_artists(taste: Taste) -> Rows:
    """Artists that the listener does not play, next to those played most; int64, the nearest first, ties by row."""
    return taste.once("adjacent_artists", lambda: _adjacent(taste))


def _adjacent(taste: Taste) -> Rows:
    plays = decayed_artists(taste)
    top = np.lexsort((np.arange(len(plays)), -plays))[:TOP]
    top = top[plays[top] > 0]
    near = taste.bundle.artists_played_with
    at, artist, position = entries(near, top)
    weights = np.log1p(plays[top])
    value = np.bincount(artist, weights[at] * np.log1p(near.data[position]), len(plays))
    value[plays > 0] = 0.0
    order = np.lexsort((np.arange(len(value)), -value))
    return order[value[order] > 0].astype(np.int64)


@per_bundle
def little_known(bundle: Bundle) -> Rows:
    """Up to ``EACH`` tracks of every artist that are played but no hits, the most played first.

    int64 [n_artists, EACH], filled up with -1.
    """
    catalogue = bundle.catalogue
    by_artist = catalogue.tracks_of_artist
    artist = np.repeat(np.arange(len(catalogue.artists)), np.diff(by_artist.indptr))
    track = by_artist.indices.astype(np.int64)
    known = bundle.catalogue.popularity[track] < HIT  # NaN, never played, is not
    artist, track = artist[known], track[known]
    order = np.lexsort((track, -catalogue.play_count[track], artist))
    artist, track = artist[order], track[order]
    place = np.arange(len(artist)) - np.searchsorted(artist, artist, "left")
    found = np.full((len(catalogue.artists), EACH), -1, np.int64)
    found[artist[place < EACH], place[place < EACH]] = track[place < EACH]
    return found
