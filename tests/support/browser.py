"""Where the Chromium of this machine is."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

# One set of switches for every browser test: no sandbox (containers run as root), and nothing that calls home.
LAUNCH_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


class BrowserMissingError(RuntimeError):
    """No Chromium on this machine; the message says what to install."""


def find_chromium() -> str:
    """The path of an installed Chromium or Chrome.

    Raises:
        BrowserMissingError: There is none. TEST_CHROMIUM may name one.
    """
    named = os.environ.get("TEST_CHROMIUM")
    for name in (named,) if named else NAMES:
        path = shutil.which(name)
        if path:
            return path
    raise BrowserMissingError(
        "the tests need Chromium and a Chinese font. On Debian: apt-get install chromium fonts-noto-cjk; "
        "elsewhere install Chromium or Chrome and set TEST_CHROMIUM to it."
    )
