"""What resolvers hold: the service, a bounded way into threads, and one loader per kind of node and request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

from api.graphql.pages import LARGEST_PAGE
from api.service import Service
from api.turns import Turns
from graph.browse import ArtistPage, GenrePage, PlaylistPage, TrackPage, UserPage
from graph.reads import Hit

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """Runs the synchronous core beside the event loop, a bounded number at once; the rest waits in turn.

    Args:
        most: threads; of these one computes, the others wait for the graph.
        turns: whose turn it is.
    """

    def __init__(self, most: int, turns: Turns) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="core")
        self._turns = turns

    async def call(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` in a thread and wait for it."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(self._run, work, *args, **kwargs))

    def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with self._turns.computing():
            return work(*args, **kwargs)

    def close(self) -> None:
        """Let what runs finish, start nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)


class Context:
    """One request."""

    def __init__(self, service: Service, threads: Threads, request_id: str) -> None:
        self.service = service
        self.threads = threads
        self.request_id = request_id
        browse = service.browse
        self.tracks: DataLoader[str, TrackPage | None] = self._loader(browse.tracks)
        self.artists: DataLoader[str, ArtistPage | None] = self._loader(browse.artists)
        self.genres: DataLoader[str, GenrePage | None] = self._loader(browse.genres)
        self.playlists: DataLoader[str, PlaylistPage | None] = self._loader(browse.playlists)
        self.users: DataLoader[str, UserPage | None] = self._loader(browse.users)

    async def browse(self, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Read a page from the graph; at once an error while Neo4j is known to be away."""
        return await self.threads.call(lambda: self.service.reads.ask("browse", read, *args, **kwargs))

    async def search(self, text: str, labels: Sequence[str], first: int) -> list[Hit]:
        """Search the graph, as ``GraphReads.search``; at once an error while Neo4j is known to be away."""
        return await self.threads.call(self.service.reads.ask, "search", self.service.graph.search, text, labels, first)

    def _loader(self, read: Callable[[Sequence[str]], Mapping[str, T]]) -> DataLoader[str, T | None]:
        """Joins all ids of one kind that a request asks for at the same time into one statement."""

        async def load(ids: list[str]) -> list[T | None]:
            found = await self.browse(read, ids)
            return [found.get(id) for id in ids]

        return DataLoader(load_fn=load, max_batch_size=LARGEST_PAGE)


Info = strawberry.Info[Context, None]
