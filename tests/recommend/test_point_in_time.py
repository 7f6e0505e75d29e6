"""Features at moments of the past: nothing later is in them, and each is made of what its row of the table says."""

import dataclasses

import numpy as np
import pyarrow.parquet
import pytest

from api.feature_export import KEYS, write
from gnn.neighbours import CoListening
from graph.arrays import Links
from graph.errors import InvalidRequestError, NotEnoughDataError, NotFoundError
from recommend.feature_report import QUANTILES, observed
from recommend.features import DIGEST, FEATURES, NAMES, feature_named, features_of
from recommend.point_in_time import Moment, Past, SampleConfig
from recommend.sources.source import CATALOGUE, INPUTS, MODEL, PLAYS
from recommend.taste import SHORT_HISTORY, Taste, history_of

ROWS = np.arange(0, 2000, 37)
LATE = 4_000_000_000
SAMPLE = SampleConfig(users=12, instants=3, seed=5)


@pytest.fixture(scope="module")
def arrays(demo):
    return demo.reads.arrays


@pytest.fixture(scope="module")
def past(demo, arrays):
    return Past(demo.bundle, arrays.users, arrays.tracks, arrays.played)


@pytest.fixture(scope="module")
def taste(past):
    return past.taste(Moment(11, LATE))


def turned(values):
    return np.roll(values, 7, axis=0)


