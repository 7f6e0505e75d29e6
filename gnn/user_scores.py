"""The sequence and the cultural model over all users of a data set, as the evaluation asks for them."""

from __future__ import annotations

import numpy as np

from gnn.als import AlsModel
from gnn.baselines import recent
from gnn.cultural import cultural_model
from gnn.data import Floats, TrainingData
from gnn.metrics import Scores
from gnn.sequence import SequenceConfig, SequenceModel
from gnn.text_terms import documents_of_data
from gnn.tower import History
from graph.arrays import Rows
from graph.progress import Progress


def vectors_of(model: SequenceModel, data: TrainingData, user_rows: Rows, as_of: int) -> Floats:
    """The vectors of the given users, float32 [n, dim]."""
    order = np.lexsort((data.item_row, data.at, data.user_row))
    users = data.user_row[order]
    starts, ends = np.searchsorted(users, user_rows, "left"), np.searchsorted(users, user_rows, "right")
    found = np.zeros((len(user_rows), model.items.shape[1]), np.float32)
    for row, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        own = order[start:end]
        found[row] = model.vector(History(data.item_row[own], data.count[own], data.at[own]), as_of)
    return found


def sequence(
    data: TrainingData, als: AlsModel, as_of: int, config: SequenceConfig | None = None, *, progress: Progress
) -> Scores:
    """Train the model on ``data`` and score the whole catalogue at ``as_of``."""
    from gnn import sequence_training  # PyTorch takes seconds to import: only when it is needed

    model = sequence_training.fit(data, als, config, progress=progress)
    return lambda rows: vectors_of(model, data, rows, as_of) @ model.items.T


def cultural(data: TrainingData, half_life_days: float = 60.0) -> Scores:
    """Cosines with the recency-weighted mean of what the items of a user are tagged with and who made them."""
    model = cultural_model(documents_of_data(data), np.zeros((len(data.items), 0), np.float32), len(data.items))
    profiles = recent(data, half_life_days if data.has_times else np.inf) @ model.vectors
    norm = np.linalg.norm(profiles, axis=1, keepdims=True)
    unit = np.asarray(profiles / np.where(norm > 0, norm, 1.0), np.float32)
    return lambda rows: unit[rows] @ model.vectors.T
