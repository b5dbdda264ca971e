"""MT940 (statements) and MT942 (interim reports) of SWIFT, as banks write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loaders.statements import values
from loaders.statements.model import Aside, Balance, Entry, Statement, StatementFile, UnreadableError
from loaders.statements.mt940_details import details_of

_TAG = re.compile(r":(\d\d[A-Z]?|NS):")
# The end of a message, with what follows in the envelope. A text that begins with a dash is none.
_END = re.compile(r"-\s*(?:\}.*|\x03.*|XXX)?")
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})([\d,.]+)\s*")
_ENTRY = re.compile(
    r"(?P<value>\d{6})(?P<booked>\d{4})?(?P<mark>E[CD]|R?[CD])[A-Z]?(?P<amount>\d[\d,.]*)"
    r"(?:(?P<kind>[A-Z][A-Z0-9]{3})(?P<rest>.*))?"
)
_DAYS = re.compile(r"(\d{6})(\d{4})?")
_AMOUNT = re.compile(r"(?:E[CD]|R?[CD])[A-Z]?(\d[\d,]*)")
_NO_REFERENCE = {"", "NONREF"}
# What only an interim report has: the smallest amount it lists, its time, and sums of debits and credits.
_INTERIM = {"34F", "13D", "13", "90D", "90C"}


@dataclass(slots=True)
class _Tag:
    line: int
    name: str
    lines: list[str]

    @property
    def text(self) -> str:
        return "".join(self.lines)

    @property
    def raw(self) -> str:
        return f":{self.name}:" + "\n".join(self.lines)


def read_mt940(text: str) -> StatementFile:
    """Read a file with any number of messages.

    Args:
        text: the whole file, with LF as line end.
    """
    read = StatementFile("MT940")
    for message in _messages(text):
        if message[0].name != "20":
            read.stray.extend(
                Aside(tag.line, "the entry is outside of a statement", tag.raw, _amount_in(tag.text))
                for tag in message
                if tag.name == "61"
            )
            continue
        read.statements.append(_statement(message))
    if read.statements and all(each.interim for each in read.statements):
        read.form = "MT942"
    return read


def _messages(text: str) -> Iterator[list[_Tag]]:
    message: list[_Tag] = []
    tag: _Tag | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        found = _TAG.match(line)
        if found:
            if found[1] == "20" and message:
                yield message
                message = []
            tag = _Tag(number, found[1], [line[found.end() :]])
            message.append(tag)
        elif _END.fullmatch(line):
            tag = None
            if message:
                yield message
            message = []
        elif tag is not None:
            tag.lines.append(line)
    if message:
        yield message


def _statement(message: list[_Tag]) -> Statement:
    statement = Statement(message[0].line)
    statement.interim = "" if any(tag.name[:2] in ("60", "62") for tag in message) else _interim(message)
    described: list[tuple[_Tag, list[str]]] = []
    seen: set[str] = set()
    entry: list[str] | None = None
    for tag in message:
        if tag.name == "86":
            if entry is not None:
                entry.extend(tag.lines)
            continue
        entry = None
        if tag.name == "61":
            entry = []
            described.append((tag, entry))
        elif tag.name in ("25", "25P", "28", "28C", "60F", "60M", "62F", "62M"):
            field = tag.name[:2]
            if field in seen and not statement.problem:
                statement.problem = f"line {tag.line} has a second :{field}:, so two messages were mixed or one was cut"
            seen.add(field)
            _set(statement, field, tag)
    for tag, lines in described:
        _add_entry(statement, tag, lines)
    if not (statement.interim or statement.problem or (statement.opening and statement.closing)):
        missing = "opening balance (:60F:)" if statement.closing else "closing balance (:62F:)"
        statement.problem = f"it has no {missing}, so it was cut"
    return statement


def _interim(message: list[_Tag]) -> str:
    return "an interim report (MT942)" if any(tag.name in _INTERIM for tag in message) else ""


def _set(statement: Statement, field: str, tag: _Tag) -> None:
    if field == "25":
        statement.account = statement.account or tag.text.strip()
    elif field == "28":
        number = tag.text.strip()
        statement.number = "" if not number.strip("0/") else number
    else:
        try:
            balance = _balance(tag)
        except UnreadableError as error:
            statement.problem = statement.problem or f"line {tag.line}: {error}"
            return
        statement.currency = statement.currency or balance.currency
        if field == "60":
            statement.opening = statement.opening or balance
        else:
            statement.closing = statement.closing or balance


def _balance(tag: _Tag) -> Balance:
    found = _BALANCE.fullmatch(tag.lines[0])
    if not found:
        raise UnreadableError(f"{values.shown(tag.raw)} is no balance")
    mark, day, currency, amount = found.groups()
    value = values.swift_amount(amount)
    return Balance(values.short_day(day), -value if mark == "D" else value, currency)


def _add_entry(statement: Statement, tag: _Tag, description: list[str]) -> None:
    raw = "\n".join([tag.raw, *description])
    found = _ENTRY.fullmatch(tag.lines[0])
    try:
        if not found:
            raise UnreadableError("the line is no entry of the form :61:YYMMDD[MMDD]C|D AMOUNT")
        amount = values.swift_amount(found["amount"])
        value = values.short_day(found["value"])
        booked = _booked(found["booked"], statement, value) if found["booked"] else None
    except UnreadableError as error:
        day = _day_of_broken(tag.lines[0], statement)
        statement.broken.append(Aside(tag.line, str(error), raw, _amount_in(tag.lines[0]), day))
        return
    if found["mark"].startswith("E"):
        statement.left_out.append(Aside(tag.line, "the entry is expected, not booked", raw, amount, value))
        return
    customer, _, bank = (found["rest"] or "").partition("//")
    details = details_of(tag.lines[1:], description)
    statement.entries.append(
        Entry(
            line=tag.line,
            booked_on=booked,
            valued_on=value,
            # A reversal of a credit takes money out.
            amount=-amount if found["mark"] in ("D", "RC") else amount,
            reference=bank.strip() if bank.strip() not in _NO_REFERENCE else "",
            text=" ".join(each for each in (customer.strip(), details.text) if each not in _NO_REFERENCE),
            code=found["kind"] or "",
            is_reversal=found["mark"].startswith("R"),
            name=details.name,
            counterparty=details.account,
            original=details.original,
            charges=details.charges,
        )
    )


def _booked(month_and_day: str, statement: Statement, value: date | None) -> date:
    """Return the booking date: in the year in which it lies within the statement's days, or nearest to them.

    A correction may have a value date of an earlier year, so that date decides only where the statement does not.

    Raises:
        UnreadableError: there is no such date.
    """
    balances = (statement.opening, statement.closing)
    days = sorted(each.day for each in balances if each) or [each for each in (value,) if each]
    if not days:
        raise UnreadableError("neither a balance nor the value date tells the year")
    return values.day_near(month_and_day, days[0], days[-1], value or days[-1])


def _day_of_broken(line: str, statement: Statement) -> date | None:
    """Return the day on which a broken entry was booked, if it can be read."""
    found = _DAYS.match(line)
    if not found:
        return None
    value: date | None
    try:
        value = values.short_day(found[1])
    except UnreadableError:
        value = None
    try:
        return _booked(found[2], statement, value) if found[2] else value
    except UnreadableError:
        return None


def _amount_in(text: str) -> Decimal | None:
    found = _AMOUNT.search(text)
    return values.any_amount(found[1]) if found else None
