"""Files that consist of good lines, copied in blocks, and faulty lines."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from loaders.generate.faults.rows import FaultyLine, Position
from loaders.generate.faults.truth import Fault
from loaders.generate.tables import Integers

_LF = 0x0A
_FIRST_LINE = 2  # line number of the first row, after the header


class GoodText:
    """The text of a delivery without faults: a header, and one line per row.

    Attributes:
        text: the whole text.
        columns: the column names in the header.
    """

    def __init__(self, text: bytes) -> None:
        """Find the lines. Generated values contain no line breaks."""
        self.text = text
        ends: Integers = np.flatnonzero(np.frombuffer(text, np.uint8) == _LF).astype(np.int64) + 1
        self._starts = ends  # the header ends where the first row starts
        self.columns = text[: ends[0]].decode().rstrip("\n").split(",")

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self._starts) - 1

    def line(self, row: int) -> bytes:
        """Return a row's line, with its LF."""
        return self.text[self._starts[row] : self._starts[row + 1]]

    def block(self, first: int, end: int) -> bytes:
        """Return the lines of a range of rows, without the row `end`."""
        return self.text[self._starts[first] : self._starts[end]]

    @property
    def header(self) -> bytes:
        """Return the first line, with its LF."""
        return self.text[: self._starts[0]]

    def values(self, row: int) -> dict[str, str]:
        """Return the values of a row as text, by column."""
        (values,) = csv.reader([self.line(row).decode()])
        return dict(zip(self.columns, values, strict=True))


@dataclass(frozen=True)
class Assembled:
    """A file with faults: its text, and the faults with their line numbers, ascending."""

    text: bytes
    faults: list[tuple[Fault, int]]


def assemble(good: GoodText, at_rows: Iterable[tuple[int, FaultyLine]], at_the_end: Iterable[FaultyLine]) -> Assembled:
    """Assemble a file.

    Args:
        good: the text without faults.
        at_rows: faulty lines with the numbers of their good rows, ascending. A line that replaces its row only removes
            the row here, and is delivered later. A line with a correction stands in the place of its row.
        at_the_end: faulty lines after all others.
    """
    pieces: list[bytes] = [good.header]
    faults: list[tuple[Fault, int]] = []
    copied, line = 0, _FIRST_LINE
    for row, faulty in at_rows:
        end = row + (faulty.position is Position.AFTER_ROW)
        pieces.append(good.block(copied, end))
        line += end - copied
        copied = end
        if faulty.replaces:
            copied += 1
            continue
        pieces.append(faulty.line)
        faults.append((faulty.fault, line))
        line += 1
        copied += bool(faulty.correction)
    pieces.append(good.block(copied, good.rows))
    line += good.rows - copied
    for line_number, faulty in enumerate(at_the_end, line):
        pieces.append(faulty.line)
        faults.append((faulty.fault, line_number))
    return Assembled(b"".join(pieces), faults)
