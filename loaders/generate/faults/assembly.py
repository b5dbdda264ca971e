"""Files put together from good lines, which are copied in stretches, and faulty ones."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from loaders.generate.faults.lines import FaultyLine, Place
from loaders.generate.faults.truth import Fault
from loaders.generate.tables import Integers

_LF = 0x0A
_FIRST_ROW = 2  # its line, behind the header


class GoodText:
    """The text of a delivery without faults: a header and one line for each row.

    Attributes:
        text: all of it.
        columns: the names of its header.
    """

    def __init__(self, text: bytes) -> None:
        """Find the lines. No value of the simulated bank spans lines."""
        self.text = text
        ends: Integers = np.flatnonzero(np.frombuffer(text, np.uint8) == _LF).astype(np.int64) + 1
        self._starts = ends  # the header's end is the first row's start
        self.columns = text[: ends[0]].decode().rstrip("\n").split(",")

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self._starts) - 1

    def line(self, row: int) -> bytes:
        """Return a row's line, with its LF."""
        return self.text[self._starts[row] : self._starts[row + 1]]

    def stretch(self, first: int, end: int) -> bytes:
        """Return the lines of the rows from the first on, up to but not including the end."""
        return self.text[self._starts[first] : self._starts[end]]

    @property
    def header(self) -> bytes:
        """Return the first line, with its LF."""
        return self.text[: self._starts[0]]

    def values(self, row: int) -> dict[str, str]:
        """Return a row's values as text, by column."""
        (values,) = csv.reader([self.line(row).decode()])
        return dict(zip(self.columns, values, strict=True))


@dataclass(frozen=True)
class Assembled:
    """A file with faults: its text, and the faults with the lines on which they stand, ascending."""

    text: bytes
    faults: list[tuple[Fault, int]]


def assemble(good: GoodText, at_rows: Iterable[tuple[int, FaultyLine]], at_the_end: Iterable[FaultyLine]) -> Assembled:
    """Put a file together.

    Args:
        good: the text without faults.
        at_rows: lines with the number of the row that they stand at, ascending; one that replaces its row and comes
            later only takes the row away.
        at_the_end: lines that come behind all others.
    """
    pieces: list[bytes] = [good.header]
    faults: list[tuple[Fault, int]] = []
    copied, line = 0, _FIRST_ROW
    for row, faulty in at_rows:
        end = row + (faulty.place is Place.BEHIND)
        pieces.append(good.stretch(copied, end))
        line += end - copied
        copied = end
        if faulty.replaces:
            copied += 1
            continue
        pieces.append(faulty.line)
        faults.append((faulty.fault, line))
        line += 1
    pieces.append(good.stretch(copied, good.rows))
    line += good.rows - copied
    for line_number, faulty in enumerate(at_the_end, line):
        pieces.append(faulty.line)
        faults.append((faulty.fault, line_number))
    return Assembled(b"".join(pieces), faults)
