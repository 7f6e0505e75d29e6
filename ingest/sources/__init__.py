"""Which data sets can be read: one file and one line each."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from ingest.source import DataSource
from ingest.sources.demo import Demo
from ingest.sources.folder import Folder
from ingest.sources.genres.vocabularies import Beets, Everynoise, Fma, Genres, Ishkur, Musicbrainz, Wikipedia
from ingest.sources.hetrec import Hetrec
from ingest.sources.jspf import Jspf
from ingest.sources.lastfm1k import Lastfm1k
from ingest.sources.lfm1m import Lfm1m
from ingest.sources.listenbrainz.source import ListenBrainz
from ingest.sources.m3u import M3u
from ingest.sources.mpd import Mpd
from ingest.sources.scrobblers import Librefm, Maloja, Pano, Rockbox
from ingest.sources.spinitron import Spinitron
from ingest.sources.spotify.source import Spotify
from ingest.sources.table import TableOfPlays
from ingest.sources.tidytuesday import Tidytuesday
from ingest.sources.xspf import Xspf


class OpensFolder(Protocol):
    """How a source is made: from the path that the user names."""

    def __call__(self, path: Path) -> DataSource[Any]:
        """Make the source; nothing is read yet."""


class OpensHistory(Protocol):
    """How a history of one person is made."""

    def __call__(self, path: Path, user: str | None = None) -> DataSource[Any]:
        """Make the source; ``user`` is the id of who listened, by default ``NAME:user:me``."""


HISTORIES: dict[str, OpensHistory] = {
    "spotify": Spotify,
    "listenbrainz": ListenBrainz,
    "rockbox": Rockbox,
    "maloja": Maloja,
    "pano": Pano,
    "librefm": Librefm,
    "spinitron": Spinitron,
    "table": TableOfPlays,
}

SOURCES: dict[str, OpensFolder] = {
    "demo": Demo,
    "lfm1m": Lfm1m,
    "hetrec": Hetrec,
    "tidytuesday": Tidytuesday,
    "mpd": Mpd,
    "jspf": Jspf,
    "xspf": Xspf,
    "m3u": M3u,
    "local": Folder,
    "genres": Genres,
    "fma": Fma,
    "beets": Beets,
    "wikipedia": Wikipedia,
    "musicbrainz": Musicbrainz,
    "everynoise": Everynoise,
    "ishkur": Ishkur,
    "lastfm1k": Lastfm1k,
    **HISTORIES,
}
