"""The console as a counsellor or supervisor uses it."""

from collections.abc import Callable, Iterable
from typing import Any, Self

from playwright.sync_api import APIRequestContext, BrowserContext, Locator, Page, expect

from bot.demo import PASSWORD

CLOSING = {
    "disposition": "misdirected",
    "note": "测试结束，清空队列。",
    "reason": "测试结束，清空队列。",
    "risk": {"asked": False, "answer": "not_asked"},
}


class Desk:
    """One signed-in desk."""

    def __init__(self, page: Page, url: str, login: str) -> None:
        self.page = page
        self.url = url
        self.login = login
        self.queue = self.by("queue-item")
        self.chats = self.by("chat-item")
        self.talk = self.by("talk")
        self.messages = self.by("message")
        self.alert = self.by("alert")

    def by(self, name: str) -> Locator:
        return self.page.locator(f'[data-test="{name}"]')

    def open(self) -> Self:
        self.page.goto(f"{self.url}/console/")
        self.by("login").fill(self.login)
        self.by("password").fill(PASSWORD)
        self.by("signin").click()
        expect(self.by("duty")).to_be_visible()
        return self

    def go_on_duty(self) -> None:
        """我在岗. A desk that opens again may still be on."""
        if not self.by("next").is_enabled():
            self.by("duty").click()
        expect(self.by("next")).to_be_enabled()

    def waits(self, text: str) -> Locator:
        """The row of the queue that shows these words."""
        return self.queue.filter(has_text=text)

    def take_next(self) -> None:
        """接下一位; returns when somebody new is in front of us."""
        before = self.chats.count()
        self.by("next").click()
        expect(self.chats).to_have_count(before + 1)
        expect(self.by("composer")).to_be_visible()

    def reply(self, text: str) -> None:
        self.by("composer").fill(text)
        self.by("send").click()
        expect(self.messages.filter(has_text=text)).to_be_visible()

    def close_talk(self, *, reason: str | None) -> None:
        """结束; with ``reason`` where the level is high."""
        self.by("close-open").click()
        self.by("risk-denied").check()
        self.by("disposition").select_option("safety_plan")
        self.by("close-note").fill("聊过了，约好明天再联系。")
        if reason is not None:
            self.by("close-reason").fill(reason)
        self.by("close-submit").click()
        expect(self.by("close-form")).to_have_count(0)

    def go_to(self, name: str) -> None:
        self.by(f"nav-{name}").click()

    def read_transcript(self, conversation: str) -> None:
        self.page.goto(f"{self.url}/console/conversations/{conversation}")
        expect(self.by("transcript")).to_be_visible()

    def fetch(self, path: str) -> Any:
        """What the desk's own API says, with this desk's cookie."""
        answer = self.page.context.request.get(f"{self.url}/api/desk{path}")
        assert answer.ok, f"{path}: {answer.status} {answer.text()}"
        return answer.json()


def end_all(logins: Iterable[str], url: str, contexts: Callable[[], BrowserContext]) -> None:
    """Off duty with everybody, and every ticket closed, so that the next test finds an empty queue.

    Each signs in once more for it: a test may have killed their browsers.
    """
    signed_in = {login: _sign_in(contexts().request, url, login) for login in {*logins, "supervisor"}}
    for request in signed_in.values():
        _post(request, url, "/duty", {"on": False})
    for request in signed_in.values():
        for ticket in request.get(f"{url}/api/desk/overview").json()["mine"]:
            _close(request, url, ticket)
    request = signed_in["supervisor"]
    _post(request, url, "/duty", {"on": True, "capacity": 8})
    while ticket := _post(request, url, "/next", {})["ticket"]:
        _close(request, url, ticket)
    _post(request, url, "/duty", {"on": False})


def _sign_in(request: APIRequestContext, url: str, login: str) -> APIRequestContext:
    answer = request.post(f"{url}/api/desk/session", data={"login": login, "password": PASSWORD})
    assert answer.ok, f"{login}: {answer.status} {answer.text()}"
    return request


def _close(request: APIRequestContext, url: str, ticket: dict[str, Any]) -> None:
    talk = request.get(f"{url}/api/desk/conversations/{ticket['conversation']}").json()
    body = {**CLOSING, "fence": talk["ticket"]["fence"], "last_seq": talk["last_seq"]}
    _post(request, url, f"/tickets/{ticket['id']}/close", body)


def _post(request: APIRequestContext, url: str, path: str, body: dict[str, Any]) -> Any:
    csrf = request.get(f"{url}/api/desk/session").json()["csrf"]
    answer = request.post(f"{url}/api/desk{path}", data=body, headers={"X-CSRF-Token": csrf})
    assert answer.ok, f"{path}: {answer.status} {answer.text()}"
    return answer.json()
