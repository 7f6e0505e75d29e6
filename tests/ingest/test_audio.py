"""Audio features on clips whose tempo, key and loudness are known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("librosa", reason="the audio extra is not installed")

import soundfile

from graph.errors import AudioError
from graph.kinds import AUDIO
from ingest.audio import pipeline
from ingest.audio.analysis import extract
from ingest.audio.analysis import measure as measure_all
from ingest.audio.features import DEFINITIONS, AudioFeatures
from ingest.audio.files import read_audio
from ingest.audio.loudness import integrated_loudness
from ingest.audio.pipeline import AudioReport, analyse, audio_files, digest
from ingest.audio.spectrum import spectrum
from ingest.audio.synth import SAMPLE_RATE, ClipPlan, render
from ingest.audio.tempo import tempo
from ingest.demo.clips import measure_clips, render_clips
from ingest.demo.sounds import clip_plan
from ingest.demo.world import World, make_world
from ingest.sources.demo import Demo, with_measured


def measure(samples: np.ndarray, rate: int) -> AudioFeatures:
    return measure_all(samples, rate).features


class Counted:
    """A progress that remembers what it was told."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, float | None]] = []
        self.amount = 0.0

    def stage(self, name: str, total: float | None = None) -> None:
        self.stages.append((name, total))

    def advance(self, amount: float = 1) -> None:
        self.amount += amount


@pytest.fixture(scope="module")
def world() -> World:
    return make_world()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def measured(world: World, home: Path) -> tuple[dict[int, AudioFeatures], AudioReport]:
    return measure_clips(world, home, workers=2)


def sine(amplitude: float, seconds: float = 5.0, rate: int = 48_000, hertz: float = 997.0) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def write(path: Path, samples: np.ndarray, rate: int = SAMPLE_RATE) -> Path:
    soundfile.write(path, samples, rate)
    return path


def short_clip(seed: int) -> np.ndarray:
    return render(ClipPlan(seed=seed, tempo_bpm=120.0, key=seed % 12, mode=1, seconds=4.0))


def test_every_clip_is_within_four_per_cent_of_its_tempo(
    world: World, measured: tuple[dict[int, AudioFeatures], AudioReport]
) -> None:
    features, report = measured
    assert (len(features), report.failures, report.analysed) == (100, {}, 100)
    wrong = {}
    for row, heard in features.items():
        ratios = [heard.tempo / (world.sounds.tempo_bpm[row] * level) for level in (0.5, 1.0, 2.0)]
        if min(abs(ratio - 1) for ratio in ratios) > 0.04:
            wrong[world.tracks.names[row]] = heard.tempo
    assert wrong == {}


def test_nine_keys_in_ten_are_right_tonic_and_mode(
    world: World, measured: tuple[dict[int, AudioFeatures], AudioReport]
) -> None:
    right = [(f.key, f.mode) == (world.sounds.key[row], world.sounds.mode[row]) for row, f in measured[0].items()]
    assert np.mean(right) >= 0.9


@pytest.mark.parametrize("seed", range(6))
def test_a_clip_is_as_loud_as_its_plan_says(seed: int) -> None:
    plan = ClipPlan(
        seed, tempo_bpm=80.0 + 15 * seed, key=seed, mode=seed % 2, energy=seed / 5, loudness_db=-27.0 + seed / 2
    )
    assert measure(render(plan), SAMPLE_RATE).loudness == pytest.approx(plan.loudness_db, abs=0.01)


def test_rounding_off_the_peaks_costs_the_loud_clips_little(
    world: World, measured: tuple[dict[int, AudioFeatures], AudioReport]
) -> None:
    rows = list(measured[0])
    lost = world.sounds.loudness_db[rows] - [measured[0][row].loudness for row in rows]
    assert lost.min() > -0.1
    assert np.median(lost) < 1.5
    assert lost.max() < 4.0


def test_planted_energy_and_beat_are_heard(
    world: World, measured: tuple[dict[int, AudioFeatures], AudioReport]
) -> None:
    rows = list(measured[0])
    heard = np.array([measured[0][row].energy for row in rows])
    assert np.corrcoef(heard, world.sounds.shares["energy"][rows])[0, 1] > 0.8
    assert min(features.tempoConfidence for features in measured[0].values()) > 0.5
    acoustic = np.array([measured[0][row].acousticness for row in rows])
    assert np.corrcoef(acoustic, world.sounds.shares["acousticness"][rows])[0, 1] > 0.5


