"""What a history is made of: plays taken one by one, each track, artist and user once, handed out as batches.

Plays are held as numbers and 12-byte keys, about 40 bytes each, and leave in batches of ``BATCH``.
"""

from __future__ import annotations

import hashlib
import time
from array import array
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ingest.formats.files import Tally
from ingest.formats.playlist import Artist
from ingest.formats.shelf import digest
from ingest.formats.text import LONGEST, milliseconds, name_of
from ingest.names import folded
from ingest.source import EVENT, Batch, Values

EARLIEST = 631_152_000
"""1990: what a clock says that was never set is earlier."""
FUTURE_S = 86_400
"""How far a clock may run ahead."""
BATCH = 100_000
MOST_IDS = 20
"""Ids of one track that are kept: a title has a new ``msid`` for each spelling."""
KEY_BYTES = 12
UNKNOWN_MS = -1
KINDS = ("PLAY", "SKIP", "LIKE", "SAVE", "DISLIKE")
PLAY, SKIP, LIKE, SAVE, DISLIKE = range(len(KINDS))
NOBODY = frozenset({"unknown artist", "<unknown>", "[unknown]", "<untagged>"})
NOTHING = frozenset({"unknown track", "<untagged>"})
MANY = frozenset({"various artists", "various"})
NO_ARTIST = "no artist (empty, Unknown Artist or <Untagged>)"
NO_TITLE = "no title"
NO_TIME = "no time"


def now() -> int:
    """The clock, unix seconds."""
    return int(time.time())


@dataclass(slots=True)
class Track:
    """What a history says of a track.

    Attributes:
        title: one line, never empty.
        artists: in order of credit; none where several anonymous ones share the credit.
        credit: who performs it, in one line; part of the id of a track that has none of its own.
        ids: ``sourceIds``.
        more: other columns of ``track``, absent ones as None.
    """

    title: str
    artists: tuple[Artist, ...]
    credit: str
    ids: list[str] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)


def track_of(
    title: Any, artists: Iterable[tuple[Any, tuple[str, ...]]], *, ids: Iterable[str | None] = (), **more: Any
) -> Track | str:
    """Check what a row says of its track.

    Args:
        title: anything; only text is a title.
        artists: name and ``sourceIds`` of each, in order.
        ids: ``sourceIds`` of the track; a track that has one need not have an artist.
        more: columns of ``track``; ``durationMs`` and ``album`` that cannot be are left out.

    Returns:
        The track, or why it is none.
    """
    credited = [Artist(name_of(name), known) for name, known in artists]
    if any(len(artist.name) > LONGEST for artist in credited):
        return f"artist longer than {LONGEST} characters"
    credited = [artist for artist in credited if artist.name and folded(artist.name) not in NOBODY]
    known_as = list(dict.fromkeys(id for id in ids if id))
    if not credited and not known_as:
        return NO_ARTIST
    named = name_of(title)
    if not named or folded(named) in NOTHING:
        return NO_TITLE
    if len(named) > LONGEST:
        return f"title longer than {LONGEST} characters"
    single = tuple(dict.fromkeys(artist for artist in credited if folded(artist.name) not in MANY))
    if "durationMs" in more:
        more["durationMs"] = milliseconds(more["durationMs"]) or None
    if "album" in more:
        album = name_of(more["album"])
        more["album"] = album if 0 < len(album) <= LONGEST else None
    return Track(named, single, ", ".join(artist.name for artist in credited), known_as, more)


