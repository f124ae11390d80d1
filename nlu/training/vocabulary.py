"""Fewer words for the same Chinese: which pieces of the tokenizer stay, and the tokenizer without the rest.

A unigram tokenizer cuts a text into the likeliest pieces. Its cuts stay the same as long as no piece that a cut
could use is taken away, so every single character of any script and every piece of Chinese characters stays, used or
not.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_SPACE = "▁"
_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0003FFFF〇々]+")
_LONGEST_SYMBOLS = 4
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")

Ids = npt.NDArray[np.int64]


def keep(tokenizer: Path, seen: Iterable[int], english: Iterable[str]) -> Ids:
    """Ids that stay, in their old order.

    Args:
        tokenizer: The full ``tokenizer.json``.
        seen: Ids that occur in texts of the kind that will be read.
        english: Common English words; the pieces that spell them stay.
    """
    pieces = [piece for piece, _ in _model(_read(tokenizer))["vocab"]]
    wanted = set(seen)
    words = set(english)
    for index, piece in enumerate(pieces):
        bare = piece.removeprefix(_SPACE)
        if piece in _SPECIAL or _always(bare) or bare.lower() in words:
            wanted.add(index)
    return np.array(sorted(wanted), np.int64)


def _always(bare: str) -> bool:
    if len(bare) <= 1 or _HAN.fullmatch(bare):
        return True
    if len(bare) <= _LONGEST_SYMBOLS and not any(unicodedata.category(char)[0] in "LM" for char in bare):
        return True
    return len(bare) == 2 and bare.isascii() and bare.isalpha()


def shrink(tokenizer: Path, kept: Ids, target: Path) -> None:
    """Write the tokenizer that knows only the kept pieces, numbered anew."""
    whole = _read(tokenizer)
    new = {int(old): index for index, old in enumerate(kept)}
    model = _model(whole)
    model["vocab"] = [model["vocab"][old] for old in kept]
    model["unk_id"] = new[int(model["unk_id"])]
    for token in whole["added_tokens"]:
        token["id"] = new[int(token["id"])]
    for special in whole.get("post_processor", {}).get("special_tokens", {}).values():
        special["ids"] = [new[int(old)] for old in special["ids"]]
    whole["truncation"] = whole["padding"] = None
    target.write_text(json.dumps(whole, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _read(tokenizer: Path) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(tokenizer.read_text(encoding="utf-8"))
    return whole


def _model(whole: dict[str, Any]) -> dict[str, Any]:
    model: dict[str, Any] = whole["model"]
    return model
