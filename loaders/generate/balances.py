"""Daily balances: the opening and closing balance of each account and day.

A transaction counts on the day when it took place. If it completes on a later day, it changes the closing balance of
the earlier day and all balances since. So the settlements of a night create corrected versions of those balances, with
a later `updated_at`. In the latest versions, `closing = opening + completed transactions of the day`, and each opening
balance is the closing balance of the day before.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from loaders.generate.accounts import Accounts
from loaders.generate.tables import HOUR, SECOND, Integers, midnight, money, timestamps
from loaders.generate.transactions import LONGEST_PENDING, Transactions

CLOSED_AT = 24 * HOUR - SECOND
CORRECTED_AT = HOUR // 2  # after the last settlement of the night


class DailyBalances:
    """The balances of the days that can still be corrected."""

    def __init__(self) -> None:
        """Start without any day."""
        self._closed: dict[date, tuple[Integers, Integers]] = {}  # opening and closing balances by account, in cents

    def correct(self, day: date, settled: pl.DataFrame, transactions: Transactions, accounts: Accounts) -> pl.DataFrame:
        """Return new versions of the balances of earlier days that this night's settlements have changed."""
        parts = []
        count = accounts.table.height
        carried = np.zeros(count, np.int64)
        for earlier in sorted(self._closed):
            opening, closing = (_padded(balances, count) for balances in self._closed[earlier])
            moved = carried + transactions.completed_by_day(settled, accounts, earlier)
            affected = np.flatnonzero((carried != 0) | (moved != 0))
            opening, closing = opening + carried, closing + moved
            self._closed[earlier] = opening, closing
            carried = moved
            parts.append(_rows(accounts, affected, opening, closing, day=earlier, at=midnight(day) + CORRECTED_AT))
        self._closed.pop(day - timedelta(days=LONGEST_PENDING), None)
        return pl.concat(parts)

    def close(self, day: date, accounts: Accounts, opening: Integers) -> pl.DataFrame:
        """Return the day's balances of all accounts that have had a transaction.

        Args:
            day: the day.
            accounts: the accounts at the end of the day.
            opening: the balances in cents by account, after the night's settlements.
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
    """Return the balances by account, with 0 for accounts that were opened since."""
    return np.concatenate([balances, np.zeros(count - len(balances), np.int64)])
