"""Every table, and the guards of the audit trail.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# An entry of the trail is never changed nor removed, whoever asks.
_SQLITE = [
    f"CREATE TRIGGER audit_no_{verb} BEFORE {verb} ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
    for verb in ("UPDATE", "DELETE")
]
_POSTGRESQL = [
    "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$",
    "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
]


def upgrade() -> None:
    _tables()
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def _tables() -> None:
    op.create_table(
        "audit",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=40), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_audit")),
        sa.UniqueConstraint("id", name=op.f("uq_audit_id")),
    )
    op.create_index(op.f("ix_audit_object_id"), "audit", ["object_id"], unique=False)
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("parent_id", sa.String(length=26), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("region", sa.String(length=24), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["organisation.id"], name=op.f("fk_organisation_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "seeker",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("pseudonym", sa.String(length=40), nullable=False),
        sa.Column("age_band", sa.String(length=24), nullable=True),
        sa.Column("audience", sa.String(length=24), nullable=True),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("region", sa.String(length=24), nullable=True),
        sa.Column("abroad", sa.Boolean(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("level_at", sa.String(length=27), nullable=True),
        sa.Column("secret_hash", sa.String(length=200), nullable=True),
        sa.Column("secret_failures", sa.Integer(), nullable=False),
        sa.Column("secret_locked_until", sa.String(length=27), nullable=True),
        sa.Column("nickname_enc", sa.LargeBinary(), nullable=True),
        sa.Column("about_enc", sa.LargeBinary(), nullable=True),
        sa.Column("retention_class", sa.String(length=16), nullable=False),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.Column("erased_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seeker")),
    )
    op.create_table(
        "gap",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("audience", sa.String(length=24), nullable=True),
        sa.Column("seeker_id", sa.String(length=26), nullable=False),
        sa.Column("text_enc", sa.LargeBinary(), nullable=True),
        sa.Column("article", sa.String(length=80), nullable=True),
        sa.Column("group", sa.String(length=26), nullable=True),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("done_at", sa.String(length=27), nullable=True),
        sa.Column("retention_class", sa.String(length=16), nullable=False),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.Column("erased_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["seeker_id"], ["seeker.id"], name=op.f("fk_gap_seeker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap")),
    )
    op.create_index(op.f("ix_gap_seeker_id"), "gap", ["seeker_id"], unique=False)
    op.create_table(
        "timer",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("ref", sa.String(length=80), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_by", sa.String(length=40), nullable=True),
        sa.Column("lease_until", sa.String(length=27), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
        sa.UniqueConstraint("kind", "ref", name=op.f("uq_timer_kind_ref")),
    )
    op.create_index(op.f("ix_timer_due_at"), "timer", ["due_at"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("seeker_id", sa.String(length=26), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("text_version", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["seeker_id"], ["seeker.id"], name=op.f("fk_consent_seeker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_seeker_id"), "consent", ["seeker_id"], unique=False)
    op.create_table(
        "identity",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("seeker_id", sa.String(length=26), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("account_hash", sa.String(length=64), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("address_enc", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("last_seen_at", sa.String(length=27), nullable=False),
        sa.Column("unreachable_at", sa.String(length=27), nullable=True),
        sa.Column("retention_class", sa.String(length=16), nullable=False),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.Column("erased_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["seeker_id"], ["seeker.id"], name=op.f("fk_identity_seeker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint("channel", "account_hash", name=op.f("uq_identity_channel_account_hash")),
    )
    op.create_index(op.f("ix_identity_seeker_id"), "identity", ["seeker_id"], unique=False)
    op.create_table(
        "line",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=True),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("audiences", sa.JSON(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("region", sa.String(length=24), nullable=True),
        sa.Column("neighbour_id", sa.String(length=26), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["neighbour_id"], ["line.id"], name=op.f("fk_line_neighbour_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_line_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line")),
        sa.UniqueConstraint("slug", name=op.f("uq_line_slug")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("display_name", sa.String(length=80), nullable=False),
        sa.Column("organisation_id", sa.String(length=26), nullable=True),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(length=27), nullable=True),
        sa.Column("clearance_until", sa.String(length=27), nullable=True),
        sa.Column("disabled_at", sa.String(length=27), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_staff_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )
    op.create_table(
        "article_revision",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("author_id", sa.String(length=26), nullable=False),
        sa.Column("reviewer_id", sa.String(length=26), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("published_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_article_revision_author_id")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["staff.id"], name=op.f("fk_article_revision_reviewer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_revision")),
        sa.UniqueConstraint("slug", "version", name=op.f("uq_article_revision_slug_version")),
    )
    op.create_index(op.f("ix_article_revision_slug"), "article_revision", ["slug"], unique=False)
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("seeker_id", sa.String(length=26), nullable=False),
        sa.Column("identity_id", sa.String(length=26), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("line_id", sa.String(length=26), nullable=False),
        sa.Column("mode", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("level_at", sa.String(length=27), nullable=True),
        sa.Column("model_version", sa.String(length=80), nullable=True),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("next_seq", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(length=26), nullable=True),
        sa.Column("last_owner_id", sa.String(length=26), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("last_seeker_at", sa.String(length=27), nullable=True),
        sa.Column("last_out_at", sa.String(length=27), nullable=True),
        sa.Column("closed_at", sa.String(length=27), nullable=True),
        sa.Column("origin", sa.String(length=64), nullable=True),
        sa.Column("locator_enc", sa.LargeBinary(), nullable=True),
        sa.Column("locator_until", sa.String(length=27), nullable=True),
        sa.Column("retention_class", sa.String(length=16), nullable=False),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.Column("erased_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_conversation_identity_id")),
        sa.ForeignKeyConstraint(["last_owner_id"], ["staff.id"], name=op.f("fk_conversation_last_owner_id")),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_conversation_line_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_conversation_owner_id")),
        sa.ForeignKeyConstraint(["seeker_id"], ["seeker.id"], name=op.f("fk_conversation_seeker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
    )
    op.create_index(op.f("ix_conversation_identity_id"), "conversation", ["identity_id"], unique=False)
    op.create_index("ix_conversation_mode_level", "conversation", ["mode", "level"], unique=False)
    op.create_index(op.f("ix_conversation_seeker_id"), "conversation", ["seeker_id"], unique=False)
    op.create_table(
        "staff_role",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("staff_id", sa.String(length=26), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("line_id", sa.String(length=26), nullable=True),
        sa.Column("organisation_id", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_staff_role_line_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_staff_role_organisation_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_role_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_role")),
    )
    op.create_index(op.f("ix_staff_role_staff_id"), "staff_role", ["staff_id"], unique=False)
    op.create_table(
        "staff_session",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("staff_id", sa.String(length=26), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("last_seen_at", sa.String(length=27), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=False),
        sa.Column("revoked_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
    )
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("conversation_id", sa.String(length=26), nullable=False),
        sa.Column("seeker_id", sa.String(length=26), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("field", sa.String(length=24), nullable=False),
        sa.Column("identity_id", sa.String(length=26), nullable=True),
        sa.Column("channel_message_id", sa.String(length=200), nullable=True),
        sa.Column("staff_id", sa.String(length=26), nullable=True),
        sa.Column("body_enc", sa.LargeBinary(), nullable=True),
        sa.Column("to_seeker", sa.Boolean(), nullable=False),
        sa.Column("attachment_ref", sa.String(length=200), nullable=True),
        sa.Column("received_at", sa.String(length=27), nullable=False),
        sa.Column("channel_at", sa.String(length=27), nullable=True),
        sa.Column("edit_version", sa.Integer(), nullable=False),
        sa.Column("edited_at", sa.String(length=27), nullable=True),
        sa.Column("recalled_at", sa.String(length=27), nullable=True),
        sa.Column("delivery", sa.String(length=24), nullable=True),
        sa.Column("processed_at", sa.String(length=27), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retention_class", sa.String(length=16), nullable=False),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.Column("erased_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_message_conversation_id")),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_message_identity_id")),
        sa.ForeignKeyConstraint(["seeker_id"], ["seeker.id"], name=op.f("fk_message_seeker_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_message_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_message_conversation_id_seq")),
        sa.UniqueConstraint(
            "identity_id", "channel_message_id", name=op.f("uq_message_identity_id_channel_message_id")
        ),
    )
    op.create_index(op.f("ix_message_seeker_id"), "message", ["seeker_id"], unique=False)
    op.create_index(
        "ix_message_unprocessed",
        "message",
        ["conversation_id", "received_at"],
        unique=False,
        sqlite_where=sa.text("processed_at IS NULL"),
        postgresql_where=sa.text("processed_at IS NULL"),
    )
    op.create_table(
        "sample",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("conversation_id", sa.String(length=26), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("reviewed_by_id", sa.String(length=26), nullable=True),
        sa.Column("verdict", sa.String(length=24), nullable=True),
        sa.Column("seeker_id", sa.String(length=26), nullable=False),
        sa.Column("note_enc", sa.LargeBinary(), nullable=True),
        sa.Column("reviewed_at", sa.String(length=27), nullable=True),
        sa.Column("retention_class", sa.String(length=16), nullable=False),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.Column("erased_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_sample_conversation_id")),
        sa.ForeignKeyConstraint(["reviewed_by_id"], ["staff.id"], name=op.f("fk_sample_reviewed_by_id")),
        sa.ForeignKeyConstraint(["seeker_id"], ["seeker.id"], name=op.f("fk_sample_seeker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample")),
        sa.UniqueConstraint("day", "conversation_id", name=op.f("uq_sample_day_conversation_id")),
    )
    op.create_index(op.f("ix_sample_day"), "sample", ["day"], unique=False)
    op.create_index(op.f("ix_sample_seeker_id"), "sample", ["seeker_id"], unique=False)
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("conversation_id", sa.String(length=26), nullable=False),
        sa.Column("seeker_id", sa.String(length=26), nullable=False),
        sa.Column("line_id", sa.String(length=26), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("subject", sa.String(length=24), nullable=False),
        sa.Column("owner_id", sa.String(length=26), nullable=True),
        sa.Column("lease_until", sa.String(length=27), nullable=True),
        sa.Column("message_seq", sa.Integer(), nullable=True),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=True),
        sa.Column("skip_staff", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("waiting_since", sa.String(length=27), nullable=False),
        sa.Column("claimed_at", sa.String(length=27), nullable=True),
        sa.Column("first_word_at", sa.String(length=27), nullable=True),
        sa.Column("word_due_at", sa.String(length=27), nullable=True),
        sa.Column("out_of_reach_at", sa.String(length=27), nullable=True),
        sa.Column("closed_at", sa.String(length=27), nullable=True),
        sa.Column("transfer_line_id", sa.String(length=26), nullable=True),
        sa.Column("transfer_staff_id", sa.String(length=26), nullable=True),
        sa.Column("transfer_by_id", sa.String(length=26), nullable=True),
        sa.Column("transfer_note_enc", sa.LargeBinary(), nullable=True),
        sa.Column("disposition", sa.String(length=40), nullable=True),
        sa.Column("risk", sa.JSON(), nullable=True),
        sa.Column("note_enc", sa.LargeBinary(), nullable=True),
        sa.Column("retention_class", sa.String(length=16), nullable=False),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.Column("erased_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_ticket_conversation_id")),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_ticket_line_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_ticket_owner_id")),
        sa.ForeignKeyConstraint(["seeker_id"], ["seeker.id"], name=op.f("fk_ticket_seeker_id")),
        sa.ForeignKeyConstraint(["transfer_by_id"], ["staff.id"], name=op.f("fk_ticket_transfer_by_id")),
        sa.ForeignKeyConstraint(["transfer_line_id"], ["line.id"], name=op.f("fk_ticket_transfer_line_id")),
        sa.ForeignKeyConstraint(["transfer_staff_id"], ["staff.id"], name=op.f("fk_ticket_transfer_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
    )
    op.create_index(op.f("ix_ticket_conversation_id"), "ticket", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_ticket_seeker_id"), "ticket", ["seeker_id"], unique=False)
    op.create_index("ix_ticket_state_line", "ticket", ["state", "line_id"], unique=False)
    op.create_index(
        "uq_ticket_open",
        "ticket",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_table(
        "web_session",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("seeker_id", sa.String(length=26), nullable=False),
        sa.Column("identity_id", sa.String(length=26), nullable=False),
        sa.Column("conversation_id", sa.String(length=26), nullable=True),
        sa.Column("device_hash", sa.String(length=64), nullable=True),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("last_seen_at", sa.String(length=27), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=False),
        sa.Column("unlocked_at", sa.String(length=27), nullable=True),
        sa.Column("revoked_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_web_session_conversation_id")),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_web_session_identity_id")),
        sa.ForeignKeyConstraint(["seeker_id"], ["seeker.id"], name=op.f("fk_web_session_seeker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_session_token_hash")),
    )
    op.create_index(op.f("ix_web_session_device_hash"), "web_session", ["device_hash"], unique=False)
    op.create_index(op.f("ix_web_session_seeker_id"), "web_session", ["seeker_id"], unique=False)
    op.create_table(
        "alert",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("ticket_id", sa.String(length=26), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("ack_hash", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("sent_at", sa.String(length=27), nullable=True),
        sa.Column("acked_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_alert_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_ticket_id"), "alert", ["ticket_id"], unique=False)
    op.create_table(
        "assessment",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.Column("conversation_id", sa.String(length=26), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("subject", sa.String(length=24), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("layer", sa.String(length=24), nullable=False),
        sa.Column("model_version", sa.String(length=80), nullable=False),
        sa.Column("running_level", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_assessment_conversation_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_assessment_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
    )
    op.create_index(op.f("ix_assessment_conversation_id"), "assessment", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_assessment_message_id"), "assessment", ["message_id"], unique=False)
    op.create_table(
        "lowering",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("conversation_id", sa.String(length=26), nullable=False),
        sa.Column("ticket_id", sa.String(length=26), nullable=True),
        sa.Column("seeker_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("from_level", sa.Integer(), nullable=False),
        sa.Column("to_level", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.String(length=26), nullable=False),
        sa.Column("second_id", sa.String(length=26), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("reason_enc", sa.LargeBinary(), nullable=True),
        sa.Column("second_note_enc", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=True),
        sa.Column("done_at", sa.String(length=27), nullable=True),
        sa.Column("retention_class", sa.String(length=16), nullable=False),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.Column("erased_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_lowering_by_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_lowering_conversation_id")),
        sa.ForeignKeyConstraint(["second_id"], ["staff.id"], name=op.f("fk_lowering_second_id")),
        sa.ForeignKeyConstraint(["seeker_id"], ["seeker.id"], name=op.f("fk_lowering_seeker_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_lowering_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lowering")),
    )
    op.create_index(op.f("ix_lowering_conversation_id"), "lowering", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_lowering_seeker_id"), "lowering", ["seeker_id"], unique=False)
    op.create_table(
        "message_version",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.Column("seeker_id", sa.String(length=26), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body_enc", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("retention_class", sa.String(length=16), nullable=False),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.Column("erased_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_message_version_message_id")),
        sa.ForeignKeyConstraint(["seeker_id"], ["seeker.id"], name=op.f("fk_message_version_seeker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_version")),
    )
    op.create_index(op.f("ix_message_version_message_id"), "message_version", ["message_id"], unique=False)
    op.create_index(op.f("ix_message_version_seeker_id"), "message_version", ["seeker_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.Column("conversation_id", sa.String(length=26), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("author", sa.String(length=24), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("safety", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.String(length=27), nullable=False),
        sa.Column("lease_by", sa.String(length=40), nullable=True),
        sa.Column("lease_until", sa.String(length=27), nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.Column("error", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("sent_at", sa.String(length=27), nullable=True),
        sa.Column("delivered_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_outbox_conversation_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_outbox_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_conversation", "outbox", ["conversation_id", "seq"], unique=False)
    op.create_index("ix_outbox_state_next", "outbox", ["state", "next_at"], unique=False)


def downgrade() -> None:
    """There is no way back that keeps what people wrote: restore a backup instead."""
    raise NotImplementedError("the first revision cannot be taken back")
