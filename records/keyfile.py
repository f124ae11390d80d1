"""The master key: a file that only its owner can read, and a sheet of paper that brings it back.

The file holds one line per version: ``<version> <64 hex digits>``. The highest version seals; older ones still open.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from records.errors import KeyMissingError, SettingsError
from records.ids import ALPHABET

_HEAD = (
    "# Shudong master key. With this file everything can be read; without it nothing can. Keep the recovery sheet.\n"
)
_LINE = re.compile(r"^\s*(\d{1,4})([A-D])\s+([0-9A-Z][0-9A-Z -]*?)\s+([0-9A-Z]{2})\s*$")
_GROUPS_PER_LINE = 4


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """Every version of the master key, by number from 1."""

    keys: Mapping[int, bytes] = field(repr=False)

    @property
    def newest(self) -> int:
        return max(self.keys)

    @property
    def oldest(self) -> int:
        return min(self.keys)


def create(path: Path) -> MasterKeys:
    """Make the first master key. When another process was faster, its key is the one that is returned."""
    master = MasterKeys({1: secrets.token_bytes(32)})
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    _write(draft, master)
    try:
        os.link(draft, path)  # unlike a rename this never replaces a key that is there
    except FileExistsError:
        return load(path)
    finally:
        draft.unlink()
    _sync_folder(path.parent)
    return master


def add_version(path: Path) -> MasterKeys:
    """Add a new version that seals from now on. Older ones stay, to open what they sealed."""
    old = load(path)
    master = MasterKeys({**old.keys, old.newest + 1: secrets.token_bytes(32)})
    _replace(path, master)
    return master


def load(path: Path) -> MasterKeys:
    """Raises:
    KeyMissingError: No file.
    SettingsError: Others may read it, or it is not a key file.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise SettingsError(f"the key file {path} may be read by others (mode {mode:04o}): run chmod 600 on it")
        text = path.read_text("ascii")
    except FileNotFoundError as exc:
        raise KeyMissingError(
            f"the key file {path} is missing: restore it from the recovery sheet or a backup"
        ) from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"the key file {path} cannot be read") from exc
    return _parse(path, text)


def _parse(path: Path, text: str) -> MasterKeys:
    keys: dict[int, bytes] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r"(\d{1,4}) ([0-9a-f]{64})", line.strip())
        if match is None:
            raise SettingsError(f"the key file {path} holds a line that is no key")
        keys[int(match[1])] = bytes.fromhex(match[2])
    if not keys:
        raise SettingsError(f"the key file {path} is empty")
    return MasterKeys(keys)


def _write(path: Path, master: MasterKeys) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(_HEAD + "".join(f"{version} {key.hex()}\n" for version, key in sorted(master.keys.items())))
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, master: MasterKeys) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    _write(draft, master)
    draft.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# The sheet


def recovery_sheet(master: MasterKeys) -> str:
    """The master key for paper: groups of four characters, two check characters per line."""
    lines = [
        "SHUDONG RECOVERY SHEET / 树洞恢复单",
        "Keep this on paper, locked away. Whoever has it can read everything.",
        "请打印后锁好。拿到这张纸的人能读到所有内容；丢了它和密钥文件，就什么都读不到了。",
        "",
    ]
    for version, key in sorted(master.keys.items()):
        lines += [*_sheet_lines(version, key), ""]
    return "\n".join(lines)


def _sheet_lines(version: int, key: bytes) -> list[str]:
    text = _crockford(key)
    groups = [text[start : start + 4] for start in range(0, len(text), 4)]
    lines = []
    for index, start in enumerate(range(0, len(groups), _GROUPS_PER_LINE)):
        label, part = f"{version}{'ABCD'[index]}", groups[start : start + _GROUPS_PER_LINE]
        lines.append(f"{label}  {'-'.join(part)}  {_check(label, ''.join(part))}")
    return lines


def read_sheet(text: str) -> MasterKeys:
    """What a person typed from a sheet. Case, spaces and the look-alikes O/0, I/L/1 do not matter.

    Raises:
        SettingsError: A line is missing, or its check characters do not fit; the sentence names the line.
    """
    parts: dict[int, dict[str, str]] = {}
    for line in text.upper().splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        label, part = match[1] + match[2], _plain(match[3])
        if _check(label, part) != _plain(match[4]):
            raise SettingsError(f"line {label} of the recovery sheet has a typing mistake")
        parts.setdefault(int(match[1]), {})[match[2]] = part
    if not parts:
        raise SettingsError("this is no recovery sheet: no line like '1A  XXXX-XXXX-XXXX-XXXX  XX'")
    return MasterKeys({version: _join(version, lines) for version, lines in parts.items()})


def restore_from_sheet(text: str, path: Path) -> MasterKeys:
    """Write the key file again from what a person typed. A key file that is there is never replaced.

    Raises:
        SettingsError: The sheet cannot be read, or a key file exists.
    """
    master = read_sheet(text)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        raise SettingsError(f"there is a key file at {path} already; move it away first")
    _write(path, master)
    _sync_folder(path.parent)
    return master


def _join(version: int, lines: Mapping[str, str]) -> bytes:
    missing = [letter for letter in "ABCD" if letter not in lines]
    if missing:
        raise SettingsError(f"line {version}{missing[0]} of the recovery sheet is missing")
    text = "".join(lines[letter] for letter in "ABCD")
    value = 0
    for character in text:
        value = value << 5 | ALPHABET.index(character)
    if len(text) != 52 or value >> 256:
        raise SettingsError(f"key {version} of the recovery sheet has the wrong length")
    return value.to_bytes(32, "big")


def _crockford(key: bytes) -> str:
    value = int.from_bytes(key, "big")
    return "".join(ALPHABET[value >> shift & 31] for shift in range(255, -1, -5))


def _plain(text: str) -> str:
    swapped = text.replace("O", "0").replace("I", "1").replace("L", "1")
    return "".join(character for character in swapped if character in ALPHABET)


def _check(label: str, part: str) -> str:
    digest = hashlib.sha256(f"{label}:{part}".encode()).digest()
    return ALPHABET[digest[0] & 31] + ALPHABET[digest[1] & 31]
