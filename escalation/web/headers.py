"""Headers that keep a page to itself: what it loads, who may frame it; no address leaks where somebody was (S15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentPolicy:
    """A Content-Security-Policy by its parameters. Everything not named is refused."""

    script: tuple[str, ...] = ()
    style: tuple[str, ...] = ()
    connect: tuple[str, ...] = ()
    image: tuple[str, ...] = ()
    font: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    frame: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    ancestors: tuple[str, ...] = ()
    """Sites that may embed this page; none by default."""

    def header(self) -> str:
        """The value of the header."""
        parts = {
            "default-src": (), "script-src": self.script, "style-src": self.style, "connect-src": self.connect,
            "img-src": self.image, "font-src": self.font, "media-src": self.media, "frame-src": self.frame,
            "form-action": self.form, "frame-ancestors": self.ancestors, "base-uri": (),
        }  # fmt: skip
        return "; ".join(f"{name} {' '.join(sources) or chr(39) + 'none' + chr(39)}" for name, sources in parts.items())


NO_CONTENT_POLICY = ContentPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityHeaders:
    """Sets the headers on every response that leaves the app, sockets and files included.

    Args of the constructor:
        behind_tls: People reach us over https: HSTS is sent. Never guessed from a header that anybody can write.
        pages: Path prefix → policy. The longest prefix wins; an answer that already carries a policy keeps it.
    """

    behind_tls: bool = False
    pages: Mapping[str, ContentPolicy] = field(default_factory=dict)
    hsts_s: int = 31_536_000

    def install(self, app: web.Application) -> None:
        app.on_response_prepare.append(self.prepare)

    async def prepare(self, request: web.Request, response: web.StreamResponse) -> None:
        """Signal handler: runs before the headers of any response are written."""
        headers = response.headers
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "no-referrer")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
        headers.setdefault("Content-Security-Policy", self._policy(request.path).header())
        if request.path.startswith("/api/"):
            headers.setdefault("Cache-Control", "no-store")
        if self.behind_tls:
            headers.setdefault("Strict-Transport-Security", f"max-age={self.hsts_s}; includeSubDomains")

    def _policy(self, path: str) -> ContentPolicy:
        fitting = [prefix for prefix in self.pages if path.startswith(prefix)]
        return self.pages[max(fitting, key=len)] if fitting else NO_CONTENT_POLICY
