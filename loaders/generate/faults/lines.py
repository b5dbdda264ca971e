"""The faulty lines of one good row, by kind of fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from loaders.generate.faults.entities import RECORD_STATUS, UPDATED_AT
from loaders.generate.faults.kinds import Effect, Kind
from loaders.generate.faults.rows import BAD_NUMBERS, FaultyLine, GoodRow, Position, csv_line, later
from loaders.generate.faults.truth import Fault

# Each of these is not a date for a different reason.
BAD_DATES = ("2025-02-30", "2024-13-01", "31.12.2024", "20250101", "soon")
BAD_CODE = "NOSUCH"
# More bytes than any column can hold, but not more characters.
LONG_TEXT = "é" * 2_600
# An é in Latin-1, half an é in UTF-8, an overlong slash, half a UTF-16 pair.
NOT_UTF8 = tuple(text.decode("utf-8", "surrogateescape") for text in (b"\xe9", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80"))

RESENT_WITHIN = 3  # days
LATE_WITHIN = 5  # days


def faulty_lines(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    """Yield the faulty lines of a row, in the order in which they are delivered."""
    yield from _MAKERS[kind](row, kind)


def _resent(row: GoodRow, fault: Fault, line: bytes) -> FaultyLine:
    return FaultyLine(fault, line, Position.END_OF_FILE, row.days(0, RESENT_WITHIN))


def _exact_duplicate(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    yield _resent(row, row.fault(kind, row.values, Effect.DUPLICATE), row.line)


def _other_state(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    (milliseconds,) = row.milliseconds(1)
    values = row.state(milliseconds if kind is Kind.CHANGED_RESEND else -milliseconds)
    yield _resent(row, row.fault(kind, values, Effect.SUPERSEDED), csv_line(values))


def _several_changes(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    for milliseconds in reversed(row.milliseconds(int(row.rng.integers(2, 4)))):
        values = row.state(-milliseconds)
        yield FaultyLine(row.fault(kind, values, Effect.SUPERSEDED), csv_line(values), Position.BEFORE_ROW)


def _same_day_correction(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    """Deliver another state with the same update time. The good row corrects it on the same day."""
    column, (by,) = row.breakable.correctable, row.milliseconds(1)
    values = {**row.values, column: row.corrected(column, by)}
    fault = row.fault(kind, values, Effect.CORRECTED)
    yield FaultyLine(fault, csv_line(values), Position.BEFORE_ROW, correction=row.line)


def _late_arrival(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    fault = row.fault(kind, row.values, Effect.LATE)
    yield FaultyLine(fault, row.line, Position.END_OF_FILE, row.days(1, LATE_WITHIN), replaces=True)


def _orphan(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    """Add a row with its own key and without a parent."""
    parent, last = row.pick(row.breakable.parents), row.breakable.key[-1]
    lost = {parent, row.breakable.owner} - {""}
    values = row.values | {column: f"{BAD_CODE}-{row.values[column]}" for column in lost}
    unique = parent if parent in row.breakable.key else last
    values[unique] += f"-ORPHAN-{row.state_name()}"
    fault = row.fault(kind, values, Effect.UNKNOWN_MEMBER, own_key=True)
    yield FaultyLine(fault, csv_line(values), Position.AFTER_ROW)


def _withdrawn(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    """Add a row with its own key, and the row that deletes it."""
    values = row.own_key("WITHDRAWN") | {RECORD_STATUS: ""}
    fault = row.fault(kind, values, Effect.SUPERSEDED, own_key=True)
    yield FaultyLine(fault, csv_line(values), Position.AFTER_ROW)
    (milliseconds,) = row.milliseconds(1)
    deleted = values | {UPDATED_AT: row.updated_at(milliseconds), RECORD_STATUS: "deleted"}
    yield _resent(row, row.fault(kind, deleted, Effect.WITHDRAWN, own_key=True), csv_line(deleted))


def _reused_key(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    """Add a row with its own key and without an owner, and on a later day another event with the same key."""
    owner, moment, amount = row.breakable.owner, row.breakable.moment, row.breakable.control_amount
    values = row.own_key("REUSED") | {owner: f"{BAD_CODE}-{row.values[owner]}"}
    fault = row.fault(kind, values, Effect.SUPERSEDED, own_key=True)
    yield FaultyLine(fault, csv_line(values), Position.AFTER_ROW)
    again = values | {
        moment: later(row.values[moment], timedelta(hours=-1)),
        amount: row.corrected(amount, 100),
        UPDATED_AT: row.updated_at(*row.milliseconds(1)),
    }
    fault = row.fault(kind, again, Effect.REUSED_KEY, own_key=True)
    # Its file may be a day late, and two events of one arrival day are no finding.
    yield FaultyLine(fault, csv_line(again), Position.END_OF_FILE, row.days(2, RESENT_WITHIN))


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
    yield FaultyLine(fault, csv_line(values), Position.BEFORE_ROW)


def _text_too_long(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    values = {**row.values, row.pick(row.breakable.texts): LONG_TEXT}
    fault = row.fault(kind, values, Effect.REJECTED, "text_too_long")
    yield FaultyLine(fault, csv_line(values), Position.BEFORE_ROW)


def _future_update_time(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    """Deliver an update time of another century: 2225 for 2025."""
    yield from _rejected(row, kind, UPDATED_AT, f"22{row.values[UPDATED_AT][2:]}", "after_arrival")


def _malformed_line(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    """Deliver a line with one value too many or too few, or with an unclosed quote in its last value.

    The quote is followed by neither a comma nor the end of the line. So it cannot close a quote of an earlier line.
    """
    width = len(row.values)
    line = row.line.removesuffix(b"\n")
    short = dict(list(row.values.items())[:-1])
    broken, reason = (
        (line + b',"unclosed', "unclosed quote"),
        (line + b",surplus", f"expected {width} fields, found {width + 1}"),
        (csv_line(short).removesuffix(b"\n"), f"expected {width} fields, found {width - 1}"),
    )[int(row.rng.integers(3))]
    yield FaultyLine(row.fault(kind, row.values, Effect.MALFORMED, reason), broken + b"\n", Position.BEFORE_ROW)


def _wrong_encoding(row: GoodRow, kind: Kind) -> Iterator[FaultyLine]:
    column = row.pick(row.breakable.texts or row.breakable.key)
    values = {**row.values, column: row.values[column] + row.pick(NOT_UTF8)}
    yield FaultyLine(
        row.fault(kind, row.values, Effect.MALFORMED, "invalid UTF-8"), csv_line(values), Position.BEFORE_ROW
    )


_MAKERS: dict[Kind, Callable[[GoodRow, Kind], Iterator[FaultyLine]]] = {
    Kind.EXACT_DUPLICATE: _exact_duplicate,
    Kind.CHANGED_RESEND: _other_state,
    Kind.OUT_OF_ORDER: _other_state,
    Kind.SEVERAL_CHANGES: _several_changes,
    Kind.SAME_DAY_CORRECTION: _same_day_correction,
    Kind.LATE_ARRIVAL: _late_arrival,
    Kind.ORPHAN: _orphan,
    Kind.WITHDRAWN: _withdrawn,
    Kind.REUSED_KEY: _reused_key,
    Kind.NULL_KEY: _null_key,
    Kind.ZERO_AMOUNT: _zero_amount,
    Kind.NEGATIVE_AMOUNT: _negative_amount,
    Kind.UNPARSABLE_DATE: _unparsable_date,
    Kind.UNPARSABLE_NUMBER: _unparsable_number,
    Kind.UNKNOWN_CODE: _unknown_code,
    Kind.TEXT_TOO_LONG: _text_too_long,
    Kind.FUTURE_UPDATE_TIME: _future_update_time,
    Kind.MALFORMED_LINE: _malformed_line,
    Kind.WRONG_ENCODING: _wrong_encoding,
}
