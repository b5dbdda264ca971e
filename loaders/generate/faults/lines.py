"""The faulty lines of one good row, by kind of fault."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum

import numpy as np
from numpy.random import Generator

from loaders.generate.faults.entities import UPDATED_AT, Breakable
from loaders.generate.faults.kinds import Effect, Kind
from loaders.generate.faults.truth import Fault

# None of them is a value of any kind, and each for another reason.
BAD_DATES = ("2025-02-30", "2024-13-01", "31.12.2024", "20250101", "soon")
BAD_NUMBERS = ("12,50", "1e3", "1 000.00", "n/a", "12.", "0x1F")
BAD_CODE = "NOSUCH"
# Longer in bytes than any column is, though not in characters.
LONG_TEXT = "é" * 2_600
# An é in Latin-1, half an é in UTF-8, a slash in too many bytes, half of a UTF-16 pair.
NOT_UTF8 = tuple(text.decode("utf-8", "surrogateescape") for text in (b"\xe9", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80"))

RESENT_WITHIN = 3  # days
LATE_WITHIN = 5  # days
# States of a row lie less than half a second from it: true states are a second apart at least.
MOST_MILLISECONDS = 499


class Place(IntEnum):
    """Where a faulty line goes, seen from its good row, in the order of the file."""

    IN_FRONT = 0
    BEHIND = 1
    END_OF_FILE = 2


@dataclass(frozen=True)
class FaultyLine:
    """One line to deliver.

    Attributes:
        fault: what is wrong with it.
        line: its bytes, with the LF.
        place: where in the file it goes; of no account if it comes later.
        days_later: how many days behind its good row it is delivered.
        replaces: it is the good row itself, which is not delivered at its place.
    """

    fault: Fault
    line: bytes
    place: Place
    days_later: int = 0
    replaces: bool = False


@dataclass(frozen=True)
class GoodRow:
    """A row that is to get a fault.

    Attributes:
        breakable: what can be broken in its entity.
        line: its bytes, with the LF.
        values: its delivered values as text, by column.
        day: the day it belongs to.
        days_left: how many days follow in the run.
        rng: decides what the fault is like.
    """

    breakable: Breakable
    line: bytes
    values: dict[str, str]
    day: date
    days_left: int
    rng: Generator

    def lines(self, kind: Kind) -> Iterator[FaultyLine]:
        """Yield the row's faulty lines, in the order in which they are delivered."""
        yield from _MAKERS[kind](self, kind)

    def pick(self, choices: tuple[str, ...]) -> str:
        """Return one of several texts."""
        return choices[int(self.rng.integers(len(choices)))]

    def milliseconds(self, count: int) -> list[int]:
        """Return different numbers of milliseconds, ascending."""
        chosen = self.rng.choice(np.arange(1, MOST_MILLISECONDS + 1), count, replace=False)
        return sorted(int(number) for number in chosen)

    def days(self, least: int, most: int) -> int:
        """Return a number of days after which the run still goes on."""
        return int(self.rng.integers(least, min(most, self.days_left) + 1))

    def fault(self, kind: Kind, values: dict[str, str], effect: Effect, rule: str = "") -> Fault:
        """Describe a fault by the values that are delivered; the audit counts only an amount that can be read."""
        known_by = values if effect is Effect.UNKNOWN_MEMBER else self.values
        key = "/".join(known_by[column] for column in self.breakable.key)
        amount = values.get(self.breakable.money, "")
        counted = effect is not Effect.MALFORMED and amount not in BAD_NUMBERS
        return Fault(kind, key, self.day, effect, rule, amount if counted else "")

    def state(self, milliseconds: int) -> dict[str, str]:
        """Return another state of the row: corrected, and so much newer (older if negative)."""
        column = self.breakable.correctable
        moment = datetime.fromisoformat(self.values[UPDATED_AT]) + timedelta(milliseconds=milliseconds)
        return {
            **self.values,
            column: _corrected(self.values[column], is_number=column in self.breakable.numbers, by=abs(milliseconds)),
            UPDATED_AT: moment.isoformat(sep=" "),
        }


