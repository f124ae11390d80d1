"""Frames of the seeker's socket, checked at the edge. Unknown fields are ignored; what cannot be read is kept."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.errors import PayloadError

ServerFrame = dict[str, Any]
"""A frame to the page: plain JSON values, ``type`` first."""

_ClientId = Annotated[str, Field(min_length=1, max_length=64)]
_Short = Annotated[str, Field(max_length=400)]


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Hello(_Frame):
    type: Literal["hello"]
    token: Annotated[str, Field(max_length=200)]
    after: Annotated[int, Field(ge=0)] = 0
    tab: Annotated[str, Field(max_length=64)] = ""


class Say(_Frame):
    type: Literal["say"]
    id: _ClientId
    text: str
    at: str | None = None


class Choose(_Frame):
    type: Literal["choose"]
    id: _ClientId
    seq: int = 0
    choice: Annotated[str, Field(max_length=120)]
    label: str = ""


class Act(_Frame):
    type: Literal["action"]
    id: _ClientId
    action: Literal["human", "danger", "call_failed", "leave", "quick_exit", "abroad", "mainland"]
    note: str | None = None


class Profile(_Frame):
    type: Literal["profile"]
    id: _ClientId
    nickname: str | None = None
    about: str | None = None
    audience: Literal["student", "parent", "teacher"] | None = None
    age_band: Literal["under_14", "14_17", "18_plus"] | None = None
    region: _Short | None = None


class Feedback(_Frame):
    type: Literal["feedback"]
    id: _ClientId
    helped: Literal["yes", "some", "no"] | None = None
    distress: Annotated[int, Field(ge=0, le=10)] | None = None
    text: str | None = None


class Consent(_Frame):
    type: Literal["consent"]
    id: _ClientId
    purpose: Literal["service", "training"]
    version: _Short
    given: bool


class Secret(_Frame):
    type: Literal["secret"]
    id: _ClientId
    op: Literal["set", "unlock"]
    secret: Annotated[str, Field(min_length=4, max_length=200)]


class Received(_Frame):
    type: Literal["received"]
    seq: Annotated[int, Field(ge=0)]


class Typing(_Frame):
    type: Literal["typing"]
    on: bool


class Ping(_Frame):
    type: Literal["ping"]


Lasting = Say | Choose | Act | Profile | Feedback | Consent | Secret
"""Frames that the page keeps until they are acknowledged."""
ClientFrame = Annotated[
    Hello | Say | Choose | Act | Profile | Feedback | Consent | Secret | Received | Typing | Ping,
    Field(discriminator="type"),
]
_adapter: TypeAdapter[ClientFrame] = TypeAdapter(ClientFrame)
_WORDS = ("text", "note", "about", "nickname", "label")


class UnreadableFrameError(PayloadError):
    """A frame in no shape that we know. ``words`` holds what text it carried, so that nothing is lost (S13).

    Attributes:
        reason: ``bad_json``, ``unknown_type`` or ``bad_fields``: the code that the page is told.
        frame_id: The client's id of the frame, if it could be read.
        words: Text found in the frame, or the raw text itself if it was no JSON. Never logged.
    """

    code = "unreadable_frame"

    def __init__(self, reason: str, *, frame_id: str | None = None, words: str = "") -> None:
        super().__init__(f"unreadable frame: {reason}")
        self.reason, self.frame_id, self.words = reason, frame_id, words


def read_frame(raw: str | bytes | dict[str, Any]) -> ClientFrame:
    """One frame from its JSON text, or from the decoded object (polling).

    Raises:
        UnreadableFrameError: With the words that it carried.
    """
    value: Any = raw
    if not isinstance(raw, dict):
        text = raw if isinstance(raw, str) else raw.decode("utf-8", errors="replace")
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            raise UnreadableFrameError("bad_json", words=text) from None
    if not isinstance(value, dict):
        raise UnreadableFrameError("bad_json", words=value if isinstance(value, str) else "")
    try:
        return _adapter.validate_python(value)
    except ValidationError as exc:
        unknown = any(error["type"].startswith("union_tag") for error in exc.errors(include_input=False))
        raise UnreadableFrameError(
            "unknown_type" if unknown else "bad_fields", frame_id=_frame_id(value), words=_words(value)
        ) from None


def _frame_id(value: dict[str, Any]) -> str | None:
    found = value.get("id")
    return found if isinstance(found, str) and 0 < len(found) <= 64 else None


def _words(value: dict[str, Any]) -> str:
    return "\n".join(part for name in _WORDS if isinstance(part := value.get(name), str) and part.strip())


def write_frame(frame: ServerFrame) -> str:
    """JSON in ASCII, so that a lone surrogate that somebody sent can be shown back without breaking the socket."""
    return json.dumps(frame, ensure_ascii=True, separators=(",", ":"))
