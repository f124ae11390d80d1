"""What becomes of one character: folding, traditional to simplified, emoji names, nothing at all."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

import yaml

REPLACEMENT = "\ufffd"


@cache
def _simplified() -> dict[str, str]:
    """Single characters only, so that the map back stays one to one. OpenCC's table, plus what it leaves to phrases."""
    table: dict[str, str] = {}
    raw = files("opencc").joinpath("dictionary/TSCharacters.txt").read_text(encoding="utf-8")
    for line in raw.splitlines():
        source, _, targets = line.partition("\t")
        target = targets.split(" ")[0].strip()
        if len(source) == 1 and len(target) == 1:
            table[source] = target
    # Taiwanese and Hong Kong spelling of everyday words; OpenCC keeps these for its phrase tables.
    table.update({"著": "着", "妳": "你", "祂": "他", "牠": "它", "咗": "了", "喺": "在", "嘅": "的", "唔": "不"})
    return table


@cache
def _emoji() -> dict[str, str]:
    raw = yaml.safe_load(files("nlu.text").joinpath("data/emoji.yaml").read_text(encoding="utf-8"))
    return {char: f"〔{entry['name']}〕" for entry in raw["emoji"] for char in entry["chars"]}


@lru_cache(maxsize=1)
def bracket_names() -> dict[str, str]:
    """``[捂脸]`` as chat programs write their own faces, to the same names as the emoji."""
    raw = yaml.safe_load(files("nlu.text").joinpath("data/emoji.yaml").read_text(encoding="utf-8"))
    return {word: f"〔{entry['name']}〕" for entry in raw["emoji"] for word in entry.get("words", [])}


@lru_cache(maxsize=32768)
def fold(char: str) -> str:
    """The normal form of one code point: zero or more characters, never raising."""
    named = _emoji().get(char)
    if named is not None:
        return named
    if "\ud800" <= char <= "\udfff":
        return REPLACEMENT
    if char in "\n\r\u2028\u2029\u0085\x0b\x0c":
        return "\n"
    if char == "\t":
        return " "
    if char in "—―–─":
        return "—"
    out: list[str] = []
    for piece in unicodedata.normalize("NFKC", char):
        out.extend(_fold_piece(piece))
    return "".join(out)


def _fold_piece(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Cf", "Mn", "Me", "Cn", "Co"):
        return ""
    if category.startswith("Z"):
        return " "
    if category == "Sk":
        return ""  # spacing accents left over by NFKC
    if category.startswith("L") and char < "\u2e80":
        base = unicodedata.normalize("NFD", char)[0]
        return base.casefold()
    return _simplified().get(char, char)
