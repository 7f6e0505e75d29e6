"""The network: message passing, path features and the tower are one and the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from gnn import als, paths, relations, sage
from gnn.als import AlsConfig, AlsModel
from gnn.config import SageConfig
from gnn.data import Floats, TrainingData
from gnn.relations import Inputs
from gnn.sage import Sage
from graph.arrays import Links

Make = Callable[..., TrainingData]
SMALL = SageConfig(
    dim=12, half_lives_days=(7.0, 60.0), relations=("artist", "genre", "follows"), trend_days=(30.0,), noise=0.3
)
DAY = 86_400


def inputs_of(data: TrainingData, factors: AlsModel, content: Floats) -> Inputs:
    users = relations.fold_in(data, factors)
    return relations.inputs(data, users, relations.whiten(factors, users), content)


def both_ways(config: SageConfig, data: TrainingData) -> tuple[list[Floats], list[Floats]]:
    """The vectors of users and items from path features, and from message passing, with weights far from the start."""
    shape = (len(data.users), len(data.items))
    factors = als.fit(data.user_row, data.item_row, data.count, shape, AlsConfig(factors=10, iterations=3))
    inputs, graph = inputs_of(data, factors, data.content(config.content)), relations.build(data, config)
    model = Sage(sage.shape_of(inputs, graph), config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.3 * torch.randn(parameter.shape)
        users = paths.vectors(paths.of_users(inputs, graph, np.arange(shape[0])), paths.user_weights(model))
        items = paths.vectors(paths.of_items(inputs, graph), paths.item_weights(model))
        users, items = torch.nn.functional.normalize(users, dim=1), model.sized(items)
    inferred = sage.infer(model, inputs, graph)
    vectors = sage.completed(items.numpy()) if config.item_norms else items.numpy()
    kept = slice(0, config.dim)  # not the coordinate that completes unit vectors: a root magnifies what rounding leaves
    return [users.numpy(), vectors[:, kept]], [inferred.users[:, kept], inferred.items[:, kept]]


@pytest.mark.parametrize("absent", ["nothing", "artist", "genre", "follows"])
def test_path_features_equal_message_passing_on_tracks(listening: TrainingData, absent: str) -> None:
    config = replace(SMALL, relations=tuple(name for name in SMALL.relations if name != absent), item_norms=True)
    for path, message in zip(*both_ways(config, listening), strict=True):
        np.testing.assert_allclose(path, message, atol=1e-5)


def test_path_features_equal_message_passing_on_artists(listening: TrainingData) -> None:
    artists = replace(listening, performed_by=Links.none(), at=np.zeros(len(listening), np.int64), has_times=False)
    for path, message in zip(*both_ways(replace(SMALL, half_lives_days=()), artists), strict=True):
        np.testing.assert_allclose(path, message, atol=1e-5)


def test_a_step_by_path_features_is_a_step_of_the_full_batch(listening: TrainingData) -> None:
    """The gradients of one loss are those of messages over the whole graph, so both ways train the same network."""
    shape = (len(listening.users), len(listening.items))
    factors = als.fit(listening.user_row, listening.item_row, listening.count, shape, AlsConfig(factors=10))
    inputs, graph = inputs_of(listening, factors, listening.content(SMALL.content)), relations.build(listening, SMALL)
    wanted = torch.from_numpy(np.random.default_rng(1).random(shape).astype(np.float32))

    def gradients(vectors: Callable[[Sage], tuple[torch.Tensor, torch.Tensor]]) -> list[Floats]:
        model = Sage(sage.shape_of(inputs, graph), SMALL)
        users, items = vectors(model)
        (users @ items.T * wanted).sum().backward()  # type: ignore[no-untyped-call]
        return [np.zeros(1) if p.grad is None else p.grad.numpy() / shape[0] for p in model.parameters()]

    def by_paths(model: Sage) -> tuple[torch.Tensor, torch.Tensor]:
        users = paths.vectors(paths.of_users(inputs, graph, np.arange(shape[0])), paths.user_weights(model))
        items = paths.vectors(paths.of_items(inputs, graph), paths.item_weights(model))
        return torch.nn.functional.normalize(users, dim=1), model.sized(items)

    def by_messages(model: Sage) -> tuple[torch.Tensor, torch.Tensor]:
        found: tuple[torch.Tensor, torch.Tensor] = model(
            torch.from_numpy(inputs.users), torch.from_numpy(inputs.items), sage.edges_of(graph)
        )
        return found

    pairs = list(zip(gradients(by_paths), gradients(by_messages), strict=True))
    assert sum(np.abs(one).max() > 1e-3 for one, _ in pairs) > len(pairs) / 2  # there is something to compare
    for one, same in pairs:
        np.testing.assert_allclose(one, same, atol=1e-5)


def test_what_is_switched_off_changes_nothing(listening: TrainingData) -> None:
    bare = replace(SMALL, relations=(), content=())
    other = replace(
        listening,
        performed_by=Links(listening.performed_by.source_row, listening.performed_by.target_row[::-1]),
        follows=Links(listening.follows.target_row, listening.follows.source_row),
        terms=replace(listening.terms, term_row=listening.terms.term_row[::-1]),
    )
    for one, same in zip(both_ways(bare, listening)[1], both_ways(bare, other)[1], strict=True):
        np.testing.assert_array_equal(one, same)
    for name in ("artist", "genre", "follows"):
        users = [both_ways(replace(bare, relations=(name,)), data)[1][0] for data in (listening, other)]
        assert not np.allclose(*users)


def test_sound_changes_the_items_where_it_is_content_and_no_bit_where_it_is_not(listening: TrainingData) -> None:
    heard = np.random.default_rng(3).random((len(listening.items), 4))
    loud, quiet = (replace(listening, audio=audio) for audio in (heard, heard[::-1].copy()))
    deaf = replace(SMALL, content=("terms",))
    with_sound = [both_ways(replace(SMALL, content=("audio",)), data)[1][1] for data in (loud, quiet)]
    without = [both_ways(deaf, data)[1][1] for data in (loud, quiet)]
    assert not np.allclose(*with_sound)
    np.testing.assert_array_equal(*without)


def test_standing_counts_recent_listeners_more(make_data: Make) -> None:
    data = make_data([(0, 0), (1, 0), (2, 1), (3, 1)], 4, 3, at=[100 * DAY, 70 * DAY, 40 * DAY, 10 * DAY])
    known, constant, recent = relations.standing(data, (30.0,)).T
    assert known[0] == known[1] > known[2] == 0
    assert constant.tolist() == [1, 1, 1]
    assert recent[0] / recent[1] == pytest.approx(np.log1p(1 + 1 / 2) / np.log1p(1 / 4 + 1 / 8))
    assert relations.standing(replace(data, has_times=False), (30.0,)).shape == (3, 2)


def test_the_network_starts_near_the_factors(listening: TrainingData) -> None:
    shape = (len(listening.users), len(listening.items))
    factors = als.fit(listening.user_row, listening.item_row, listening.count, shape, AlsConfig(factors=12))
    inputs = inputs_of(listening, factors, np.zeros((40, 0), np.float32))
    graph = relations.build(listening, SageConfig())
    model = Sage(sage.shape_of(inputs, graph), SageConfig(dim=12, noise=0.0))
    weights, _ = paths.user_weights(model)
    own = weights[:12].detach().numpy()
    np.testing.assert_allclose(own, own[0, 0] * np.eye(12), atol=1e-6)
    assert own[0, 0] > 0


def test_no_parameter_belongs_to_a_user_or_an_item(listening: TrainingData, make_data: Make) -> None:
    def sizes(users: int, items: int) -> list[tuple[int, ...]]:
        data = make_data([(user, user % items) for user in range(users)], users, items, artist_of=[0] * items)
        factors = als.AlsModel.of(np.zeros((items, 4), np.float32), AlsConfig(factors=4))
        inputs = inputs_of(data, factors, np.zeros((items, 2), np.float32))
        return [
            tuple(p.shape) for p in Sage(sage.shape_of(inputs, relations.build(data, SageConfig())), SMALL).parameters()
        ]

    assert sizes(9, 5) == sizes(30, 17)


def test_means_halve_with_the_half_life(make_data: Make) -> None:
    data = make_data([(0, 0), (0, 1), (1, 1)], 2, 2, at=[100 * DAY, 107 * DAY, 5 * DAY])
    uniform, recent = relations.build(data, SageConfig(half_lives_days=(7.0,))).plays
    assert uniform.toarray().tolist() == [[0.5, 0.5], [0.0, 1.0]]
    np.testing.assert_allclose(recent.toarray(), [[1 / 3, 2 / 3], [0, 1]], rtol=1e-6)


def test_at_most_fifty_followed_users_are_averaged(make_data: Make) -> None:
    follows = [(0, other) for other in range(1, 60)] + [(0, 1)]
    data = make_data([(user, 0) for user in range(60)], 60, 1, follows=follows)
    followed = relations.build(data, SageConfig()).follows
    assert followed is not None
    assert followed[[0]].indices.tolist() == list(range(1, 51))
    assert followed[[0]].sum() == pytest.approx(1.0)
