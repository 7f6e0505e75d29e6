"""What was heard of which track, below the home folder: analyses by content, and a table that names their tracks."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from graph.errors import AudioError
from ingest.audio.fingerprints import Fingerprints
from ingest.audio.landmarks import Landmarks
from ingest.audio.mels import Mels
from ingest.audio.pipeline import digest


@dataclass(frozen=True, slots=True)
class Library:
    """A folder with ``analyses/DIGEST.{json,npz}``, ``tracks.json`` and ``fingerprints.npz``."""

    folder: Path

    @property
    def analyses(self) -> Path:
        """Where the pipeline keeps its results."""
        return self.folder / "analyses"

    def tracks(self) -> dict[str, str]:
        """Track id -> digest of its file.

        Raises:
            AudioError: the table is damaged.
        """
        path = self.folder / "tracks.json"
        if not path.is_file():
            return {}
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            return {str(id): str(name) for id, name in stored.items()}
        except (OSError, ValueError, AttributeError) as error:
            raise AudioError(f"{path}: is damaged; delete it and analyse the folders again") from error

    def add(self, files: Mapping[str, Path]) -> None:
        """Note the analysed files of some tracks (track id -> file), and index the fingerprints of all that are known.

        Raises:
            AudioError: a file has gone.
        """
        known = self.tracks() | {id: digest(path) for id, path in files.items()}
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self.folder, suffix=".part", delete=False, encoding="utf-8") as file:
            json.dump(known, file)
        os.replace(file.name, self.folder / "tracks.json")
        marks = ((id, landmarks) for id, _, landmarks in self._arrays())
        Fingerprints.of(marks).write(self.folder / "fingerprints.npz")

    def fingerprints(self) -> Fingerprints:
        """The index of all known tracks.

        Raises:
            AudioError: there is none yet, or it is damaged.
        """
        return Fingerprints.read(self.folder / "fingerprints.npz")

    def pictures(self) -> dict[str, Mels]:
        """Track id -> mel picture, in order of id; tracks whose arrays have gone are left out."""
        return {id: mels for id, mels, _ in self._arrays()}

    def _arrays(self) -> Iterator[tuple[str, Mels, Landmarks]]:
        for id, name in sorted(self.tracks().items()):
            try:
                with (self.analyses / f"{name}.npz").open("rb") as file, np.load(file) as stored:
                    yield id, stored["mels"], Landmarks(stored["hashes"], stored["steps"])
            except (OSError, ValueError, KeyError, zipfile.BadZipFile):
                continue
