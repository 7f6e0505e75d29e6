"""What newcomers are asked: different genres, known artists, and answers that lead to the scene that was picked."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.sparse import csr_array

from graph.arrays import Ids
from graph.reads import Profile
from recommend.onboarding import ARTISTS, QUESTIONS, onboarding
from recommend.types import RecommendRequest, Seed

NEVER = 2_000_000_000


def test_questions_differ_in_genre_and_artists_and_name_the_well_known(demo):
    found = onboarding(demo.bundle)
    assert 4 <= len(found) <= QUESTIONS
    assert len({question.genre.id for question in found}) == len(found)
    artists = [artist.id for question in found for artist in question.artists]
    assert len(set(artists)) == len(artists)
    assert all(2 <= len(question.artists) <= ARTISTS for question in found)
    assert all(question.genre.name in question.prompt for question in found)
    catalogue = demo.bundle.catalogue
    plays = catalogue.performed_by.T @ catalogue.play_count
    asked = plays[catalogue.artists.rows(artists)]
    assert np.median(asked) > np.median(plays)
    assert onboarding(demo.bundle, 3) == found[:3]


def test_a_genre_within_another_is_not_asked_about_before_a_different_one(scenes):
    """A genre on three quarters of the first scene's tracks is larger than the second scene, and says nothing new."""
    catalogue = scenes.bundle.catalogue
    first, second = (catalogue.track_genre[:, [row]].toarray().ravel() for row in (0, 1))
    within = first * (np.arange(len(first)) % 4 > 0)
    second = second * (np.arange(len(second)) % 2)  # the smallest
    columns = csr_array(np.stack([first, within, second], axis=1).astype(np.float32))
    genres = Ids(np.array(["a", "a-within", "b"]))
    names = {**catalogue.names, "genre": genres.values}
    larger = dataclasses.replace(catalogue, track_genre=columns, genres=genres, names=names)
    found = onboarding(dataclasses.replace(scenes.bundle, catalogue=larger), 2)
    assert [question.genre.id for question in found] == ["a", "b"]


def test_each_scene_is_asked_about_and_picks_lead_there(scenes):
    found = onboarding(scenes.bundle)
    assert len(found) == 2, "one question for each scene"
    newcomer = Profile.empty("somebody-new")
    for question in found:
        seeds = tuple(Seed(artist.id) for artist in question.artists[:3])
        answer = scenes.recommend(RecommendRequest(newcomer.user_id, n=10, as_of=NEVER, seeds=seeds), newcomer)
        scene = set(_tracks_in(scenes.bundle, question.genre.id))
        assert sum(item.track.id in scene for item in answer.items) >= 8


def _tracks_in(bundle, genre_id):
    catalogue = bundle.catalogue
    return catalogue.tracks.values[catalogue.tracks_of_genre[[catalogue.genres.row(genre_id)]].indices].tolist()


def test_without_genres_nothing_is_asked(scenes):
    catalogue = scenes.bundle.catalogue
    bare = dataclasses.replace(
        scenes.bundle, catalogue=dataclasses.replace(catalogue, track_genre=catalogue.track_genre[:, :0])
    )
    assert onboarding(bare) == ()
