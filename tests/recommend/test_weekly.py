"""A week without anything to discover has no list yet."""

from types import SimpleNamespace

from graph.reads import Profile
from recommend.types import Fill, RecommendationSet
from recommend.weekly import discover_weekly

MONDAY = 1_699_833_600


class Shelf:
    """Keeps lists in memory."""

    def __init__(self):
        self.kept = {}

    def stored(self, user_id, week):
        return self.kept.get((user_id, week))

    def earlier_tracks(self, user_id, weeks):
        return frozenset()

    def keep(self, user_id, week, answer, tracks, *, created_at, replace):
        self.kept[user_id, week] = answer
        return answer


def test_an_empty_list_is_not_kept_for_the_week():
    empty = RecommendationSet("set", "u", "discover_weekly", "m", MONDAY, (), Fill(40, 0, {"played": 5}))
    engine = SimpleNamespace(recommend=lambda request, profile, *, hurries: empty)
    reads = SimpleNamespace(profile=lambda user_id, as_of: Profile.empty(user_id))
    shelf = Shelf()
    answer = discover_weekly(engine, reads, shelf, "u", None, as_of=MONDAY + 5)
    assert (answer.items, answer.fill.removed) == ((), {"played": 5})
    assert shelf.kept == {}
