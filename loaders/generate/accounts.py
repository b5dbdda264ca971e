"""Accounts: one to three for each customer, their status, and their balance to the cent."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.pools import Pools
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import (
    DAY,
    Booleans,
    Floats,
    Integers,
    dates,
    days_since_1970,
    midnight,
    moments,
    numbered,
    replaced,
    status_changes,
    timestamps,
)

FIRST_TYPE = "Checking"
FURTHER_TYPES = ("Savings", "Credit Card", "Investment", "Loan")
FURTHER_SHARES = np.array([0.60, 0.20, 0.15, 0.05])
USED_TYPES = (FIRST_TYPE, "Savings")  # those with transactions of their own in this generator
ACCOUNTS_OF_A_CUSTOMER = np.array([0.55, 0.33, 0.12])  # shares of one, two, three accounts

CURRENCIES = ("USD", "EUR", "JPY")
CURRENCY_SHARES = np.array([0.90, 0.07, 0.03])
UNITS_PER_DOLLAR = np.array([1.0, 0.9, 150.0])  # sizes amounts believably; no rate of exchange
WITHOUT_DECIMALS = np.array([False, False, True])

FIRST_STATUSES = ("Active", "Dormant", "Frozen")
FIRST_STATUS_SHARES = np.array([0.95, 0.04, 0.01])
# What may become of a status on one day, with what probability.
STATUS_CHANGES = (
    ("Active", "Dormant", 0.0015),
    ("Active", "Frozen", 0.0003),
    ("Active", "Closed", 0.0004),
    ("Dormant", "Active", 0.020),
    ("Dormant", "Closed", 0.005),
    ("Frozen", "Active", 0.050),
    ("Frozen", "Closed", 0.010),
)

BRANCHES = 60
FURTHER_A_DAY = 0.0005  # new accounts of customers there are, per customer
MOST_ACCOUNTS = 3
ACTIVITY_SHAPE = 1.3  # Pareto: the lower, the more of the activity is on few accounts
LEAST_ACTIVITY, MOST_ACTIVITY = 0.1, 30.0  # no account takes a large part of all transactions


class Accounts:
    """All accounts of the bank, as they are now.

    The very first account never changes its status, so that some account is always open.

    Attributes:
        table: one row per account: the columns of the contract, then `owner` and `currency_number` (positions of the
            customer and of the currency in `CURRENCIES`) and `activity` (its share of the transactions).
        balances: in cents, of completed transactions.
        used: whether an account has had a transaction yet.
    """

    def __init__(self, seed: int, pools: Pools, customers: pl.DataFrame, start: date) -> None:
        """Open the accounts of the first customers, all before the first day."""
        self._seed = seed
        self._branches = pl.Series([f"{city} Branch" for city in pools.cities[:BRANCHES]])
        self.table = pl.DataFrame()
        self.balances: Integers = np.zeros(0, np.int64)
        self.used: Booleans = np.zeros(0, np.bool_)
        rng = stream(seed, start, Subject.ACCOUNTS_NEW)
        owners = np.repeat(np.arange(customers.height), 1 + draw(rng, customers.height, ACCOUNTS_OF_A_CUSTOMER))
        is_first = np.diff(owners, prepend=-1) > 0
        signup = customers["signup_date"].to_physical().to_numpy()[owners].astype(np.int64)
        opened = np.where(is_first, signup, rng.integers(signup, days_since_1970(start)))
        statuses = draw(rng, len(owners), FIRST_STATUS_SHARES)
        statuses[0] = FIRST_STATUSES.index("Active")
        self._open(rng, customers, owners=owners, is_first=is_first, opened_days=opened, statuses=statuses)

    def open(self, day: date, customers: pl.DataFrame, joined: int) -> pl.DataFrame:
        """Open accounts for the last `joined` customers, who are new, and some for the others; return the accounts."""
        rng = stream(self._seed, day, Subject.ACCOUNTS_NEW)
        known = customers.height - joined
        further = np.unique(rng.integers(0, known, int(rng.poisson(FURTHER_A_DAY * known))))
        held = np.bincount(self.table["owner"].to_numpy(), minlength=known)
        further = further[held[further] < MOST_ACCOUNTS]
        fresh = np.repeat(np.arange(known, customers.height), 1 + draw(rng, joined, ACCOUNTS_OF_A_CUSTOMER))
        owners = np.concatenate([further, fresh])
        is_first = (np.diff(owners, prepend=-1) > 0) & (owners >= known)
        opened = np.full(len(owners), days_since_1970(day))
        active = np.zeros(len(owners), np.int64)
        return self._open(rng, customers, owners=owners, is_first=is_first, opened_days=opened, statuses=active)

    def change(self, day: date, with_pending: Integers) -> pl.DataFrame:
        """Change some statuses and return the new versions.

        This happens between 5 and 6 o'clock: after the night's settlements, before the day's transactions. An account
        with pending transactions keeps its status, so that none settles on a closed one.
        """
        rng = stream(self._seed, day, Subject.ACCOUNTS_CHANGED)
        free = np.ones(self.table.height, np.bool_)
        free[0] = False
        free[with_pending] = False
        now = self.table["account_status"]
        chance = rng.random(self.table.height)
        positions, statuses = status_changes(now, chance, STATUS_CHANGES, free)
        rows = self.table[positions].with_columns(
            account_status=statuses,
            updated_at=timestamps(moments(rng, np.full(len(positions), midnight(day)), 5, 6)),
        )
        self.table = replaced(self.table, positions, rows)
        return rows

    def in_use(self) -> Integers:
        """Return the positions of the accounts that may have transactions now."""
        usable = pl.col("account_type").is_in(USED_TYPES) & (pl.col("account_status") == "Active")
        return self.table.select(usable.arg_true()).to_series().to_numpy().astype(np.int64)

    def activity(self, positions: Integers) -> Floats:
        """Return the weights of accounts in the choice of a transaction's account."""
        return self.table["activity"].to_numpy()[positions]

    def currency_numbers(self, positions: Integers) -> Integers:
        """Return the currencies of accounts, as positions in `CURRENCIES`."""
        return self.table["currency_number"].to_numpy()[positions]

    def first_accounts(self) -> Integers:
        """Return the position of each customer's first account, by the position of the customer."""
        return np.unique(self.table["owner"].to_numpy(), return_index=True)[1]

    def _open(
        self,
        rng: Generator,
        customers: pl.DataFrame,
        *,
        owners: Integers,
        is_first: Booleans,
        opened_days: Integers,
        statuses: Integers,
    ) -> pl.DataFrame:
        count = len(owners)
        further = pl.Series(FURTHER_TYPES).gather(draw(rng, count, FURTHER_SHARES))
        types = further.zip_with(pl.Series(~is_first, dtype=pl.Boolean), pl.repeat(FIRST_TYPE, count, eager=True))
        currencies = draw(rng, count, CURRENCY_SHARES)
        # Opened after lunch, as the owner joined in the morning; what is not active became so the same evening.
        opened_at = moments(rng, opened_days * DAY, 12, 20)
        evening = moments(rng, opened_days * DAY, 21, 24)
        rows = pl.DataFrame(
            {
                "account_id": numbered("A", self.table.height + 1, count, 7),
                "customer_id": customers["customer_id"].gather(owners),
                "account_type": types,
                "currency": pl.Series(CURRENCIES).gather(currencies),
                "account_status": pl.Series(FIRST_STATUSES).gather(statuses),
                "branch": self._branches.gather(rng.integers(0, len(self._branches), count)),
                "opened_date": dates(opened_days),
                "updated_at": timestamps(np.where(statuses == 0, opened_at, evening)),
                "owner": owners,
                "currency_number": currencies,
                "activity": np.clip(rng.pareto(ACTIVITY_SHAPE, count), LEAST_ACTIVITY, MOST_ACTIVITY),
            }
        )
        self.table = pl.concat([self.table, rows]) if self.table.height else rows
        self.balances = np.concatenate([self.balances, np.zeros(count, np.int64)])
        self.used = np.concatenate([self.used, np.zeros(count, np.bool_)])
        return rows
