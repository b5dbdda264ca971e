"""Investments: the holdings of the investment accounts, and their gains and losses."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.accounts import CURRENCIES, INVESTMENT, SMALLEST_COINS, UNITS_PER_DOLLAR, Accounts
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import (
    DAY,
    HOUR,
    Floats,
    Integers,
    dates,
    days_since_1970,
    extended,
    midnight,
    moments,
    money,
    numbered,
    replaced,
    timestamps,
)

TYPES = ("Stocks", "Bonds", "Mutual Funds", "Real Estate", "Commodities")
TYPE_SHARES = np.array([0.38, 0.20, 0.28, 0.06, 0.08])
VALUED_EVERY = np.array([7, 28, 7, 28, 14])  # days
# Expected return per year, and its standard deviation, by type.
DRIFTS = np.array([0.075, 0.035, 0.060, 0.045, 0.030])
VOLATILITIES = np.array([0.20, 0.05, 0.12, 0.06, 0.24])
DAYS_PER_YEAR = 365
MEDIANS = np.array([6_000, 9_000, 5_000, 40_000, 4_000])  # dollars
SPREAD = 0.8
MOST_PER_ACCOUNT = 4  # before the first day
NEW_PER_DAY = 0.01  # per investment account
VALUED_AT = 22 * HOUR


class Investments:
    """The current state of all investments.

    Attributes:
        table: one row per investment: the columns of the contract (amounts in cents), then `type_number` (position in
            `TYPES`), `coin` (cents of the smallest coin), `value` (current value of one invested unit) and `valued`
            (day of the last valuation, since 1970).
    """

    def __init__(self, seed: int, accounts: Accounts, start: date) -> None:
        """Start with investments of the first accounts, valued on the day before the first."""
        self._seed = seed
        self.table = pl.DataFrame()
        rng = stream(seed, start, Subject.INVESTMENTS_NEW)
        holders = np.flatnonzero(accounts.integers("type_number") == INVESTMENT)
        holders = np.repeat(holders, rng.integers(1, MOST_PER_ACCOUNT + 1, len(holders)))
        opened = accounts.table["opened_date"].to_physical().to_numpy()[holders].astype(np.int64)
        today = days_since_1970(start)
        rows = self._invest(rng, accounts, holders, rng.integers(opened, np.maximum(today, opened + 1)))
        before = np.flatnonzero(rows["valued"].to_numpy() < today - 1)
        valued_at = timestamps(np.full(len(before), midnight(start) - DAY + VALUED_AT))
        valued = self._valued(rng, rows[before], today - 1).with_columns(updated_at=valued_at)
        self.table = replaced(rows, before, valued)

    def change(self, day: date) -> pl.DataFrame:
        """Value the investments that are due on this day and return the new versions."""
        rng = stream(self._seed, day, Subject.INVESTMENTS_CHANGED)
        today = days_since_1970(day)
        every = VALUED_EVERY[self.table["type_number"].to_numpy()]
        is_due = (today + np.arange(self.table.height)) % every == 0
        positions = np.flatnonzero(is_due)
        rows = self._valued(rng, self.table[positions], today).with_columns(
            updated_at=timestamps(np.full(len(positions), midnight(day) + VALUED_AT))
        )
        self.table = replaced(self.table, positions, rows)
        return rows

    def invest(self, day: date, accounts: Accounts) -> pl.DataFrame:
        """Return the new investments of some active investment accounts."""
        rng = stream(self._seed, day, Subject.INVESTMENTS_NEW)
        holders = np.flatnonzero((accounts.integers("type_number") == INVESTMENT) & accounts.is_active())
        chosen = holders[rng.random(len(holders)) < NEW_PER_DAY]
        return self._invest(rng, accounts, chosen, np.full(len(chosen), days_since_1970(day)))

    def _invest(self, rng: Generator, accounts: Accounts, holders: Integers, days: Integers) -> pl.DataFrame:
        count = len(holders)
        type_ = draw(rng, count, TYPE_SHARES)
        currency = accounts.currency_numbers(holders)
        dollars = MEDIANS[type_] * np.exp(SPREAD * rng.standard_normal(count))
        amount = np.maximum(np.rint(dollars * UNITS_PER_DOLLAR[currency]).astype(np.int64), 1) * 100
        rows = pl.DataFrame(
            {
                "investment_id": numbered("I", self.table.height + 1, count, 6),
                "account_id": accounts.table["account_id"].gather(holders),
                "investment_type": pl.Series(TYPES).gather(type_),
                "investment_amount": amount,
                "investment_return": np.zeros(count, np.int64),
                "currency": pl.Series(CURRENCIES).gather(currency),
                "investment_date": dates(days),
                "updated_at": timestamps(moments(rng, days * DAY, 20, 21.5)),
                "type_number": type_,
                "coin": SMALLEST_COINS[currency],
                "value": np.ones(count),
                "valued": days,
            }
        )
        self.table = extended(self.table, rows)
        return rows

    @staticmethod
    def _valued(rng: Generator, rows: pl.DataFrame, today: int) -> pl.DataFrame:
        type_, coin = rows["type_number"].to_numpy(), rows["coin"].to_numpy()
        years: Floats = (today - rows["valued"].to_numpy()) / DAYS_PER_YEAR
        drift = (DRIFTS[type_] - VOLATILITIES[type_] ** 2 / 2) * years
        value = rows["value"].to_numpy() * np.exp(
            drift + VOLATILITIES[type_] * np.sqrt(years) * rng.standard_normal(len(type_))
        )
        coins = np.rint(rows["investment_amount"].to_numpy() * (value - 1) / coin).astype(np.int64)
        return rows.with_columns(
            investment_return=pl.Series(coins * coin),
            value=pl.Series(value),
            valued=pl.repeat(today, rows.height, dtype=pl.Int64, eager=True),
        )


def delivered(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with amounts in main units."""
    return rows.with_columns(money(pl.col("investment_amount", "investment_return")))
