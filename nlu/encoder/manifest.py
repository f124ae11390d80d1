"""What lies in the model folder, with checksums, so that a half-copied file stops the start and not the night."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from nlu.errors import ModelError

MEND = {"encoder": "make encoder", "heads": "make train"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One part of the model: ``encoder`` or ``heads``.

    Attributes:
        version: Short digest of the files, part of every stored assessment.
        size: Width of a vector.
        max_tokens: Longest text that is seen at once.
        encoder: For heads: the version of the encoder they were trained on.
    """

    version: str
    size: int
    max_tokens: int
    encoder: str = ""


def read_manifest(folder: Path, part: str) -> Manifest:
    """Read ``<part>.json`` and check the files that it names.

    Raises:
        ModelError: Something is missing or damaged; the text names the command that mends it.
    """
    try:
        raw = json.loads((folder / f"{part}.json").read_text(encoding="utf-8"))
        for name, digest in raw["files"].items():
            if digest_of(folder / name) != digest:
                raise _broken(part, f"{name} is damaged")
        return Manifest(
            version=str(raw["version"]),
            size=int(raw["size"]),
            max_tokens=int(raw["max_tokens"]),
            encoder=str(raw.get("encoder", "")),
        )
    except FileNotFoundError as exc:
        raise _broken(part, f"{Path(str(exc.filename)).name} is missing") from exc
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise _broken(part, f"{part}.json cannot be read") from exc


def write_manifest(folder: Path, part: str, files: list[str], *, size: int, max_tokens: int, encoder: str = "") -> str:
    """Write ``<part>.json`` for the files as they are now. Returns the version."""
    digests = {name: digest_of(folder / name) for name in files}
    version = f"{part}-{hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()[:8]}"
    content = {
        "version": version,
        "size": size,
        "max_tokens": max_tokens,
        **({"encoder": encoder} if encoder else {}),
        "files": digests,
    }
    (folder / f"{part}.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return version


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _broken(part: str, what: str) -> ModelError:
    return ModelError(
        f"the risk model cannot be used: {what} in nlu/models. Get the file again (git checkout nlu/models) or make it "
        f"with `{MEND[part]}`. SHUDONG_NLU=lexicon starts without the model, with the first layer alone."
    )
