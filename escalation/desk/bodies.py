"""What the desk sends. Unknown fields are ignored; lengths are bounded; ids are checked by the database."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nlu.corpus.checks import wrong_kinds
from nlu.labels import Category, RiskLevel, Subject

Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_-]+$")]
Note = Annotated[str, Field(max_length=4_000)]
Fence = Annotated[int, Field(ge=0)]
Seq = Annotated[int, Field(ge=0)]
Code = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_:]+$")]


class Body(BaseModel):
    # Errors must not carry what was written.
    model_config = ConfigDict(hide_input_in_errors=True)


class SignInBody(Body):
    login: Annotated[str, Field(min_length=1, max_length=80)]
    password: Annotated[str, Field(min_length=1, max_length=500)]


class DutyBody(Body):
    on: bool
    capacity: Annotated[int, Field(ge=1, le=50)] | None = None


class EmptyBody(Body):
    pass


class FenceBody(Body):
    fence: Fence


class HandBackBody(FenceBody):
    note: Note = ""
    reason: Note = ""
    to: Literal["queue", "bot"]
    last_seq: Seq | None = None


class TransferBody(FenceBody):
    to_line: Id | None = None
    to_staff: Id | None = None
    note: Note = ""


class AnswerTransferBody(FenceBody):
    note: Note = ""


class Risk(Body):
    asked: bool
    answer: Literal["denied", "present", "unclear", "not_asked"]
    date: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")


class CloseBody(FenceBody):
    last_seq: Seq
    disposition: Code
    note: Note
    risk: Risk
    reason: Note = ""


class LowerBody(FenceBody):
    last_seq: Seq
    level: RiskLevel
    reason: Note


class SayBody(FenceBody):
    id: Id
    text: Annotated[str, Field(min_length=1, max_length=20_000)]


class CardBody(FenceBody):
    id: Id


class NoteBody(Body):
    id: Id
    text: Annotated[str, Field(min_length=1, max_length=20_000)]


class JudgeBody(Body):
    """What one message shows, by the label page."""

    level: RiskLevel
    categories: Annotated[tuple[Category, ...], Field(max_length=len(Category))] = ()
    subject: Subject = Subject.NONE

    @model_validator(mode="after")
    def _by_the_label_page(self) -> Self:
        wrong = next(wrong_kinds(self.level, self.categories, self.subject), None)
        if wrong is not None:
            raise ValueError(wrong)
        return self


class RevealBody(Body):
    reason: Note


class EndReachBody(Body):
    note: Note
    outcome: Code


class ReviewBody(Body):
    decision: Literal["confirm", "reject"]
    note: Note = ""


class VerdictBody(Body):
    verdict: Literal["ok", "missed"]
    note: Note = ""


class AfterQuery(Body):
    after: Seq = 0


class ListQuery(Body):
    q_level: Annotated[int, Field(ge=0, le=4)] | None = None
    mode: Code | None = None
    line: Id | None = None
    from_: datetime | date | None = Field(default=None, alias="from")
    to: datetime | date | None = None
    page: Id | None = None


class AuditQuery(Body):
    conversation: Id


class SearchQuery(Body):
    q: Annotated[str, Field(max_length=400)] = ""
