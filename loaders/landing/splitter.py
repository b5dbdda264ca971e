"""Taking delivered text apart into records, as vectors: only troubled lines are looked at one by one.

A line without quotes and control characters that has the right number of commas is canonical as it stands. Lines with
complete quoted values go through one regular expression and back through Polars. All others, and values that span
lines, are read by `records`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.landing.records import (
    INVALID_UTF8,
    MAX_RECORD_BYTES,
    MAX_VALUE_BYTES,
    RECORD_TOO_LONG,
    UNCLOSED_QUOTE,
    MalformedLine,
    MalformedRecordError,
    canonical_record,
    raw_text,
    wrong_width,
)

LOOK_AHEAD_LINES = 1_000
"""How many lines a value may span. A stray quote is found out after so many lines, or after `MAX_RECORD_BYTES`."""

Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_TAB, _LF, _CR, _QUOTE, _COMMA, _SPACE, _DEL, _NOT_ASCII, _C1_LEAD = (
    0x09,
    0x0A,
    0x0D,
    0x22,
    0x2C,
    0x20,
    0x7F,
    0x80,
    0xC2,
)


@dataclass
class SplitText:
    """What a piece of delivered text came to.

    Attributes:
        text: the records that land, canonical, each with its source line in front and LF behind.
        rows: how many they are.
        changed_values: values in which a line break or control character was replaced.
        malformed: the records that do not land, by source line.
        used_bytes: how much of the text is done with; the rest begins a value that may go on in the next piece.
        used_lines: how many physical lines that is.
    """

    text: bytes = b""
    rows: int = 0
    changed_values: int = 0
    malformed: list[MalformedLine] = field(default_factory=list)
    used_bytes: int = 0
    used_lines: int = 0


def split_text(text: bytes, first_line: int, columns: Sequence[str], following_bytes: int | None) -> SplitText:
    """Split text that ends with a line into records.

    Args:
        text: whole physical lines; only the last line of the file may lack its LF.
        first_line: number of the text's first line in the delivered file.
        columns: the delivered columns.
        following_bytes: how many bytes of the file are known to follow; None at its end.
    """
    return _Splitter(text, first_line, columns, following_bytes).split() if text else SplitText()


class _Splitter:
    """The physical lines of one text as parallel vectors, and what became of each."""

    def __init__(self, text: bytes, first_line: int, columns: Sequence[str], following_bytes: int | None) -> None:
        self.text = text
        self.first_line = first_line
        self.columns = columns
        self.following_bytes = following_bytes
        self.changed_values = 0
        self.malformed: list[MalformedLine] = []
        self.records: dict[int, bytes] = {}

        data = np.frombuffer(text, np.uint8)
        marked = data < _SPACE
        for byte in (_QUOTE, _DEL, _C1_LEAD):
            marked |= data == byte
        marks = np.flatnonzero(marked)
        marks_data = data[marks]
        self.ends = marks[marks_data == _LF]
        if not text.endswith(b"\n"):
            self.ends = np.append(self.ends, len(text))
        self.starts = np.concatenate((np.zeros(1, np.int64), self.ends[:-1] + 1))
        ends_in_cr = (data[np.maximum(self.ends, 1) - 1] == _CR) & (self.ends > self.starts)
        self.has_crlf = bool(ends_in_cr.any())
        self.stops = self.ends - ends_in_cr
        self.lengths = self.stops - self.starts
        self.quotes = self._per_line(marks[marks_data == _QUOTE])
        self.has_control = self._per_line(self._controls(data, marks, marks_data)) > 0
        self.is_undecodable = self._undecodable(data)
        self.commas = self._per_line(np.flatnonzero(data == _COMMA))
        self.is_done = self.lengths == 0  # blank lines are no records

    def split(self) -> SplitText:
        used = self._join_lines()
        plain = (
            ~(self.is_done | self.has_control | self.is_undecodable)
            & (self.quotes == 0)
            & (self.commas == len(self.columns) - 1)
            & (self.lengths <= MAX_VALUE_BYTES)
        )
        plain[used:] = False
        troubled = ~(plain | self.is_done)
        troubled[used:] = False
        self._read_quoted(np.flatnonzero(troubled & self._is_simply_quoted()))
        for line in np.flatnonzero(troubled & ~self.is_done).tolist():
            self._read_line(line)
        body, lines = self._assemble(plain)
        self.malformed.sort(key=lambda malformed: malformed.source_line)
        return SplitText(
            text=number_lines(body, lines + self.first_line),
            rows=len(lines),
            changed_values=self.changed_values,
            malformed=self.malformed,
            used_bytes=int(self.starts[used]) if used < len(self.starts) else len(self.text),
            used_lines=used,
        )

    def _per_line(self, positions: Positions) -> Positions:
        """Count positions by the line they are on."""
        counts: Positions = np.diff(np.searchsorted(positions, self.ends), prepend=0)
        return counts

    def _controls(self, data: npt.NDArray[np.uint8], marks: Positions, marks_data: npt.NDArray[np.uint8]) -> Positions:
        """Find control characters inside of lines: neither tabs nor line ends."""
        suspects = marks[(marks_data != _LF) & (marks_data != _TAB) & (marks_data != _QUOTE)]
        here = data[suspects]
        after = data[np.minimum(suspects + 1, len(data) - 1)]
        after[suspects == len(data) - 1] = _LF  # the last line may lack its LF
        is_line_end = (here == _CR) & (after == _LF)
        is_printable = (here == _C1_LEAD) & ((after & 0xE0) != 0x80)  # C2 80 to C2 9F are controls
        controls: Positions = suspects[~(is_line_end | is_printable)]
        return controls

    def _undecodable(self, data: npt.NDArray[np.uint8]) -> Flags:
        """Flag the lines that are not UTF-8: no character goes beyond a line, so each is decoded on its own."""
        flags = np.zeros(len(self.ends), np.bool_)
        if _is_utf8(self.text):
            return flags
        for line in np.unique(np.searchsorted(self.ends, np.flatnonzero(data >= _NOT_ASCII))).tolist():
            flags[line] = not _is_utf8(self.text[self.starts[line] : self.stops[line]])
        return flags

    def _join_lines(self) -> int:
        """Read the records whose values span lines; return the line from which on the next piece is needed.

        Quotes balance at the end of a well-formed record, so a line with an odd number of them begins a record that
        the next such line ends. If it does not, the quote was a stray one and costs its own line only.
        """
        odd = np.flatnonzero(self.quotes % 2 == 1).tolist()
        for index, first in enumerate(odd):
            if self.is_done[first] or self.is_undecodable[first] or self.lengths[first] > MAX_RECORD_BYTES:
                continue
            last = odd[index + 1] if index + 1 < len(odd) else None
            if last is None and self._may_go_on(first):
                return first
            if last is None or not self._join(first, last):
                self._reject(first, UNCLOSED_QUOTE)
        return len(self.ends)

    def _may_go_on(self, line: int) -> bool:
        if self.following_bytes is None:
            return False
        known_bytes = len(self.text) - int(self.starts[line]) + self.following_bytes
        return len(self.ends) - line <= LOOK_AHEAD_LINES and known_bytes <= MAX_RECORD_BYTES

    def _join(self, first: int, last: int) -> bool:
        """Read lines as one record; return whether they are one."""
        span = slice(first, last + 1)
        delivered = self.text[self.starts[first] : self.stops[last]]
        if last - first > LOOK_AHEAD_LINES or len(delivered) > MAX_RECORD_BYTES or self.is_undecodable[span].any():
            return False
        try:
            self._keep(first, delivered)
        except MalformedRecordError:
            return False
        self.is_done[span] = True
        return True

    def _is_simply_quoted(self) -> Flags:
        is_unsound = self.is_done | self.has_control | self.is_undecodable
        flags: Flags = ~is_unsound & (self.quotes > 0) & (self.lengths <= MAX_VALUE_BYTES)
        return flags

    def _read_quoted(self, lines: Positions) -> None:
        """Read lines with complete quoted values, all at once; what is not well-formed is left for later."""
        if not len(lines):
            return
        width = len(self.columns)
        texts = [
            self.text[start:stop].decode()
            for start, stop in zip(self.starts[lines].tolist(), self.stops[lines].tolist(), strict=True)
        ]
        candidates = pl.DataFrame({"line": lines, "text": texts})
        value = '(?:[^",]*|"(?:[^"]|"")*")'
        candidates = candidates.filter(pl.col("text").str.contains(f"^(?:{value},){{{width - 1}}}{value}$"))
        if candidates.is_empty():
            return
        names = [f"column_{number}" for number in range(width)]
        delivered = "\n".join([",".join(names), *candidates["text"].to_list(), ""])
        values = pl.read_csv(delivered.encode(), infer_schema=False)
        canonical = io.BytesIO()
        # An empty value is written as nothing at all, never as a pair of quotes.
        values.select(pl.when(pl.all() != "").then(pl.all())).write_csv(
            canonical, include_header=False, quote_style="necessary"
        )
        kept = candidates["line"].to_list()
        self.records.update(zip(kept, canonical.getvalue().split(b"\n")[:-1], strict=True))
        self.is_done[kept] = True

    def _read_line(self, line: int) -> None:
        delivered = self.text[self.starts[line] : self.stops[line]]
        if len(delivered) > MAX_RECORD_BYTES:
            self._reject(line, RECORD_TOO_LONG)
        elif self.is_undecodable[line]:
            self._reject(line, INVALID_UTF8)
        elif not self.quotes[line] and self.commas[line] != len(self.columns) - 1:
            self._reject(line, wrong_width(len(self.columns), int(self.commas[line]) + 1))
        else:
            try:
                self._keep(line, delivered)
            except MalformedRecordError as error:
                self._reject(line, str(error))

    def _keep(self, line: int, delivered: bytes) -> None:
        record = canonical_record(delivered.decode(), self.columns)
        self.records[line] = record.line
        self.changed_values += record.changed_values

    def _reject(self, line: int, reason: str) -> None:
        delivered = self.text[self.starts[line] : self.stops[line]]
        self.malformed.append(MalformedLine(self.first_line + line, reason, raw_text(delivered)))
        self.is_done[line] = True

    def _assemble(self, plain: Flags) -> tuple[bytes, Positions]:
        """Put the records that land together in their order; return them and the lines they begin on."""
        if plain.all():
            body = self.text if self.text.endswith(b"\n") else self.text + b"\n"
            return self._without_cr(body), np.arange(len(plain))
        pieces: list[tuple[int, bytes]] = []
        edges = np.flatnonzero(np.diff(plain, prepend=False, append=False)).reshape(-1, 2)
        starts, ends = self.starts[edges[:, 0]].tolist(), self.ends[edges[:, 1] - 1].tolist()
        for line, start, end in zip(edges[:, 0].tolist(), starts, ends, strict=True):
            pieces.append((line, self._without_cr(self.text[start:end] + b"\n")))
        pieces += [(line, record + b"\n") for line, record in self.records.items()]
        pieces.sort()
        plain[list(self.records)] = True
        return b"".join([piece for _, piece in pieces]), np.flatnonzero(plain)

    def _without_cr(self, canonical: bytes) -> bytes:
        """Drop the CR of line ends; there is no other one left in lines that land."""
        return canonical.replace(b"\r\n", b"\n") if self.has_crlf else canonical


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def number_lines(body: bytes, numbers: Positions) -> bytes:
    """Put a number and a comma in front of every line.

    Args:
        body: lines, each ended by LF.
        numbers: one number per line, ascending.
    """
    data = np.frombuffer(body, np.uint8)
    starts = np.concatenate((np.zeros(1, np.int64), np.flatnonzero(data == _LF)[:-1] + 1))[: len(numbers)]
    widths = np.ones(len(numbers), np.int64)  # digits and comma
    power = 1
    while len(numbers) and power <= numbers[-1]:
        widths += numbers >= power
        power *= 10
    numbered = np.empty(len(data) + int(widths.sum()), np.uint8)
    is_body = np.ones(len(numbered), np.bool_)
    targets = starts + np.cumsum(widths) - widths
    for width in np.unique(widths).tolist():
        same = widths == width
        left = numbers[same]
        prefix = np.empty((len(left), width), np.uint8)
        prefix[:, -1] = _COMMA
        for place in range(width - 2, -1, -1):
            left, digit = np.divmod(left, 10)
            prefix[:, place] = digit + ord("0")
        places = targets[same, None] + np.arange(width)
        numbered[places] = prefix
        is_body[places] = False
    numbered[is_body] = data
    return numbered.tobytes()
