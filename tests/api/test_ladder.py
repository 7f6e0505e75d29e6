"""Each thing that a service stands on is taken away in turn: an answer every time, and what was lost is named."""

import shutil

import pytest

from api.bandit import SqliteBandit
from api.popular import PopularFile
from api.rule_book import SqliteRuleBook
from api.service import Service
from api.stored_sets import StoredSets
from gnn.registry import Registry
from graph.errors import GraphUnavailableError, ModelError, NotFoundError
from recommend.engine import Engine
from recommend.rules import Action, Rule
from recommend.types import RecommendRequest


@pytest.fixture
def listener(api):
    query = "MATCH (u:User)-[r:PLAYED]->() WITH u.id AS id, count(*) AS n ORDER BY n DESC, id LIMIT 1 RETURN id"
    return api.rows(query)[0]["id"]


@pytest.fixture
def models(api, tmp_path):
    """A copy of the models that may be spoilt."""
    shutil.copytree(api.service.registry.folder, tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture
def made(api, models, tmp_path):
    """A function that opens a service of this home."""
    opened = []

    def make(**changes):
        one = api.service
        parts = {
            "bandit": SqliteBandit(tmp_path / "trials.sqlite"),
            "rules": SqliteRuleBook(tmp_path / "rules.sqlite"),
            "sets": StoredSets(tmp_path / "sets.sqlite"),
            "popular": PopularFile(tmp_path / "popular.json"),
        } | changes
        service = Service(one.store, Registry(models), one.log, one.letters, now=one.now, **parts)
        opened.append(service)
        return service

    yield make
    for service in opened:
        service.trial.close()
        for part in (service.bandit, service.rules, service.sets):
            if part is not None:
                part.close()


def told(answer):
    return {part.component for part in answer.degraded}


def fine(answer, n=10):
    assert len(answer.items) == n
    assert [item.rank for item in answer.items] == list(range(1, n + 1))
    return answer


def test_with_everything_there_nothing_is_degraded(made, listener):
    assert not told(fine(made().recommend(RecommendRequest(listener, n=10))))


def test_neo4j_stopped(made, listener, monkeypatch):
    service = made()
    service.recommend(RecommendRequest(listener, n=10))

    def away(*words, **more):
        raise GraphUnavailableError("Neo4j is away")

    for name in ("read", "write", "ping", "autocommit"):
        monkeypatch.setattr(type(service.store), name, away)
    answer = fine(service.recommend(RecommendRequest(listener, n=10)))
    assert "explanations" in told(answer) or "graph" in told(answer)


def test_the_index_gone(made, models, listener):
    serving = made()
    fine(serving.recommend(RecommendRequest(listener, n=10)))
    gone = list(models.rglob("*.ann"))
    assert gone
    for file in gone:
        file.unlink()
    assert not told(fine(serving.recommend(RecommendRequest(listener, n=10))))  # what is mapped stays
    answer = fine(made().recommend(RecommendRequest(listener, n=10)))
    assert "tracks.ann is missing" in answer.degraded[0].reason


def test_the_trials_gone(made, tmp_path, listener):
    bad = tmp_path / "bad.sqlite"
    bad.write_bytes(b"rubbish" * 500)
    answer = fine(made(bandit=SqliteBandit(bad)).recommend(RecommendRequest(listener, n=10)))
    assert told(answer) == {"exploration"}
    assert not any(item.trial for item in answer.items)


def test_the_rules_gone(made, tmp_path, listener):
    bad = tmp_path / "bad.sqlite"
    bad.write_bytes(b"rubbish" * 500)
    answer = fine(made(rules=SqliteRuleBook(bad)).recommend(RecommendRequest(listener, n=10)))
    assert told(answer) == {"rules"}


def test_the_engine_broken(made, listener, monkeypatch, caplog):
    service = made()
    service.model.get()

    def breaks(self, request, profile=None, watch=None):
        raise RuntimeError("a bug")

    monkeypatch.setattr(Engine, "trace", breaks)
    answer = fine(service.recommend(RecommendRequest(listener, n=10)))
    assert told(answer) == {"engine", "answer"}
    assert all(list(item.contributions) == ["als"] for item in answer.items)
    with pytest.raises(NotFoundError):
        service.recommend(RecommendRequest("nobody", n=10))


def test_the_models_gone_while_serving_and_before(made, models, listener):
    service = made()
    kept = service.lists.kept(RecommendRequest(listener, n=12))
    shutil.rmtree(models)
    assert not told(fine(service.recommend(RecommendRequest(listener, n=10))))  # what is loaded goes on
    again = fine(made().recommend(RecommendRequest(listener, n=10)))
    assert told(again) == {"model", "answer"}
    assert [item.track.id for item in again.items] == [item.track.id for item in kept.items][:10]


def test_models_and_lists_gone_leave_what_is_popular(made, models, listener, tmp_path):
    made().recommend(RecommendRequest(listener, n=10))  # writes the file
    shutil.rmtree(models)
    answer = fine(made(sets=None).recommend(RecommendRequest(listener, n=10)))
    assert told(answer) == {"model", "answer"}
    assert "from a file" in answer.degraded[-1].reason
    played = set(made().reads.profile(listener, made().as_of()).track_ids.tolist())
    assert not played & {item.track.id for item in answer.items}


def test_what_is_refused_or_taken_down_stays_away_without_a_model(made, models, listener, api):
    service = made()
    service.lists.kept(RecommendRequest(listener, n=20))
    shutil.rmtree(models)
    kept = made().recommend(RecommendRequest(listener, n=10))
    down = kept.items[0].track.id
    service.rules.set(Rule("down", Action.TAKE_DOWN, (down,)), 1)
    assert down not in {item.track.id for item in made().recommend(RecommendRequest(listener, n=10)).items}
    popular = fine(made(sets=None).recommend(RecommendRequest(listener, n=10)))
    first = popular.items[0].track.id
    (genre,) = api.rows(
        "MATCH (t:Track {id: $id})-[r:IN_GENRE]->(g:Genre) RETURN g.id AS id ORDER BY r.weight DESC, id LIMIT 1",
        id=first,
    )
    service.rules.set(Rule("down", Action.TAKE_DOWN, (genre["id"],)), 2)
    left = made(sets=None).recommend(RecommendRequest(listener, n=10))
    assert first not in {item.track.id for item in left.items}


def test_everything_gone(made, models, listener, tmp_path, monkeypatch):
    service = made()
    service.recommend(RecommendRequest(listener, n=10))
    shutil.rmtree(models)

    def away(*words, **more):
        raise GraphUnavailableError("Neo4j is away")

    for name in ("read", "write", "ping", "autocommit"):
        monkeypatch.setattr(type(service.store), name, away)
    bad = tmp_path / "bad.sqlite"
    bad.write_bytes(b"rubbish" * 500)
    left = made(bandit=SqliteBandit(bad), rules=SqliteRuleBook(bad), sets=StoredSets(bad))
    answer = fine(left.recommend(RecommendRequest(listener, n=10)))
    assert {"graph", "model", "answer"} <= told(answer)


def test_where_nothing_was_ever_known_it_is_said(made, models, listener):
    shutil.rmtree(models)
    with pytest.raises(ModelError):
        made(sets=None).recommend(RecommendRequest(listener, n=10))
