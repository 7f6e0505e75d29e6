"""The genres of the demo world: a DAG of 40 with how each of them sounds. Facts as data; all of it invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class GenreSpec:
    """One genre.

    Attributes:
        parents: slugs; none for the eight roots, two for a genre between scenes.
        share: how many artists it gets, relative to the others; 0 for roots, which only gather.
        tempo_bpm: lowest and highest usual tempo.
        energy: 0 calm to 1 intense; ``valence`` 0 sad to 1 glad; ``acousticness`` 0 electric to 1 acoustic.
        sung: part of the tracks with a voice; ``spoken`` part of that voice that speaks.
        minor: part of the tracks in a minor key.
    """

    slug: str
    name: str
    parents: tuple[str, ...]
    share: float
    tempo_bpm: tuple[int, int]
    energy: float
    valence: float
    acousticness: float
    danceability: float
    sung: float
    spoken: float
    minor: float


def _genre(
    name: str,
    parents: str,
    share: float,
    tempo: tuple[int, int],
    sound: tuple[float, float, float, float],
    voice: tuple[float, float, float],
) -> GenreSpec:
    """Build a row; ``sound`` is energy, valence, acousticness, danceability; ``voice`` is sung, spoken, minor."""
    return GenreSpec(slug(name), name, tuple(parents.split()), share, tempo, *sound, *voice)


def slug(name: str) -> str:
    """Turn a name into the last part of an id: ``Harbour Folk`` into ``harbour-folk``; letters keep no accents."""
    plain = name.casefold().translate(
        str.maketrans("åäáàâãéèêëíìîïóòôöõøúùûüçñšžčćłýðı", "aaaaaaeeeeiiiioooooouuuucnszcclydi")
    )
    words = "".join(
        sign if sign.isascii() and sign.isalnum() else " " for sign in plain.replace("'", "").replace("’", "")
    )
    return "-".join(words.split())


GENRES: Final[tuple[GenreSpec, ...]] = (
    # roots: they gather their subgenres and hold no artists of their own
    _genre("Folk", "", 0, (76, 124), (0.34, 0.50, 0.82, 0.42), (0.88, 0.05, 0.38)),
    _genre("Rock", "", 0, (96, 160), (0.74, 0.50, 0.20, 0.46), (0.88, 0.05, 0.45)),
    _genre("Pop", "", 0, (92, 128), (0.62, 0.64, 0.25, 0.66), (0.96, 0.05, 0.35)),
    _genre("Electronic", "", 0, (90, 136), (0.70, 0.48, 0.06, 0.74), (0.30, 0.05, 0.66)),
    _genre("Hip-Hop", "", 0, (78, 104), (0.60, 0.50, 0.15, 0.76), (0.92, 0.75, 0.64)),
    _genre("Jazz", "", 0, (84, 168), (0.42, 0.56, 0.76, 0.50), (0.28, 0.05, 0.48)),
    _genre("Soul", "", 0, (76, 120), (0.54, 0.68, 0.34, 0.70), (0.96, 0.08, 0.42)),
    _genre("Ambient", "", 0, (66, 96), (0.16, 0.34, 0.62, 0.20), (0.10, 0.10, 0.55)),
    # folk
    _genre("Harbour Folk", "folk", 3.0, (82, 116), (0.36, 0.52, 0.86, 0.42), (0.92, 0.04, 0.30)),
    _genre("Lantern Folk", "folk", 1.6, (68, 92), (0.22, 0.36, 0.92, 0.32), (0.90, 0.04, 0.55)),
    _genre("Meadow Psych", "folk rock", 1.0, (96, 128), (0.52, 0.60, 0.52, 0.48), (0.82, 0.04, 0.34)),
    _genre("Barn Dance Revival", "folk", 0.7, (108, 132), (0.60, 0.80, 0.80, 0.70), (0.80, 0.06, 0.18)),
    # rock
    _genre("Gravel Rock", "rock", 2.6, (112, 150), (0.84, 0.50, 0.12, 0.46), (0.94, 0.04, 0.46)),
    _genre("Velvet Gaze", "rock pop", 1.8, (88, 122), (0.68, 0.38, 0.12, 0.38), (0.84, 0.02, 0.48)),
    _genre("Surf Noir", "rock", 0.8, (128, 160), (0.76, 0.56, 0.18, 0.56), (0.42, 0.04, 0.70)),
    _genre("Long-Form Rock", "rock ambient", 1.0, (84, 126), (0.58, 0.28, 0.26, 0.26), (0.18, 0.05, 0.66)),
    _genre("Garage Static", "gravel-rock", 0.7, (140, 172), (0.92, 0.50, 0.08, 0.44), (0.94, 0.08, 0.50)),
    # pop
    _genre("Bedroom Pop", "pop", 2.6, (86, 118), (0.44, 0.56, 0.42, 0.60), (0.98, 0.04, 0.36)),
    _genre("Neon Pop", "pop electronic", 2.2, (112, 130), (0.78, 0.70, 0.06, 0.78), (0.96, 0.05, 0.42)),
    _genre("Chamber Pop", "pop folk", 1.2, (78, 116), (0.40, 0.48, 0.68, 0.40), (0.94, 0.04, 0.42)),
    _genre("Riviera Pop", "pop", 0.8, (98, 116), (0.56, 0.78, 0.32, 0.72), (0.94, 0.05, 0.24)),
    # electronic
    _genre("Techno", "electronic", 1.2, (124, 138), (0.84, 0.38, 0.03, 0.80), (0.08, 0.20, 0.80)),
    _genre("Slate Techno", "techno", 0.9, (130, 142), (0.92, 0.24, 0.02, 0.76), (0.05, 0.30, 0.88)),
    _genre("Glasshouse", "electronic soul", 2.2, (118, 126), (0.72, 0.66, 0.06, 0.88), (0.52, 0.06, 0.56)),
    _genre("Night Drive", "electronic", 1.6, (96, 116), (0.66, 0.44, 0.05, 0.66), (0.34, 0.05, 0.72)),
    _genre("Tape Electronica", "electronic ambient", 1.2, (78, 108), (0.38, 0.42, 0.26, 0.48), (0.16, 0.06, 0.54)),
    _genre("Broken Beat", "electronic jazz", 0.7, (118, 134), (0.68, 0.62, 0.20, 0.78), (0.30, 0.10, 0.52)),
    # hip-hop
    _genre("Dusty Hip-Hop", "hip-hop", 2.4, (80, 96), (0.54, 0.52, 0.22, 0.78), (0.92, 0.80, 0.62)),
    _genre("Jazz Rap", "hip-hop jazz", 1.1, (84, 102), (0.56, 0.60, 0.36, 0.76), (0.94, 0.76, 0.54)),
    _genre("Concrete Rap", "hip-hop", 1.3, (130, 150), (0.76, 0.34, 0.06, 0.74), (0.96, 0.84, 0.84)),
    _genre(
        "Library Beats", "dusty-hip-hop tape-electronica", 0.8, (72, 90), (0.32, 0.48, 0.40, 0.62), (0.08, 0.40, 0.56)
    ),
    # jazz
    _genre("Late Room Jazz", "jazz", 2.0, (76, 132), (0.32, 0.52, 0.86, 0.46), (0.32, 0.04, 0.46)),
    _genre("Fjord Jazz", "jazz ambient", 1.0, (68, 104), (0.24, 0.38, 0.78, 0.30), (0.10, 0.05, 0.58)),
    _genre("Balcony Bossa", "jazz", 0.7, (116, 140), (0.38, 0.70, 0.82, 0.62), (0.70, 0.04, 0.36)),
    # soul
    _genre("Brass Soul", "soul", 2.0, (98, 128), (0.72, 0.80, 0.32, 0.74), (0.96, 0.06, 0.34)),
    _genre("Slow-Burn Soul", "soul", 1.5, (68, 92), (0.42, 0.54, 0.28, 0.68), (0.98, 0.08, 0.56)),
    _genre("Roller Disco", "soul pop", 0.9, (110, 124), (0.80, 0.84, 0.10, 0.90), (0.88, 0.04, 0.36)),
    # ambient
    _genre("Drift", "ambient", 1.4, (64, 84), (0.10, 0.30, 0.46, 0.14), (0.06, 0.10, 0.52)),
    _genre("Felt Piano", "ambient", 1.3, (66, 96), (0.16, 0.34, 0.95, 0.24), (0.02, 0.10, 0.58)),
    _genre("Weather Recordings", "drift", 0.5, (62, 80), (0.08, 0.30, 0.74, 0.10), (0.14, 0.60, 0.50)),
)

ROW: Final = {genre.slug: row for row, genre in enumerate(GENRES)}


def scene(genre_slug: str) -> str:
    """Which root a genre belongs to first: follow first parents upwards."""
    genre = GENRES[ROW[genre_slug]]
    return scene(genre.parents[0]) if genre.parents else genre.slug
