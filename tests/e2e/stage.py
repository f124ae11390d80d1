"""The stage of a browser test: browsers for seekers and desks, and an eye on all that must not happen."""

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.e2e.desk import Desk, end_all
from tests.e2e.seeker import Seeker
from tests.support.app import AppProcess

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1366, "height": 768}


class Stage:
    """Opens browsers and remembers what they did wrong: script errors, console errors, requests to strangers.

    Attributes:
        hosts: ``host:port`` that pages may ask; the app's own to begin with.
    """

    def __init__(self, browser: Browser, app: AppProcess) -> None:
        self.app = app
        self.hosts = {urlsplit(app.url).netloc}
        self._browser = browser
        self._logins: set[str] = set()
        self._contexts: list[BrowserContext] = []
        # A desk asks who is signed in before anybody is.
        self._excused: list[str] = [r"status of 401 .*/api/desk/session"]
        self._problems: list[str] = []

    def context(self, **options: Any) -> BrowserContext:
        """A browser of its own: nothing of it is shared with others on the stage."""
        # Screenshots and assertions read the light theme, whatever the hour of the run.
        usual = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "color_scheme": "light"}
        context = self._browser.new_context(**{**usual, **options})
        context.set_default_timeout(30_000)
        context.on("page", self._watch)
        self._contexts.append(context)
        return context

    def seeker(self, context: BrowserContext | None = None, *, path: str = "/chat", **options: Any) -> Seeker:
        """A seeker's page, open. With ``context`` it is another tab of that browser."""
        context = context or self.context(**{"viewport": PHONE, **options})
        return Seeker(context.new_page(), self.app.url).open(path)

    def desk(self, login: str, *, on_duty: bool = True, init_script: str = "") -> Desk:
        """Somebody at the desk, signed in. ``init_script`` runs before the console's own scripts."""
        context = self.context(viewport=DESK, permissions=["notifications"])
        context.add_init_script("if (location.protocol !== 'about:') localStorage.setItem('desk.theme', 'light')")
        context.add_init_script(init_script or "0")
        desk = Desk(context.new_page(), self.app.url, login).open()
        self._logins.add(login)
        if on_duty:
            desk.go_on_duty()
        return desk

    def excuse(self, *patterns: str) -> None:
        """Console errors that this test brings about itself, such as a network that it cuts."""
        self._excused.extend(patterns)

    def excuse_lost_network(self) -> None:
        self.excuse(r"ERR_(INTERNET_DISCONNECTED|CONNECTION|EMPTY_RESPONSE|NETWORK|SOCKET)", "WebSocket connection to")

    def close(self) -> None:
        """Clear the queue for the next test, close every browser, and report what must not have happened."""
        end_all(self._logins, self.app.url, self.context)
        for context in self._contexts:
            context.close()
        excused = [re.compile(pattern) for pattern in self._excused]
        left = [problem for problem in self._problems if not any(one.search(problem) for one in excused)]
        assert not left, "\n".join(left)

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._problems.append(f"script error: {error}"))
        page.on("console", self._heard)
        page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._problems.append(f"console {message.type}: {message.text} {message.location.get('url', '')}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc not in self.hosts:
            self._problems.append(f"a stranger was asked: {request.url}")
