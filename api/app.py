"""The web application: one GraphQL address, an explorer page, and three addresses that say how the process is."""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from api.applier import Applier
from api.graphql.context import Context, Threads
from api.graphql.errors import shown
from api.graphql.schema import schema
from api.metrics import CONTENT_TYPE, exposition
from api.model_watch import ModelWatch
from api.service import Service
from api.upkeep import Upkeep
from api.warmup import WarmUp
from graph.errors import PhonographError

MOST_BYTES = 1_048_576
THREADS = 4

_log = logging.getLogger(__name__)


class BadBody(Exception):
    """What was posted is no GraphQL request."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def create_app(
    service: Service,
    *,
    threads: int = THREADS,
    closes_service: bool = False,
    warms_up: bool = False,
    applier: Applier | None = None,
    keeps_up: bool = False,
    watch: ModelWatch | None = None,
) -> FastAPI:
    """Build the application around a service.

    Args:
        service: graph and model.
        threads: how many requests are begun at the same time: one computes, the others wait for the graph.
        closes_service: whether the service ends with the application; else the caller closes it.
        warms_up: whether Neo4j plans the statements beforehand; until it has, ``/readyz`` says no.
        watch: follows the registry, so that no request waits for a new model; without, requests look themselves.
        applier: moves events into the graph as long as the application runs; without, somebody else does.
        keeps_up: whether the index is probed and later tracks are taken up as long as the application runs.
    """
    core = Threads(threads, service.reads.turns)
    warm_up = WarmUp(service.store) if warms_up else None
    upkeep = service.upkeep if keeps_up else None

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        for start in (part.start for part in (warm_up, applier, watch, upkeep) if part):
            start()
        yield
        core.close()
        _stop(applier, watch, upkeep)
        if closes_service:
            service.close()

    app = FastAPI(title="Phonograph", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/graphql", response_class=HTMLResponse)
    async def explorer() -> HTMLResponse:
        return HTMLResponse(_explorer(), headers={"Content-Security-Policy": POLICY})

    @app.get("/", response_class=HTMLResponse)
    async def root() -> Response:
        return Response(status_code=307, headers={"Location": "/graphql"})

    async def graphql(request: Request) -> Response:
        return await _answer(request, service, core)

    app.add_route("/graphql", graphql, methods=["POST"])  # not as a path operation: there is nothing to resolve

    @app.get("/livez")
    async def livez() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @app.get("/readyz")
    async def readyz() -> Response:
        return await _readiness(service, core, warm_up)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(await core.call(exposition, service), media_type=CONTENT_TYPE)

    return app


def _stop(*parts: Applier | ModelWatch | Upkeep | None) -> None:
    for part in parts:
        if part:
            part.stop()


POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"
"""The explorer may talk to this server and to nobody else."""


@cache
def _explorer() -> str:
    return files("api.graphql").joinpath("explorer.html").read_text(encoding="utf-8")


async def _readiness(service: Service, core: Threads, warm_up: WarmUp | None) -> Response:
    """200 when something can be answered, if only by what is popular; else 503 with the reason."""
    try:
        loaded = await core.call(service.model.get)
    except PhonographError as error:
        return _not_ready(str(error))
    if warm_up and not warm_up.is_over:
        return _not_ready("warming up")
    return JSONResponse({"ready": True, "model": loaded.bundle.version})


def _not_ready(reason: str) -> JSONResponse:
    return JSONResponse({"ready": False, "reason": reason}, status_code=503, headers={"Retry-After": "5"})


async def _answer(request: Request, service: Service, core: Threads) -> Response:
    """Run one GraphQL request; whatever was posted, the answer is JSON."""
    request_id = uuid.uuid4().hex
    began = time.perf_counter()
    try:
        query, variables, operation = parsed_body(await _body(request))
        context = Context(service, core, request_id)
        result = await schema.execute(query, variables, context, operation_name=operation)
    except BadBody as error:
        return _refused(error.status, str(error), request_id)
    except MissingQueryError:
        return _refused(400, "no query: post a JSON object with a query", request_id)
    except (CannotGetOperationTypeError, InvalidOperationTypeError) as error:
        return _refused(400, _reason(error), request_id)
    content: dict[str, Any] = {"data": result.data}
    if result.errors:
        content["errors"] = [shown(error, request_id) for error in result.errors]
    _log.debug("request %s took %.1f ms", request_id, (time.perf_counter() - began) * 1e3)
    return _json(content, request_id)


def _reason(error: CannotGetOperationTypeError | InvalidOperationTypeError) -> str:
    if isinstance(error, InvalidOperationTypeError):
        return error.as_http_error_reason("POST")
    return error.as_http_error_reason()


def _json(content: dict[str, Any], request_id: str, status: int = 200) -> Response:
    return Response(
        _text(content),
        status_code=status,
        media_type="application/json",
        headers={"X-Request-Id": request_id},
    )


def _text(content: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(content, default=str)
    except TypeError:  # half a surrogate pair in a name, or a number beyond 64 bits
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "replace")


def _refused(status: int, message: str, request_id: str) -> Response:
    return _json({"errors": [{"message": message, "extensions": {"code": "BAD_REQUEST"}}]}, request_id, status)


async def _body(request: Request) -> bytes:
    """The body, read no further than is allowed.

    Raises:
        BadBody: it is longer, or no JSON.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"application/json", "application/graphql+json"}:  # also keeps simple cross-site posts out
        raise BadBody(415, f"content type {kind or 'absent'!r}: send application/json")
    received = bytearray()
    async for part in request.stream():
        received += part
        if len(received) > MOST_BYTES:
            raise BadBody(413, f"the body is longer than {MOST_BYTES} bytes")
    return bytes(received)


def parsed_body(body: bytes) -> tuple[str, dict[str, Any] | None, str | None]:
    """Query, variables and operation name of a posted body.

    Raises:
        BadBody: it is no JSON object with a query of text and variables of an object.
    """
    try:
        posted = json.loads(body)
        if b"\\u" in body:  # an escape may write half a surrogate pair, which is no character
            json.dumps(posted, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadBody(400, "the body is no JSON in UTF-8") from error
    if not isinstance(posted, dict):
        raise BadBody(400, "the body is no JSON object: batches are not served")
    query, variables, operation = posted.get("query"), posted.get("variables"), posted.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise BadBody(400, "no query: post a JSON object with a query")
    if variables is not None and not isinstance(variables, dict):
        raise BadBody(400, "variables must be an object")
    if operation is not None and not isinstance(operation, str):
        raise BadBody(400, "operationName must be text")
    return query, variables, operation or None