@pytest.mark.parametrize(("rate", "tolerance"), [(48_000, 0.02), (44_100, 0.02), (22_050, 0.05)])
def test_the_loudness_of_a_known_sine_is_exact(rate: int, tolerance: float) -> None:
    """BS.1770 states -3.01 LKFS for a full-scale 997 Hz sine in one channel."""
    assert integrated_loudness(sine(1.0, rate=rate), rate) == pytest.approx(-3.01, abs=tolerance)
    assert integrated_loudness(sine(0.1, rate=rate), rate) == pytest.approx(-23.01, abs=tolerance)
    both = np.stack([sine(0.1, rate=rate)] * 2, axis=1)
    assert integrated_loudness(both, rate) == pytest.approx(-20.0, abs=tolerance)


def test_loudness_does_not_count_pauses_and_silence_has_none() -> None:
    tone = sine(0.1)
    assert integrated_loudness(np.r_[tone, np.zeros(480_000)], 48_000) == pytest.approx(-23.01, abs=0.2)
    assert integrated_loudness(np.zeros(48_000), 48_000) == -math.inf


def test_noise_tones_and_syllables_without_a_beat_have_low_confidence() -> None:
    rng = np.random.default_rng(1)
    n = 10 * SAMPLE_RATE
    syllables = np.zeros(n)
    at = 0
    while at < n:  # bursts of uneven length and distance, four or five a second, as in speech
        length = int(rng.uniform(0.06, 0.25) * SAMPLE_RATE)
        syllables[at : at + length] = rng.uniform(0.2, 1.0)
        at += length + int(rng.gamma(1.5, 0.09) * SAMPLE_RATE)
    for sound in (rng.normal(size=n), syllables * rng.normal(size=n), sine(1.0, 10.0, SAMPLE_RATE)):
        assert tempo(spectrum((0.1 * sound).astype(np.float32)).onset).confidence < 0.3


@pytest.mark.parametrize("bpm", [66.0, 90.0, 128.0, 174.0])
def test_a_bare_click_track_has_its_tempo_and_the_second_candidate_differs(bpm: float) -> None:
    clicks = np.zeros(12 * SAMPLE_RATE, np.float32)
    for start in (np.arange(0, 12, 60 / bpm) * SAMPLE_RATE).astype(int):
        clicks[start : start + 200] = np.random.default_rng(0).normal(0, 0.3, len(clicks[start : start + 200]))
    found = tempo(spectrum(clicks).onset)
    assert min(abs(found.bpm / (bpm * level) - 1) for level in (0.5, 1, 2)) < 0.02
    assert abs(found.alternative_bpm / found.bpm - 1) > 0.08
    assert found.confidence > 0.5


def test_a_clip_is_the_same_at_any_sample_rate_and_channel_count() -> None:
    clip = short_clip(3)
    doubled = np.stack([np.repeat(clip, 2)] * 2, axis=1)
    one, other = measure(clip, SAMPLE_RATE), measure(doubled, 2 * SAMPLE_RATE)
    assert (one.key, one.mode) == (other.key, other.mode)
    assert one.tempo == pytest.approx(other.tempo, rel=0.01)


def test_unusable_files_are_reported_and_skipped_with_the_reason(tmp_path: Path) -> None:
    good = write(tmp_path / "good.flac", short_clip(1))
    empty, text, cut = tmp_path / "empty.wav", tmp_path / "text.mp3", tmp_path / "cut.flac"
    empty.touch()
    text.write_text("these are words and no sound at all")
    cut.write_bytes(good.read_bytes()[:40])
    short = write(tmp_path / "short.wav", sine(0.1, 0.5, SAMPLE_RATE))
    silent = write(tmp_path / "silent.wav", np.zeros(5 * SAMPLE_RATE))
    absent = tmp_path / "absent.wav"
    progress = Counted()
    report = analyse([good, empty, text, cut, short, silent, absent], tmp_path / "kept", workers=2, progress=progress)
    assert set(report.features) == {good}
    assert set(report.failures) == {empty, text, cut, short, silent, absent}
    assert report.failures[empty] == "empty.wav: the file is empty"
    assert report.failures[silent] == "silent.wav: is silent"
    assert report.failures[short] == "short.wav: lasts 0.50 s, at least 1 s are needed"
    assert "cannot be opened" in report.failures[absent]
    assert all(path.name in reason and "\n" not in reason for path, reason in report.failures.items())
    assert progress.stages == [("analyse audio", 7)]
    assert progress.amount == 7


