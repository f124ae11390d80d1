"""Ways out of the app. What leaves is neutral (S15): ids, a level, a line's slug and a link; never words or a name."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

import aiohttp
import aiosmtplib
import orjson

from escalation.errors import AlertFailedError

TIMEOUT_S = 10.0
SIGNATURE, TIMESTAMP = "X-Signature-256", "X-Timestamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """``ack_url`` is empty when no public address is set."""

    alert_id: str
    ticket_id: str
    level: int
    line: str
    rung: int
    ack_url: str


class Way(Protocol):
    """One way to call somebody outside. Sending the same notice twice must do no harm."""

    @property
    def name(self) -> str: ...

    async def send(self, notice: Notice) -> None:
        """Returns when the other side has taken it.

        Raises:
            AlertFailedError: Not taken; ``final`` when trying again is of no use.
        """
        ...


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over ``timestamp.body``: the receiver checks both, and that the time is near."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """POSTs JSON to an address of the operator's: a pager, a phone gateway, a group robot behind a small adapter."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    clock: Callable[[], datetime]
    name: str = "webhook"

    async def send(self, notice: Notice) -> None:
        body = orjson.dumps({"type": "alert", **asdict(notice)})
        timestamp = str(int(self.clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP: timestamp,
            SIGNATURE: sign(self.secret, timestamp, body),
        }
        try:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self.url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                status = answer.status
        except TimeoutError as exc:
            raise AlertFailedError(self.name, "timeout") from exc
        except aiohttp.ClientError as exc:
            raise AlertFailedError(self.name, "unreachable") from exc
        if not 200 <= status < 300:
            # 4xx (but 408 and 429) will not change by itself.
            final = 400 <= status < 500 and status not in {408, 429}
            raise AlertFailedError(self.name, f"http_{status}", final=final)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Mail with a subject that says nothing about what this service is."""

    host: str
    port: int
    sender: str
    recipients: tuple[str, ...] = field(repr=False)
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    starttls: bool | None = None
    subject: str = "值班提醒"
    name: str = "mail"

    async def send(self, notice: Notice) -> None:
        try:
            await aiosmtplib.send(
                self.message(notice), hostname=self.host, port=self.port, username=self.username,
                password=self.password, use_tls=self.tls, start_tls=self.starttls, timeout=TIMEOUT_S,
            )  # fmt: skip
        except aiosmtplib.SMTPResponseException as exc:
            raise AlertFailedError(self.name, f"smtp_{exc.code}", final=exc.code >= 500) from exc
        except (aiosmtplib.SMTPException, OSError) as exc:
            raise AlertFailedError(self.name, "unreachable") from exc

    def message(self, notice: Notice) -> EmailMessage:
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = self.subject, self.sender, ", ".join(self.recipients)
        link = f"\n{notice.ack_url}\n" if notice.ack_url else ""
        message.set_content(f"{self.subject} {notice.level}-{notice.rung} {notice.line}\n{notice.ticket_id}\n{link}")
        return message
