"""Confirming or correcting what the machine read in one message: the line to learn from. It moves no level."""

from __future__ import annotations

from escalation.desk import shapes
from escalation.desk.access import visible
from escalation.desk.bodies import JudgeBody
from escalation.desk.deps import DeskDeps
from escalation.desk.views import judged_shape
from escalation.errors import TicketNotVisibleError
from escalation.signin import StaffWho
from escalation.web import Call, Route
from records import assessments, audit, messages
from records.errors import NotFoundError
from records.models import Author, Conversation, Kind, Message, Staff, StoredAssessment
from records.store import Tx

_LAYER = "human"


def routes(deps: DeskDeps) -> list[Route]:
    return [
        Route(method="POST", path="/api/desk/conversations/{id}/messages/{message}/level", guard=deps.guards.counsellor,
              handler=_Api(deps).judge, body=JudgeBody, answer=shapes.JudgedAnswer,
              summary="Confirm or correct what one message shows.", tags=("conversations",)),
    ]  # fmt: skip


class _Api:
    def __init__(self, deps: DeskDeps) -> None:
        self._room = deps.room

    async def judge(self, call: Call[StaffWho, JudgeBody, None]) -> shapes.JudgedAnswer:
        staff, body = call.who.staff, call.body

        async def work(tx: Tx) -> StoredAssessment:
            conversation, _ = await visible(tx, staff, call.part("id"))
            message = await _words(tx, conversation, call.part("message"))
            return await _written(tx, staff, conversation, message, body)

        judged = await self._room.store.write(work)
        return shapes.JudgedAnswer(judged=judged_shape(judged, {staff.id: staff.display_name}))


async def _words(tx: Tx, conversation: Conversation, message_id: str) -> Message:
    """A message of this seeker that has words. Anything else is answered as if it did not exist."""
    try:
        message = await messages.get(tx, message_id)
    except NotFoundError:
        raise TicketNotVisibleError from None
    ours = message.conversation_id == conversation.id and message.author is Author.SEEKER
    if not ours or message.kind is not Kind.TEXT or not message.text:
        raise TicketNotVisibleError
    return message


async def _written(
    tx: Tx, staff: Staff, conversation: Conversation, message: Message, body: JudgeBody
) -> StoredAssessment:
    # Lowering has its own way with its own second person (S5): here a level is said of words, not of a person.
    judged = await assessments.add(
        tx, message, level=body.level, categories=body.categories, subject=body.subject, confidence=1.0, evidence=(),
        layer=_LAYER, model_version="", running_level=conversation.level, by=staff.id,
    )  # fmt: skip
    await audit.write(
        tx, actor=staff.id, action="message.level", object_kind="conversation", object_id=conversation.id,
        data={"message": message.id, "level": int(body.level)},
    )  # fmt: skip
    return judged
