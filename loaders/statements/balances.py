"""The balance of each day of a statement, from its balances and entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from loaders.statements.judge import booked_on, is_later
from loaders.statements.model import Statement


@dataclass(frozen=True, slots=True)
class Day:
    """The balances of one day, or of the part of it that a statement covers, and the number of its entries."""

    day: date
    opening: Decimal
    closing: Decimal
    entries: int = 0


def days_of(statement: Statement) -> list[Day]:
    """Return the days with entries, and the day of the closing balance.

    Before an entry that could not be read, balances follow from the opening balance; after it, from the closing one.
    On its own day the difference between the two shows in the warehouse, until the entry is there. Days between several
    such entries have no balance.
    """
    closing = statement.closing
    if closing is None:
        return []
    if is_later(statement):
        return [Day(closing.day, closing.amount, closing.amount)]
    moved: dict[date, Decimal] = defaultdict(Decimal)
    counts: dict[date, int] = defaultdict(int)
    for entry in statement.entries:
        day = booked_on(entry, statement)
        if day:
            moved[day] += entry.amount
            counts[day] += 1
    last = max([closing.day, *moved]) if statement.opening else closing.day
    moved[last] += 0
    # A balance without an opening one is of its own day: what was booked later is not in it.
    end = closing.amount + sum((amount for day, amount in moved.items() if day > last), Decimal(0))
    days = sorted(moved)
    if not statement.broken:
        begin = statement.opening.amount if statement.opening else end - sum(moved.values(), Decimal(0))
        found = _forward(days, moved, begin)
    else:
        found = _around_broken(statement, days, moved, end)
    return [replace(each, entries=counts[each.day]) for each in found]


def _forward(days: Sequence[date], moved: dict[date, Decimal], balance: Decimal) -> list[Day]:
    found = []
    for day in days:
        found.append(Day(day, balance, balance + moved[day]))
        balance += moved[day]
    return found


def _around_broken(statement: Statement, days: list[date], moved: dict[date, Decimal], end: Decimal) -> list[Day]:
    unknown = any(each.day is None for each in statement.broken)
    broken = [each.day for each in statement.broken if each.day]
    first = days[0] if unknown or not broken else min(broken)
    last = days[-1] if unknown or not broken else max(broken)
    before = [day for day in days if day < first]
    after = [day for day in days if day > last]
    balance = end - sum((moved[day] for day in after), Decimal(0))
    found = _forward(before, moved, statement.opening.amount) if statement.opening else []
    if first == last and statement.opening:
        known = found[-1].closing if found else statement.opening.amount
        found.append(Day(last, known, balance))
    elif last in moved:
        found.append(Day(last, balance - moved[last], balance))
    return [*found, *_forward(after, moved, balance)]
