"""What a person keeps (``YourLibrary.json``) and lists (``Playlist1.json``): saved tracks, bans, playlists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote_plus

from ingest.formats.files import Tally
from ingest.formats.shelf import REPEATED, digest
from ingest.formats.text import LONGEST, LONGEST_DESCRIPTION, name_of, unix_seconds
from ingest.histories.files import Part
from ingest.histories.listens import DISLIKE, Listens, track_of
from ingest.source import Batch
from ingest.sources.spotify.ids import track_id

LEFT_OUT = ("albums", "artists", "shows", "episodes", "bannedArtists", "other")
"""Lists of the library that have no place in the graph yet."""


class Library:
    """Takes the library and the playlists of one person."""

    def __init__(self, listens: Listens, user: int, user_id: str) -> None:
        self._listens = listens
        self._user, self._user_id = user, user_id
        self._saved: dict[int, None] = {}
        self._saved_again = 0
        self._banned: dict[int, str] = {}
        self._playlists: list[dict[str, Any]] = []
        self._contains: list[tuple[str, int, int, int | None]] = []
        self._names: dict[str, int] = {}
        self._unsaved, self._unlisted, self._no_playlists = Tally(), Tally(), Tally()
        self._noted, self._odd = Tally(), Tally()

    @staticmethod
    def is_library(value: Any) -> bool:
        """Whether this is ``YourLibrary.json``."""
        return isinstance(value, dict) and isinstance(value.get("tracks"), list)

    @staticmethod
    def is_playlists(value: Any) -> bool:
        """Whether this is a file of playlists."""
        return isinstance(value, dict) and isinstance(value.get("playlists"), list)

    def take_library(self, part: Part, value: dict[str, Any]) -> None:
        """Take saved and banned tracks."""
        for name, rows in (("tracks", value["tracks"]), ("bannedTracks", value.get("bannedTracks"))):
            for index, row in enumerate(rows if isinstance(rows, list) else ()):
                place = f"{part.name}: {name}[{index}]"
                track = self._track(row, "artist", "track", "uri")
                if isinstance(track, str):
                    self._unsaved.add(track if name == "tracks" else f"banned track: {track}", place)
                elif name == "bannedTracks":
                    self._banned.setdefault(track, place)
                elif track in self._saved:
                    self._saved_again += 1
                else:
                    self._saved[track] = None
        for name in LEFT_OUT:
            rows = value.get(name)
            if isinstance(rows, list) and rows:
                self._noted.add(f"{name}: left out", f"{part.name}: {name}", len(rows))

    def take_playlists(self, part: Part, value: dict[str, Any]) -> None:
        """Take playlists; two of the same name are told apart by their order."""
        for index, playlist in enumerate(value["playlists"]):
            place = f"{part.name}: playlists[{index}]"
            if not isinstance(playlist, dict):
                self._no_playlists.add("no object", place)
                continue
            name = name_of(playlist.get("name"))[:LONGEST]
            occurrence = self._names.get(name, 0)
            self._names[name] = occurrence + 1
            id = f"spotify:playlist:{digest(self._user_id, name, str(occurrence))}"
            if not name:
                self._odd.add("no name: called by its place", place)
            self._playlists.append(
                {
                    "id": id,
                    "name": name or place,
                    "kind": "USER",
                    "description": name_of(playlist.get("description"))[:LONGEST_DESCRIPTION] or None,
                }
            )
            self._fill(id, playlist.get("items"), place)

    def _fill(self, id: str, items: Any, place: str) -> None:
        seen: set[int] = set()
        for index, item in enumerate(items if isinstance(items, list) else ()):
            track = self._item(item)
            where = f"{place}.items[{index}]"
            if isinstance(track, str):
                self._unlisted.add(track, where)
            elif track in seen:
                self._unlisted.add(REPEATED, where)
            else:
                seen.add(track)
                self._contains.append((id, track, index, unix_seconds(item.get("addedDate"))))

    def _item(self, item: Any) -> int | str:
        """The row of a playlist's track; or why there is none."""
        if not isinstance(item, dict):
            return "no object"
        if isinstance(item.get("track"), dict):
            return self._track(item["track"], "artistName", "trackName", "trackUri", "albumName")
        local = item.get("localTrack")
        if isinstance(local, dict) and isinstance(local.get("uri"), str):
            return self._local(local["uri"])
        if item.get("episode") or item.get("audiobook"):
            return "podcast or audiobook: left out"
        return "no track"

    def _local(self, uri: str) -> int | str:
        """A file on a person's own disk: ``spotify:local:Artist:Album:Title:Seconds``."""
        fields = [unquote_plus(field) for field in uri[: 4 * LONGEST].split(":")]
        if len(fields) != 6 or fields[:2] != ["spotify", "local"]:
            return "no track"
        return self._listens.by_name(fields[2], fields[4], album=fields[3])

    def _track(self, row: Any, artist: str, title: str, uri: str, album: str = "album") -> int | str:
        if not isinstance(row, dict):
            return "no object"
        id = track_id(row.get(uri))
        known = self._listens.rows.get(id) if id else None
        if known is not None:
            return known
        if id is None:
            return self._listens.by_name(row.get(artist), row.get(title), album=row.get(album))
        found = track_of(row.get(title), ((row.get(artist), ()),), ids=(id,), album=row.get(album))
        known = self._listens.track(id, found, id.removeprefix("spotify:track:"))
        self._listens.name(known, row.get(artist), row.get(title))
        return known

    def ban(self) -> None:
        """Make the bans events, at the time of the newest play: the file itself says none."""
        at = self._listens.newest
        for track, place in self._banned.items():
            id = self._listens.id_of(track)
            reason = self._listens.play(self._user, track, DISLIKE, at, f"banned\n{id}")
            if reason:
                self._listens.rejected.add("banned track: no play that tells a time", place)

    def batches(self) -> Iterator[Batch]:
        """SAVED, playlists, CONTAINS and OWNS; only what there is."""
        ids = self._listens.id_of
        if self._saved or self._unsaved.remarks() or self._noted.remarks():
            saved = list(dict.fromkeys(ids(row) for row in self._saved))
            columns = {"source": [self._user_id] * len(saved), "target": saved}
            merged = len(self._saved) - len(saved) + self._saved_again
            yield Batch("saved", columns, self._unsaved.remarks(), self._noted.remarks(), merged)
        if self._playlists or self._no_playlists.remarks():
            yield from self._listed(ids(row) for _, row, _, _ in self._contains)

    def _listed(self, tracks: Iterable[str]) -> Iterator[Batch]:
        owned = [playlist["id"] for playlist in self._playlists]
        names = ("id", "name", "kind", "description")
        columns: dict[str, list[Any]] = {name: [one[name] for one in self._playlists] for name in names}
        yield Batch("playlist", columns, self._no_playlists.remarks(), self._odd.remarks())
        contains: dict[str, list[Any]] = {
            "source": [id for id, _, _, _ in self._contains],
            "target": list(tracks),
            "position": [position for _, _, position, _ in self._contains],
            "addedAt": [at for _, _, _, at in self._contains],
        }
        yield Batch("contains", contains, self._unlisted.remarks())
        yield Batch("owns", {"source": [self._user_id] * len(owned), "target": owned})
