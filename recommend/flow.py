"""In which order a list is heard: smooth from track to track, along an energy curve, for tracks whose sound is known.

The order has the least sum of what each step costs (tempo, key, energy, the same artist again) and of how far each
track is from the energy that the curve wants at its place. Both are weighed together: an order that is smooth alone
has no curve, one that follows the curve alone jumps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Places = NDArray[np.int64]

TEMPO, KEY, ENERGY, ARTIST = 0.35, 0.25, 0.2, 0.2
"""What the parts of a step may cost at most; together 1."""
FAR_OCTAVES = 0.25
"""Tempos this far apart, in octaves, cost all; 6 % are a twelfth of an octave."""
FAR_KEY = 4
"""Steps on the Camelot wheel that cost all; one step is a smooth change."""
FAR_ENERGY = 0.4
CURVE = (0.25, 0.45, 0.8, 1.3, 2.0)
"""How much the distance to the curve counts beside a step: the next where the order does not follow it well enough."""
FOLLOWS = 0.8
"""The correlation with the curve that is well enough."""
KICKS = 3
"""Times that the best order found is disturbed and mended again."""
SWAP, TURN, MOVE = range(3)

CAMELOT = np.array([8, 3, 10, 5, 12, 7, 2, 9, 4, 11, 6, 1])
"""Pitch class of a major key (C = 0) -> number on the Camelot wheel, which counts fifths."""
RELATIVE = 3
"""Semitones from a minor key to the major key of the same number."""

CURVES: Mapping[str, str] = {
    "arc": "rises to the middle and falls again",
    "build": "rises to the end",
    "wind-down": "falls to the end",
    "wave": "rises and falls twice",
    "steady": "stays as even as the tracks allow",
}
"""Name -> what the energy does."""


@dataclass(frozen=True, eq=False)
class Sounds:
    """What is known of the sound of some tracks; NaN where it is not.

    Attributes:
        tempo: beats per minute, float64 [n].
        key: pitch class 0 to 11, C = 0, float64 [n].
        mode: 1 major, 0 minor, float64 [n].
        energy: 0 to 1, float64 [n].
        artists: int64 [n, most credits], rows of the credited artists; ``nobody`` fills up.
        nobody: that row.
    """

    tempo: Doubles
    key: Doubles
    mode: Doubles
    energy: Doubles
    artists: Places
    nobody: int

    def __len__(self) -> int:
        return len(self.tempo)


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """An order and what it is worth.

    Attributes:
        order: int64 [n]: which track is at each place.
        curve: name of the energy curve.
        known: tracks whose energy is known.
        cost: sum of the steps.
        given: the same for the order that was given.
        correlation: of the energies with the curve, -1 to 1; None where it cannot be told.
    """

    order: Places
    curve: str
    known: int
    cost: float
    given: float
    correlation: float | None


def camelot(key: Doubles, mode: Doubles) -> Doubles:
    """The number of each key on the Camelot wheel, 1 to 12, float64 [n]; NaN where the key or mode is unknown."""
    is_known = ~(np.isnan(key) | np.isnan(mode))
    major = np.where(is_known, key + RELATIVE * (1 - mode), 0).astype(np.int64) % 12
    return np.where(is_known, CAMELOT[major], np.nan)


def transition_costs(sounds: Sounds) -> Doubles:
    """What the step from each track to each other costs, 0 to 1, symmetric float64 [n, n].

    A part that is unknown of one of the two costs what it does on average between the others, and nothing where it is
    unknown of all: it decides nothing.
    """
    octaves = np.log2(sounds.tempo[:, None] / sounds.tempo[None, :])
    apart = np.abs((octaves + 0.5) % 1.0 - 0.5)  # half and double time are the same pulse
    number = camelot(sounds.key, sounds.mode)
    around = np.abs(number[:, None] - number[None, :])
    steps = np.minimum(around, 12 - around) + np.abs(sounds.mode[:, None] - sounds.mode[None, :])
    jump = np.abs(sounds.energy[:, None] - sounds.energy[None, :])
    same = sounds.artists[:, None, :, None] == sounds.artists[None, :, None, :]
    real = (sounds.artists != sounds.nobody)[:, None, :, None]
    return np.asarray(
        TEMPO * _neutral(np.minimum(apart / FAR_OCTAVES, 1.0))
        + KEY * _neutral(np.minimum(steps / FAR_KEY, 1.0))
        + ENERGY * _neutral(np.minimum(jump / FAR_ENERGY, 1.0))
        + ARTIST * (same & real).any(axis=(2, 3))
    )


def _neutral(costs: Doubles) -> Doubles:
    """The costs, the unknown ones replaced by the mean of those between two different tracks."""
    off = ~np.eye(len(costs), dtype=np.bool_) & ~np.isnan(costs)
    return np.where(np.isnan(costs), costs[off].mean() if off.any() else 0.0, costs)


def shape(curve: str, n: int) -> Doubles:
    """The wanted energy at each place, 0 to 1, float64 [n]."""
    at = (np.arange(n) + 0.5) / max(n, 1)
    shapes = {
        "arc": np.sin(np.pi * at),
        "build": at,
        "wind-down": 1.0 - at,
        "wave": 0.5 - 0.5 * np.cos(4 * np.pi * at),
        "steady": np.full(n, 0.5),
    }
    return shapes[curve]


def wanted_energy(energy: Doubles, curve: str) -> Doubles:
    """The energy that the curve wants at each place, out of what the tracks have, float64 [n].

    The quietest place gets the lowest energy there is and so on, so that a list of loud tracks has a curve as well.
    """
    known = np.sort(energy[~np.isnan(energy)])
    if not len(known):
        return np.full(len(energy), np.nan)
    wish = shape(curve, len(energy))
    if np.ptp(wish) == 0:
        return np.full(len(energy), float(np.median(known)))
    ranks = np.argsort(np.argsort(wish, kind="stable"), kind="stable")
    return np.asarray(np.quantile(known, (ranks + 0.5) / len(ranks)))


def flowing(sounds: Sounds, curve: str = "arc", fixed: NDArray[np.bool_] | None = None, seed: int = 0) -> Flow:
    """The order for flow.

    Args:
        sounds: of the tracks in the order that is given.
        curve: a name of ``CURVES``.
        fixed: bool [n]: places whose tracks stay among themselves, such as those of an exploration.
        seed: of the disturbances; the same tracks and seed give the same order.
    """
    n = len(sounds)
    energy = sounds.energy
    steps = transition_costs(sounds)
    away = np.nan_to_num(np.abs(energy[:, None] - wanted_energy(energy, curve)[None, :]) / _range(energy))
    search = _Search(steps, np.zeros(n, np.bool_) if fixed is None else fixed)
    generator = np.random.default_rng(seed)
    order = np.arange(n)
    correlation = None
    for weight in CURVE if n > 1 else ():
        order = search.best(order, weight * away, generator)
        correlation = _correlation(energy[order], shape(curve, n))
        if correlation is None or correlation >= FOLLOWS:
            break
    return Flow(
        order=order,
        curve=curve,
        known=int((~np.isnan(energy)).sum()),
        cost=path_cost(steps, order),
        given=path_cost(steps, np.arange(n)),
        correlation=correlation,
    )


def path_cost(steps: Doubles, order: Sequence[int] | Places) -> float:
    """The sum of the steps of an order."""
    order = np.asarray(order, np.int64)
    return float(steps[order[:-1], order[1:]].sum())


def _range(energy: Doubles) -> float:
    known = energy[~np.isnan(energy)]
    return max(float(np.ptp(known)) if len(known) else 0.0, 1e-9)


def _correlation(energy: Doubles, wish: Doubles) -> float | None:
    known = ~np.isnan(energy)
    if known.sum() < 3 or np.ptp(energy[known]) == 0 or np.ptp(wish[known]) == 0:
        return None
    return float(np.corrcoef(energy[known], wish[known])[0, 1])


class _Search:
    """Finds an order by the one change that gains most, again and again, until none does.

    A change exchanges two places, turns a stretch around, or moves one track elsewhere.

    Args:
        steps: symmetric float64 [n, n].
        fixed: bool [n], places that keep their tracks among themselves.
    """

    def __init__(self, steps: Doubles, fixed: NDArray[np.bool_]) -> None:
        self._steps, self._fixed = steps, fixed
        self._away = np.zeros_like(steps)
        n = self._n = len(steps)
        first, last = np.indices((n, n))
        place = np.arange(2 * n - 1)[None, :] - np.arange(n)[:, None]  # of what stood at t, once i + j is turned around
        self._mirror, self._is_place = np.clip(place, 0, n - 1), (place >= 0) & (place < n)
        self._sum = first + last
        runs = np.concatenate([[0], np.cumsum(fixed)])
        mixed = np.abs(runs[np.maximum(first, last) + 1] - runs[np.minimum(first, last)]) > 0
        mixed &= ~fixed[first] | ~fixed[last] | (np.abs(first - last) > 1)
        stretches = [fixed[i : j + 1] for i in range(n) for j in range(n)]
        turns = np.array([bool((one == one[::-1]).all()) for one in stretches], np.bool_).reshape(n, n)
        may = [(first < last) & (fixed[first] == fixed[last]), (first < last) & turns, (first != last) & ~mixed]
        self._closed = np.where(np.array(may), 0.0, -np.inf)  # [swap, turn and move, place, place]

    def best(self, order: Places, away: Doubles, generator: np.random.Generator) -> Places:
        """The best order of several tries.

        Args:
            order: int64 [n], where to begin.
            away: float64 [n, n], the cost of a track (row) at a place (column).
            generator: of the disturbances.
        """
        self._away = away
        best = self._mended(order)
        least = self._cost(best)
        for kick in range(1 + KICKS):
            order = self._mended(self._kicked(best, generator) if kick else self._by_curve())
            cost = self._cost(order)
            if cost < least - 1e-12:
                best, least = order, cost
        return best

    def _by_curve(self) -> Places:
        """Each place in turn gets the track that suits it best, those of fixed places among themselves."""
        order = np.full(self._n, -1, np.int64)
        for group in (self._fixed, ~self._fixed):
            left = np.flatnonzero(group)
            for place in np.flatnonzero(group):
                at = int(self._away[left, place].argmin())
                order[place] = left[at]
                left = np.delete(left, at)
        return order

    def _cost(self, order: Places) -> float:
        return path_cost(self._steps, order) + float(self._away[order, np.arange(self._n)].sum())

    def _kicked(self, order: Places, generator: np.random.Generator) -> Places:
        """Three free places exchanged in a ring, twice."""
        order = order.copy()
        free = np.flatnonzero(~self._fixed)
        for _ in range(2 if len(free) >= 3 else 0):
            ring = generator.choice(free, 3, replace=False)
            order[ring] = order[np.roll(ring, 1)]
        return order

    def _mended(self, order: Places) -> Places:
        """The order after all changes that gain, the greatest gain first."""
        order = order.copy()
        while self._n > 1:
            gains = self._gains(order)
            change, i, j = (int(at) for at in np.unravel_index(int(gains.argmax()), gains.shape))
            if gains[change, i, j] <= 1e-9:
                break
            if change == SWAP:
                order[[i, j]] = order[[j, i]]
            elif change == TURN:
                order[i : j + 1] = order[i : j + 1][::-1]
            else:
                order = np.insert(np.delete(order, i), j, order[i])
        return order

    def _gains(self, order: Places) -> Doubles:
        """What each change gains, float64 [3, n, n] by two places; minus infinity where it may not be made."""
        n, places = self._n, np.arange(self._n)
        near = np.zeros((n + 2, n + 2))  # steps between the places, nothing before the first and behind the last
        near[1:-1, 1:-1] = self._steps[np.ix_(order, order)]
        placed = self._away[order]  # [place now, place then]
        between = near[1:-1, 1:-1]
        before, behind = near[:-2, 1:-1], near[2:, 1:-1]  # [i, x]: from the place before or behind i to the track at x
        there = before + behind + placed.T
        here = there.diagonal()
        swap = here[:, None] + here[None, :] - there - there.T
        swap[places[:-1], places[1:]] -= 2 * between[places[:-1], places[1:]]  # neighbours share a step
        enter, leave = before.diagonal(), behind.diagonal()
        stay = np.concatenate([[0.0], np.cumsum(placed.diagonal())])
        stays = stay[None, 1:] - stay[:-1, None]  # [i, j]: all from i to j stay
        mirrored = np.cumsum(np.where(self._is_place, placed[places[:, None], self._mirror], 0.0), axis=0)
        mirrored = np.concatenate([np.zeros((1, 2 * n - 1)), mirrored])
        turned = mirrored[places[None, :] + 1, self._sum] - mirrored[places[:, None], self._sum]
        turn = enter[:, None] + leave[None, :] - before - behind.T + stays - turned
        return np.array([swap, turn, self._move_gains(near, placed, stays)]) + self._closed

    def _move_gains(self, near: Doubles, placed: Doubles, stays: Doubles) -> Doubles:
        """What moving the track at one place (row) to another (column) gains, float64 [n, n]."""
        places = np.arange(self._n)
        between, before, behind = near[1:-1, 1:-1], near[:-2, 1:-1], near[2:, 1:-1]
        enter, leave = before.diagonal(), behind.diagonal()
        gap = near[places, places + 2]  # the step that closes the hole
        to_left = np.concatenate([[0.0], np.cumsum(placed[places[1:], places[:-1]])])  # tracks from the second on
        to_right = np.concatenate([[0.0], np.cumsum(placed[places[:-1], places[1:]])])
        taken = (enter + leave - gap)[:, None]
        later = taken + leave[None, :] - between - behind.T + stays - placed - (to_left[None, :] - to_left[:, None])
        sooner = (
            taken + enter[None, :] - between - before.T + stays.T - placed - (to_right[:, None] - to_right[None, :])
        )
        return np.asarray(np.where(places[:, None] < places[None, :], later, sooner))
