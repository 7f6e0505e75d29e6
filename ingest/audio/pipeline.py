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
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import IO

import numpy as np

from graph.errors import AudioError
from graph.progress import NoProgress, Progress
from ingest.audio.analysis import Analysis, hear_file
from ingest.audio.features import EXTRACTOR_VERSION, AudioFeatures

AUDIO_ENDINGS = frozenset({".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff"})
_CHUNK = 1 << 20
_ENDS = (signal.SIGINT, signal.SIGTERM)
_FEW = 4
"""Fewer files than this are not worth starting processes for."""


@dataclass(frozen=True, slots=True)
class AudioReport:
    """What came of a run.

    Attributes:
        analyses: what is known of each file that could be read.
        failures: the reason, in one line, for each that could not.
        analysed: files analysed by this run; the others' results were there already.
        heard_seconds: seconds of audio that this run analysed.
        core_seconds: seconds that took, summed over the processes.
    """

    analyses: dict[Path, Analysis]
    failures: dict[Path, str]
    analysed: int
    heard_seconds: float = field(default=0.0, compare=False)
    core_seconds: float = field(default=0.0, compare=False)

    @property
    def features(self) -> dict[Path, AudioFeatures]:
        """The features of each file that could be read."""
        return {path: analysis.features for path, analysis in self.analyses.items()}

    @property
    def reasons(self) -> dict[str, int]:
        """Files that could not be read by reason, the most frequent first."""
        told = Counter(_reason(path, failure) for path, failure in self.failures.items())
        return dict(sorted(told.items(), key=lambda item: (-item[1], item[0])))

    @property
    def real_time_factor(self) -> float | None:
        """Seconds of audio per second and core; None where nothing was analysed."""
        return self.heard_seconds / self.core_seconds if self.core_seconds and self.heard_seconds else None


def _reason(path: Path, failure: str) -> str:
    """A failure without its file, its figures and what is in brackets: equal for files that fail alike."""
    bare = failure.removeprefix(f"{path.name}: ").split(" (")[0]
    return "is too short" if bare.startswith("lasts ") else bare


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


def arrays_of(kept: Path) -> Path:
    """Where the mel picture and the landmarks of a stored result lie."""
    return kept.with_suffix(".npz")


def analyse(
    files: Iterable[Path],
    cache_dir: Path,
    *,
    arrays: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> AudioReport:
    """Measure every file that ``cache_dir`` does not know yet.

    Args:
        files: the files, in any order; one given twice is analysed once.
        cache_dir: where results are kept as ``DIGEST.json``; made where it is missing.
        arrays: keep mel pictures and landmarks too, as ``DIGEST.npz`` (``mels``, ``hashes``, ``steps``).
        workers: processes; by default one per core. 1 works in this process.
        progress: counts files.
    """
    progress = progress or NoProgress()
    paths = list(dict.fromkeys(files))
    progress.stage("analyse audio", len(paths))
    analyses: dict[Path, Analysis] = {}
    failures: dict[Path, str] = {}
    todo: dict[Path, Path] = {}
    for path in paths:
        try:
            kept = cache_dir / f"{digest(path)}.json"
        except AudioError as error:
            failures[path] = str(error)
        else:
            known = _read(kept)
            if known is None or (arrays and not arrays_of(kept).is_file()):
                todo[path] = kept
                continue
            analyses[path] = known
        progress.advance()
    heard = took = 0.0
    cache_dir.mkdir(parents=True, exist_ok=True)
    tasks = [(path, kept, arrays) for path, kept in todo.items()]
    for path, result in _work_all(tasks, workers or os.cpu_count() or 1):
        if isinstance(result, str):
            failures[path] = result
        else:
            analyses[path] = result.analysis
            heard += result.analysis.seconds
            took += result.seconds
        progress.advance()
    known_now = {path: analyses[path] for path in paths if path in analyses}
    return AudioReport(known_now, failures, len(todo), heard, took)


@dataclass(frozen=True, slots=True)
class _Done:
    """A file's analysis, and the seconds that a core took for it."""

    analysis: Analysis
    seconds: float


_Task = tuple[Path, Path, bool]
_Result = _Done | str


def _work_all(tasks: list[_Task], workers: int) -> Iterator[tuple[Path, _Result]]:
    """Results as they come; the reason instead where there is none."""
    if workers == 1 or len(tasks) < _FEW:
        yield from ((task[0], _work(task)) for task in tasks)
        return
    left = {task[0]: task for task in tasks}
    try:
        for path, result in _in_processes(tasks, min(workers, len(tasks))):
            del left[path]
            yield path, result
    except BrokenProcessPool:  # a decoder crashed: one process for each file that is left shows which
        for task in left.values():
            try:
                yield from _in_processes([task], 1)
            except BrokenProcessPool:
                yield task[0], f"{task[0].name}: the decoder crashed on it"


def _in_processes(tasks: list[_Task], workers: int) -> Iterator[tuple[Path, _Result]]:
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_start)
    try:
        with _undisturbed():  # a worker whose parent stops in the middle of starting it ends with a traceback
            waiting: dict[Future[_Result], Path] = {pool.submit(_work, task): task[0] for task in tasks}
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield waiting[future], future.result()
                del waiting[future]
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait for the end of the block; processes that it starts inherit the blocked signals."""
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's business
        yield
        return
    caught: list[int] = []
    handlers = {number: signal.signal(number, lambda number, _: caught.append(number)) for number in _ENDS}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for late in caught[:1]:
            signal.raise_signal(late)


def _start() -> None:
    """Leave Ctrl-C to the parent: it stops the pool."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)  # inherited from ``_undisturbed``


def _work(task: _Task) -> _Result:
    """Analyse a file and store what came of it."""
    path, kept, arrays = task
    begun = time.process_time()  # not the clock on the wall: other work on the machine is not ours
    try:
        heard = hear_file(path)
    except AudioError as error:
        return str(error)
    if arrays:
        marks = heard.landmarks
        with _whole(arrays_of(kept)) as file:
            np.savez(file, mels=heard.mels, hashes=marks.hashes, steps=marks.steps)
    with _whole(kept) as file:
        file.write(json.dumps(heard.analysis.as_dict()).encode())
    return _Done(heard.analysis, time.process_time() - begun)


def _read(kept: Path) -> Analysis | None:
    """A stored result; None where there is none or it is damaged (then the file is analysed again)."""
    try:
        return Analysis.of(json.loads(kept.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, AttributeError, AudioError):
        return None


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that is written whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        yield file
    os.replace(file.name, path)