def other_plays(taste):
    history = taste.history
    return Taste(taste.bundle, history_of(history.item_rows[::2] // 2, history.counts[::2], history.last_at[::2]), LATE)


def other_catalogue(taste):
    known = taste.bundle.catalogue
    order = turned(np.arange(len(known)))
    matrices = {name: getattr(known, name)[order] for name in ("performed_by", "track_genre", "in_playlist")}
    columns = {name: turned(getattr(known, name)) for name in ("play_count", "recent_plays", "age_days", "audio")}
    catalogue = dataclasses.replace(known, **matrices, **columns)
    return Taste(dataclasses.replace(taste.bundle, catalogue=catalogue), taste.history, LATE)


def other_model(taste):
    bundle = taste.bundle
    als = dataclasses.replace(bundle.als, item_factors=bundle.als.item_factors * np.float32(1.5))
    tower = dataclasses.replace(bundle.tower, als=als, item_vectors=turned(bundle.tower.item_vectors))
    order = turned(np.arange(len(bundle.catalogue)))
    together = CoListening(bundle.co_listening.similarity[order], bundle.co_listening.listeners[order])
    return Taste(dataclasses.replace(bundle, tower=tower, co_listening=together), taste.history, LATE)


@pytest.mark.parametrize(
    ("changed", "read"), [(other_plays, PLAYS), (other_catalogue, CATALOGUE), (other_model, MODEL)]
)
def test_a_feature_reads_what_the_table_says_and_nothing_else(taste, changed, read):
    before, after = features_of(taste, ROWS), features_of(changed(taste), ROWS)
    for column, feature in enumerate(FEATURES):
        same = before[:, column].tobytes() == after[:, column].tobytes()
        if read not in feature.inputs:
            assert same, f"{feature.name} does not say that it reads {read.name}"
        elif before[:, column].any():  # a source may be silent in this world
            assert not same, f"{feature.name} says that it reads {read.name}"


def test_every_input_is_read_and_says_when_it_is_fresh():
    assert {read for feature in FEATURES for read in feature.inputs} == set(INPUTS)
    assert all(read.as_of and read.fresh for read in INPUTS)
    assert feature_named("gnn_cosine").inputs == (PLAYS, MODEL)
    with pytest.raises(NotFoundError, match="there is no feature 'gnn': see `phonograph features list`"):
        feature_named("gnn")


def test_what_happens_later_changes_no_feature(past, arrays, demo):
    """The future of every listener is replaced: more plays of what they know, and new tracks."""
    played, rng = arrays.played, np.random.default_rng(2)
    for moment in past.moments(LATE, SAMPLE):
        last = played.columns["lastAt"].astype(np.int64)
        goes_on = last > moment.at
        changed = dict(played.columns) | {
            "count": played.columns["count"] + goes_on * 5,
            "lastAt": np.where(goes_on, last + rng.integers(0, 10**6, len(last)), last),
        }
        late = Links(
            np.full(3, moment.user_row),
            np.setdiff1d(np.arange(50), played.target_row[played.source_row == moment.user_row])[:3],
            {name: np.full(3, moment.at + 1).astype(values.dtype) for name, values in changed.items()},
        )
        longer = Links(
            np.r_[played.source_row, late.source_row],
            np.r_[played.target_row, late.target_row],
            {name: np.r_[values, late.columns[name]] for name, values in changed.items()},
        )
        other = Past(demo.bundle, arrays.users, arrays.tracks, longer)
        now = features_of(past.taste(moment), ROWS)
        assert now.tobytes() == features_of(other.taste(moment), ROWS).tobytes()


def test_moments_lie_at_plays_before_the_end_and_are_the_same_for_the_same_seed(past, arrays):
    end = int(np.median(arrays.played.columns["lastAt"]))
    moments = past.moments(end, SAMPLE)
    assert moments == past.moments(end, SAMPLE) != past.moments(end, dataclasses.replace(SAMPLE, seed=6))
    assert len({moment.user_row for moment in moments}) == SAMPLE.users
    assert len(moments) <= SAMPLE.users * SAMPLE.instants
    for moment in moments:
        assert moment.at <= end
        assert past.taste(moment).history.last_at.max() == moment.at or len(past.taste(moment)) < SHORT_HISTORY
    with pytest.raises(NotEnoughDataError, match="nobody had played anything by 5"):
        past.moments(5, SAMPLE)


def test_a_track_that_the_model_does_not_know_is_no_play(demo, arrays):
    strange = dataclasses.replace(arrays.tracks, values=np.char.add(arrays.tracks.values, "?"))
    assert len(Past(demo.bundle, arrays.users, strange, arrays.played).taste(Moment(11, LATE))) == 0


def test_a_report_is_what_numpy_says(past, demo):
    examples = [one for _, one in past.examples(past.moments(LATE, SAMPLE))]
    found, every = observed(examples, demo.ranker), np.concatenate([one.features for one in examples])
    assert tuple(found) == NAMES
    cosine = found["gnn_cosine"]
    assert cosine.quantiles[0.5] == pytest.approx(float(np.median(every[:, 0])))
    assert (cosine.quantiles[QUANTILES[0]], cosine.quantiles[QUANTILES[-1]]) == (every[:, 0].min(), every[:, 0].max())
    assert cosine.rank == 1  # weight 4 in the default ranker
    assert cosine.importance == pytest.approx(4 * float(np.abs(every[:, 0]).mean()), rel=1e-5)
    assert sum(one.share for one in found.values()) == pytest.approx(1)
    assert sorted(one.rank for one in found.values()) == list(range(1, len(NAMES) + 1))
    assert found["sequence_score"].zeros == 1.0


def test_a_file_holds_what_was_computed_typed_as_the_table_says(past, demo, tmp_path):
    done = write(past, tmp_path / "one.parquet", LATE, SAMPLE, salt=b"a" * 32)
    table = pyarrow.parquet.read_table(tmp_path / "one.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["one.parquet"]
    assert table.column_names == [*(name for name, _, _ in KEYS), *NAMES]
    assert {str(table.schema.field(one.name).type): one.dtype for one in FEATURES} == {"float": "float32"}
    said = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    assert (said["modelVersion"], said["featureDigest"], said["asOf"]) == ("v", DIGEST, str(LATE))
    assert "catalogue and models as of the model's watermark" in said["note"]
    moments = past.moments(LATE, SAMPLE)
    expected = [one for _, one in past.examples(moments)]
    assert (done.moments, done.rows) == (len(moments), table.num_rows) == (len(expected), sum(map(_size, expected)))
    values = np.column_stack([table[name].to_numpy() for name in NAMES])
    assert values.tobytes() == np.concatenate([one.features for one in expected]).tobytes()
    tracks = demo.bundle.catalogue.tracks.values[np.concatenate([one.rows for one in expected])]
    assert table["track"].to_pylist() == tracks.tolist()
    assert table["played_later"].to_numpy().tolist() == np.concatenate([one.wanted for one in expected]).tolist()
    instants = table["instant"].cast("int64").to_numpy()
    assert (instants // 1000).tolist() == np.repeat([m.at for m in moments], list(map(_size, expected))).tolist()


def _size(one):
    return len(one.rows)


def test_pseudonyms_hold_within_a_file_only(past, arrays, tmp_path):
    names = []
    for salt in (b"a" * 32, b"b" * 32):
        write(past, tmp_path / "one.parquet", LATE, SAMPLE, salt=salt)
        table = pyarrow.parquet.read_table(tmp_path / "one.parquet", columns=["user"])
        names.append(set(table["user"].to_pylist()))
    assert len(names[0]) == len(names[1]) == SAMPLE.users
    assert not names[0] & names[1]
    whole = (tmp_path / "one.parquet").read_bytes()
    assert not [id for id in arrays.users.values.tolist() if id.encode() in whole]


def test_a_file_that_cannot_be_written_leaves_nothing_behind(past, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(InvalidRequestError, match=r"there: cannot be written \(.*\); choose another file"):
        write(past, tmp_path / "there", LATE, SAMPLE, salt=b"")
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    with pytest.raises(InvalidRequestError, match=r"nowhere/one\.parquet: cannot be written"):
        write(past, tmp_path / "nowhere/one.parquet", LATE, SAMPLE, salt=b"")
