"""Many audio files: analysed in parallel, once each; what cannot be read is reported and skipped.

A result lies under the digest of the file's content and the extractor's version, so that a second run, a moved file or
an interrupted run costs nothing twice.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from graph.errors import AudioError
from graph.progress import NoProgress, Progress
from ingest.audio.features import EXTRACTOR_VERSION, AudioFeatures, extract

AUDIO_ENDINGS = frozenset({".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff"})
_CHUNK = 1 << 20
_FEW = 4
"""Fewer files than this are not worth starting processes for."""


@dataclass(frozen=True, slots=True)
class AudioReport:
    """What came of a run.

    Attributes:
        features: what is known of each file that could be read.
        failures: the reason, in one line, for each that could not.
        analysed: files analysed by this run; the others' results were there already.
    """

    features: dict[Path, AudioFeatures]
    failures: dict[Path, str]
    analysed: int


def audio_files(folder: Path) -> list[Path]:
    """All audio files below a folder, by their endings, in order of path.

    Raises:
        AudioError: there is no such folder, or no audio in it.
    """
    if not folder.is_dir():
        raise AudioError(f"{folder}: there is no such folder")
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in AUDIO_ENDINGS and path.is_file())
    if not found:
        raise AudioError(f"{folder}: holds no audio file ({', '.join(sorted(AUDIO_ENDINGS))})")
    return found


def digest(path: Path) -> str:
    """SHA-256 over a file's content and the extractor's version.

    Raises:
        AudioError: the file cannot be opened.
    """
    total = hashlib.sha256(f"extractor {EXTRACTOR_VERSION}\n".encode())
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                total.update(chunk)
    except OSError as error:
        raise AudioError(f"{path.name}: cannot be opened ({error.strerror})") from error
    return total.hexdigest()


def analyse(
    files: Iterable[Path], cache_dir: Path, *, workers: int | None = None, progress: Progress | None = None
) -> AudioReport:
    """Measure every file that ``cache_dir`` does not know yet.

    Args:
        files: the files, in any order; one given twice is analysed once.
        cache_dir: where results are kept; made where it is missing.
        workers: processes; by default one per core. 1 works in this process.
        progress: counts files.
    """
    report, progress = AudioReport({}, {}, 0), progress or NoProgress()
    paths = list(dict.fromkeys(files))
    progress.stage("analyse audio", len(paths))
    todo: dict[Path, Path] = {}
    for path in paths:
        try:
            kept = cache_dir / f"{digest(path)}.json"
        except AudioError as error:
            report.failures[path] = str(error)
        else:
            if (known := _read(kept)) is None:
                todo[path] = kept
                continue
            report.features[path] = known
        progress.advance()
    for path, result in _extract_all(list(todo), workers or os.cpu_count() or 1):
        if isinstance(result, AudioFeatures):
            _write(todo[path], result)
            report.features[path] = result
        else:
            report.failures[path] = result
        progress.advance()
    return AudioReport(
        {path: report.features[path] for path in paths if path in report.features}, report.failures, len(todo)
    )


def _extract_all(paths: list[Path], workers: int) -> Iterator[tuple[Path, AudioFeatures | str]]:
    """Results as they come; the reason instead where there is none."""
    if workers == 1 or len(paths) < _FEW:
        yield from ((path, _extract(path)) for path in paths)
        return
    left = list(paths)
    try:
        for path, result in _in_processes(paths, min(workers, len(paths))):
            left.remove(path)
            yield path, result
    except BrokenProcessPool:  # a decoder crashed: one process for each file that is left shows which
        for path in left:
            try:
                yield from _in_processes([path], 1)
            except BrokenProcessPool:
                yield path, f"{path.name}: the decoder crashed on it"


def _in_processes(paths: list[Path], workers: int) -> Iterator[tuple[Path, AudioFeatures | str]]:
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_start)
    try:
        waiting: dict[Future[AudioFeatures | str], Path] = {pool.submit(_extract, path): path for path in paths}
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield waiting[future], future.result()
                del waiting[future]
    finally:
        pool.shutdown(cancel_futures=True)


def _start() -> None:
    """Leave Ctrl-C to the parent: it stops the pool."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _extract(path: Path) -> AudioFeatures | str:
    try:
        return extract(path)
    except AudioError as error:
        return str(error)


def _read(kept: Path) -> AudioFeatures | None:
    """A stored result; None where there is none or it is damaged (then the file is analysed again)."""
    try:
        return AudioFeatures.of(json.loads(kept.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, AudioError):
        return None


def _write(kept: Path, features: AudioFeatures) -> None:
    """Store a result whole or not at all."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=kept.parent, suffix=".part", delete=False, encoding="utf-8") as file:
        json.dump(features.as_dict(), file)
    os.replace(file.name, kept)
