"""Every table of the main database, in one place, in SQLAlchemy Core.

Columns that end in ``_enc`` hold words: bytes sealed by the vault with a data key per (seeker, retention class), bound to
table, column and row (S8). Every row with such a column also carries ``retention_class``, ``legal_hold`` and ``erased_at``.
Times are aware UTC. Ids are ULIDs as 26 characters. The key store has tables of its own, in ``records.keystore``.
"""

# ruff: noqa: E501 - a table reads best with few, long lines
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time with microseconds, kept as fixed-width text so that SQLite and PostgreSQL compare it alike."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive time")
        return value.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:
        # fromisoformat is about ten times as fast as strptime, and a row has up to eight times.
        return None if value is None else datetime.fromisoformat(value)


def _id(*args: Any, **kwargs: Any) -> sa.Column[str]:
    return sa.Column("id", sa.String(26), *args, primary_key=True, **kwargs)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(26), sa.ForeignKey(f"{target}.id"), nullable=nullable, index=index)


def _time(name: str, *, nullable: bool = True, index: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, UtcDateTime(), nullable=nullable, index=index)


def _code(name: str, length: int = 24, **kwargs: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), **{"nullable": False, **kwargs})


def _kept(retention_class: str) -> tuple[sa.Column[Any], ...]:
    """The columns that every row with words carries."""
    return (
        sa.Column("retention_class", sa.String(16), nullable=False, default=retention_class),
        sa.Column("legal_hold", sa.Boolean, nullable=False, default=False),
        _time("erased_at"),
    )


organisation = sa.Table(
    "organisation", metadata, _id(), _ref("parent_id", "organisation", nullable=True), _code("kind"),
    sa.Column("name", sa.String(200), nullable=False), _code("region", nullable=True), _time("created_at", nullable=False),
)  # fmt: skip

line = sa.Table(
    "line", metadata, _id(), _ref("organisation_id", "organisation", nullable=True), _code("slug", 40, unique=True),
    sa.Column("name", sa.String(200), nullable=False), _code("time_zone", 64), sa.Column("hours", sa.JSON, nullable=False),
    sa.Column("audiences", sa.JSON, nullable=False), sa.Column("skills", sa.JSON, nullable=False),
    _code("region", nullable=True), _ref("neighbour_id", "line", nullable=True),
    sa.Column("is_default", sa.Boolean, nullable=False, default=False), _time("created_at", nullable=False),
)  # fmt: skip

staff = sa.Table(
    "staff", metadata, _id(), _code("login", 80, unique=True), sa.Column("password_hash", sa.String(200), nullable=False),
    sa.Column("display_name", sa.String(80), nullable=False), _ref("organisation_id", "organisation", nullable=True),
    sa.Column("skills", sa.JSON, nullable=False), sa.Column("capacity", sa.Integer, nullable=False, default=5),
    sa.Column("demo", sa.Boolean, nullable=False, default=False), sa.Column("failed_logins", sa.Integer, nullable=False, default=0),
    _time("locked_until"), _time("clearance_until"), _time("disabled_at"), _time("created_at", nullable=False),
)  # fmt: skip

staff_role = sa.Table(
    "staff_role", metadata, _id(), _ref("staff_id", "staff", index=True), _code("role"),
    _ref("line_id", "line", nullable=True), _ref("organisation_id", "organisation", nullable=True),
)  # fmt: skip

staff_session = sa.Table(
    "staff_session", metadata, _id(), _ref("staff_id", "staff", index=True), _code("token_hash", 64, unique=True),
    _code("csrf", 64), _time("created_at", nullable=False), _time("last_seen_at", nullable=False),
    _time("expires_at", nullable=False), _time("revoked_at"),
)  # fmt: skip

seeker = sa.Table(
    "seeker", metadata, _id(), _time("created_at", nullable=False), _code("pseudonym", 40), _code("age_band", nullable=True),
    _code("audience", nullable=True), _code("locale", 16), _code("region", nullable=True),
    sa.Column("abroad", sa.Boolean, nullable=False, default=False),
    sa.Column("level", sa.Integer, nullable=False, default=0), _time("level_at"),
    sa.Column("secret_hash", sa.String(200), nullable=True), sa.Column("secret_failures", sa.Integer, nullable=False, default=0),
    _time("secret_locked_until"), sa.Column("nickname_enc", sa.LargeBinary, nullable=True),
    sa.Column("about_enc", sa.LargeBinary, nullable=True), *_kept("seeker"),
)  # fmt: skip

identity = sa.Table(
    "identity", metadata, _id(), _ref("seeker_id", "seeker", index=True), _code("channel"), _code("account_hash", 64),
    sa.Column("key_version", sa.Integer, nullable=False), sa.Column("address_enc", sa.LargeBinary, nullable=True),
    _time("created_at", nullable=False), _time("last_seen_at", nullable=False), _time("unreachable_at"), *_kept("seeker"),
    sa.UniqueConstraint("channel", "account_hash"),
)  # fmt: skip

