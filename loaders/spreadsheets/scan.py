"""Cells that have no value to read, by the XML of a sheet: errors, and formulas that were never calculated.

The reader of spreadsheets gives such cells as empty ones, which would pass for values that are not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_ERROR_CELL = re.compile(
    rb"<(?:\w+:)?c\s([^<>]*)>(?:[^<]*<(?:\w+:)?f\b[^<]*(?:</(?:\w+:)?f>)?)?\s*(?:<(?:\w+:)?v>([^<]{0,20}))?"
)
_UNCALCULATED = re.compile(
    rb"<(?:\w+:)?c\s([^<>]*)>\s*<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)\s*)?</(?:\w+:)?c>"
)
# A formula whose result is an empty text has a value: this text.
_TEXT = re.compile(rb"\bt\s*=\s*[\"']str[\"']")
_ADDRESS = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]+)(\d+)[\"']")
_MOST_OF_CELL = 256 * 1024


@dataclass(frozen=True)
class Problem:
    """What is wrong in some rows of a sheet.

    Attributes:
        first: the first row; the topmost row of a sheet is 1. 0 if the sheet does not say in which row the cell is.
        last: the last row.
        reason: the reason.
    """

    first: int
    last: int
    reason: str


def problems_of(pieces: Iterable[bytes]) -> Iterator[Problem]:
    """Yield the errors and the formulas without a value.

    Args:
        pieces: the XML of a sheet.
    """
    for text in _whole_rows(pieces):
        # Most sheets have neither errors nor formulas, and to know that is much faster than to search for patterns.
        for found in _ERROR.finditer(text) if b'"e"' in text or b"'e'" in text else ():
            cell = _ERROR_CELL.match(text, text.rfind(b"<", 0, found.start()))
            # The same letters within a text are no attribute of a cell.
            if cell and cell.end(1) >= found.end():
                value = (cell[2] or b"").decode("utf-8", "replace")
                yield _problem(cell[1], f"has the error {value}".rstrip())
        if b"f>" in text or b"f/>" in text:
            for cell in _UNCALCULATED.finditer(text):
                if not _TEXT.search(cell[1]):
                    yield _problem(cell[1], "has a formula that was never calculated")


def _whole_rows(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Join pieces so that none ends within a row or, in a gigantic row, within a cell."""
    rest = b""
    for piece in pieces:
        text = rest + piece
        row, cell = text.rfind(b"row>"), max(text.rfind(b"/c>"), text.rfind(b":c>"))
        end = row + 4 if row >= 0 else cell + 3
        if max(row, cell) < 0:
            # A cell that is longer than a piece is refused by its length.
            end = max(0, len(text) - _MOST_OF_CELL)
        yield text[:end]
        rest = text[end:]
    yield rest


def _problem(attributes: bytes, what: str) -> Problem:
    found = _ADDRESS.search(attributes)
    if found is None:
        return Problem(0, 0, f"a cell {what}")
    row = int(found[2])
    return Problem(row, row, f"the cell {found[1].decode()}{row} {what}")