def test_a_second_run_does_no_work_twice_and_a_moved_file_is_known(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{seed}.wav", short_clip(seed)) for seed in range(3)]
    kept = tmp_path / "kept"
    assert analyse(files[:2], kept).analysed == 2  # interrupted after two
    assert analyse(files, kept).analysed == 1
    moved = files[0].rename(tmp_path / "moved.wav")
    again = analyse([moved, *files[1:]], kept)
    assert again.analysed == 0
    assert again.analyses[moved] == extract(moved)
    assert not list(kept.glob("*.part"))


def test_a_damaged_result_and_a_new_extractor_are_analysed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, kept = write(tmp_path / "a.wav", short_clip(5)), tmp_path / "kept"
    first = analyse([file], kept)
    (stored,) = kept.iterdir()
    stored.write_text(stored.read_text()[:30])
    assert analyse([file], kept) == first
    before = digest(file)
    monkeypatch.setattr(pipeline, "EXTRACTOR_VERSION", "next")
    assert digest(file) != before
    assert analyse([file], kept).analysed == 1


def test_every_feature_is_defined_and_marked_and_one_of_the_graph() -> None:
    assert (
        {row.name for row in DEFINITIONS}
        == {*AUDIO, "key", "mode", "timeSignature"}
        == set(AudioFeatures.__dataclass_fields__)
    )
    assert {row.name for row in DEFINITIONS if row.how == "measured"} == {
        "tempo",
        "tempoAlt",
        "tempoConfidence",
        "key",
        "mode",
        "timeSignature",
        "loudness",
    }
    values = measure(short_clip(2), SAMPLE_RATE).as_dict()
    assert all(row.low <= values[row.name] <= row.high for row in DEFINITIONS if values[row.name] is not None)
    assert AudioFeatures.of(values) == AudioFeatures(**values)
    with pytest.raises(AudioError, match="stored energy is 7"):
        AudioFeatures.of({**values, "energy": 7})


def test_folders_are_searched_and_empty_ones_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="holds no audio file"):
        audio_files(tmp_path)
    with pytest.raises(AudioError, match="there is no such folder"):
        audio_files(tmp_path / "nowhere")
    (tmp_path / "below").mkdir()
    clip = write(tmp_path / "below" / "A.WAV", short_clip(1))
    (tmp_path / "notes.txt").touch()
    assert audio_files(tmp_path) == [clip]


def test_a_plan_gives_the_same_sound_each_time_and_whole_beats() -> None:
    plan = ClipPlan(seed=4, tempo_bpm=100.0, key=2, mode=0, energy=0.9)
    sound = render(plan)
    assert np.array_equal(sound, render(plan))
    assert len(sound) == round(plan.beats * 0.6 * SAMPLE_RATE)
    assert np.abs(sound).max() <= 1.0


def test_clips_are_rendered_once(
    world: World, home: Path, measured: tuple[dict[int, AudioFeatures], AudioReport]
) -> None:
    paths = render_clips(world, home / "clips")
    written = {path: path.stat().st_mtime_ns for path in paths.values()}
    first = next(iter(paths.values()))
    first.unlink()
    assert render_clips(world, home / "clips") == paths
    assert {path for path, at in written.items() if path.stat().st_mtime_ns != at} == {first}
    samples, rate = read_audio(first)
    row = next(iter(paths))
    assert (rate, samples.shape[1]) == (SAMPLE_RATE, 1)
    assert np.allclose(samples[:, 0], render(clip_plan(world.config, world.sounds, row)), atol=1e-4)
    assert measure_clips(world, home)[1].analysed == 0


def test_the_demo_source_marks_measured_imported_and_absent(
    home: Path, measured: tuple[dict[int, AudioFeatures], AudioReport]
) -> None:
    source = Demo(home)
    batches = {batch.kind: batch for batch in source.transform(source.extract())}
    track = batches["track"].columns
    marks = list(track["audioSource"])
    assert (marks.count("measured"), marks.count("imported"), marks.count(None)) == (100, 1_200, 700)
    for row, features in measured[0].items():
        assert marks[row] == "measured"
        assert track["tempo"][row] == features.tempo
    assert all((tempo is None) == (mark is None) for tempo, mark in zip(track["tempo"], marks, strict=True))
    assert all(batch.rejected == () for batch in batches.values())
    assert set(with_measured({"id": ["a"]}, {})["tempo"]) == {None}