consent = sa.Table(
    "consent", metadata, _id(), _ref("seeker_id", "seeker", index=True), _code("purpose"), _code("text_version", 40),
    _code("state"), _time("at", nullable=False), _code("by", 40),
)  # fmt: skip

conversation = sa.Table(
    "conversation", metadata, _id(), _ref("seeker_id", "seeker", index=True),
    _ref("identity_id", "identity", index=True), _code("channel"), _ref("line_id", "line"), _code("mode"), sa.Column("version", sa.Integer, nullable=False, default=0),
    sa.Column("level", sa.Integer, nullable=False, default=0), _time("level_at"), _code("model_version", 80, nullable=True),
    sa.Column("state", sa.JSON, nullable=False), sa.Column("next_seq", sa.Integer, nullable=False, default=1),
    _ref("owner_id", "staff", nullable=True), _ref("last_owner_id", "staff", nullable=True),
    _time("created_at", nullable=False), _time("last_seeker_at"), _time("last_out_at"), _time("closed_at"),
    _code("origin", 64, nullable=True), sa.Column("locator_enc", sa.LargeBinary, nullable=True), _time("locator_until"),
    *_kept("conversation"),
    sa.Index("ix_conversation_mode_level", "mode", "level"),
)  # fmt: skip

message = sa.Table(
    "message", metadata, _id(), _ref("conversation_id", "conversation"), _ref("seeker_id", "seeker", index=True),
    sa.Column("seq", sa.Integer, nullable=False), _code("author"), _code("kind"), _code("field", default="chat"),
    _ref("identity_id", "identity", nullable=True), _code("channel_message_id", 200, nullable=True),
    _ref("staff_id", "staff", nullable=True), sa.Column("body_enc", sa.LargeBinary, nullable=True),
    sa.Column("to_seeker", sa.Boolean, nullable=False, default=True), _code("attachment_ref", 200, nullable=True),
    _time("received_at", nullable=False), _time("channel_at"), sa.Column("edit_version", sa.Integer, nullable=False, default=0),
    _time("edited_at"), _time("recalled_at"), _code("delivery", nullable=True), _time("processed_at"),
    sa.Column("attempts", sa.Integer, nullable=False, default=0), *_kept("conversation"),
    sa.UniqueConstraint("conversation_id", "seq"), sa.UniqueConstraint("identity_id", "channel_message_id"),
    sa.Index("ix_message_unprocessed", "conversation_id", "received_at", sqlite_where=sa.text("processed_at IS NULL"),
             postgresql_where=sa.text("processed_at IS NULL")),
)  # fmt: skip

message_version = sa.Table(
    "message_version", metadata, _id(), _ref("message_id", "message", index=True), _ref("seeker_id", "seeker", index=True),
    sa.Column("version", sa.Integer, nullable=False), sa.Column("body_enc", sa.LargeBinary, nullable=True),
    _time("at", nullable=False), *_kept("conversation"),
)  # fmt: skip

assessment = sa.Table(
    "assessment", metadata, _id(), _ref("message_id", "message", index=True), _ref("conversation_id", "conversation", index=True),
    sa.Column("seq", sa.Integer, nullable=False), sa.Column("level", sa.Integer, nullable=False),
    sa.Column("categories", sa.JSON, nullable=False), _code("subject"), sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False), _code("layer"), _code("model_version", 80),
    sa.Column("running_level", sa.Integer, nullable=False), _code("by", 40), _time("created_at", nullable=False),
)  # fmt: skip

ticket = sa.Table(
    "ticket", metadata, _id(), _ref("conversation_id", "conversation", index=True), _ref("seeker_id", "seeker", index=True),
    _ref("line_id", "line"), sa.Column("level", sa.Integer, nullable=False), _code("reason"), _code("state"),
    sa.Column("fence", sa.Integer, nullable=False, default=0), sa.Column("categories", sa.JSON, nullable=False),
    _code("subject", default="none"), _ref("owner_id", "staff", nullable=True), _time("lease_until"),
    sa.Column("message_seq", sa.Integer, nullable=True), sa.Column("rung", sa.Integer, nullable=False, default=0),
    _code("origin", 64, nullable=True), sa.Column("skip_staff", sa.JSON, nullable=False, default=list),
    _time("created_at", nullable=False), _time("waiting_since", nullable=False), _time("claimed_at"), _time("first_word_at"),
    _time("word_due_at"), _time("out_of_reach_at"), _time("closed_at"),
    _ref("transfer_line_id", "line", nullable=True), _ref("transfer_staff_id", "staff", nullable=True),
    _ref("transfer_by_id", "staff", nullable=True), sa.Column("transfer_note_enc", sa.LargeBinary, nullable=True),
    _code("disposition", 40, nullable=True), sa.Column("risk", sa.JSON, nullable=True),
    sa.Column("note_enc", sa.LargeBinary, nullable=True), *_kept("case"),
    sa.Index("uq_ticket_open", "conversation_id", unique=True, sqlite_where=sa.text("state <> 'closed'"),
             postgresql_where=sa.text("state <> 'closed'")),
    sa.Index("ix_ticket_state_line", "state", "line_id"),
)  # fmt: skip

