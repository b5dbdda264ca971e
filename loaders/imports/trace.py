"""The way from a delivered line back to the line of the original."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path

IMPORTS = ".imports"
"""The folder in the inbox with the originals. It is hidden, so landing leaves it alone."""

# Source, name of the original, the beginning of its digest, and the revision of the mapping.
_IMPORTED = re.compile(r"\.[A-Za-z0-9_-]+-[0-9a-f]{8}(\.[0-9]+)?\.csv$")


@dataclass(frozen=True)
class OriginalLine:
    """A line of an original file, or a row of a sheet."""

    file: Path
    line: int
    sheet: str | None = None

    @property
    def shown(self) -> str:
        """The file and the line, for messages."""
        return (
            f"{self.file} line {self.line}"
            if self.sheet is None
            else f"{self.file} sheet '{self.sheet}' row {self.line}"
        )


def original_line(inbox: Path, day: str, delivered_file: str, line: int) -> OriginalLine | None:
    """Return the original line of a delivered line; None if the delivery was not imported, or into another inbox.

    Args:
        inbox: the inbox with the originals.
        day: the arrival day of the delivery.
        delivered_file: its path below the day folder.
        line: its line.
    """
    folder = inbox / folder_of_import(delivered_file)
    try:
        with (folder / "lines.csv").open(encoding="utf-8", newline="") as file:
            for name, original, delivered, number in csv.reader(file):
                if number == str(line) and delivered == f"{day}/{delivered_file}":
                    return OriginalLine(folder / "original" / name, int(original), _sheet(folder))
    except (OSError, ValueError, KeyError):
        return None
    return None


def _sheet(folder: Path) -> str | None:
    """Return the sheet that was imported of a spreadsheet."""
    record = json.loads((folder / "import.json").read_text(encoding="utf-8"))
    sheet = record["original"].get("sheet")
    return None if sheet is None else str(sheet)


def is_imported(file: str) -> bool:
    """Return whether a file has the name that an import gives to a delivery."""
    return bool(_IMPORTED.search(file))


def folder_of_import(delivered_file: str) -> str:
    """Return the folder below an inbox with the original of an imported delivery.

    Args:
        delivered_file: its path below the day folder.
    """
    return f"{IMPORTS}/{delivered_file.removesuffix('.csv')}"
