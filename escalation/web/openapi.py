"""The API page (OpenAPI 3.1) and the permission table, read off the routes: they cannot differ from what is served."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import TypeAdapter

from escalation.web.route import Route

_REF = "#/components/schemas/{model}"
_Mode = Literal["validation", "serialization"]
_ERROR: dict[str, Any] = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "data": {"type": "object"}},
            "required": ["code", "message"],
        }
    },
    "required": ["error"],
}


def openapi(routes: Iterable[Route], *, title: str = "Shudong", version: str = "0") -> dict[str, Any]:
    """The document for every route that is not hidden."""
    shown = [route for route in routes if not route.hidden]
    schemas, definitions = _schemas(shown)
    paths: dict[str, dict[str, Any]] = {}
    for number, route in enumerate(shown):
        path = re.sub(r"\{(\w+):[^}]*\}", r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(number, route, path, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {"schemas": {**definitions, "Error": _ERROR}},
    }


def _schemas(routes: list[Route]) -> tuple[Mapping[tuple[Any, _Mode], Any], dict[str, Any]]:
    inputs: list[tuple[Any, _Mode, TypeAdapter[Any]]] = []
    for number, route in enumerate(routes):
        if route.body is not None:
            inputs.append(((number, "body"), "validation", TypeAdapter(route.body)))
        if route.answer is not None:
            inputs.append(((number, "answer"), "serialization", TypeAdapter(route.answer)))
    found, rest = TypeAdapter.json_schemas(inputs, ref_template=_REF)
    return found, rest.get("$defs", {})


def _operation(number: int, route: Route, path: str, schemas: Mapping[tuple[Any, _Mode], Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "tags": list(route.tags),
        "x-guard": route.guard.name,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"\{(\w+)\}", path)
        ],
        "responses": {
            "default": {"description": "an error", "content": _content({"$ref": _REF.format(model="Error")})}
        },
    }
    operation["parameters"] += _query(route)
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(schemas[((number, "body"), "validation")])}
    if route.answer is None:
        operation["responses"]["204"] = {"description": "done"}
    else:
        content = _content(schemas[((number, "answer"), "serialization")])
        operation["responses"]["200"] = {"description": "done", "content": content}
    return operation


def _query(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    whole = route.query.model_json_schema(ref_template=_REF)
    required = set(whole.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": one}
        for name, one in whole.get("properties", {}).items()
    ]


def _content(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def permission_table(routes: Iterable[Route]) -> list[dict[str, Any]]:
    """One row a route: method, path, guard, roles."""
    return [
        {"method": route.method, "path": route.path, "guard": route.guard.name, "roles": list(route.guard.roles)}
        for route in sorted(routes, key=lambda route: (route.path, route.method))
    ]
