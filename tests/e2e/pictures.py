"""Pictures for the documents, taken by the test run: what a reader sees in README is what the code did."""

from pathlib import Path

from playwright.sync_api import Page

FOLDER = Path(__file__).parents[2] / "docs" / "images"


def picture(page: Page, name: str) -> None:
    """Write ``docs/images/name.png`` of what is in view, with movement at its end."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=FOLDER / f"{name}.png", animations="disabled", caret="hide")
