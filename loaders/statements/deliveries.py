"""What the statements of a file deliver: transactions, the balances of days, accounts and customers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from loaders.statements import rows
from loaders.statements.booked import BookedStatement, merged_days
from loaders.statements.known import Register
from loaders.statements.model import Aside
from loaders.statements.staging import Lines

TRANSACTIONS, BALANCES, ACCOUNTS, CUSTOMERS = "transactions", "daily_balances", "accounts", "customers"


def deliveries_of(
    booked: Sequence[BookedStatement],
    stray: Sequence[Aside],
    file: str,
    register: Register,
    *,
    accounts: bool,
    customer: str | None,
) -> dict[str, Lines]:
    """Return the lines by entity. Transactions and balances are always there, because they are expected.

    Args:
        booked: the statements.
        stray: entries outside of them.
        file: the name of the original.
        register: all statements.
        accounts: whether accounts and customers are delivered.
        customer: the customer who owns the accounts; None if each account has one of its own.
    """
    made = {TRANSACTIONS: _transactions(booked, stray, file), BALANCES: _balances(booked, register)}
    if accounts:
        owned = _accounts(booked, register, customer)
        made |= {name: lines for name, lines in owned.items() if lines.rows}
    return made


def _transactions(booked: Sequence[BookedStatement], stray: Sequence[Aside], file: str) -> Lines:
    lines = Lines()
    for each in booked:
        lines.rows += [
            (rows.transaction(entry, each.statement, key, day), entry.line) for entry, key, day in each.entries
        ]
    broken = [aside for each in booked if not each.statement.problem for aside in each.statement.broken]
    lines.malformed = [
        (f"{file} line {aside.line}: {aside.reason}: {aside.raw}", aside.line)
        for aside in sorted((*broken, *stray), key=lambda each: each.line)
    ]
    # Of a refused statement one line is enough: none of its entries can be trusted.
    lines.malformed += [
        (f"{file} line {each.line}: the {each.label} is refused: {each.problem}", each.line)
        for each in (one.statement for one in booked)
        if each.problem
    ]
    return lines


def _balances(booked: Sequence[BookedStatement], register: Register) -> Lines:
    found: dict[tuple[str, date], tuple[rows.Row, int]] = {}
    for each in booked:
        for day in merged_days(each.known, register) if each.known else ():
            row = rows.balance(day, each.statement.account, each.statement.currency)
            found[each.statement.account, day.day] = (row, each.statement.line)
    return Lines([found[key] for key in sorted(found)])


def _accounts(booked: Sequence[BookedStatement], register: Register, customer: str | None) -> dict[str, Lines]:
    """Return the accounts that no earlier import has delivered, and their customers."""
    first: dict[str, date] = {}
    for each in booked:
        if each.known and each.known.account not in register.with_accounts:
            first[each.known.account] = min(each.known.first, first.get(each.known.account, each.known.first))
    accounts: dict[str, tuple[rows.Row, int]] = {}
    customers: dict[str, tuple[rows.Row, int]] = {}
    for statement in (each.statement for each in booked if each.known):
        if statement.account in first:
            owner = customer or statement.account
            row = rows.account(statement, owner, first[statement.account])
            accounts.setdefault(statement.account, (row, statement.line))
            customers.setdefault(owner, (rows.customer(owner, statement.owner), statement.line))
    return {ACCOUNTS: Lines(list(accounts.values())), CUSTOMERS: Lines(list(customers.values()))}
