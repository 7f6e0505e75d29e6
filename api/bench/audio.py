"""How fast audio is analysed per core, how well clips are identified, and what the learned embedding gains."""

from __future__ import annotations

import time

import numpy as np

from api.bench.row import Row
from api.settings import Settings
from gnn.audio import CnnEmbedding, Targets, precision_at
from gnn.sound import standardised
from graph.kinds import AUDIO
from graph.progress import Progress
from ingest.audio.analysis import hear
from ingest.audio.files import of_samples
from ingest.audio.fingerprints import Fingerprints
from ingest.audio.landmarks import Landmarks
from ingest.audio.synth import SAMPLE_RATE, ClipPlan, Samples, render
from ingest.audio.timbres import GROUPS, RATE, timbres

TRACKS, ASKED = 2_000, 200
NOISE_DB = (-10.0, -5.0, 0.0)
TIMBRES = 320


def audio(settings: Settings, progress: Progress) -> list[Row]:
    """All figures of the audio part; about three minutes."""
    return [*_speed(), *_identified(progress), *_embedded(progress)]


def _speed() -> list[Row]:
    """Stereo at 44,100 Hz, so that resampling and both channels' loudness count."""
    mono = render(ClipPlan(1, 120.0, 0, 1, seconds=60.0))
    stereo = np.stack([np.repeat(mono, 2)] * 2, axis=1)
    factors = []
    for _ in range(5):
        begun = time.process_time()
        heard = hear(of_samples(stereo, 2 * SAMPLE_RATE))
        factors.append(heard.analysis.seconds / (time.process_time() - begun))
    return [Row("audio analysed per second and core (44.1 kHz stereo, median)", float(np.median(factors)), "s", 5)]


def _recording(seed: int) -> Samples:
    rng = np.random.default_rng(seed)
    return render(
        ClipPlan(
            seed,
            tempo_bpm=float(rng.uniform(60, 180)),
            key=int(rng.integers(12)),
            mode=int(rng.integers(2)),
            energy=float(rng.random()),
            acousticness=float(rng.random()),
            loudness_db=float(rng.uniform(-24, -9)),
            seconds=15,
        )
    )


def _landmarks(samples: Samples) -> Landmarks:
    return hear(of_samples(samples, SAMPLE_RATE)).landmarks


def _excerpt(seed: int, noise_db: float) -> Landmarks:
    """Five seconds from anywhere, under white noise."""
    rng = np.random.default_rng(10**6 + seed)
    whole, n = _recording(seed), 5 * SAMPLE_RATE
    at = int(rng.integers(0, len(whole) - n))
    clip = whole[at : at + n]
    noise = rng.normal(size=n) * np.sqrt((clip**2).mean()) * 10 ** (noise_db / 20)
    return _landmarks(rng.uniform(0.2, 1.0) * (clip + noise))


def _identified(progress: Progress) -> list[Row]:
    progress.stage("hearing tracks to identify", TRACKS)
    known: list[tuple[str, Landmarks]] = []
    for seed in range(TRACKS):
        known.append((str(seed), _landmarks(_recording(seed))))
        progress.advance()
    index = Fingerprints.of(known)
    progress.stage("identifying clips", 2 * ASKED * len(NOISE_DB))
    rows, times = [], []
    for noise_db in NOISE_DB:
        right = sure = wrong = 0
        for seed in range(0, TRACKS, TRACKS // ASKED):
            clip = _excerpt(seed, noise_db)
            begun = time.perf_counter()
            found = index.matches(clip)
            times.append((time.perf_counter() - begun) * 1e3)
            right += bool(found) and found[0].track == str(seed)
            sure += bool(found) and found[0].track == str(seed) and found[0].known
            progress.advance()
        for seed in range(10**5, 10**5 + ASKED):
            wrong += any(match.known for match in index.matches(_excerpt(seed, noise_db)))
            progress.advance()
        said = f"5 s clips of {TRACKS} tracks, noise at {noise_db:.0f} dB"
        rows.append(Row(f"{said}: top-1", 100 * right / ASKED, "%", ASKED))
        rows.append(Row(f"{said}: right and called known", 100 * sure / ASKED, "%", ASKED))
        rows.append(Row(f"{said}: of other recordings called known", 100 * wrong / ASKED, "%", ASKED))
    return [*rows, Row("identify, look-up (median)", float(np.median(times)), "ms", len(times))]


def _embedded(progress: Progress) -> list[Row]:
    """Tracks without listeners, among one another: precision@10 of their planted group."""
    world = timbres(TIMBRES)
    heard = [hear(of_samples(clip, RATE)) for clip in world.clips]
    features = [[getattr(one.analysis.features, name) for name in AUDIO] for one in heard]
    plain, _ = standardised(np.array(features, np.float32))
    unheard = np.flatnonzero(np.arange(TIMBRES) // GROUPS % 4 == 0)
    liked = world.liked.copy()
    liked[unheard] = np.nan
    none = np.zeros((TIMBRES, 0), np.float32)
    model = CnnEmbedding()
    model.fit([one.mels for one in heard], Targets(liked, none, none), progress)
    learned = model.embed([one.mels for one in heard])
    group, asked = world.group[unheard], np.arange(len(unheard))
    return [
        Row("planted timbres, precision@10 of plain descriptors", precision_at(plain[unheard], group, asked), "", 1),
        Row("planted timbres, precision@10 of the embedding", precision_at(learned[unheard], group, asked), "", 1),
    ]