class Listens:
    """Takes the plays of a source.

    Attributes:
        rows: whatever a source knows a track by -> its row here, or the reason why it is none. Sources look here
            first, so that each spelling is checked once.
        rejected, noted: what the plays lack.
    """

    def __init__(self, source: str, latest: int) -> None:
        self.rows: dict[Hashable, int | str] = {}
        self.rejected, self.noted = Tally(), Tally()
        self._source = source
        self._latest = latest + FUTURE_S
        self._tracks: list[Track] = []
        self._ids: list[str] = []
        self._row_of_id: dict[str, int] = {}
        self._same: dict[int, int] = {}
        self._users: dict[str, dict[str, Any]] = {}
        self._user_rows: dict[str, int] = {}
        self._user, self._track = array("i"), array("i")
        self._kind, self._at, self._listened = array("b"), array("q"), array("q")
        self._keys = bytearray()

    def __len__(self) -> int:
        return len(self._at)

    @property
    def newest(self) -> int | None:
        """The time of the latest play, unix seconds; None without any."""
        return max(self._at, default=None)

    def user(self, id: str, **columns: Any) -> int:
        """The row of a user; ``columns`` of ``user`` that were absent are filled in."""
        row = self._user_rows.setdefault(id, len(self._user_rows))
        known = self._users.setdefault(id, {"id": id, "name": None, "country": None, "createdAt": None})
        for name, value in columns.items():
            known[name] = value if known[name] is None else known[name]
        return row

    @property
    def users(self) -> tuple[str, ...]:
        """The ids of all users, in the order of their rows."""
        return tuple(self._user_rows)

    def by_name(self, artist: Any, title: Any, **more: Any) -> int | str:
        """The row of the track that has no id but its artist and title; or why it is none."""
        if not (isinstance(artist, str) and isinstance(title, str)):
            return self.track(None, track_of(title, ((artist, ()),), **more))
        row = self.rows.get((artist, title))
        if row is None:
            row = self.track((artist, title), track_of(title, ((artist, ()),), **more))
        return row

    def track(self, key: Hashable | None, found: Track | str, id: str | None = None) -> int | str:
        """Remember a track under ``key`` (None: under none), and give its row; or the reason why it is none.

        Args:
            key: what the source knows it by.
            found: see ``track_of``.
            id: its id within the source; without, a digest of credit and title. One that is known already keeps
                what it had, and gets what it had not.
        """
        if isinstance(found, str):
            row: int | str = found
        else:
            full = f"{self._source}:track:{id or digest(found.credit, found.title)}"
            known = self._row_of_id.get(full)
            row = len(self._tracks) if known is None else known
            if known is None:
                self._row_of_id[full] = row
                self._tracks.append(found)
                self._ids.append(full)
            else:
                _fill(self._tracks[known], found)
        if key is not None:
            self.rows[key] = row
        return row

    def name(self, row: int | str, artist: Any, title: Any) -> None:
        """Make ``by_name`` give this row for files that know the track by its name only."""
        if isinstance(row, int) and isinstance(artist, str) and isinstance(title, str):
            self.rows.setdefault((artist, title), row)

    def play(
        self, user: int, track: int, kind: int, at: int | None, natural: str, listened_ms: int = UNKNOWN_MS
    ) -> str | None:
        """Add an event; None, or why it is none.

        Args:
            user: row of the user.
            track: row of the track.
            kind: PLAY, SKIP and so on.
            at: unix seconds of its beginning.
            natural: what names it in the source: two events of a user with the same are one.
            listened_ms: how long it sounded.
        """
        if at is None:
            return NO_TIME
        if at < EARLIEST:
            return "time before 1990: the clock was not set"
        if at > self._latest:
            return "time in the future"
        self._user.append(user)
        self._track.append(track)
        self._kind.append(kind)
        self._at.append(at)
        self._listened.append(listened_ms)
        text = f"{self._source}\n{natural}".encode("utf-8", "replace")
        self._keys += hashlib.blake2b(text, digest_size=KEY_BYTES).digest()
        return None

    def known(self, row: int) -> Track:
        """The track in this row; what is added to it is kept."""
        return self._tracks[row]

    def id_of(self, row: int) -> str:
        """The id of the track in this row."""
        return self._ids[self._same.get(row, row)]

    @property
    def track_count(self) -> int:
        """How many rows of tracks there are."""
        return len(self._tracks)

    def identify(self, row: int, id: str) -> None:
        """Give a track another id within the source; where one has it already, both are one from now on."""
        full = f"{self._source}:track:{id}"
        other = self._row_of_id.setdefault(full, row)
        if other == row:
            self._ids[row] = full
        else:
            self._same[row] = other
            _fill(self._tracks[other], self._tracks[row])

    def batches(self) -> Iterator[Batch]:
        """The records of everything taken, nodes first."""
        yield _rows_as_batch("user", list(self._users.values()))
        live = [row for row in range(len(self._tracks)) if row not in self._same]
        yield from self._artists(live)
        names = ("durationMs", "explicit", "isrc", "releaseDate", "album", "popularity")
        columns: dict[str, Values] = {
            "id": [self._ids[row] for row in live],
            "name": [self._tracks[row].title for row in live],
            "sourceIds": [self._tracks[row].ids or None for row in live],
            **{name: [self._tracks[row].more.get(name) for row in live] for name in names},
        }
        yield Batch("track", columns, merged=len(self._same))
        yield from self._events()

    def _artists(self, live: list[int]) -> Iterator[Batch]:
        artists: dict[str, dict[str, Any]] = {}
        links: dict[tuple[str, str], int] = {}
        for row in live:
            for position, artist in enumerate(self._tracks[row].artists):
                id = f"{self._source}:artist:{artist_key(self._source, artist)}"
                artists.setdefault(id, {"id": id, "name": artist.name, "sourceIds": list(artist.ids) or None})
                links.setdefault((self._ids[row], id), position)
        yield _rows_as_batch("artist", list(artists.values()))
        yield Batch(
            "performed_by",
            {
                "source": [track for track, _ in links],
                "target": [artist for _, artist in links],
                "position": list(links.values()),
            },
        )

    def _events(self) -> Iterator[Batch]:
        users = np.array(list(self._user_rows), np.str_)
        tracks = np.array([self.id_of(row) for row in range(len(self._ids))], np.str_)
        kinds = np.array(KINDS)
        odd = (self.rejected.remarks(), self.noted.remarks())
        if not len(self) and not any(odd):
            return
        for start in range(0, max(len(self), 1), BATCH):
            rows = slice(start, start + BATCH)
            keys = bytes(self._keys[start * KEY_BYTES : (start + BATCH) * KEY_BYTES]).hex().encode()
            columns: dict[str, Values] = {
                "source": users[np.array(self._user[rows], np.int64)] if len(users) else [],
                "target": tracks[np.array(self._track[rows], np.int64)] if len(tracks) else [],
                "kind": kinds[np.array(self._kind[rows], np.int64)],
                "at": np.array(self._at[rows], np.int64),
                "key": np.frombuffer(keys, f"S{2 * KEY_BYTES}").astype(np.str_),
                **_known_times(np.array(self._listened[rows], np.int64)),
            }
            yield Batch(EVENT, columns, *(odd if start == 0 else ((), ())))


