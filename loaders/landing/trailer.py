"""The trailer: a last line, declared in the contract, that states the rows and totals of its file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from loaders.landing.reader import RefusedError
from loaders.landing.records import MAX_RECORD_BYTES, MalformedRecordError, split_fields
from loaders.landing.statements import NUMBER, Statement

TRAILER = "trailer"
ROWS = "rows"


class TrailerReader:
    """Takes the trailer off the end of a text that is read in pieces.

    Attributes:
        statement: what the trailer states; None before the end of the text, and if there is no trailer.
    """

    def __init__(self, trailer: Sequence[str]) -> None:
        """Take the trailer of the contract: its mark, then what the other fields state."""
        self._mark, self._fields = trailer[0], trailer[1:]
        self.statement: Statement | None = None

    def without_trailer(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the text without the trailer. The end of each piece waits, because it may be the last line.

        Raises:
            RefusedError: the last line has the mark of a trailer, and states something else.
        """
        waiting = b""
        for piece in pieces:
            waiting += piece
            if len(waiting) > 2 * MAX_RECORD_BYTES:  # so that the header is in the first piece
                yield waiting[:-MAX_RECORD_BYTES]
                waiting = waiting[-MAX_RECORD_BYTES:]
        text = waiting.rstrip(b"\r\n")
        start = text.rfind(b"\n") + 1
        self.statement = self._read(text[start:])
        rest = waiting[:start] if self.statement else waiting
        if rest:
            yield rest

    def _read(self, line: bytes) -> Statement | None:
        try:
            mark, *fields = (field.strip() for field in split_fields(line.removesuffix(b"\r").decode()))
        except (UnicodeDecodeError, MalformedRecordError):
            return None
        if mark != self._mark:
            return None
        values = fields[: len(self._fields)]
        # Tools that write tables fill the line up with empty fields.
        if len(values) < len(self._fields) or any(fields[len(values) :]) or not all(map(NUMBER.fullmatch, values)):
            raise RefusedError(
                f"its trailer, the last line, is not {','.join((self._mark, *self._fields))} with a number for each; "
                "have it delivered again"
            )
        stated = dict(zip(self._fields, map(Decimal, values), strict=True))
        rows = stated.pop(ROWS)
        if rows != int(rows):
            raise RefusedError("its trailer, the last line, states no whole number of rows; have it delivered again")
        return Statement(TRAILER, int(rows), tuple(stated.items()))
