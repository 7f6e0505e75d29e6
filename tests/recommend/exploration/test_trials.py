"""Trials in lists: where they stand, how many there are, and that their probabilities are those they are drawn with."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommend.exploration.arms import ARMS
from recommend.exploration.bandit import Knowledge
from recommend.exploration.posteriors import Counts, Key, Posteriors
from recommend.exploration.rate import Curiosity, places, rate_for, shares
from recommend.types import RecommendRequest
from recommend.why_not import Stage, why_not


def test_trials_stand_where_they_may():
    assert places(20) == [3, 8, 13, 18]
    assert len(places(30)) == 6
    for n in range(1, 101):
        assert all(place >= 3 for place in places(n))
        assert all(later - earlier == 5 for earlier, later in zip(places(n), places(n)[1:], strict=False))


@pytest.mark.parametrize(
    ("who", "rate"),
    [
        (Curiosity(), 0.25),
        (Curiosity(age_days=10), 0.325),
        (Curiosity(diversity=0.8), 0.3),
        (Curiosity(diversity=0.2), 0.175),
        (Curiosity(success=0.4), 0.275),
        (Curiosity(success=0.05), 0.2),
        (Curiosity(10, 0.9, 0.5), 0.25 * 1.3 * 1.2 * 1.1),
    ],
)
def test_the_rate_follows_the_listener(who, rate):
    assert rate_for(0.25, who) == pytest.approx(rate)
    assert rate_for(0.0, who) == 0.0
    assert 0.05 <= rate_for(0.01, who) <= rate_for(0.9, who) <= 0.5


@settings(max_examples=60, deadline=None)
@given(st.floats(0.05, 0.5), st.integers(5, 60))
def test_both_shares_hold_over_many_lists(rate, n):
    rng = np.random.default_rng(0)
    found = np.array([shares(rate, n, rng) for _ in range(1000)])
    injected, mixed = found.mean(axis=0)
    assert abs(injected - min(rate * n, len(places(n)))) / n <= 0.02
    assert abs(injected + mixed - rate * n) / n <= 0.02
    assert found[:, 0].max() <= len(places(n))


def listeners(demo, count):
    users = demo.reads.arrays.users.values
    plays = np.bincount(demo.reads.arrays.played.source_row, minlength=len(users))
    return [str(users[row]) for row in np.argsort(-plays, kind="stable")[:count]]


def ask(demo, user, **changes):
    now = demo.reads.arrays.watermark
    return demo.recommend(RecommendRequest(user, as_of=now, explain=False, **changes))


def test_a_list_has_its_share_of_trials_in_their_places(demo):
    shares_found = []
    for user in listeners(demo, 40):
        answer = ask(demo, user, exploration=0.25)
        plain = ask(demo, user, exploration=0.0)
        at = [item.rank for item in answer.items if item.trial and item.trial.propensity is not None]
        assert at == [4, 9, 14, 19][: len(at)]
        assert len(at) == answer.exploration.injected
        mixed = [item for item in answer.items if item.trial and item.trial.propensity is None]
        assert len(mixed) == answer.exploration.mixed
        assert len({item.track.id for item in answer.items}) == len(answer.items) == len(plain.items)
        shares_found.append((len(at) + len(mixed)) / len(answer.items) - answer.exploration.rate)
        kept = [item.track.id for item in answer.items if item.trial is None]
        assert kept == [item.track.id for item in plain.items][: len(kept)]  # the others keep their order
        for item in answer.items:
            assert sum(item.contributions.values()) == pytest.approx(item.score, abs=1e-5)
            assert item.trial is None or item.trial.arm in ARMS
    assert abs(np.mean(shares_found)) <= 0.02


def test_no_two_trials_are_by_one_artist_or_by_one_of_the_list(demo):
    for user in listeners(demo, 15):
        answer = ask(demo, user, exploration=0.5, n=30)
        others = {artist.id for item in answer.items if not item.trial for artist in item.track.artists}
        tried = [artist.id for item in answer.items if item.trial for artist in item.track.artists]
        assert len(tried) == len(set(tried))
        assert not set(tried) & others


def test_a_track_that_gave_way_to_a_trial_is_told_so_and_a_low_one_is_not(demo):
    for user in listeners(demo, 10):
        request = RecommendRequest(user, as_of=demo.reads.arrays.watermark, explain=False, exploration=0.25)
        answer = demo.recommend(request)
        if not answer.exploration.injected:
            continue
        shown = {item.track.id for item in answer.items}
        plain = [item.track.id for item in ask(demo, user, exploration=0.0).items]
        gone = [id for id in plain if id not in shown]
        assert gone
        for track in gone:
            assert why_not(demo, request, track).stage is Stage.GAVE_WAY
        trace = demo.trace(request)
        low = str(demo.bundle.catalogue.tracks.values[trace.pool.rows[trace.pool.scores.argmin()]])
        found = why_not(demo, request, low)
        assert found.stage is Stage.BELOW_CUTOFF
        tried = min(item.score for item in answer.items if item.trial)
        assert found.cutoff > tried or found.cutoff == min(i.score for i in answer.items if not i.trial)
        return
    raise AssertionError("nobody was shown a trial")


def test_contributions_sum_to_the_score_that_ranked_the_track(demo):
    """Held against the ranker's own scores of the pool, not against the sum that the answer shows."""
    user = listeners(demo, 1)[0]
    request = RecommendRequest(user, as_of=demo.reads.arrays.watermark, explain=False, exploration=0.0)
    pool = demo.trace(request).pool
    scored = dict(zip(demo.bundle.catalogue.tracks.values[pool.rows].tolist(), pool.scores.tolist(), strict=True))
    for item in demo.recommend(request).items:
        assert sum(item.contributions.values()) == pytest.approx(scored[item.track.id], rel=1e-6, abs=1e-6)


