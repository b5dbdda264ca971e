"""The way from a delivered line back to the line of the original."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

IMPORTS = ".imports"
"""The folder in the inbox with the originals. It is hidden, so landing leaves it alone."""


@dataclass(frozen=True)
class OriginalLine:
    """A line of an original file."""

    file: Path
    line: int


def original_line(inbox: Path, day: str, delivered_file: str, line: int) -> OriginalLine | None:
    """Return the original line of a delivered line; None if the delivery was not imported, or into another inbox.

    Args:
        inbox: the inbox with the originals.
        day: the arrival day of the delivery.
        delivered_file: its path below the day folder.
        line: its line.
    """
    folder = inbox / IMPORTS / delivered_file.removesuffix(".csv")
    try:
        with (folder / "lines.csv").open(encoding="utf-8", newline="") as file:
            for name, original, delivered, number in csv.reader(file):
                if number == str(line) and delivered == f"{day}/{delivered_file}":
                    return OriginalLine(folder / "original" / name, int(original))
    except (OSError, ValueError):
        return None
    return None
