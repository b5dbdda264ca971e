"""The order of a day: what is delivered on each day, and in which order it came about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from loaders.generate.accounts import Accounts
from loaders.generate.customers import Customers
from loaders.generate.loans import Loans
from loaders.generate.pools import make_pools
from loaders.generate.settings import Settings
from loaders.generate.transactions import Transactions


@dataclass(frozen=True)
class Day:
    """One arrival day: the rows of each entity, in the order in which they came about."""

    date: date
    deliveries: dict[str, pl.DataFrame]


def simulate(settings: Settings) -> Iterator[Day]:
    """Yield day after day. A longer run begins with the days of a shorter one.

    A day goes: pending transactions settle (1 to 5 o'clock), accounts and loans change their status (5 to 8; accounts
    before 6), transactions take place (6 to 23), customers join (8 to 12) and open accounts (12 to 20), which have
    transactions from the next day on. Customers may change at any time.
    """
    seed = settings.seed
    pools = make_pools(seed)
    customers = Customers(seed, pools, settings.customers, settings.start)
    accounts = Accounts(seed, pools, customers.table, settings.start)
    loans = Loans(seed, accounts, settings.start)
    transactions = Transactions(seed, pools, settings.transactions_per_day)
    yield Day(
        settings.start,
        {
            "customers": customers.table,
            "accounts": accounts.table,
            "transactions": transactions.make(settings.start, accounts),
            "loans": loans.table,
        },
    )
    for day in (settings.day(number) for number in range(1, settings.days)):
        known = customers.table.height
        settled = transactions.settle(day, accounts)
        changed_accounts = accounts.change(day, transactions.accounts_with_pending())
        changed_loans = loans.change(day)
        made = transactions.make(day, accounts)
        changed_customers = customers.change(day)
        joined = customers.join(day)
        opened = accounts.open(day, customers.table, joined.height)
        granted = loans.grant(day, accounts, known)
        yield Day(
            day,
            {
                "customers": pl.concat([changed_customers, joined]),
                "accounts": pl.concat([changed_accounts, opened]),
                "transactions": pl.concat([settled, made]),
                "loans": pl.concat([changed_loans, granted]),
            },
        )
