"""Comparing a delivered file with what its source states about it, while the file is staged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from loaders.landing.inbox import Delivery
from loaders.landing.reader import RefusedError
from loaders.landing.records import REPEATED_HEADER, MalformedLine
from loaders.landing.statements import ControlFileError, Statement, read_control_file
from loaders.landing.totals import ControlTotal, ControlTotals
from loaders.landing.trailer import TRAILER, TrailerReader

if TYPE_CHECKING:
    from loaders.landing.reader import DeliveredBytes

_DECIMALS = 10
_AGAIN = "deliver the whole file under another name, with its control file"
_TRAILED = "deliver the whole file under another name"


class Comparison:
    """What a source states about one file, and what the file holds of it.

    Attributes:
        problem: why a control file cannot be read; None if all can.
    """

    def __init__(self, delivery: Delivery) -> None:
        """Read the control files of a delivery."""
        self._delivery = delivery
        self._entity = delivery.entity
        self._trailer = TrailerReader(delivery.entity.trailer) if delivery.entity.trailer else None
        self._stated: list[Statement] = []
        self._texts: dict[str, hashlib._Hash] = {}
        self._totals: ControlTotals | None = None
        self._repeated_headers = 0
        self.problem: ControlFileError | None = None
        for path in delivery.control_files:
            try:
                statement = read_control_file(path, delivery.entity, delivery.path.name)
            except ControlFileError as error:
                self.problem = error
            else:
                # An empty file is only a mark that the delivery is complete.
                self._stated += [] if statement.is_empty else [statement]

    @property
    def statements(self) -> list[Statement]:
        """The statements that are known so far: the trailer comes at the end of the text."""
        trailer = self._trailer.statement if self._trailer else None
        return [*self._stated, *([trailer] if trailer else [])]

    @property
    def stated(self) -> str:
        """All statements, as the manifest has them."""
        unreadable = [f"{self.problem.path.name}: not readable"] if self.problem else []
        return "; ".join([*map(str, self.statements), *unreadable])

    @property
    def stated_by(self) -> str:
        """Where the statements are, as the manifest has it."""
        return ", ".join(statement.source for statement in self.statements)

    @property
    def algorithms(self) -> set[str]:
        """The algorithms of the stated checksums."""
        return {algorithm for statement in self._stated for algorithm, _ in statement.digests}

    def text(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the text of the file, digested if it was compressed and a checksum is stated, without its trailer.

        Raises:
            RefusedError: a control file or the trailer cannot be read.
        """
        if self.problem:
            raise self.problem
        if self._delivery.is_compressed and self.algorithms:
            self._texts = {name: hashlib.new(name, usedforsecurity=False) for name in self.algorithms}
            pieces = self._digested(pieces)
        return self._trailer.without_trailer(pieces) if self._trailer else pieces

    def expect(self, missing: Sequence[str], totals: ControlTotals) -> None:
        """Sum the stated columns that have no control total.

        Args:
            missing: columns that the file does not have.
            totals: the control totals of the file.
        """
        columns = [column for statement in self._stated for column, _ in statement.totals]
        columns += [name for name in self._entity.trailer[1:] if name in self._entity.numeric_columns]
        known = {*missing, *(total.column for total in totals.totals)}
        more = [column for column in dict.fromkeys(columns) if column not in known]
        if more:
            self._totals = ControlTotals(self._entity.bronze_columns, more, decimals=_DECIMALS)

    def adding(self, totals: ControlTotals) -> Callable[[bytes], None]:
        """Return what adds canonical records to the control totals, and to those of the other stated columns."""
        more = self._totals
        if more is None:
            return totals.add

        def add(text: bytes) -> None:
            totals.add(text)
            more.add(text)

        return add

    def set_aside(self, malformed: Sequence[MalformedLine]) -> None:
        """Add malformed lines. A second header is no row."""
        self._repeated_headers += sum(line.reason == REPEATED_HEADER for line in malformed)

    def finish(self, rows: int, malformed: int, totals: Sequence[ControlTotal], source: DeliveredBytes) -> None:
        """Compare, after the last record.

        Args:
            rows: the number of records that land.
            malformed: the number of records that are set aside.
            totals: the control totals.
            source: the bytes of the file, all read.

        Raises:
            RefusedError: a statement differs from the file, or the contract requires one and there is none.
        """
        found = {total.column: total for total in (*totals, *(self._totals.totals if self._totals else []))}
        for statement in self.statements:
            delivered = rows + malformed - self._repeated_headers
            if statement.rows not in (None, delivered):
                self._differs(statement, f"{statement.rows:,} row{'s' * (statement.rows != 1)}", f"{delivered:,}")
            for column, total in statement.totals:
                self._compare_total(statement, column, total, found.get(column), malformed)
            for algorithm, digest in statement.digests:
                held = source.digest(algorithm)
                text = self._texts.get(algorithm)
                if digest not in (held, text.hexdigest() if text else held):
                    self._differs(statement, f"the {algorithm} {digest}", held)
        if self._entity.statement == "required" and not self.statements:
            raise RefusedError(self._missing())

    def _compare_total(
        self, statement: Statement, column: str, stated: Decimal, found: ControlTotal | None, malformed: int
    ) -> None:
        if found is None:
            self._differs(statement, f"the total {stated} of {column}", "no such column")
        elif found.total != stated:
            left_out = [
                f"{what} ({count:,})"
                for count, what in ((malformed, "malformed lines"), (found.others, "values that are no numbers"))
                if count
            ]
            without = f", without {' and '.join(left_out)}" if left_out else ""
            self._differs(statement, f"the total {stated} of {column}", f"{_plain(found.total)}{without}")

    def _differs(self, statement: Statement, stated: str, found: str) -> None:
        name = self._delivery.path.name
        if statement.source == TRAILER:
            raise RefusedError(f"its trailer states {stated}, but it has {found}; {_TRAILED}")
        path = self._delivery.path.with_name(statement.source)
        raise ControlFileError(
            path,
            f"its control file {statement.source} states {stated}, but it has {found}; {_AGAIN}",
            f"it states {stated}, but {name}, which it is about, has {found}; {_AGAIN}",
        )

    def _missing(self) -> str:
        name = self._delivery.path.name
        if self._trailer:
            return (
                f"its last line is not the trailer {','.join(self._entity.trailer)}, which the contract requires, so "
                f"it may be half a file; {_TRAILED}"
            )
        return (
            f"the contract requires a statement of what was sent, and no control file beside it has one; deliver "
            f"{name}.ctl or {name}.sha256 too"
        )

    def _digested(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            for digest in self._texts.values():
                digest.update(piece)
            yield piece


def _plain(total: Decimal) -> str:
    """Return a total with at least two decimals, and without further zeros."""
    whole, _, decimals = f"{total:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"
