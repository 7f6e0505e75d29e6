"""Moods are read from titles as whole words, each label once, and a mood that one list alone names is none."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from gnn.moods import MOODS, mood_labels, moods_of
from graph.arrays import GraphArrays, Ids, Links


@pytest.mark.parametrize(
    ("title", "moods"),
    [
        ("CHILLOUT & Remixes", ["calm"]),
        ("Sad Love Songs", ["romantic", "sad"]),
        ("Feel Good Friday", ["happy"]),
        ("Indie Poptimism", []),
        ("Happyness is spelled otherwise", []),
        ("Paddy's Party Mix!", ["party"]),
        ("mélancholy rain", ["sad"]),
        ("🔥 workout_mix", []),
        ("🔥 workout mix", ["energetic"]),
        ("", []),
    ],
)
def test_whole_words_whatever_their_case_and_accents(title: str, moods: list[str]) -> None:
    assert moods_of(title) == moods


def world(
    titles: list[str], contains: list[tuple[int, int]], genres: list[str], in_genre: list[tuple[int, int]]
) -> Any:
    """Arrays of six tracks; (playlist, track) and (track, genre)."""
    none, count = Links.none(), lambda prefix, n: Ids(np.array([f"{prefix}{at}" for at in range(n)]))
    ids = {"track": count("t", 6), "playlist": count("p", len(titles)), "genre": count("g", len(genres))}
    empty = {field.name: none for field in dataclasses.fields(GraphArrays)} | {
        "users": Ids.of([]),
        "artists": Ids.of([]),
    }
    told = {"contains": Links(*np.array(contains).T), "track_genre": Links(*np.array(in_genre).T)}
    names = {"playlist": np.array(titles), "genre": np.array(genres)}
    kinds = {"tracks": ids["track"], "playlists": ids["playlist"], "genres": ids["genre"]}
    return GraphArrays(**(empty | told | kinds | {"names": names, "track_columns": {}, "watermark": 0}))


def test_playlists_and_genres_say_moods_and_each_pair_counts_once() -> None:
    arrays = world(
        ["Calm Evening", "Chill", "Sad Evening", "Plain"],
        [(0, 0), (0, 1), (1, 1), (2, 2), (3, 3)],
        ["sleep music", "rock"],
        [(1, 0), (4, 0), (5, 1)],
    )
    said = mood_labels(arrays)
    pairs = list(zip(said.track_row.tolist(), MOODS.values[said.mood_row].tolist(), strict=True))
    assert pairs == [(0, "calm"), (1, "calm"), (4, "calm")]  # sad is named by one list alone
    assert said.said_by[0] != said.said_by[2]


def test_nothing_named_is_no_label() -> None:
    arrays = world(["Plain"], [(0, 0)], ["rock"], [(0, 0)])
    assert len(mood_labels(arrays).track_row) == 0
