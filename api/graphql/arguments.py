"""Arguments that many questions take."""

from __future__ import annotations

from typing import Annotated

import strawberry

UserId = Annotated[strawberry.ID, strawberry.argument(description="The listener's global id, or the id in the graph.")]
MaybeUserId = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="For whom, by global id or the id in the graph; nobody in particular when absent."),
]
Wanted = Annotated[int, strawberry.argument(description="How many tracks, 1 to 100.")]
