"""Accounts: one to three per customer, with status, balance and the owner's habits."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.cities import CITIES, HOME_CITIES
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import (
    DAY,
    Booleans,
    Floats,
    Integers,
    dates,
    days_since_1970,
    extended,
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
TYPES = (FIRST_TYPE, *FURTHER_TYPES)
CHECKING, SAVINGS, CARD, INVESTMENT = (
    TYPES.index(name) for name in ("Checking", "Savings", "Credit Card", "Investment")
)
USED_TYPES = (FIRST_TYPE, "Savings", "Credit Card")  # the types that have transactions
OVERDRAFT = np.array([500, 0, 5000, 0, 0])  # dollars below zero that an account may reach, by type
ACCOUNTS_PER_CUSTOMER = np.array([0.55, 0.33, 0.12])  # shares of customers with one, two and three accounts

CURRENCIES = ("USD", "EUR", "JPY")
CURRENCY_SHARES = np.array([0.90, 0.07, 0.03])
UNITS_PER_DOLLAR = np.array([1.0, 0.9, 150.0])  # rough factors for plausible amounts, not exchange rates
SMALLEST_COINS = np.array([1, 1, 100])  # hundredths of the currency

FIRST_STATUSES = ("Active", "Dormant", "Frozen")
FIRST_STATUS_SHARES = np.array([0.95, 0.04, 0.01])
# (from, to, probability per day)
STATUS_CHANGES = (
    ("Active", "Dormant", 0.0015),
    ("Active", "Frozen", 0.0003),
    ("Active", "Closed", 0.0004),
    ("Dormant", "Active", 0.020),
    ("Dormant", "Closed", 0.005),
    ("Frozen", "Active", 0.050),
    ("Frozen", "Closed", 0.010),
)

FURTHER_PER_DAY = 0.0005  # further accounts per existing customer
MOST_ACCOUNTS = 3
ACTIVITY_SHAPE = 1.3  # Pareto: the lower, the more transactions are concentrated on a few accounts
LEAST_ACTIVITY, MOST_ACTIVITY = 0.1, 30.0  # bounds, so that no account has a large part of all transactions
TYPE_ACTIVITY = np.array([1.0, 0.15, 0.8, 0.0, 0.0])  # by type, relative to a checking account

INCOME_MEDIAN, INCOME_SPREAD = 3_900, 0.5  # dollars per month, log-normal
# Pay groups: 0 no salary, 1 on the first payday of the month, 2 on the second, 3 half on each.
PAID_TWICE = 3
PAY_GROUP_SHARES = np.array([0.25, 0.30, 0.20, 0.25])
RENTERS = 0.55
RENT_SHARE = (0.20, 0.35)  # share of the income
LEAST_WEALTH, MOST_WEALTH = 0.4, 4.0  # factor of the owner's amounts


class Accounts:
    """The current state of all accounts.

    The first account never changes its status, so that at least one account is always open.

    Attributes:
        table: one row per account: the columns of the contract, then `owner`, `currency_number` and `type_number`
            (positions in the customers, in `CURRENCIES` and in `TYPES`), `activity` (weight when accounts are drawn),
            `income` and `rent` (cents per month), `pay_group` and `wealth` (factor of amounts).
        balances: the sums of completed transactions, in cents.
        available: the balances less the amounts of pending debits, in cents.
        limits: the lowest permitted available amounts, in cents (zero or less).
        used: true for accounts that have had a transaction.
    """

    def __init__(self, seed: int, customers: pl.DataFrame, start: date) -> None:
        """Open the accounts of the first customers, all before the first day."""
        self._seed = seed
        self._branches = pl.Series([f"{city.name} Branch" for city in CITIES[:HOME_CITIES]])
        self.table = pl.DataFrame()
        self.balances: Integers = np.zeros(0, np.int64)
        self.available: Integers = np.zeros(0, np.int64)
        self.limits: Integers = np.zeros(0, np.int64)
        self.used: Booleans = np.zeros(0, np.bool_)
        rng = stream(seed, start, Subject.ACCOUNTS_NEW)
        owners = np.repeat(np.arange(customers.height), 1 + draw(rng, customers.height, ACCOUNTS_PER_CUSTOMER))
        is_first = np.diff(owners, prepend=-1) > 0
        signup = customers["signup_date"].to_physical().to_numpy()[owners].astype(np.int64)
        opened = np.where(is_first, signup, rng.integers(signup, days_since_1970(start)))
        statuses = draw(rng, len(owners), FIRST_STATUS_SHARES)
        statuses[0] = FIRST_STATUSES.index("Active")
        self._open(rng, customers, owners=owners, is_first=is_first, opened_days=opened, statuses=statuses)

    def open(self, day: date, customers: pl.DataFrame, joined: int) -> pl.DataFrame:
        """Open accounts for the last `joined` customers and further ones for some others; return the new accounts."""
        rng = stream(self._seed, day, Subject.ACCOUNTS_NEW)
        known = customers.height - joined
        further = np.unique(rng.integers(0, known, int(rng.poisson(FURTHER_PER_DAY * known))))
        held = np.bincount(self.table["owner"].to_numpy(), minlength=known)
        further = further[held[further] < MOST_ACCOUNTS]
        new = np.repeat(np.arange(known, customers.height), 1 + draw(rng, joined, ACCOUNTS_PER_CUSTOMER))
        owners = np.concatenate([further, new])
        is_first = (np.diff(owners, prepend=-1) > 0) & (owners >= known)
        opened = np.full(len(owners), days_since_1970(day))
        active = np.zeros(len(owners), np.int64)
        return self._open(rng, customers, owners=owners, is_first=is_first, opened_days=opened, statuses=active)

    def change(self, day: date, with_pending: Integers) -> pl.DataFrame:
        """Change the status of some accounts and return the new versions.

        Statuses change between 0:30 and 1:00: after the night's settlements, before the day's transactions. An account
        with pending transactions keeps its status, so that no transaction settles on a closed account.
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
            updated_at=timestamps(moments(rng, np.full(len(positions), midnight(day)), 0.5, 1)),
        )
        self.table = replaced(self.table, positions, rows)
        return rows

    def in_use(self) -> Integers:
        """Return the positions of the accounts that can have transactions now."""
        usable = pl.col("account_type").is_in(USED_TYPES) & (pl.col("account_status") == "Active")
        return self.table.select(usable.arg_true()).to_series().to_numpy().astype(np.int64)

    def activity(self, positions: Integers) -> Floats:
        """Return the weights of accounts when the account of a transaction is drawn."""
        return self.table["activity"].to_numpy()[positions]

    def currency_numbers(self, positions: Integers) -> Integers:
        """Return the currencies of accounts, as positions in `CURRENCIES`."""
        return self.table["currency_number"].to_numpy()[positions]

    def wealth(self) -> Floats:
        """Return the factor of the amounts, by account."""
        return self.table["wealth"].to_numpy()

    def integers(self, column: str) -> Integers:
        """Return an integer column of the table."""
        return self.table[column].to_numpy()

    def is_active(self) -> Booleans:
        """Return true for each active account."""
        return (self.table["account_status"] == "Active").to_numpy()

    def first_accounts(self) -> Integers:
        """Return the position of each customer's first account."""
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
        types = np.where(is_first, CHECKING, 1 + draw(rng, count, FURTHER_SHARES))
        currencies = draw(rng, count, CURRENCY_SHARES)
        units = UNITS_PER_DOLLAR[currencies]
        wealth = np.exp(INCOME_SPREAD * rng.standard_normal(count))
        income = whole_units(INCOME_MEDIAN * wealth * units)
        rent = np.where(rng.random(count) < RENTERS, whole_units(rng.uniform(*RENT_SHARE, count) * income / 100), 0)
        # Owners join in the morning, accounts open in the afternoon, and inactive accounts change in the evening.
        opened_at = moments(rng, opened_days * DAY, 12, 20)
        evening = moments(rng, opened_days * DAY, 21, 24)
        rows = pl.DataFrame(
            {
                "account_id": numbered("A", self.table.height + 1, count, 7),
                "customer_id": customers["customer_id"].gather(owners),
                "account_type": pl.Series(TYPES).gather(types),
                "currency": pl.Series(CURRENCIES).gather(currencies),
                "account_status": pl.Series(FIRST_STATUSES).gather(statuses),
                "branch": self._branches.gather(rng.integers(0, len(self._branches), count)),
                "opened_date": dates(opened_days),
                "updated_at": timestamps(np.where(statuses == 0, opened_at, evening)),
                "owner": owners,
                "currency_number": currencies,
                "type_number": types,
                "activity": TYPE_ACTIVITY[types]
                * np.clip(rng.pareto(ACTIVITY_SHAPE, count), LEAST_ACTIVITY, MOST_ACTIVITY),
                "income": income,
                "rent": rent,
                "pay_group": np.where(is_first, draw(rng, count, PAY_GROUP_SHARES), 0),
                "wealth": np.clip(np.sqrt(wealth), LEAST_WEALTH, MOST_WEALTH),
            }
        )
        self.table = extended(self.table, rows)
        self.balances = np.concatenate([self.balances, np.zeros(count, np.int64)])
        self.available = np.concatenate([self.available, np.zeros(count, np.int64)])
        self.limits = np.concatenate([self.limits, limits(types, currencies)])
        self.used = np.concatenate([self.used, np.zeros(count, np.bool_)])
        return rows


def limits(types: Integers, currencies: Integers) -> Integers:
    """Return the lowest permitted balances, in cents, of accounts with these types and currencies (positions)."""
    least: Integers = -np.rint(OVERDRAFT[types] * UNITS_PER_DOLLAR[currencies]).astype(np.int64) * 100
    return least


def whole_units(amounts: Floats) -> Integers:
    """Convert amounts to cents, rounded to whole units, which exist in every currency."""
    return np.rint(amounts).astype(np.int64) * 100
