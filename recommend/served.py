"""The lists that a bundle would serve by score alone: what the gate measures, without the rules of any surface."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gnn.bundle import Bundle
from gnn.metrics import Lists
from graph.arrays import Links, Rows
from graph.progress import Progress
from graph.reads import Profile, Step
from recommend.blend import Blend, Part
from recommend.engine import Engine
from recommend.learn import histories
from recommend.surfaces import BY_NAME
from recommend.taste import Taste


class NoReads:
    """The engine of an offline list asks the graph nothing."""

    def profile(self, user_id: str, as_of: int) -> Profile:
        """Nobody may ask: the caller holds it."""
        raise AssertionError(f"an offline list reads no profile, asked for {user_id} at {as_of}")

    def verify(self, steps: Sequence[Step]) -> list[bool]:
        """Nobody may ask: no reasons are made."""
        raise AssertionError(f"an offline list verifies nothing, asked for {len(steps)} steps")


def served_lists(bundle: Bundle, played: Links, users: Rows, as_of: int, k: int, progress: Progress) -> Lists:
    """The k best unplayed tracks of each user by the ranker, out of what all sources nominate.

    Args:
        bundle: fitted on ``played`` or less; its rows are those of the links.
        played: user -> track, with ``count`` and ``lastAt``.
        users: int64 [n], ascending, each with a play.
        as_of: unix seconds.
        k: length of the lists.
        progress: told of each user.

    Returns:
        Lists of exactly k rows each; the first unplayed tracks fill up where fewer were nominated.
    """
    ranker = Engine(bundle, NoReads()).ranker
    history = histories(played, users)
    k = min(k, len(bundle.catalogue))
    found = np.empty((len(users), k), np.int64)
    everything = np.arange(len(bundle.catalogue))
    progress.stage("ranking as it would be served", len(users))
    for place, user in enumerate(users.tolist()):
        blend = Blend((Part(1.0, Taste(bundle, history[user], as_of), True),), bundle)
        quotas = BY_NAME["home"].quotas
        nominated = list(blend.nominations(quotas).values())
        played_rows = history[user].item_rows
        rows = np.setdiff1d(np.unique(np.concatenate(nominated)), played_rows)
        best = rows[np.lexsort((rows, -ranker.score(blend.features(rows))))][:k]
        rest = np.setdiff1d(everything, [*best, *played_rows]) if len(best) < k else everything
        found[place] = np.concatenate([best, rest])[:k]
        progress.advance()
    return Lists(users, found)
