"""Tracks that fit the moment of the request: what is heard more than usual at such an hour, on such a device."""

from __future__ import annotations

import numpy as np

from gnn.bundle import Bundle
from recommend.sources.nominator import Nominator
from recommend.sources.source import Rows, best_unplayed, left_out
from recommend.taste import Taste


class ContextSource(Nominator):
    """By the fit of the moment, the better known first where it is equal."""

    name = "context"

    def unavailable(self, bundle: Bundle) -> str | None:
        """A model of moments must have proved itself."""
        return None if bundle.context is not None else left_out(bundle, "context", "no logged context")

    def nominate(self, taste: Taste, quota: int) -> Rows:
        """Nothing where nothing is known of the moment."""
        model = taste.bundle.context
        if model is None or taste.moment is None:
            return np.empty(0, np.int64)
        catalogue = taste.bundle.catalogue
        fit = model.scores(taste.moment, np.arange(len(catalogue)))
        return best_unplayed(fit * (1.0 + 0.1 * catalogue.facts[:, 0]), taste.unplayed, quota)