def csv_line(values: dict[str, str]) -> bytes:
    """Return values as a delivered line, with its LF; a surrogate stands for a byte that is no UTF-8."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values.values())
    return text.getvalue().encode("utf-8", "surrogateescape")


def _corrected(value: str, *, is_number: bool, by: int) -> str:
    if is_number:
        number = Decimal(value or "0")
        return str(number + by * Decimal(1).scaleb(int(number.as_tuple().exponent)))
    return f"{value} (correction {by})".lstrip()


def _resent(row: GoodRow, fault: Fault, line: bytes) -> FaultyLine:
    return FaultyLine(fault, line, Place.END_OF_FILE, row.days(0, RESENT_WITHIN))


def _exact_duplicate(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    yield _resent(row, row.fault(kind, row.values, Effect.DUPLICATE), row.line)


def _other_state(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    (milliseconds,) = row.milliseconds(1)
    values = row.state(milliseconds if kind is Kind.CHANGED_RESEND else -milliseconds)
    yield _resent(row, row.fault(kind, values, Effect.SUPERSEDED), csv_line(values))


def _several_changes(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    for milliseconds in reversed(row.milliseconds(int(row.rng.integers(2, 4)))):
        values = row.state(-milliseconds)
        yield FaultyLine(row.fault(kind, values, Effect.SUPERSEDED), csv_line(values), Place.IN_FRONT)


def _late_arrival(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    fault = row.fault(kind, row.values, Effect.LATE)
    yield FaultyLine(fault, row.line, Place.END_OF_FILE, row.days(1, LATE_WITHIN), replaces=True)


def _orphan(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    """Add a row without a parent. Its key tells the state it is made of: two states of a row make two orphans."""
    state = "".join(filter(str.isdigit, row.values[UPDATED_AT]))
    parent, last = row.pick(row.breakable.parents), row.breakable.key[-1]
    lost = {parent, row.breakable.owner} - {""}
    values = row.values | {column: f"{BAD_CODE}-{row.values[column]}" for column in lost}
    unique = parent if parent in row.breakable.key else last
    values[unique] += f"-ORPHAN-{state}"
    yield FaultyLine(row.fault(kind, values, Effect.UNKNOWN_MEMBER), csv_line(values), Place.BEHIND)


def _null_key(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    yield from _rejected(row, kind, row.pick(row.breakable.required), "", "missing")


def _zero_amount(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    yield from _rejected(row, kind, row.pick(row.breakable.positive), "0.00", "not_positive")


def _negative_amount(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    column = row.pick(row.breakable.positive)
    yield from _rejected(row, kind, column, f"-{row.values[column]}", "not_positive")


def _unparsable_date(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    yield from _rejected(row, kind, row.pick(row.breakable.dates), row.pick(BAD_DATES), "not_parsable")


def _unparsable_number(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    yield from _rejected(row, kind, row.pick(row.breakable.numbers), row.pick(BAD_NUMBERS), "not_parsable")


def _unknown_code(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    yield from _rejected(row, kind, row.pick(row.breakable.codes), BAD_CODE, "unknown")


def _rejected(row: GoodRow, kind: Kind, column: str, value: str, broken: str) -> Iterator[FaultyLine]:
    values = {**row.values, column: value}
    fault = row.fault(kind, values, Effect.REJECTED, f"{column}_{broken}")
    yield FaultyLine(fault, csv_line(values), Place.IN_FRONT)


def _text_too_long(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    values = {**row.values, row.pick(row.breakable.texts): LONG_TEXT}
    fault = row.fault(kind, values, Effect.REJECTED, "text_too_long")
    yield FaultyLine(fault, csv_line(values), Place.IN_FRONT)


def _malformed_line(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    """Give a line one field too many or too few, or a last field whose quote is never closed.

    Behind that quote stands no comma and no end of a line, so that it cannot pass for the end of a value that began
    with an earlier line's quote.
    """
    width = len(row.values)
    line = row.line.removesuffix(b"\n")
    short = dict(list(row.values.items())[:-1])
    broken, reason = (
        (line + b',"unclosed', "unclosed quote"),
        (line + b",surplus", f"expected {width} fields, found {width + 1}"),
        (csv_line(short).removesuffix(b"\n"), f"expected {width} fields, found {width - 1}"),
    )[int(row.rng.integers(3))]
    yield FaultyLine(row.fault(kind, row.values, Effect.MALFORMED, reason), broken + b"\n", Place.IN_FRONT)


def _wrong_encoding(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    column = row.pick(row.breakable.texts or row.breakable.key)
    values = {**row.values, column: row.values[column] + row.pick(NOT_UTF8)}
    yield FaultyLine(row.fault(kind, row.values, Effect.MALFORMED, "invalid UTF-8"), csv_line(values), Place.IN_FRONT)


_MAKERS: dict[Kind, Callable[[GoodRow, Kind], Iterator[FaultyLine]]] = {
    Kind.EXACT_DUPLICATE: _exact_duplicate,
    Kind.CHANGED_RESEND: _other_state,
    Kind.OUT_OF_ORDER: _other_state,
    Kind.SEVERAL_CHANGES: _several_changes,
    Kind.LATE_ARRIVAL: _late_arrival,
    Kind.ORPHAN: _orphan,
    Kind.NULL_KEY: _null_key,
    Kind.ZERO_AMOUNT: _zero_amount,
    Kind.NEGATIVE_AMOUNT: _negative_amount,
    Kind.UNPARSABLE_DATE: _unparsable_date,
    Kind.UNPARSABLE_NUMBER: _unparsable_number,
    Kind.UNKNOWN_CODE: _unknown_code,
    Kind.TEXT_TOO_LONG: _text_too_long,
    Kind.MALFORMED_LINE: _malformed_line,
    Kind.WRONG_ENCODING: _wrong_encoding,
}
