"""What a monitor reads: the gauges of a process as Prometheus text.

Each serving process answers for itself; the label ``process`` keeps them apart.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from api.freshness import freshness
from api.service import Service

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
HELP: Mapping[str, str] = {
    "phonograph_up": "1 while the process answers.",
    "phonograph_model_info": "1 for the model that is live.",
    "phonograph_model_loaded": "Whether a model is loaded.",
    "phonograph_index_recall": "Share of the true neighbours that the live index finds, by who asks.",
    "phonograph_later_tracks": "Tracks that the live model took up after its training.",
    "phonograph_profile_age_seconds": "Since the newest event that was applied to the graph.",
    "phonograph_events_waiting": "Events recorded and not applied yet.",
    "phonograph_model_age_seconds": "Since the newest event that the live model knows.",
}
"""Name -> what it measures. What is not known yet is absent from the answer."""


def exposition(service: Service) -> str:
    """All gauges of this process, in the text format of Prometheus; asks the graph and the log how far they are."""
    loaded = service.model.held
    gauges = {"phonograph_up": 1.0, "phonograph_model_loaded": float(loaded is not None)}
    if loaded is not None:
        gauges[f'phonograph_model_info{{version="{loaded.bundle.version}"}}'] = 1.0
    return text(gauges | dict(service.upkeep.gauges()) | freshness(service).metrics(), os.getpid())


def text(gauges: Mapping[str, float], process: int) -> str:
    """Gauges by name and labels as text, with the process among the labels.

    Args:
        gauges: ``name`` or ``name{label="value"}`` -> value; every name is one of ``HELP``.
        process: its number.
    """
    lines: list[str] = []
    for name, meaning in HELP.items():
        own = {key: value for key, value in gauges.items() if key.partition("{")[0] == name}
        if own:
            lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
        for key, value in own.items():
            labels = key.partition("{")[2].removesuffix("}")
            said = ",".join(filter(None, (labels, f'process="{process}"')))
            lines.append(f"{name}{{{said}}} {value:g}")
    return "\n".join(lines) + "\n"
