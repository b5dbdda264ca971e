"""Splitting delivered text into records, vectorized: only unusual lines are read one by one.

A line without quotes and control characters and with the right number of commas is already canonical. A line with
complete quoted values is canonical once its needless quotes are removed. All other lines, and values that span lines,
are read by `records`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from loaders.landing.numbering import Positions, number_lines
from loaders.landing.records import (
    INVALID_UTF8,
    MAX_RECORD_BYTES,
    MAX_RECORD_LINES,
    NUMBER_BYTES,
    RECORD_TOO_LONG,
    REPEATED_HEADER,
    TOO_MANY_LINES,
    UNCLOSED_QUOTE,
    MalformedLine,
    MalformedRecordError,
    canonical_record,
    is_utf8,
    raw_text,
    split_fields,
    wrong_width,
)

LOOK_AHEAD_BYTES = 1024 * 1024
"""How far to search for the closing quote of a value before its opening quote counts as a stray one.

This is much more than a record may have, so that a value that is too long is set aside as a whole. If its lines were
read as records, anyone who can write into a text field could forge transactions.
"""

Flags = npt.NDArray[np.bool_]

_TAB, _LF, _CR, _SPACE, _QUOTE, _COMMA = 0x09, 0x0A, 0x0D, 0x20, 0x22, 0x2C
_DEL, _NOT_ASCII, _C1_LEAD = 0x7F, 0x80, 0xC2


@dataclass
class SplitText:
    """The result of splitting a piece of delivered text.

    Attributes:
        text: the records that land, in the canonical dialect: source line, values, LF.
        rows: the number of these records.
        changed_values: values in which a line break or control character was replaced.
        malformed: the records that do not land, by source line.
        used_bytes: how much of the text was split; the rest begins a value that may continue in the next piece.
        used_lines: how many lines were split.
    """

    text: bytes = b""
    rows: int = 0
    changed_values: int = 0
    malformed: list[MalformedLine] = field(default_factory=list)
    used_bytes: int = 0
    used_lines: int = 0


def split_text(text: bytes, first_line: int, columns: Sequence[str], following_bytes: int | None) -> SplitText:
    """Split text that ends at a line end into records.

    Args:
        text: whole lines; only the last line of the file may lack its LF.
        first_line: line number of the text's first line in the delivered file.
        columns: the columns of the file's header.
        following_bytes: how many more bytes of the file have been read; None at the end of the file.
    """
    return _Splitter(text, first_line, columns, following_bytes).split() if text else SplitText()


class _Splitter:
    """The lines of one text as parallel vectors, with what is found about each line."""

    def __init__(self, text: bytes, first_line: int, columns: Sequence[str], following_bytes: int | None) -> None:
        self.text = text
        self.first_line = first_line
        self.columns = columns
        self.following_bytes = following_bytes
        self.changed_values = 0
        self.malformed: list[MalformedLine] = []
        self.records: dict[int, bytes] = {}

        self.data = data = np.frombuffer(text, np.uint8)
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
        self.quotes = marks[marks_data == _QUOTE]
        self.quote_counts = self._per_line(self.quotes)
        self.has_control = self._per_line(self._controls(data, marks, marks_data)) > 0
        self.is_undecodable = self._undecodable(data)
        self.commas = np.flatnonzero(data == _COMMA)
        self.comma_counts = self._per_line(self.commas)
        self.needless_quotes = np.empty(0, np.int64)
        self.is_done = self.lengths == 0  # a blank line is not a record

    def split(self) -> SplitText:
        used = self._join_lines()
        self.is_done[used:] = True
        self._reject_repeated_headers()
        is_short = self.lengths <= MAX_RECORD_BYTES - NUMBER_BYTES
        is_clean = ~(self.is_done | self.has_control | self.is_undecodable) & is_short
        is_plain = is_clean & (self.quote_counts == 0) & (self.comma_counts == len(self.columns) - 1)
        is_plain |= self._unquote(np.flatnonzero(is_clean & (self.quote_counts > 0)))
        for line in np.flatnonzero(~(is_plain | self.is_done)).tolist():
            self._read_line(line)
        body, lines = self._assemble(is_plain)
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
        """Count the positions on each line."""
        counts: Positions = np.diff(np.searchsorted(positions, self.ends), prepend=0)
        return counts

    def _controls(self, data: npt.NDArray[np.uint8], marks: Positions, marks_data: npt.NDArray[np.uint8]) -> Positions:
        """Find control characters that are neither tabs nor line ends."""
        suspects = marks[(marks_data != _LF) & (marks_data != _TAB) & (marks_data != _QUOTE)]
        here = data[suspects]
        after = data[np.minimum(suspects + 1, len(data) - 1)]
        after[suspects == len(data) - 1] = _LF  # the last line may lack its LF
        is_line_end = (here == _CR) & (after == _LF)
        is_printable = (here == _C1_LEAD) & ((after & 0xE0) != 0x80)  # C2 80 to C2 9F are controls
        controls: Positions = suspects[~(is_line_end | is_printable)]
        return controls

    def _undecodable(self, data: npt.NDArray[np.uint8]) -> Flags:
        """Flag the lines that are not UTF-8; no character continues on the next line, so each is decoded alone."""
        flags = np.zeros(len(self.ends), np.bool_)
        if is_utf8(self.text):
            return flags
        for line in np.unique(np.searchsorted(self.ends, np.flatnonzero(data >= _NOT_ASCII))).tolist():
            flags[line] = not is_utf8(self.text[self.starts[line] : self.stops[line]])
        return flags

    def _join_lines(self) -> int:
        """Read the records whose values span lines; return the first line that needs the next piece.

        A well-formed record has an even number of quotes. So a line with an odd number begins a record that ends on the
        next line with an odd number. If these lines are not one record, the quote was a stray one, and only its own
        line is rejected.
        """
        odd = np.flatnonzero(self.quote_counts % 2 == 1).tolist()
        for index, first in enumerate(odd):
            if self.is_done[first]:
                continue
            last = odd[index + 1] if index + 1 < len(odd) else None
            if last is None and self._may_go_on(first):
                return first
            if last is not None and self._join(first, last):
                continue
            if not self.is_undecodable[first] and self.lengths[first] <= MAX_RECORD_BYTES:
                self._reject(first, UNCLOSED_QUOTE)
        return len(self.ends)

    def _reject_repeated_headers(self) -> None:
        """Set aside the header of a second export in the same file. Its values are texts, which would land as a row."""
        header = ",".join(self.columns).encode()
        if header not in self.text:
            return
        for line in np.flatnonzero((self.lengths == len(header)) & ~self.is_done).tolist():
            if self.text.startswith(header, int(self.starts[line])):
                self._reject(line, REPEATED_HEADER)

    def _may_go_on(self, line: int) -> bool:
        if self.following_bytes is None:
            return False
        return len(self.text) - int(self.starts[line]) + self.following_bytes <= LOOK_AHEAD_BYTES

    def _join(self, first: int, last: int) -> bool:
        """Read lines as one record, which lands or is rejected as a whole; return whether they are one record."""
        span = slice(first, last + 1)
        delivered = self.text[self.starts[first] : self.stops[last]]
        reason = ""
        if len(delivered) > MAX_RECORD_BYTES:
            reason = RECORD_TOO_LONG
        elif last - first > MAX_RECORD_LINES:
            reason = TOO_MANY_LINES
        elif self.is_undecodable[span].any():
            reason = INVALID_UTF8
        try:
            if not reason:
                self._keep(first, delivered)
            elif len(split_fields(delivered.decode("utf-8", "replace"))) == len(self.columns):
                self._reject(first, reason)
            else:
                return False
        except MalformedRecordError:
            return False
        self.is_done[span] = True
        return True

    def _unquote(self, lines: Positions) -> Flags:
        """Flag the lines whose quoted values are well-formed, and note their needless quotes.

        Args:
            lines: lines with an even number of quotes.

        The first quote of a line opens a stretch of text and the second one closes it, and so on. A value is one
        stretch, or several that touch: two quotes between touching stretches are one quote of the value.
        """
        is_sound = np.zeros(len(self.ends), np.bool_)
        if not len(lines):
            return is_sound
        is_sound[lines] = True
        quotes = self.quotes[np.repeat(is_sound, self.quote_counts)]
        opening, closing = quotes[::2], quotes[1::2]
        line = np.repeat(lines, self.quote_counts[lines] // 2)
        touches_next = np.append(closing[:-1] + 1 == opening[1:], False)
        touches_last = np.concatenate((np.zeros(1, np.bool_), touches_next[:-1]))
        begins_value = (opening == self.starts[line]) | (self.data[np.maximum(opening, 1) - 1] == _COMMA)
        ends_value = closing + 1 == self.stops[line]
        ends_value[~ends_value] = self.data[closing[~ends_value] + 1] == _COMMA
        is_sound[line[~((begins_value | touches_last) & (ends_value | touches_next))]] = False
        quoted_commas = np.searchsorted(self.commas, closing) - np.searchsorted(self.commas, opening)
        in_quotes = np.bincount(line, quoted_commas, len(self.ends)).astype(np.int64)
        is_sound &= self.comma_counts - in_quotes == len(self.columns) - 1
        needless = is_sound[line] & ~touches_last & ~touches_next & (quoted_commas == 0)
        self.needless_quotes = np.stack((opening[needless], closing[needless]), axis=1).ravel()
        return is_sound

    def _read_line(self, line: int) -> None:
        delivered = self.text[self.starts[line] : self.stops[line]]
        if len(delivered) > MAX_RECORD_BYTES:
            self._reject(line, RECORD_TOO_LONG)
        elif self.is_undecodable[line]:
            self._reject(line, INVALID_UTF8)
        elif not self.quote_counts[line] and self.comma_counts[line] != len(self.columns) - 1:
            self._reject(line, wrong_width(len(self.columns), int(self.comma_counts[line]) + 1))
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

    def _assemble(self, is_plain: Flags) -> tuple[bytes, Positions]:
        """Join the records that land in their order; return the text and the line on which each record begins."""
        text, starts, ends = self.text, self.starts, self.ends
        if len(self.needless_quotes):
            text = np.delete(self.data, self.needless_quotes).tobytes()
            starts = starts - np.searchsorted(self.needless_quotes, starts)
            ends = ends - np.searchsorted(self.needless_quotes, ends)
        if is_plain.all():
            body = text if text.endswith(b"\n") else text + b"\n"
            return self._without_cr(body), np.arange(len(is_plain))
        runs = np.flatnonzero(np.diff(is_plain, prepend=False, append=False)).reshape(-1, 2)
        pieces = [
            (line, self._without_cr(text[start:end] + b"\n"))
            for line, start, end in zip(
                runs[:, 0].tolist(), starts[runs[:, 0]].tolist(), ends[runs[:, 1] - 1].tolist(), strict=True
            )
        ]
        pieces += [(line, record + b"\n") for line, record in self.records.items()]
        pieces.sort()
        is_plain[list(self.records)] = True
        return b"".join([piece for _, piece in pieces]), np.flatnonzero(is_plain)

    def _without_cr(self, canonical: bytes) -> bytes:
        """Remove the CR of line ends; lines that land have no other CR."""
        return canonical.replace(b"\r\n", b"\n") if self.has_crlf else canonical
