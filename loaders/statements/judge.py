"""Whether a statement proves itself: opening balance + entries = closing balance, in one currency, to the cent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from decimal import Decimal

from loaders.imports.proof import plain
from loaders.statements.model import Aside, Entry, Statement
from loaders.statements.values import shown
from loaders.wording import counted

_LONGEST_ACCOUNT = 150
SEED = "seeds/reference/currencies.csv"


def judge(statement: Statement, currencies: Collection[str]) -> None:
    """Set aside what cannot be booked, and say what is wrong with the statement.

    Afterwards, either `problem` says why nothing of the statement can be trusted, or the entries can be delivered.

    Args:
        statement: the statement.
        currencies: the codes that the warehouse knows.
    """
    fill_currency(statement)
    _take_out(statement)
    if statement.interim:
        _leave_out_all(statement, f"the entry is in {statement.interim} and comes again in the statement")
        return
    if not statement.problem:
        statement.problem = _problem_of_account(statement, currencies)
    if statement.problem:
        return
    foreign = [each for each in statement.entries if each.currency not in ("", statement.currency)]
    for entry in foreign:
        reason = f"the amount is in {shown(entry.currency)}, but the account in {statement.currency}"
        statement.broken.append(Aside(entry.line, reason, entry.text, abs(entry.amount), booked_on(entry, statement)))
    if foreign:
        statement.entries = [each for each in statement.entries if each.currency in ("", statement.currency)]
    _add_up(statement)
    if not statement.problem:
        _note_dates(statement)
        _note_repeats(statement)


def booked_on(entry: Entry, statement: Statement) -> date | None:
    """Return the day on which the bank booked an entry.

    A bank that only gives value dates has booked the entry within the statement's days, whatever the value date is.
    """
    if entry.booked_on or entry.valued_on is None:
        return entry.booked_on
    day = entry.valued_on
    if statement.opening:
        day = max(day, statement.opening.day)
    if statement.closing and (not statement.opening or statement.closing.day >= statement.opening.day):
        day = min(day, statement.closing.day)
    return day


def total(statement: Statement) -> Decimal:
    """Return the sum of the entries."""
    return sum((entry.amount for entry in statement.entries), Decimal(0))


def _take_out(statement: Statement) -> None:
    """Leave out entries without money, which a bank sends as messages."""
    empty = [each for each in statement.entries if not each.amount]
    if empty:
        statement.left_out += [Aside(each.line, "the amount is 0", each.text, each.amount) for each in empty]
        statement.entries = [each for each in statement.entries if each.amount]


def _leave_out_all(statement: Statement, reason: str) -> None:
    statement.left_out += [
        Aside(each.line, reason, each.text, abs(each.amount), each.booked_on) for each in statement.entries
    ]
    statement.left_out += [replace(each, reason=f"{reason}; {each.reason}") for each in statement.broken]
    statement.entries, statement.broken = [], []


def fill_currency(statement: Statement) -> None:
    """Take the currency from the entries, if the statement itself does not say it."""
    if not statement.currency:
        found = {each.currency for each in statement.entries if each.currency}
        statement.currency = found.pop() if len(found) == 1 else ""


def _problem_of_account(statement: Statement, currencies: Collection[str]) -> str:
    stated = {each.currency for each in (statement.opening, statement.closing) if each and each.currency}
    if not statement.account:
        return "it names no account"
    if len(statement.account) > _LONGEST_ACCOUNT:
        return f"its account has more than {_LONGEST_ACCOUNT} letters"
    if not statement.currency:
        return "nothing says in which currency its amounts are"
    if stated - {statement.currency}:
        return f"its balances are in {' and '.join(sorted(stated))}, but its account in {statement.currency}"
    if statement.currency not in currencies:
        return (
            f"the warehouse does not know its currency {shown(statement.currency)}. Add it to {SEED}, if it is one, "
            "and import the file again"
        )
    return ""


def _add_up(statement: Statement) -> None:
    opening, closing = statement.opening, statement.closing
    if opening is None or closing is None:
        _note_no_proof(statement)
        return
    expected = opening.amount + total(statement)
    difference = closing.amount - expected
    if statement.broken:
        statement.notes.append(
            f"{statement.label}: {counted(len(statement.broken), 'entry')} could not be read, so its closing balance "
            f"{plain(closing.amount)} is not proved; with the entries that could be read it would be {plain(expected)}."
            f" The entries that are missing must add up to {plain(difference)}."
        )
    elif difference:
        statement.problem = (
            f"it does not add up: {plain(opening.amount)} on {opening.day} and "
            f"{counted(len(statement.entries), 'entry')} with {plain(total(statement))} give {plain(expected)}, but it "
            f"closes with {plain(closing.amount)} on {closing.day}, a difference of {plain(difference)}. Fetch the "
            "statement again"
        )


def _note_no_proof(statement: Statement) -> None:
    if statement.closing is None:
        why = "states no closing balance" if statement.opening else "states no balances"
        statement.notes.append(f"{statement.label} {why}, so nothing proves its entries, and it has no daily balances.")
    elif statement.broken:
        statement.notes.append(
            f"{statement.label}: {counted(len(statement.broken), 'entry')} could not be read, and it states no opening "
            "balance, so its balances before them are not known."
        )
    if is_later(statement) and statement.closing:
        statement.notes.append(
            f"{statement.label} ends on {statement.last_day}, but its balance is of {statement.closing.day}, so the "
            "balance does not prove its entries."
        )


def is_later(statement: Statement) -> bool:
    """Return whether the balance is of a day after the statement's last one: it may include other entries."""
    closing, last = statement.closing, statement.last_day
    return statement.opening is None and closing is not None and last is not None and closing.day > last


def _note_dates(statement: Statement) -> None:
    opening, closing = statement.opening, statement.closing
    if opening and closing and closing.day < opening.day:
        statement.notes.append(f"{statement.label} closes on {closing.day}, before it opens on {opening.day}.")
        return
    days = [each.booked_on for each in statement.entries if each.booked_on]
    outside = [each for each in days if (closing and each > closing.day) or (opening and each < opening.day)]
    if outside:
        statement.notes.append(
            f"{statement.label} has {counted(len(outside), 'entry')} booked outside of its days, the first on "
            f"{min(outside)}. They keep their dates."
        )


def _note_repeats(statement: Statement) -> None:
    seen: dict[tuple[str, date | None, Decimal], int] = {}
    repeated = []
    for each in statement.entries:
        if each.reference:
            key = (each.reference, each.booked_on, each.amount)
            if key in seen:
                repeated.append((seen[key], each))
            seen.setdefault(key, each.line)
    if repeated:
        line, entry = repeated[0]
        statement.notes.append(
            f"{statement.label} has {counted(len(repeated), 'entry')} with the day, amount and bank reference of "
            f"another one, the first in lines {line} and {entry.line}: {shown(entry.reference)}. They are delivered as "
            "entries of their own, as the balances count them."
        )
