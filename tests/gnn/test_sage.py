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
SMALL = SageConfig(dim=12, half_lives_days=(7.0, 60.0), noise=0.3)


def without(data: TrainingData, side: str) -> TrainingData:
    """The data set without one kind of relation."""
    if side == "artists":
        return replace(data, performed_by=Links.none())
    return replace(data, follows=Links.none()) if side == "follows" else data


def inputs_of(data: TrainingData, factors: AlsModel, content: Floats) -> Inputs:
    users = relations.fold_in(data, factors)
    return relations.inputs(data, users, relations.whiten(factors, users), content)


@pytest.mark.parametrize("absent", ["nothing", "artists", "follows"])
def test_path_features_equal_message_passing(listening: TrainingData, absent: str) -> None:
    data = without(listening, absent)
    shape = (len(data.users), len(data.items))
    factors = als.fit(data.user_row, data.item_row, data.count, shape, AlsConfig(factors=10, iterations=3))
    inputs = inputs_of(data, factors, data.content())
    graph = relations.build(data, SMALL.half_lives_days)
    model = Sage(sage.shape_of(inputs, graph), SMALL)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.3 * torch.randn(parameter.shape)
        users = paths.vectors(paths.of_users(inputs, graph, np.arange(60)), paths.user_weights(model))
        items = paths.vectors(paths.of_items(inputs, graph), paths.item_weights(model))
    inferred = sage.infer(model, inputs, graph)
    users, items = torch.nn.functional.normalize(users, dim=1), torch.nn.functional.normalize(items, dim=1)
    np.testing.assert_allclose(users.numpy(), inferred.users, atol=1e-5)
    np.testing.assert_allclose(items.numpy(), inferred.items, atol=1e-5)


def test_the_network_starts_near_the_factors(listening: TrainingData) -> None:
    shape = (len(listening.users), len(listening.items))
    factors = als.fit(listening.user_row, listening.item_row, listening.count, shape, AlsConfig(factors=12))
    inputs = inputs_of(listening, factors, np.zeros((40, 0), np.float32))
    graph = relations.build(listening, ())
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
        return [tuple(p.shape) for p in Sage(sage.shape_of(inputs, relations.build(data, ())), SMALL).parameters()]

    assert sizes(9, 5) == sizes(30, 17)


def test_means_halve_with_the_half_life(make_data: Make) -> None:
    day = 86_400
    data = make_data([(0, 0), (0, 1), (1, 1)], 2, 2, at=[100 * day, 107 * day, 5 * day])
    uniform, recent = relations.build(data, (7.0,)).plays
    assert uniform.toarray().tolist() == [[0.5, 0.5], [0.0, 1.0]]
    np.testing.assert_allclose(recent.toarray(), [[1 / 3, 2 / 3], [0, 1]], rtol=1e-6)


def test_at_most_fifty_followed_users_are_averaged(make_data: Make) -> None:
    follows = [(0, other) for other in range(1, 60)] + [(0, 1)]
    data = make_data([(user, 0) for user in range(60)], 60, 1, follows=follows)
    followed = relations.build(data, ()).follows
    assert followed is not None
    assert followed[[0]].indices.tolist() == list(range(1, 51))
    assert followed[[0]].sum() == pytest.approx(1.0)
