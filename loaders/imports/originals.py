"""What an original file is, and its copy."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from loaders.errors import TieoutError

LINE_MARK = "|"
"""Begins each line of text that is written for the engine, so that no line is blank for it."""

SPREADSHEET_OR_ARCHIVE = "a spreadsheet or a zip archive"
OLD_SPREADSHEET = "an old spreadsheet (.xls), or one with a password"
COMPRESSED = "compressed"
PDF = "a PDF"

_SIGNATURES = {
    b"PK\x03\x04": SPREADSHEET_OR_ARCHIVE,
    b"\xd0\xcf\x11\xe0": OLD_SPREADSHEET,
    b"\x1f\x8b": COMPRESSED,
    b"%PDF": PDF,
    b"BZh": COMPRESSED,
    b"\xfd7zXZ": COMPRESSED,
}


def refuse_what_is_no_text(path: Path, beginning: bytes, advice: Mapping[str, str]) -> None:
    """Refuse a file that begins like something else than text.

    Args:
        path: the file.
        beginning: its first bytes.
        advice: what to do instead, by what the file is.

    Raises:
        TieoutError: it does.
    """
    for signature, what in _SIGNATURES.items():
        if beginning.startswith(signature):
            raise TieoutError(f"{path} is {what}. {advice[what]}.")


def refuse_what_is_no_file(path: Path, wanted: str) -> None:
    """Refuse links, what is no file, and names that are no text.

    Raises:
        TieoutError: the path is one.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = str(path).encode(errors="backslashreplace").decode()
        raise TieoutError(f"The name of {shown} is not UTF-8. Rename the file, then import it.") from None
    if path.is_symlink():
        raise TieoutError(f"{path} is a link, and a link can point to any file. Give the file itself.")
    if not path.is_file():
        raise TieoutError(f"{path} is no file. Give {wanted}, or the folder that it is in.")


def copy_with_digest(path: Path, folder: Path) -> tuple[Path, str]:
    """Copy a file as `original` into a folder; return the copy and its SHA-256."""
    copy = folder / "original"
    shutil.copyfile(path, copy)
    with copy.open("rb") as file:
        return copy, hashlib.file_digest(file, "sha256").hexdigest()