def test_nothing_is_tried_unless_it_may_be(demo):
    user = listeners(demo, 1)[0]
    assert ask(demo, user).exploration is None  # nobody remembers trials here
    assert not any(item.trial for item in ask(demo, user, exploration=0.0).items)


def test_the_same_question_tries_the_same_and_another_seed_another(demo):
    user = listeners(demo, 1)[0]
    one, again, other = (ask(demo, user, exploration=0.3, seed=seed) for seed in (0, 0, 1))
    tried = [[(item.track.id, item.trial) for item in answer.items if item.trial] for answer in (one, again, other)]
    assert tried[0] == tried[1] != tried[2]


def test_propensities_are_the_chances_of_what_is_drawn(demo):
    user = listeners(demo, 1)[0]
    chance, drawn = {}, Counter()
    runs = 600
    for seed in range(runs):
        answer = ask(demo, user, exploration=0.25, seed=seed)
        first = next(item for item in answer.items if item.rank == 4)
        chance[first.track.id] = chance.get(first.track.id, 0.0) + first.trial.propensity / runs
        drawn[first.track.id] += 1
    assert len(drawn) >= 10
    # A track's chance is logged only when it is drawn: in the mean its logged chance is its share squared.
    for id, count in drawn.most_common(5):
        share = count / runs
        logged = chance[id] / share
        assert logged == pytest.approx(share, abs=4 * np.sqrt(share / runs))


def test_what_is_liked_is_tried_more_often(demo):
    user = listeners(demo, 1)[0]
    segment = ask(demo, user, exploration=0.25).exploration.segment
    loved = Posteriors({Key("home", segment, "long_tail"): Counts(400.0, 100.0)})

    class Remembers:
        def knowledge(self, user_id, as_of):
            return Knowledge(loved)

        def show(self, trials):
            raise AssertionError("an engine shows nothing by itself")

    demo._bandit = Remembers()
    try:
        answers = [ask(demo, user, seed=seed) for seed in range(20)]
    finally:
        demo._bandit = None
    arms = Counter(
        item.trial.arm for answer in answers for item in answer.items if item.trial and item.trial.propensity
    )
    assert arms["long_tail"] > 0.7 * sum(arms.values())
