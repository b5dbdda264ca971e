"""Daily balances: what each account had at the beginning and the end of a day, by the dates of its transactions.

A transaction counts on the day of its time. One that is pending over midnight and completes later therefore changes the
closing balance of an earlier day, and all balances since: the night's settlements bring corrected versions of those
days, with the same account and date and a later `updated_at`. The latest version of each day always holds
`closing = opening + completed transactions of that day`, and `opening` = the closing balance of the day before.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from loaders.generate.accounts import Accounts
from loaders.generate.tables import HOUR, SECOND, Integers, midnight, money, timestamps
from loaders.generate.transactions import LONGEST_PENDING, Transactions

CLOSED_AT = 24 * HOUR - SECOND  # when a day's balances are made
CORRECTED_AT = HOUR // 2  # when those of the days before are corrected: after the last settlement


class DailyBalances:
    """Keeps the balances of the days that may still be corrected."""

    def __init__(self) -> None:
        """Begin with no day; each account begins with nothing."""
        self._closed: dict[date, tuple[Integers, Integers]] = {}  # opening and closing, in cents by account

    def correct(self, day: date, settled: pl.DataFrame, transactions: Transactions, accounts: Accounts) -> pl.DataFrame:
        """Return new versions of earlier days' balances, which this night's settlements have changed."""
        parts = []
        count = accounts.table.height
        brought = np.zeros(count, np.int64)
        for earlier in sorted(self._closed):
            opening, closing = (_padded(balances, count) for balances in self._closed[earlier])
            moved = brought + transactions.completed_by_day(settled, accounts, earlier)
            affected = np.flatnonzero((brought != 0) | (moved != 0))
            opening, closing = opening + brought, closing + moved
            self._closed[earlier] = opening, closing
            brought = moved
            parts.append(_rows(accounts, affected, opening, closing, day=earlier, at=midnight(day) + CORRECTED_AT))
        self._closed.pop(day - timedelta(days=LONGEST_PENDING), None)
        return pl.concat(parts)

    def close(self, day: date, accounts: Accounts, opening: Integers) -> pl.DataFrame:
        """Return the day's balances of all accounts that have had a transaction so far.

        Args:
            day: the day that ends.
            accounts: with their balances at its end.
            opening: cents by account after the night's settlements, before the day's first transaction.
        """
        closing = accounts.balances.copy()
        opening = _padded(opening, len(closing))
        self._closed[day] = opening, closing
        used = np.flatnonzero(accounts.used)
        return _rows(accounts, used, opening, closing, day=day, at=midnight(day) + CLOSED_AT)


def _rows(
    accounts: Accounts, positions: Integers, opening: Integers, closing: Integers, *, day: date, at: int
) -> pl.DataFrame:
    account = accounts.table[positions]
    return pl.DataFrame(
        {
            "account_id": account["account_id"],
            "balance_date": pl.repeat(day, len(positions), dtype=pl.Date, eager=True),
            "opening_balance": opening[positions],
            "closing_balance": closing[positions],
            "currency": account["currency"],
            "updated_at": timestamps(np.full(len(positions), at)),
        }
    ).with_columns(money(pl.col("opening_balance", "closing_balance")))


def _padded(balances: Integers, count: int) -> Integers:
    """Return balances by account with nothing for accounts that were opened since."""
    return np.concatenate([balances, np.zeros(count - len(balances), np.int64)])
