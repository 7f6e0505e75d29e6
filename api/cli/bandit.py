"""``phonograph bandit``: what was tried out, what became of it, and what another policy would have earned."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import numpy as np
import typer

from api import composition
from api.cli.console import print_json, print_table, say
from api.settings import load_settings
from graph.errors import InvalidRequestError, NotEnoughDataError
from recommend.exploration.off_policy import Estimate, TrialLog, ips, snips
from recommend.exploration.policies import EpsilonGreedy, Greedy, Policy, Thompson
from recommend.exploration.posteriors import PRIOR

POLICIES: dict[str, Policy] = {"thompson": Thompson(), "epsilon-greedy": EpsilonGreedy(), "greedy": Greedy()}
ACTIONS = ("show", "estimate", "reset")


def bandit(
    action: Annotated[str, typer.Argument(help="show, estimate or reset.")] = "show",
    policy: Annotated[str, typer.Option(help=f"For estimate: {', '.join(POLICIES)}.")] = "greedy",
    yes: Annotated[bool, typer.Option("--yes", help="For reset: do not ask.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")] = False,
) -> None:
    """Show the arms, judge another policy by the log of this one, or forget every trial."""
    if action not in ACTIONS:
        raise InvalidRequestError(f"unknown action {action!r}: choose one of {', '.join(ACTIONS)}")
    with composition.bandit(load_settings()) as store:
        if action == "reset":
            if not yes:
                typer.confirm("Forget every trial and what became of it?", abort=True)
            say(f"{store.reset()} trials forgotten")
            return
        if action == "show":
            rows = store.report()
            if json:
                print_json([asdict(row) for row in rows])
                return
            print_table(
                "trials",
                ["surface", "segment", "arm", "shown", "judged", "success"],
                [
                    [r.surface, r.segment, r.arm, r.shown, r.judged, r.successes / r.judged if r.judged else "unknown"]
                    for r in rows
                ],
            )
            return
        found = estimated(store.judged(), policy)
    if json:
        print_json({name: asdict(one) for name, one in found.items()})
        return
    for name, one in found.items():
        say(
            f"{policy} by {name}: {one.value:.3f} [{one.low:.3f}, {one.high:.3f}], {one.effective:.0f} trials in effect"
        )


def estimated(judged: list[tuple[str, str, str, float, float]], name: str) -> dict[str, Estimate]:
    """What a policy would have earned on the trials of a log.

    Its knowledge at each trial is that of the whole log: what it would do now, with the listeners of then.

    Args:
        judged: surface, segment, arm, its chance, and reward of each trial.
        name: a key of ``POLICIES``.

    Raises:
        InvalidRequestError: there is no such policy.
        NotEnoughDataError: too few trials were judged.
    """
    if name not in POLICIES:
        raise InvalidRequestError(f"unknown policy {name!r}: choose one of {', '.join(POLICIES)}")
    if len(judged) < 2:
        raise NotEnoughDataError(f"{len(judged)} trials were judged, at least 2 are needed: let listeners react first")
    places = np.array([f"{surface}\n{segment}" for surface, segment, *_ in judged])
    arms = np.array([arm for _, _, arm, _, _ in judged])
    taken, reward = np.array([chance for *_, chance, _ in judged]), np.array([reward for *_, reward in judged])
    target = np.empty(len(judged))
    for place in np.unique(places):
        here = places == place
        names, of = np.unique(arms[here], return_inverse=True)
        good = np.bincount(of, reward[here], len(names))
        count = np.bincount(of, minlength=len(names))
        beta = np.column_stack([PRIOR[0] + good, PRIOR[1] + count - good])
        target[here] = POLICIES[name].probabilities(beta, np.ones(1))[of]
    log = TrialLog(np.zeros(len(judged), np.int64), taken, reward, target)
    return {"ips": ips(log), "snips": snips(log)}
