"""Write what documents take from the code: docs/settings.md, and the "Held by" cells of the two pages of promises.

With ``--check`` nothing is written; the exit status is 1 when docs/settings.md is not that of the code.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.admin import settings_table
from bot.settings import PREFIX
from tests.support.house import ROOT, promise_tests

SETTINGS = ROOT / "docs" / "settings.md"
HEAD = f"""\
# Settings

Read once at the start, from the environment or from the file of `KEY=value` lines that `{PREFIX}CONFIG` names. A wrong
value or an unknown name stops the start with a sentence that says which and why. Made from the code by `make docs`.

"""


def settings_page() -> str:
    """All settings with their defaults, in the order of the code."""
    return f"{HEAD}{settings_table().strip()}\n"


def fill_held_by(page: Path) -> None:
    """Name in each promise's row every test that bears its number; a row without any keeps its words."""
    tests = promise_tests()

    def filled(row: re.Match[str]) -> str:
        names = tests.get(row["number"])
        return f"{row['start']} {' '.join(f'`{name}`' for name in names)} |" if names else row[0]

    pattern = re.compile(r"^(?P<start>\| (?P<number>[SD]\d+) \|.*\|)[^|\n]*\|$", re.MULTILINE)
    page.write_text(pattern.sub(filled, page.read_text(encoding="utf-8")), encoding="utf-8")


def main() -> int:
    if "--check" in sys.argv[1:]:
        same = SETTINGS.exists() and SETTINGS.read_text(encoding="utf-8") == settings_page()
        print("" if same else "docs/settings.md is not that of the code: run `make docs`")
        return 0 if same else 1
    SETTINGS.write_text(settings_page(), encoding="utf-8")
    for name in ("safety.md", "promises.md"):
        fill_held_by(ROOT / "docs" / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
