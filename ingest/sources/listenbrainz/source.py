"""ListenBrainz: a person's export (zip, folder or JSON lines) and the listens of its dumps (``.listens``)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.errors import SourceError
from ingest.formats.text import LONGEST, name_of
from ingest.histories.files import Part, json_lines, objects, parts
from ingest.histories.listens import NO_TIME, PLAY, UNKNOWN_MS, Listens, now
from ingest.names import slug
from ingest.source import Batch
from ingest.sources.listenbrainz import canonical, listen

NAME = "listenbrainz"
WHAT = "ListenBrainz listens (an export as zip file, *.listens or *.jsonl)"
_NO_LISTENS = ("feedback", "user", "pinned")
_PAGE = re.compile(rb'\{\s*"payload"\s*:')
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class ListenBrainz:
    """Listens, and beside them in the same folder what MusicBrainz knows of them.

    Attributes:
        path: a file, a folder or a zip file.
        user: the id of the person whose export it is; dumps name their users themselves.
        latest: unix seconds of now; what is more than a day later is rejected.
    """

    path: Path
    user: str | None = None
    latest: int = field(default_factory=now)

    @property
    def name(self) -> str:
        """The first word of all ids."""
        return NAME

    def extract(self) -> list[Part]:
        """Find the files; beside a single file its neighbours of MusicBrainz.

        Raises:
            SourceError: there is none.
        """
        found = parts(self.path, _is_wanted, WHAT)
        if not self.path.is_dir() and found[0].member is None:
            beside = self.path.resolve().parent
            found += [part for part in parts(beside, _is_canonical, WHAT)] if _has_canonical(beside) else []
        return found

    def transform(self, raw: list[Part]) -> Iterator[Batch]:
        """The records; ids are ``listenbrainz:track:mbid-ID``, or a digest of artist and title without an MBID.

        Raises:
            SourceError: no line of a file is a listen, or ``user`` is given for the listens of several.
        """
        listens = Listens(NAME, self.latest)
        if self.user:
            listens.user(self.user)
        for part in raw:
            if not _is_canonical(part.name.rpartition("/")[2].lower()):
                self._read(part, listens)
        canonical.Canonical(listens).complete(raw)
        yield from listens.batches()

    def _read(self, part: Part, listens: Listens) -> None:
        count = listened = 0
        named: set[str] = set()
        before = len(listens)
        for place, value in _values(part, listens):
            count += 1
            data = listen.metadata(value)
            if data is None:
                reason: str | None = "no listen"
            else:
                listened += 1
                reason = self._take(value, data, listens, named)
            if reason:
                listens.rejected.add(reason, place)
        if not listened and len(listens) == before and (count or not part.size):
            state = "is empty" if not part.size else "no line of it is a listen (track_metadata)"
            raise SourceError(f"{part.label}: {state}; is this the right file?")

    def _take(self, value: dict[str, Any], data: dict[str, Any], listens: Listens, named: set[str]) -> str | None:
        at = listen.at(value)
        if at is None:
            return NO_TIME
        own = listen.msid(value, data)
        row = listens.rows.get(own) if own else None
        if row is None:
            reason = listen.why_none(data)
            if reason:
                return reason
            known = listen.recording(data)
            row = listens.track(own, listen.track(value, data), f"mbid-{known}" if known else None)
        if isinstance(row, str):
            return row
        heard = listen.listened_ms(data)
        user = self._user(value, listens, named)
        natural = f"{at}\n{data.get('artist_name')}\n{data.get('track_name')}"
        return listens.play(user, row, PLAY, at, natural, UNKNOWN_MS if heard is None else heard)

    def _user(self, value: dict[str, Any], listens: Listens, named: set[str]) -> int:
        """The row of who listened: a dump says it in every line, an export is one person's."""
        name, number = value.get("user_name"), value.get("user_id")
        if name is None and number is None:
            return listens.user(self.user or f"{NAME}:user:me")
        name = name_of(name)[:LONGEST]
        has_number = isinstance(number, int) and not isinstance(number, bool)
        if not name and not has_number:
            return listens.user(self.user or f"{NAME}:user:me")
        id = f"{NAME}:user:{number if has_number else slug(name)}"
        if not self.user:
            return listens.user(id, name=name or None)
        named.add(id)
        if len(named) > 1:
            raise SourceError(f"{self.path}: holds the listens of several users; leave --user out")
        return listens.user(self.user, name=name or None)


def _values(part: Part, listens: Listens) -> Iterator[tuple[str, Any]]:
    """Place and value of each listen: a line each, in older exports a JSON list, in a page of the API ``payload``."""
    head = part.head(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n")
    prefix = "item" if head.startswith(b"[") else "payload.listens.item" if _PAGE.match(head) else None
    if prefix is None:
        yield from ((f"{part.name}:{number}", value) for number, value in json_lines(part, listens.rejected))
    else:
        yield from ((f"{part.name}[{index}]", value) for index, value in enumerate(objects(part, prefix)))


def _is_canonical(name: str) -> bool:
    return canonical.which(name) is not None


def _has_canonical(folder: Path) -> bool:
    return any(_is_canonical(file.name.lower()) for file in folder.iterdir())


def _is_wanted(name: str) -> bool:
    """Listens, and what MusicBrainz knows; neither feedback nor settings of the export."""
    if name.endswith((".listens", ".jsonl")) or ("listen" in name and name.endswith(".json")):
        return not name.startswith(_NO_LISTENS)
    return _is_canonical(name)
