"""What the route kit raises on purpose. Those that a request can meet have an ``http_status``.

WebError
├── RouteError                       at the start: the table of routes is wrong
│   ├── UnguardedRouteError          a route without a guard
│   └── DuplicateRouteError          two routes for one method and path
├── BadBodyError               400   no JSON, or not of the declared shape (``data`` names fields, never values)
├── BadQueryError              400   a query parameter is not of the declared shape
├── UnsupportedMediaTypeError  415   a body that is not ``application/json``
├── NotSignedInError           401   no session, or one that ended
└── ForbiddenError             403   signed in, but this route is not theirs
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class WebError(Exception):
    """Root of all errors of this package. ``data`` holds ids and field names only."""

    code: ClassVar[str] = "web_error"
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.data = data


class RouteError(WebError):
    code = "route_invalid"


class UnguardedRouteError(RouteError):
    code = "route_unguarded"

    def __init__(self, method: str, path: str) -> None:
        super().__init__(f"{method} {path} has no guard; a route that everybody may use says so with PUBLIC")


class DuplicateRouteError(RouteError):
    code = "route_duplicate"

    def __init__(self, method: str, path: str) -> None:
        super().__init__(f"{method} {path} is declared twice")


class BadBodyError(WebError):
    code, http_status = "invalid_body", 400


class BadQueryError(WebError):
    code, http_status = "invalid_query", 400


class UnsupportedMediaTypeError(WebError):
    code, http_status = "unsupported_media_type", 415

    def __init__(self) -> None:
        super().__init__("the body must be application/json")


class NotSignedInError(WebError):
    code, http_status = "not_signed_in", 401

    def __init__(self) -> None:
        super().__init__("no session")


class ForbiddenError(WebError):
    """``why`` is a code such as ``csrf``, ``role`` or ``off_duty``."""

    code, http_status = "forbidden", 403

    def __init__(self, why: str) -> None:
        super().__init__(f"refused: {why}", data={"why": why})
        self.why = why
