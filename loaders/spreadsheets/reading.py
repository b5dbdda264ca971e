"""Reading a sheet of a spreadsheet, by a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from loaders.errors import TieoutError
from loaders.spreadsheets.limits import LINES, MOST_MEMORY, MOST_SECONDS, PROBLEMS

_SIGNATURE = b"PK\x03\x04"


@dataclass(frozen=True)
class Sheet:
    """A sheet that was read.

    Attributes:
        name: its name; None if the one that is wanted is not there, or if it is not clear which one is.
        others: the names of the other sheets.
        hidden: which of them the spreadsheet program shows only on request.
        lines: the file with its rows as lines.
        problems: the file with rows that cannot be read: first and last row, and the reason.
    """

    name: str | None
    others: tuple[str, ...]
    hidden: frozenset[str]
    lines: Path
    problems: Path


def shown_names(sheet: Sheet) -> str:
    """Return the names of the other sheets, for messages."""
    return ", ".join(f"{name} (hidden)" if name in sheet.hidden else name for name in sheet.others)


def is_spreadsheet(beginning: bytes) -> bool:
    """Return whether a file begins like a spreadsheet."""
    return beginning.startswith(_SIGNATURE)


def read_sheet(path: Path, folder: Path, sheet: str, decimal: str) -> Sheet:
    """Read a sheet.

    Args:
        path: the spreadsheet.
        folder: the folder for its lines.
        sheet: its name or number; empty for the only one that is not hidden.
        decimal: the decimal mark of numbers in the lines.

    Raises:
        TieoutError: the file is no spreadsheet that can be read, or it is damaged or meant to do harm.
    """
    arguments = [str(path.absolute()), str(folder), sheet, decimal]
    command = [sys.executable, "-P", "-m", "loaders.spreadsheets.process", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=MOST_SECONDS, check=False)  # noqa: S603
        found = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        raise TieoutError(
            f"{path} cannot be read: it is damaged, or needs more than {MOST_MEMORY // 1024**3} GB of memory or "
            f"{MOST_SECONDS // 60} minutes. Save the table as CSV, or in several files."
        ) from None
    if "refused" in found:
        raise TieoutError(str(found["refused"]).replace(str(path.absolute()), str(path)))
    others = tuple(name for name, _ in found["sheets"] if name != found["sheet"])
    hidden = frozenset(name for name, is_hidden in found["sheets"] if is_hidden)
    return Sheet(found["sheet"], others, hidden, folder / LINES, folder / PROBLEMS)