def artist_key(source: str, artist: Artist) -> str:
    """What names an artist within a source: their own id where it is Spotify's, MusicBrainz's, else a digest."""
    for id in artist.ids:
        if id.startswith("spotify:artist:"):
            return id[15:] if source == "spotify" else f"spotify-{id[15:]}"
        if id.startswith("mbid:"):
            return f"mbid-{id[5:]}"
    return digest(artist.name)


def _fill(known: Track, found: Track) -> None:
    for id in found.ids:
        if id not in known.ids and len(known.ids) < MOST_IDS:
            known.ids.append(id)
    for name, value in found.more.items():
        if known.more.get(name) is None:
            known.more[name] = value
    known.artists = known.artists or found.artists


def _known_times(listened: Any) -> dict[str, Values]:
    """The column ``listenedMs``, none where no play has one."""
    absent = listened == UNKNOWN_MS
    if absent.all():
        return {}
    return (
        {"listenedMs": [None if value == UNKNOWN_MS else value for value in listened.tolist()]}
        if absent.any()
        else {"listenedMs": listened}
    )


def _rows_as_batch(kind: str, rows: list[dict[str, Any]]) -> Batch:
    names = list(rows[0]) if rows else ["id"]
    return Batch(kind, {name: [row[name] for row in rows] for name in names})
