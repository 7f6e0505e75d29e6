"""No answer ever names another listener: everything that can be said of one is looked through for all the others."""

import dataclasses
import json

import numpy as np
import pytest

from graph.edits import Edit, EditKind
from graph.reads import Plays
from recommend.counterfactual import counterfactual
from recommend.portrait import as_json, portrait
from recommend.preview import preview
from recommend.surfaces import SURFACES
from recommend.types import RecommendRequest, Seed
from recommend.weekly import discover_weekly
from recommend.why_not import why_not
from recommend.wire import counterfactual_to_json, item_to_json, to_json, why_not_to_json

NEVER = 2_000_000_000


@pytest.fixture(scope="module")
def named(demo):
    """Every listener of the demo world with a name that nothing else is called, and whom they follow."""
    arrays = demo.reads.arrays
    names = {id: f"Xq{place:04}zK" for place, id in enumerate(arrays.users.values.tolist())}

    def profile(user, as_of=NEVER):
        row = arrays.users.row(user)
        others = arrays.follows.target_row[arrays.follows.source_row == row]
        circle = [demo.reads.profile(id, as_of) for id in arrays.users.values[others].tolist()]
        plays = tuple(Plays(one.track_ids, one.counts, one.last_at) for one in circle if len(one.track_ids))
        return dataclasses.replace(demo.reads.profile(user, as_of), name=names[user], followed=plays)

    return names, profile


def outputs(engine, profile):
    """Everything that is said to this listener, as text."""
    user = profile.user_id
    own = str(engine.bundle.catalogue.artists.values[3])
    for surface in SURFACES:
        seeds = (Seed(own),) if surface.name == "radio" else ()
        answer = engine.recommend(RecommendRequest(user, surface.name, 20, as_of=NEVER, seeds=seeds), profile)
        yield to_json(answer)
        for item in answer.items[:2]:
            request = RecommendRequest(user, surface.name, 20, as_of=NEVER, seeds=seeds)
            yield item_to_json(engine.explain(request, item.track.id, profile))
    home = RecommendRequest(user, as_of=NEVER)
    for row in (0, 500, 1500):
        yield why_not_to_json(why_not(engine, home, str(engine.bundle.catalogue.tracks.values[row]), profile))
    if len(profile.track_ids):
        shown = engine.recommend(home, profile).items[0].track.id
        yield counterfactual_to_json(counterfactual(engine, home, shown, str(profile.track_ids[-1]), profile))
    yield as_json(portrait(profile, engine.bundle, NEVER))
    changes = preview(engine, home, profile, (Edit(EditKind.MUTE, own, number=1),))
    yield [dataclasses.asdict(change) for change in changes]


def test_nobody_else_is_named(demo, named):
    names, profile = named
    users = demo.reads.arrays.users.values.tolist()
    busy = np.bincount(demo.reads.arrays.follows.source_row, minlength=len(users))
    chosen = [users[row] for row in np.argsort(-busy)[:3].tolist()]
    newcomer = dataclasses.replace(
        profile(chosen[0]),
        track_ids=np.empty(0, np.str_),
        counts=np.empty(0, np.float32),
        last_at=np.empty(0, np.int64),
        skips=np.empty(0, np.float32),
    )
    for one in [*map(profile, chosen), newcomer]:
        assert one.followed
        for said in outputs(demo, one):
            text = json.dumps(said)
            found = [id for id, name in names.items() if id != one.user_id and (f'"{id}"' in text or name in text)]
            assert found == []


def test_a_week_names_nobody_else(demo, named, monkeypatch):
    names, profile = named
    user = str(demo.reads.arrays.users.values[7])
    reads = type("Reads", (), {"profile": staticmethod(profile), "verify": demo.reads.verify})
    monkeypatch.setattr(demo, "_reads", reads)
    kept = {}

    class Shelf:
        def stored(self, user_id, week):
            return None

        def earlier_tracks(self, user_id, weeks):
            return frozenset()

        def keep(self, user_id, week, answer, tracks, *, created_at, replace):
            kept["answer"] = answer
            return answer

    answer = discover_weekly(demo, reads, Shelf(), user, None, as_of=demo.reads.arrays.watermark)
    text = json.dumps(to_json(answer)) + kept["answer"]
    assert names[user] in text, "the search finds names where there are any"
    assert [id for id, name in names.items() if id != user and (f'"{id}"' in text or name in text)] == []
