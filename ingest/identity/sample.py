"""Which pairs of tracks the matcher is judged by: drawn across sources by artist alone, so that it has no say in them.

A pair is committed as one salted digest of its two ids with a verdict; the id of a track in a listening history is the
number of its first play, so that nothing can be learned from the digest without the files themselves.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path

import numpy as np

from graph.errors import SourceError
from ingest.identity.match import Recording

EASY, HARD = "easy", "hard"
NEAR, ALIKE = 0.85, 0.45
"""Ratios of ``difflib``: titles that look the same, and titles that look related."""
_MARKED = re.compile(
    r"[(\[]|\s-\s|\b(?:remix|mix|live|acoustic|edit|version|remaster\w*|instrumental|demo|cover|feat|ft|part|pt|unplugged"
    r"|dub|extended|mono|stereo|session|reprise|vip)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A track as one source lists it: ``id`` is the source's name and what names the track there."""

    source: str
    id: str
    recording: Recording


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tracks of different sources."""

    left: Listed
    right: Listed
    stratum: str

    def digest(self, salt: str) -> str:
        """What the pair is called in the committed list."""
        return hashlib.sha256(f"{salt}|{self.left.id}|{self.right.id}".encode()).hexdigest()[:24]


def catalogue(data: Path) -> list[Listed]:
    """The tracks of all sources that know titles.

    Raises:
        SourceError: a folder is missing.
    """
    readers = {
        "spotify-songs-tidytuesday": _tidytuesday,
        "lfm1m-kg": _lfm1m,
        "genres/ishkur": _ishkur,
        "spotify-history": _histories,
    }
    absent = [name for name in readers if not (data / name).is_dir()]
    if absent:
        raise SourceError(f"{data}: has no folder {', '.join(absent)}; name the folder that holds all data sets")
    return [listed for name, read in readers.items() for listed in read(data / name)]


def _tidytuesday(folder: Path) -> Iterator[Listed]:
    seen: set[str] = set()
    with (folder / "spotify_songs.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["track_id"] not in seen and row["track_name"] != "NA":
                seen.add(row["track_id"])
                recording = Recording(
                    row["track_name"], (row["track_artist"],), int(row["duration_ms"]), row["track_album_name"]
                )
                yield Listed("tidytuesday", f"tidytuesday:{row['track_id']}", recording)


def _lfm1m(folder: Path) -> Iterator[Listed]:
    with (folder / "e_map.txt").open(encoding="utf-8", newline="") as file:
        names = {row["eid"]: row["name"] for row in csv.DictReader(file, delimiter="\t")}
    artists: dict[str, list[str]] = {}
    with (folder / "kg_final.txt").open(encoding="utf-8") as lines:
        for line in lines:
            head, relation, tail = line.split()
            if relation == "0" and names[tail] not in artists.setdefault(head, []):
                artists[head].append(names[tail])
    for track in sorted(artists, key=int):
        yield Listed("lfm1m", f"lfm1m:{track}", Recording(names[track], tuple(sorted(artists[track]))))


def _ishkur(folder: Path) -> Iterator[Listed]:
    seen: set[tuple[str, str]] = set()
    with (folder / "v3_tracks.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            named = (row["artist"], row["title"])
            if all(named) and named not in seen:
                seen.add(named)
                yield Listed("ishkur", f"ishkur:{number}", Recording(row["title"], (row["artist"],)))


def _histories(folder: Path) -> Iterator[Listed]:
    for person in sorted(path for path in folder.iterdir() if path.is_dir()):
        seen: set[tuple[str, str]] = set()
        number = 0
        for file in sorted(person.glob("StreamingHistory_music_*.json")):
            for play in json.loads(file.read_text(encoding="utf-8")):
                number += 1
                named = (play["artistName"], play["trackName"])
                if named not in seen and play["artistName"] != "Unknown Artist":
                    seen.add(named)
                    yield Listed(
                        person.name, f"{person.name}:{number}", Recording(play["trackName"], (play["artistName"],))
                    )


def _block(artist: str) -> str:
    """Letters and digits of a name, without case, accents and article: the only thing a pair must share."""
    plain = unicodedata.normalize("NFKD", artist).casefold().replace("&", " and ")
    words = "".join(sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign)).split()
    return " ".join(words[1:] if words[:1] == ["the"] and len(words) > 1 else words) or artist


def _blocks(listed: Iterable[Listed]) -> dict[str, list[Listed]]:
    """Tracks by artist; a credit of several stands under each of them, and under its first words too."""
    found: dict[str, list[Listed]] = {}
    for track in listed:
        keys = {_block(artist) for artist in track.recording.artists}
        for artist in track.recording.artists:
            keys |= {_block(part) for part in re.split(r",|&| feat\.? | ft\.? | vs\.? | and ", artist) if part.strip()}
        for key in keys:
            found.setdefault(key, []).append(track)
    return found


def _stratum(left: Listed, right: Listed) -> tuple[str, str] | None:
    """Stratum and part of it, by how alike the titles look; None for the many pairs that share nothing."""
    one, other = left.recording.title.casefold(), right.recording.title.casefold()
    inside = min(len(one), len(other)) > 2 and (one in other or other in one)
    ratio = SequenceMatcher(None, one, other).ratio()
    marked = bool(_MARKED.search(left.recording.title) or _MARKED.search(right.recording.title))
    if one != other and (inside or ratio >= ALIKE) and marked:
        return HARD, "marked"
    if one != other and ratio >= 0.6:
        return HARD, "spelled alike"
    if {*map(str.casefold, left.recording.artists)} != {*map(str.casefold, right.recording.artists)} and ratio >= NEAR:
        return HARD, "other credit"
    if ratio >= NEAR:
        return EASY, "alike"
    return (EASY, "unlike") if ratio >= 0.3 else None


PARTS = {
    (HARD, "marked"): 60,
    (HARD, "spelled alike"): 20,
    (HARD, "other credit"): 20,
    (EASY, "alike"): 60,
    (EASY, "unlike"): 40,
}
"""How many pairs of each kind are drawn."""


def pairs(listed: Iterable[Listed]) -> Iterator[tuple[Listed, Listed]]:
    """Every two tracks of different sources with an artist in common; a pair may come again under a second artist."""
    for _, tracks in sorted(_blocks(listed).items()):
        for left, right in combinations(tracks, 2):
            if left.source != right.source:
                yield left, right


def draw(listed: list[Listed], seed: int, without: frozenset[tuple[str, str]] = frozenset()) -> list[Pair]:
    """100 easy and 100 hard pairs, over the pairs of sources in turn; ``without`` are pairs drawn before."""
    pool: dict[tuple[str, str], dict[tuple[str, str], list[Pair]]] = {part: {} for part in PARTS}
    seen = set(without)
    for left, right in pairs(listed):
        part = None if (left.id, right.id) in seen else _stratum(left, right)
        seen.add((left.id, right.id))
        if part:
            pool[part].setdefault((left.source, right.source), []).append(Pair(left, right, part[0]))
    generator = np.random.default_rng(seed)
    drawn: list[Pair] = []
    for part, wanted in PARTS.items():
        found = [of_sources for _, of_sources in sorted(pool[part].items())]
        queues = [[one[at] for at in generator.permutation(len(one))] for one in found]
        taken: list[Pair] = []
        while len(taken) < wanted and any(queues):
            taken += [queue.pop() for queue in queues if queue]
        drawn += taken[:wanted]
    return drawn
