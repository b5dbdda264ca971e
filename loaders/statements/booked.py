"""A judged statement with the keys of its entries, as it is delivered."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from loaders.imports.proof import plain
from loaders.statements.balances import Day, days_of
from loaders.statements.judge import booked_on, judge, total
from loaders.statements.keys import base_of, compare, number_entries
from loaders.statements.known import Known, Register
from loaders.statements.model import Entry, Statement
from loaders.wording import counted

MOST_DAYS = 36_525
"""The most days of a statement: a century."""


@dataclass(frozen=True, slots=True)
class Original:
    """A file, and the folder of its import."""

    path: Path
    home: Path


@dataclass(slots=True)
class BookedStatement:
    """A statement that is delivered, or refused or left out if `known` is None.

    Attributes:
        statement: the statement.
        known: as the register has it.
        entries: the entries with key and booking date.
    """

    statement: Statement
    known: Known | None = None
    entries: list[tuple[Entry, str, date]] = field(default_factory=list)

    @property
    def is_proved(self) -> bool:
        """Whether opening balance + entries = closing balance; what does not add up is not delivered."""
        return bool(self.statement.opening and self.statement.closing) and not self.statement.broken

    def proof(self) -> str:
        """Say how it proves itself."""
        statement, unit = self.statement, self.statement.currency
        opening, closing = statement.opening, statement.closing
        entries = f"{counted(len(statement.entries), 'entry')} of {plain(total(statement))}"
        begins = f"{plain(opening.amount)} {unit} on {opening.day} + " if opening else ""
        if not closing:
            return f"{statement.label}: {begins}{entries} {unit}, without a closing balance."
        ends = f"{plain(closing.amount)} {unit} on {closing.day}"
        return f"{statement.label}: {begins}{entries}{' = ' if self.is_proved else ', closing balance '}{ends}."


def book(statement: Statement, original: Original, register: Register, currencies: Collection[str]) -> BookedStatement:
    """Judge a statement, give its entries keys, and add it to the register if it can be trusted.

    Args:
        statement: the statement; its notes grow.
        original: the file, and the folder of its import.
        register: the statements that were imported before, and those before it in the file.
        currencies: the codes that the warehouse knows.
    """
    judge(statement, currencies)
    if statement.interim or statement.problem:
        return BookedStatement(statement)
    others = {each.currency for each in register.by_account.get(statement.account, ())} - {statement.currency}
    if others:
        statement.problem = (
            f"it is in {statement.currency}, but statements of its account were imported in {others.pop()}. An account "
            "has one currency: give --currency-in-account from the first import on, so that each currency is an account"
        )
        return BookedStatement(statement)
    booked = [(entry, day) for entry in statement.entries if (day := booked_on(entry, statement))]
    known = _known(statement, original, [day for _, day in booked], days_of(statement))
    if known and (known.last - known.first).days > MOST_DAYS:
        statement.problem = (
            f"it has days from {known.first} to {known.last}, which is more than a century, so a date is wrong. Fetch "
            "the statement again"
        )
    if known is None or statement.problem:
        return BookedStatement(statement)
    bases = [base_of(entry) for entry, _ in booked]
    numbers = number_entries(bases, known, register)
    _note_overlaps(statement, known, register)
    if statement.problem:
        return BookedStatement(statement)
    register.add(known)
    return BookedStatement(
        statement,
        known,
        [
            (entry, f"{statement.account}-{base[0]}-{base[1]}-{number}", day)
            for (entry, day), base, number in zip(booked, bases, numbers, strict=True)
        ],
    )


def _known(statement: Statement, original: Original, booked: list[date], days: list[Day]) -> Known | None:
    opening, closing = statement.opening, statement.closing
    stated = [each.day for each in (opening, closing) if each]
    broken = [each.day for each in statement.broken if each.day]
    if not (stated or booked):
        if not statement.broken:
            statement.notes.append(f"{statement.label} has neither balances nor entries.")
        if not broken and statement.made_on is None:
            return None
        stated = broken or [day for day in (statement.made_on,) if day]
    first, last = min([*stated, *booked]), max([*stated, *booked])
    begin = opening.amount if opening else days[0].opening if days and not statement.broken else None
    return Known(
        file=original.path.name,
        line=statement.line,
        position=statement.position,
        account=statement.account,
        currency=statement.currency,
        number=statement.number,
        opens=opening.day if opening else first,
        closes=closing.day if closing else last,
        first=first,
        last=last,
        opening=begin,
        closing=closing.amount if closing else None,
        days=days,
        home=original.home,
    )


def _note_overlaps(statement: Statement, known: Known, register: Register) -> None:
    for other, both, contradiction in compare(known, register):
        if contradiction:
            statement.problem = (
                f"it has other entries on {contradiction} than {other.label}, which was imported and begins this day "
                "with the same balance, so entries would count twice. Banks describe an entry otherwise in another "
                "format: import each day in one format only. If it corrects the other one, deliver what has changed"
            )
            return
        if known.is_copy_of(other):
            statement.notes.append(f"{statement.label} is {other.label} once more. Its entries count once.")
        elif both:
            statement.notes.append(
                f"{statement.label} overlaps {other.label}. Entries in both, which count once: {both:,}."
            )
        elif known.entries() and other.entries():
            statement.notes.append(
                f"{statement.label} overlaps {other.label}, but no entry is in both. Check that both are of "
                "this account."
            )


def merged_days(known: Known, register: Register) -> Iterator[Day]:
    """Yield the balances of the days, each with the parts of it that other statements cover."""
    others = [each for each, has_own_entries in register.related(known) if each is not known and has_own_entries]
    for day in known.days:
        parts = [part for each in others for part in each.days if part.day == day.day]
        begin, end, entries = day.opening, day.closing, day.entries
        while part := next((part for part in parts if part.closing == begin), None):
            parts.remove(part)
            begin, entries = part.opening, entries + part.entries
        while part := next((part for part in parts if part.opening == end), None):
            parts.remove(part)
            end, entries = part.closing, entries + part.entries
        yield Day(day.day, begin, end, entries)
