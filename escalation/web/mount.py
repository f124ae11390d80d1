"""Hangs routes into an aiohttp application: guard first, then the body, then the handler; errors leave as JSON."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from escalation.web.errors import (
    BadBodyError,
    BadQueryError,
    DuplicateRouteError,
    UnguardedRouteError,
    UnsupportedMediaTypeError,
)
from escalation.web.route import Call, Route

log = structlog.get_logger(__name__)

WebHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATUS_BY_CODE: Mapping[str, int] = {
    "not_found": 404,
    "stale_version": 409,
    "duplicate_message": 409,
    "key_destroyed": 410,
    "store_busy": 503,
    "store_unavailable": 503,
    "store_closed": 503,
}
"""For errors of rooms that know nothing of HTTP."""


def json_response(value: Any, *, status: int = 200) -> web.Response:
    """Models, dataclasses, times and plain values as JSON."""
    return web.Response(body=to_json(value), status=status, content_type="application/json")


def error_response(status: int, code: str, message: str, data: Mapping[str, Any] | None = None) -> web.Response:
    error: dict[str, Any] = {"code": code, "message": message}
    if data:
        error["data"] = data
    return json_response({"error": error}, status=status)


@web.middleware
async def error_middleware(request: web.Request, handler: WebHandler) -> web.StreamResponse:
    """Turns errors with a ``code`` into JSON. Logs the route's pattern and the error's type, never a body."""
    try:
        return await handler(request)
    except web.HTTPException as exc:
        return _http_error(request, exc)
    except Exception as exc:
        code = getattr(exc, "code", None)
        status = getattr(exc, "http_status", None) or STATUS_BY_CODE.get(str(code), 500)
        if not isinstance(code, str) or status >= 500:
            log.error("request_failed", route=_pattern(request), method=request.method, **where(exc))
        if not isinstance(code, str):
            return error_response(500, "internal", "something went wrong here")
        return error_response(status, code, str(exc), getattr(exc, "data", None))


def where(exc: BaseException) -> dict[str, str]:
    """The type of an error and where it came from. Its text stays out: a database error may quote words."""
    frames = traceback.extract_tb(exc.__traceback__)[-3:]
    return {
        "error": type(exc).__name__,
        "at": " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames)),
    }


def _http_error(request: web.Request, exc: web.HTTPException) -> web.StreamResponse:
    """aiohttp's own answers: redirects pass, failures of the API become JSON."""
    if exc.status < 400 or not request.path.startswith("/api/"):
        raise exc
    answer = error_response(exc.status, exc.reason.lower().replace(" ", "_"), exc.reason)
    if "Allow" in exc.headers:
        answer.headers["Allow"] = exc.headers["Allow"]
    return answer


def _pattern(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"


def mount(app: web.Application, routes: Iterable[Route]) -> None:
    """Adds every route to ``app``, and the error middleware if it is not there yet.

    Raises:
        UnguardedRouteError: A route without a guard: the app does not start.
        DuplicateRouteError: Two routes for one method and path in this call.
    """
    if error_middleware not in app.middlewares:
        app.middlewares.append(error_middleware)
    known: set[tuple[str, str]] = set()
    for route in routes:
        if not callable(getattr(route.guard, "admit", None)):
            raise UnguardedRouteError(route.method, route.path)
        if (route.method, route.path) in known:
            raise DuplicateRouteError(route.method, route.path)
        known.add((route.method, route.path))
        app.router.add_route(route.method, route.path, _serve(route))


def _serve(route: Route) -> WebHandler:
    async def serve(request: web.Request) -> web.StreamResponse:
        # The guard comes before the body: a stranger's body is not even parsed.
        who = await route.guard.admit(request)
        body = None if route.body is None else await _read(request, route.body)
        query = None if route.query is None else _read_query(request, route.query)
        answer = await route.handler(Call(request=request, who=who, body=body, query=query))
        if isinstance(answer, web.StreamResponse):
            return answer
        return web.Response(status=204) if answer is None else json_response(answer)

    return serve


async def _read(request: web.Request, model: type[BaseModel]) -> BaseModel:
    # A form cannot send application/json across sites without a preflight: part of the defence against forged requests.
    if request.content_type != "application/json":
        raise UnsupportedMediaTypeError
    try:
        return model.model_validate(orjson.loads(await request.read()))
    except orjson.JSONDecodeError:
        raise BadBodyError("the body is not JSON") from None
    except ValidationError as exc:
        # `from None`: the cause carries the input, which may be somebody's words.
        raise BadBodyError("the body has another shape", data=_fields(exc)) from None


def _read_query(request: web.Request, model: type[BaseModel]) -> BaseModel:
    try:
        return model.model_validate(dict(request.query))
    except ValidationError as exc:
        raise BadQueryError("the query has another shape", data=_fields(exc)) from None


def _fields(exc: ValidationError) -> dict[str, Any]:
    errors = exc.errors(include_input=False, include_url=False, include_context=False)
    return {"fields": [{"at": ".".join(map(str, one["loc"])), "why": one["type"]} for one in errors]}
