"""The seeker's page as a person uses it."""

from typing import Self

from playwright.sync_api import Locator, Page, expect

FIRST_LINE = "嗨，我在。想到什么就写什么，写一个字也行。"


class Seeker:
    """One open tab of the seeker's page. ``shown`` is everything that the talk shows, as text."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.log = page.locator(".log")
        self.box = page.locator("#box")
        self.notice = page.locator(".notice")
        self.state = page.locator("header .state")
        self.sheet = page.locator(".sheet")

    def open(self, path: str = "/chat") -> Self:
        self.page.goto(self.url + path)
        expect(self.box).to_be_visible()
        return self

    def reload(self) -> None:
        self.page.reload()
        expect(self.box).to_be_visible()

    def say(self, text: str) -> None:
        """Write it and press Enter; returns when it stands on the page, sent or not."""
        self.box.fill(text)
        self.box.press("Enter")
        expect(self.own(text).first).to_be_visible()

    def say_and_know(self, text: str) -> None:
        """Returns when the server has written it down."""
        self.say(text)
        self.knows(text)

    def knows(self, text: str) -> None:
        """Whether the page knows that this was written down."""
        expect(self.own(text).first).not_to_have_class("row own unsent")

    def own(self, text: str) -> Locator:
        return self.page.locator(".row.own", has=self.page.locator(".text", has_text=text))

    def hears(self, text: str) -> None:
        """Waits until the talk shows it, from whoever."""
        expect(self.log).to_contain_text(text)

    def from_staff(self, text: str) -> Locator:
        return self.page.locator(".row.from-staff", has_text=text)

    def safety_cards(self) -> Locator:
        return self.page.locator(".card-safety")

    def press(self, label: str) -> None:
        """The newest button of that name in the talk."""
        self.log.get_by_role("button", name=label, exact=True).last.click()

    def strip(self, label: str) -> Locator:
        return self.page.locator(".strip").get_by_role("button", name=label)

    def menu(self, label: str) -> None:
        self.page.get_by_role("button", name="更多").click()
        self.sheet.get_by_role("button", name=label).click()

    def fill_form(self, **fields: str) -> None:
        """The folded form: ``nickname`` and ``about`` are free text."""
        self.page.locator("details.offers > summary").click()
        for name, value in fields.items():
            self.page.locator(f".offers-form [name={name}]").fill(value)
        self.page.locator(".offers-form button[type=submit]").click()

    @property
    def shown(self) -> list[str]:
        """The words of every row in order, without what changes by itself (clocks, places, delivery)."""
        rows: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll('.log > .row')].map((row) =>
                [...row.querySelectorAll('.text, h3, .number-digits, .steps li, .row.event p')]
                    .map((node) => node.textContent).join('|') || row.textContent)"""
        )
        return rows