lowering = sa.Table(
    "lowering", metadata, _id(), _ref("conversation_id", "conversation", index=True), _ref("ticket_id", "ticket", nullable=True),
    _ref("seeker_id", "seeker", index=True), _code("kind"), sa.Column("from_level", sa.Integer, nullable=False),
    sa.Column("to_level", sa.Integer, nullable=False), _ref("by_id", "staff"), _ref("second_id", "staff", nullable=True),
    _code("state"), sa.Column("last_seq", sa.Integer, nullable=False), sa.Column("reason_enc", sa.LargeBinary, nullable=True),
    sa.Column("second_note_enc", sa.LargeBinary, nullable=True), _time("at", nullable=False), _time("due_at"), _time("done_at"),
    *_kept("case"),
)  # fmt: skip

timer = sa.Table(
    "timer", metadata, _id(), _code("kind", 40), _code("ref", 80), _time("due_at", nullable=False, index=True),
    sa.Column("payload", sa.JSON, nullable=False), sa.Column("attempts", sa.Integer, nullable=False, default=0),
    _code("lease_by", 40, nullable=True), _time("lease_until"), _time("created_at", nullable=False),
    sa.UniqueConstraint("kind", "ref"),
)  # fmt: skip

outbox = sa.Table(
    "outbox", metadata, _id(), _ref("message_id", "message"), _ref("conversation_id", "conversation"),
    _code("channel"), _code("author"), sa.Column("seq", sa.Integer, nullable=False), _code("state"),
    sa.Column("safety", sa.Boolean, nullable=False, default=False), sa.Column("attempts", sa.Integer, nullable=False, default=0),
    _time("next_at", nullable=False), _code("lease_by", 40, nullable=True), _time("lease_until"),
    _code("provider_id", 200, nullable=True), _code("error", 80, nullable=True), _time("created_at", nullable=False),
    _time("sent_at"), _time("delivered_at"),
    sa.Index("ix_outbox_state_next", "state", "next_at"), sa.Index("ix_outbox_conversation", "conversation_id", "seq"),
)  # fmt: skip

alert = sa.Table(
    "alert", metadata, _id(), _ref("ticket_id", "ticket", index=True), sa.Column("rung", sa.Integer, nullable=False), _code("way"),
    _code("state"), _code("ack_hash", 64, nullable=True), sa.Column("attempts", sa.Integer, nullable=False, default=0),
    _code("error", 80, nullable=True), _time("created_at", nullable=False), _time("sent_at"), _time("acked_at"),
)  # fmt: skip

audit = sa.Table(
    "audit", metadata, sa.Column("n", sa.Integer, primary_key=True, autoincrement=False), _code("id", 26, unique=True),
    _time("at", nullable=False), _code("actor", 40), _code("action", 60), _code("object_kind", 40), _code("object_id", 40, index=True),
    sa.Column("data", sa.JSON, nullable=False), _code("previous", 64), _code("hash", 64),
)  # fmt: skip

web_session = sa.Table(
    "web_session", metadata, _id(), _code("token_hash", 64, unique=True), _ref("seeker_id", "seeker", index=True),
    _ref("identity_id", "identity"), _ref("conversation_id", "conversation", nullable=True), _code("device_hash", 64, nullable=True, index=True),
    _code("locale", 16), _time("created_at", nullable=False), _time("last_seen_at", nullable=False), _time("expires_at", nullable=False),
    _time("unlocked_at"), _time("revoked_at"),
)  # fmt: skip

sample = sa.Table(
    "sample", metadata, _id(), _code("day", 10, index=True), _ref("conversation_id", "conversation"), sa.Column("level", sa.Integer, nullable=False),
    _code("why", 40), _ref("reviewed_by_id", "staff", nullable=True), _code("verdict", nullable=True),
    _ref("seeker_id", "seeker", index=True), sa.Column("note_enc", sa.LargeBinary, nullable=True), _time("reviewed_at"), *_kept("case"),
    sa.UniqueConstraint("day", "conversation_id"),
)  # fmt: skip

article_revision = sa.Table(
    "article_revision", metadata, _id(), _code("slug", 80, index=True), sa.Column("version", sa.Integer, nullable=False), _code("state"),
    sa.Column("source", sa.Text, nullable=False), _ref("author_id", "staff"), _ref("reviewer_id", "staff", nullable=True),
    _time("created_at", nullable=False), _time("published_at"), sa.UniqueConstraint("slug", "version"),
)  # fmt: skip

gap = sa.Table(
    "gap", metadata, _id(), _code("kind"), _code("audience", nullable=True), _ref("seeker_id", "seeker", index=True),
    sa.Column("text_enc", sa.LargeBinary, nullable=True), _code("article", 80, nullable=True),
    sa.Column("group", sa.String(26), nullable=True), _time("at", nullable=False), _time("done_at"), *_kept("conversation"),
)  # fmt: skip

meta = sa.Table(
    "meta", metadata, sa.Column("key", sa.String(60), primary_key=True), sa.Column("value", sa.Text, nullable=False)
)
