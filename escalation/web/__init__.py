"""The route kit of both rooms with a web face: every route declares its types and its guard from the first day."""

from __future__ import annotations

from escalation.web.errors import (
    BadBodyError,
    BadQueryError,
    DuplicateRouteError,
    ForbiddenError,
    NotSignedInError,
    RouteError,
    UnguardedRouteError,
    UnsupportedMediaTypeError,
    WebError,
)
from escalation.web.headers import NO_CONTENT_POLICY, ContentPolicy, SecurityHeaders
from escalation.web.mount import error_middleware, json_response, mount, where
from escalation.web.openapi import openapi, permission_table
from escalation.web.route import PUBLIC, Call, Guard, Public, Route

__all__ = [
    "NO_CONTENT_POLICY",
    "PUBLIC",
    "BadBodyError",
    "BadQueryError",
    "Call",
    "ContentPolicy",
    "DuplicateRouteError",
    "ForbiddenError",
    "Guard",
    "NotSignedInError",
    "Public",
    "Route",
    "RouteError",
    "SecurityHeaders",
    "UnguardedRouteError",
    "UnsupportedMediaTypeError",
    "WebError",
    "error_middleware",
    "json_response",
    "mount",
    "openapi",
    "permission_table",
    "where",
]
