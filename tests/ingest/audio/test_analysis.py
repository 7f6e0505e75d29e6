"""One pass over a recording: real clips, known signals, any cutting of the stream, ten minutes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("librosa", reason="the audio extra is not installed")

import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import AudioError
from ingest.audio.analysis import Analysis, hear, hear_file, measure
from ingest.audio.calibrate import ESTIMATED, LEAST, calibrated, scales
from ingest.audio.files import Recording, of_samples, open_audio
from ingest.audio.frames import Framer
from ingest.audio.key import key_of
from ingest.audio.loudness import LoudnessMeter, integrated_loudness
from ingest.audio.pipeline import analyse
from ingest.audio.synth import SAMPLE_RATE, ClipPlan, render

CLIPS = Path(__file__).parents[4] / "shared/data/audio-test"
TEMPOS = {
    "loop_amen": (136.88,),
    "loop_breakbeat": (126.0,),
    "loop_compus": (74.0, 148.0),
    "loop_drone_g_97": (97.0,),
    "loop_electric": (97.0,),
    "loop_garzul": (120.0,),
    "loop_tabla": (90.0,),
    "sorohanro_-_solo-trumpet-06": (90.0,),
}
needs_clips = pytest.mark.skipif(not CLIPS.is_dir(), reason="the audio-test clips are not here")


@pytest.fixture(scope="module")
def real() -> dict[str, Analysis]:
    """Every real clip by its name; loops repeated to twenty seconds at least."""
    found = {}
    for path in sorted([*CLIPS.rglob("*.flac"), *CLIPS.rglob("*.ogg")]):
        samples, rate = soundfile.read(path, always_2d=True)
        times = -(-20 * rate // len(samples)) if path.stem in TEMPOS else 1
        found[path.stem] = measure(np.tile(samples, (times, 1)), rate)
    return found


@needs_clips
def test_the_tempo_of_real_loops_is_among_the_two_candidates(real: dict[str, Analysis]) -> None:
    right = {
        name
        for name, tempos in TEMPOS.items()
        for bpm in tempos
        if min(abs(real[name].features.tempo / bpm - 1), abs(real[name].features.tempoAlt / bpm - 1)) <= 0.04
    }
    assert len(right) >= 6


@needs_clips
def test_speech_has_no_tempo_and_no_time_signature(real: dict[str, Analysis]) -> None:
    speech = real["198-209-0000"].features
    assert speech.tempoConfidence < 0.2
    assert speech.timeSignature is None
    assert speech.speechiness > 0.4


@needs_clips
def test_keys_that_are_certain_are_found_and_undecided_modes_left_open(real: dict[str, Analysis]) -> None:
    tonic = {name: analysis.features.key for name, analysis in real.items()}
    dance = next(name for name in real if name.startswith("Hungarian"))
    assert tonic["sorohanro_-_solo-trumpet-06"] == 5
    assert tonic["bass_trance_c"] == 0
    assert (tonic["loop_drone_g_97"], real["loop_drone_g_97"].features.mode) == (7, None)
    assert (tonic[dance], real[dance].features.mode) == (7, 0)
    assert real[dance].confidences.key > 0.9
    assert max(real[name].confidences.key for name in ("loop_amen", "loop_tabla", "198-209-0000")) < 0.4


@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_a_stereo_sine_has_the_loudness_that_ebu_tech_3341_states(level: float) -> None:
    """Cases 1 and 2 there: a stereo 1 kHz sine whose peaks lie at ``level`` dBFS measures ``level`` LUFS."""
    sine = 10 ** (level / 20) * np.sin(2 * np.pi * 1000 * np.arange(20 * 48_000) / 48_000)
    assert integrated_loudness(np.stack([sine, sine], axis=1), 48_000) == pytest.approx(level, abs=0.1)


def test_the_relative_gate_of_ebu_tech_3341_case_3() -> None:
    """-36, -23 and -36 dBFS for 10, 60 and 10 s measure -23: the quiet ends lie under the gate."""
    levels = np.repeat([-36.0, -23.0, -36.0], [480_000, 60 * 48_000, 480_000])
    sine = 10 ** (levels / 20) * np.sin(2 * np.pi * 1000 * np.arange(len(levels)) / 48_000)
    assert integrated_loudness(np.stack([sine, sine], axis=1), 48_000) == pytest.approx(-23.0, abs=0.1)


@given(st.lists(st.integers(1, 9_000), min_size=1, max_size=8), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_however_a_stream_is_cut_frames_and_loudness_are_the_same(sizes: list[int], seed: int) -> None:
    samples = np.random.default_rng(seed).normal(0, 0.1, sum(sizes)).astype(np.float32)
    whole, cut = Framer(512, 128), Framer(512, 128)
    at_once = [*whole.push(samples), *whole.finish()]
    meter, parts, at = LoudnessMeter(8_000), [], 0
    for size in sizes:
        parts += cut.push(samples[at : at + size])
        meter.push(samples[at : at + size, None])
        at += size
    parts += cut.finish()
    assert np.allclose(np.concatenate(parts), np.concatenate(at_once), rtol=1e-4, atol=1e-6)
    assert len(np.concatenate(parts)) == 1 + len(samples) // 128
    assert meter.integrated() == pytest.approx(integrated_loudness(samples, 8_000), abs=1e-6)


def test_our_frames_and_onsets_are_those_of_librosa() -> None:
    import librosa

    sound = render(ClipPlan(3, 120.0, 2, 1, seconds=4.0)).astype(np.float32)
    framer = Framer(2048, 256)
    ours = np.concatenate([*framer.push(sound), *framer.finish()])
    theirs = np.abs(librosa.stft(sound, n_fft=2048, hop_length=256)).T ** 2
    assert np.allclose(ours, theirs, rtol=1e-2, atol=1e-3 * theirs.max())


def test_ten_minutes_are_analysed_without_their_spectrum_in_memory() -> None:
    minute = render(ClipPlan(1, 120.0, 0, 1, seconds=60.0)).astype(np.float32)

    def blocks() -> Iterator[np.ndarray]:
        for _ in range(10):
            yield from of_samples(minute, SAMPLE_RATE).blocks

    tracemalloc.start()
    try:
        heard = hear(Recording(SAMPLE_RATE, blocks()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert heard.analysis.seconds == pytest.approx(600, abs=5)
    assert heard.analysis.features.tempo == pytest.approx(120, rel=0.01)
    spectrum_bytes = 600 * 22_050 / 256 * 1025 * 4
    assert peak < spectrum_bytes / 2


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3"])
def test_every_format_gives_the_same_features(ending: str, tmp_path: Path) -> None:
    clip = render(ClipPlan(7, 100.0, 9, 0, seconds=10.0))
    soundfile.write(tmp_path / f"a.{ending}", clip, SAMPLE_RATE)
    one, other = hear_file(tmp_path / f"a.{ending}").analysis, measure(clip, SAMPLE_RATE)
    assert (one.features.key, one.features.mode) == (other.features.key, other.features.mode) == (9, 0)
    assert one.features.tempo == pytest.approx(other.features.tempo, rel=0.02)
    assert one.features.loudness == pytest.approx(other.features.loudness, abs=0.5)


def test_unfit_samples_are_refused() -> None:
    with pytest.raises(AudioError, match="no numbers"):
        measure(np.full(30_000, np.nan), SAMPLE_RATE)
    with pytest.raises(AudioError, match="no such file"):
        open_audio(Path("nowhere.wav"))


def test_a_chord_has_a_mode_and_a_bare_fifth_has_none() -> None:
    major, bare = np.full(12, 0.01), np.full(12, 0.01)
    major[[0, 4, 7]] = bare[[0, 7]] = 0.3
    assert (key_of(major).tonic, key_of(major).mode) == (0, 1)
    assert (key_of(bare).tonic, key_of(bare).mode) == (0, None)
    assert key_of(np.zeros(12)).confidence == 0.0


def test_a_run_counts_reasons_and_seconds(tmp_path: Path) -> None:
    good = tmp_path / "good.wav"
    soundfile.write(good, render(ClipPlan(1, 120.0, 0, 1, seconds=4.0)), SAMPLE_RATE)
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).touch()
    soundfile.write(tmp_path / "c.wav", np.zeros(50_000), SAMPLE_RATE)
    files = [good, *(tmp_path / name for name in ("a.wav", "b.wav", "c.wav"))]
    report = analyse(files, tmp_path / "kept", arrays=True, workers=1)
    assert report.reasons == {"the file is empty": 2, "is silent": 1}
    assert report.heard_seconds == pytest.approx(4.0, abs=0.01)
    assert report.real_time_factor is not None
    assert analyse(files, tmp_path / "kept", arrays=True, workers=1).heard_seconds == 0
    with np.load(next((tmp_path / "kept").glob("*.npz"))) as stored:
        assert stored["mels"].dtype == np.uint8
        assert stored["mels"].shape[1] == 64


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_mapping_onto_a_catalogue_keeps_the_order_and_its_range(values: list[float], seed: int) -> None:
    told = np.random.default_rng(seed).beta(2, 5, LEAST)
    heard = [measured_with(value) for value in values]
    onto = scales(heard, {"valence": told.tolist(), "energy": [0.5]})
    assert set(onto) == {"valence"}  # of energy the catalogue knows too little
    mapped = [calibrated(one, onto).valence for one in sorted(heard, key=lambda one: one.valence)]
    assert mapped == sorted(mapped)
    assert told.min() - 1e-3 <= mapped[0] <= mapped[-1] <= told.max() + 1e-3
    assert all(calibrated(one, onto).energy == one.energy for one in heard)


def measured_with(value: float):
    from ingest.audio.features import AudioFeatures

    shares = dict.fromkeys(ESTIMATED, value)
    return AudioFeatures(
        tempo=100, tempoAlt=50, tempoConfidence=1, key=0, mode=None, timeSignature=None, loudness=-10, **shares
    )
