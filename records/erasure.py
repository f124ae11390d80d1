"""The right to be forgotten, as far as the duty to keep crisis records allows (S11).

Order: the ledger first (a crash in the middle is finished by ``replay_ledger``), then the rows, then the keys. With
the keys the words die in every old backup of the database as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from records import audit, blank, consents, duty, rekey, web_sessions
from records.duty import KeptItem
from records.settings import RetentionRules
from records.tables import audit as audit_table
from records.tables import gap, identity, seeker
from records.tx import Tx

if TYPE_CHECKING:
    from records.store import Store

__all__ = ["ErasureReport", "KeptItem", "erase", "kept", "replay_ledger"]

ACTION = "seeker.erased"
_KINDS = ("seeker", "conversation", "case", "locator")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReport:
    """What was erased and what had to stay. ``attachments``: references of files that the caller removes."""

    seeker_id: str
    complete: bool
    messages: int
    destroyed: tuple[str, ...]
    kept: tuple[KeptItem, ...]
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Blanked:
    complete: bool
    messages: int
    kept: tuple[KeptItem, ...]
    attachments: tuple[str, ...]


async def kept(tx: Tx, seeker_id: str, rules: RetentionRules | None = None) -> list[KeptItem]:
    """What is on record about a seeker, why, and until when."""
    items = [talk.item for talk in await duty.talks(tx, seeker_id, rules or RetentionRules())]
    row = (await tx.execute(sa.select(seeker).where(seeker.c.id == seeker_id))).first()
    if row is None or row.erased_at is not None:
        return items
    held = "legal_hold" if row.legal_hold else "ordinary"
    accounts = sa.select(identity.c.id).where(identity.c.seeker_id == seeker_id, identity.c.erased_at.is_(None))
    ids = (await tx.execute(accounts.order_by(identity.c.id))).scalars()
    profile = KeptItem(kind="profile", id=seeker_id, code=held, until=None)
    return [profile, *(KeptItem(kind="account", id=item, code=held, until=None) for item in ids), *items]


async def erase(store: Store, seeker_id: str, by: str) -> ErasureReport:
    """Erase a seeker. ``by`` is ``seeker``, ``retention`` or a staff id. Doing it again erases what has become
    erasable."""
    ledger_id = await store.vault.keystore.begin_erasure(seeker_id, by)
    report = await _carry_out(store, seeker_id, by, None)
    await store.vault.keystore.finish_erasure(ledger_id)
    return report


async def _carry_out(store: Store, seeker_id: str, by: str, before: datetime | None) -> ErasureReport:
    """``before``: only talks that had begun by then, for a replay."""
    versions = {kind: await rekey.retire(store, seeker_id, kind) for kind in _KINDS}
    done = await store.write(lambda tx: _rows(tx, seeker_id, by, store.settings.rules, before), long=True)
    if done.complete:
        for kind, version in versions.items():
            await store.vault.destroy(seeker_id, kind, version, final=True)
    elif store.dialect == "sqlite":
        # One process: nobody else has the old keys in a cache, so what stays can move at once.
        for kind, version in versions.items():
            await rekey.move_and_destroy(store, seeker_id, kind, version)
    # With several processes ``retention.sweep`` does the same after the grace time.
    return ErasureReport(
        seeker_id=seeker_id, complete=done.complete, messages=done.messages, kept=done.kept,
        attachments=done.attachments,
        destroyed=tuple(kind for kind, version in versions.items() if version),
    )  # fmt: skip


async def _rows(tx: Tx, seeker_id: str, by: str, rules: RetentionRules, before: datetime | None) -> _Blanked:
    all_talks = await duty.talks(tx, seeker_id, rules)
    stay = [talk for talk in all_talks if not talk.item.erasable or (before is not None and talk.created_at > before)]
    held = bool((await tx.execute(sa.select(seeker.c.legal_hold).where(seeker.c.id == seeker_id))).scalar())
    staying = {talk.item.id for talk in stay}
    gone = [talk.item.id for talk in all_talks if talk.item.id not in staying]
    messages, files = await blank.said(tx, gone)
    await blank.written_about(tx, gone)
    if not held:
        await blank.accounts(tx, seeker_id, frozenset(talk.identity_id for talk in stay))
        await blank.gaps(tx, gap.c.seeker_id == seeker_id)
        await blank.profile(tx, seeker_id, wholly=not stay)
    # What the duty keeps is kept for the crisis record alone: nobody learns from the words of who wanted them gone.
    await consents.withdraw(tx, seeker_id, consents.TRAINING, by, before=before)
    complete = not stay and not held
    if complete or before is None:
        await web_sessions.revoke_all(tx, seeker_id)
    await audit.write(
        tx, actor=by, action=ACTION, object_kind="seeker", object_id=seeker_id,
        data={"complete": complete, "messages": messages, "kept": [talk.item.id for talk in stay][:100]},
    )  # fmt: skip
    items = tuple(talk.item for talk in stay)
    if held and not items:
        items = (KeptItem(kind="profile", id=seeker_id, code="legal_hold", until=None),)
    return _Blanked(complete, messages, items, tuple(files))


async def replay_ledger(store: Store) -> int:
    """After a restore: erase again who had been erased, by the key store's ledger and the audit trail; answers how
    many."""
    wanted: dict[str, datetime] = {}
    for entry in await store.vault.keystore.ledger():
        wanted[entry.seeker_id] = entry.at
    async with store.read() as tx:
        statement = sa.select(audit_table.c.object_id, audit_table.c.at).where(audit_table.c.action == ACTION)
        for row in (await tx.execute(statement)).all():
            wanted[row.object_id] = max(row.at, wanted.get(row.object_id, row.at))
        known = set((await tx.execute(sa.select(seeker.c.id).where(seeker.c.erased_at.is_(None)))).scalars())
    for seeker_id, at in wanted.items():
        if seeker_id in known:
            await _carry_out(store, seeker_id, "replay", at)
    return len(wanted.keys() & known)
