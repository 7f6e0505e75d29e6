"""Words of the command line become what a request asks, or one line that says how to write it."""

import pytest

from api.cli.asked import attributes_of, moment_of, seeds_of
from gnn.context import Moment
from graph.errors import InvalidRequestError
from recommend.types import AttributeRange, Seed


def test_words_become_what_they_say():
    assert seeds_of(["lfm1m:track:1", "lfm1m:artist:2=-1", "x=0.5"]) == (
        Seed("lfm1m:track:1"),
        Seed("lfm1m:artist:2", -1.0),
        Seed("x", 0.5),
    )
    assert attributes_of(["tempo=100..120", "tempo=100..", "loudness=..-5.5", "energy=~0.8"]) == (
        AttributeRange("tempo", 100, 120),
        AttributeRange("tempo", 100),
        AttributeRange("loudness", None, -5.5),
        AttributeRange("energy", target=0.8),
    )
    assert moment_of(["hour=8", "weekday=0", "device=phone"]) == Moment(8, 0, "phone")
    assert moment_of([]) is None


@pytest.mark.parametrize(
    ("read", "word", "message"),
    [
        (seeds_of, "a=b", "write ID or ID=WEIGHT"),
        (attributes_of, "tempo", "write tempo=100..120"),
        (attributes_of, "tempo=..", "write tempo=100..120"),
        (attributes_of, "tempo=1.2.3..4", "write tempo=100..120"),
        (attributes_of, "energy=~much", "write tempo=100..120"),
        (moment_of, "hour=25", "give a number from 0 to 23"),
        (moment_of, "hour=-1", "give a number from 0 to 23"),
        (moment_of, "mood=blue", "write hour=8"),
        (moment_of, "device=", "write hour=8"),
    ],
)
def test_other_words_are_refused(read, word, message):
    with pytest.raises(InvalidRequestError, match=message):
        read([word])
