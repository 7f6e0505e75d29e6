"""What can be heard in a track, as the API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry

from graph.kinds import AUDIO

CAMELOT = {
    1: ("8B", "3B", "10B", "5B", "12B", "7B", "2B", "9B", "4B", "11B", "6B", "1B"),
    0: ("5A", "12A", "7A", "2A", "9A", "4A", "11A", "6A", "1A", "8A", "3A", "10A"),
}
"""Mode (1 major, 0 minor) -> place on the Camelot wheel for each key from C upwards."""


@strawberry.type(description="What a track could be, judged by its sound alone.")
class Likely:
    """See the schema."""

    label: str = strawberry.field(description="The graph id of a genre, or the word for a mood.")
    probability: float = strawberry.field(description="0 to 1.")


@strawberry.type(description="What can be heard in a track; each value null where it is unknown.")
class AudioFeatures:
    """See the schema."""

    tempo: float | None = strawberry.field(description="Beats per minute.")
    tempo_alt: float | None = strawberry.field(description="The second candidate, often half or double.")
    tempo_confidence: float | None = strawberry.field(description="How sure the tempo is, 0 to 1.")
    key: int | None = strawberry.field(description="0 to 11, C is 0.")
    mode: int | None = strawberry.field(description="1 major, 0 minor.")
    camelot: str | None = strawberry.field(description="Key and mode on the Camelot wheel, such as 8B for C major.")
    time_signature: int | None = strawberry.field(description="Beats per bar.")
    loudness: float | None = strawberry.field(description="Decibels relative to full scale.")
    energy: float | None = strawberry.field(description="0 to 1.")
    danceability: float | None = strawberry.field(description="0 to 1.")
    valence: float | None = strawberry.field(description="How bright it sounds, 0 to 1.")
    acousticness: float | None = strawberry.field(description="0 to 1.")
    instrumentalness: float | None = strawberry.field(description="0 to 1.")
    speechiness: float | None = strawberry.field(description="0 to 1.")
    liveness: float | None = strawberry.field(description="0 to 1.")
    likely_genres: list[Likely] = strawberry.field(description="The five likeliest genres, if it was measured here.")
    likely_moods: list[Likely] = strawberry.field(description="Moods that playlists are called, likeliest first.")
    source: str | None = strawberry.field(description="measured, estimated or imported.")
    extractor_version: str | None = strawberry.field(description="The program that measured it.")


def camelot(key: int | None, mode: int | None) -> str | None:
    """The place on the Camelot wheel, None where key or mode is unknown."""
    if key is None or mode not in CAMELOT or not 0 <= key <= 11:
        return None
    return CAMELOT[mode][key]


def _likely(properties: Mapping[str, Any], labels: str, probabilities: str) -> list[Likely]:
    told = zip(properties.get(labels) or (), properties.get(probabilities) or (), strict=False)
    return [Likely(label=label, probability=probability) for label, probability in told]


def audio_of(properties: Mapping[str, Any]) -> AudioFeatures | None:
    """The audio features among a track's properties, None where there is none at all."""
    if all(properties.get(name) is None for name in (*AUDIO, "key")):
        return None
    key, mode = properties.get("key"), properties.get("mode")
    return AudioFeatures(
        tempo=properties.get("tempo"),
        tempo_alt=properties.get("tempoAlt"),
        tempo_confidence=properties.get("tempoConfidence"),
        key=key,
        mode=mode,
        camelot=camelot(key, mode),
        time_signature=properties.get("timeSignature"),
        loudness=properties.get("loudness"),
        energy=properties.get("energy"),
        danceability=properties.get("danceability"),
        valence=properties.get("valence"),
        acousticness=properties.get("acousticness"),
        instrumentalness=properties.get("instrumentalness"),
        speechiness=properties.get("speechiness"),
        liveness=properties.get("liveness"),
        likely_genres=_likely(properties, "estimatedGenres", "estimatedGenreProbabilities"),
        likely_moods=_likely(properties, "estimatedMoods", "estimatedMoodProbabilities"),
        source=properties.get("audioSource"),
        extractor_version=properties.get("extractorVersion"),
    )
