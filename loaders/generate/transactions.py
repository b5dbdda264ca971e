"""Transactions: exactly so many a day, what becomes of pending ones, and the balance after each completed one."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.accounts import CURRENCIES, UNITS_PER_DOLLAR, WITHOUT_DECIMALS, Accounts
from loaders.generate.pools import CATEGORIES, Pools
from loaders.generate.reference import transaction_signs
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import (
    HOUR,
    Booleans,
    Floats,
    Integers,
    dates,
    days_since_1970,
    midnight,
    money,
    numbered,
    timestamps,
)

TYPES = ("Deposit", "Withdrawal", "Payment", "Transfer")
DEPOSIT, PAYMENT, TRANSFER = TYPES.index("Deposit"), TYPES.index("Payment"), TYPES.index("Transfer")
TYPE_SHARES = np.array([0.17, 0.14, 0.57, 0.12])
PAYDAYS = (1, 15)  # of the month
PAYDAY_SHARES = np.array([0.45, 0.10, 0.38, 0.07])

CHANNELS = ("Online", "Mobile App", "In-Store", "ATM", "Telephone", "Branch")
CHANNEL_SHARES = (  # by type; for each channel in the order above
    np.array([0.20, 0.35, 0.00, 0.15, 0.00, 0.30]),
    np.array([0.00, 0.00, 0.00, 0.80, 0.00, 0.20]),
    np.array([0.30, 0.25, 0.42, 0.00, 0.03, 0.00]),
    np.array([0.45, 0.40, 0.00, 0.00, 0.05, 0.10]),
)

STATUSES = ("Completed", "Pending", "Failed")
COMPLETED, PENDING = STATUSES.index("Completed"), STATUSES.index("Pending")
STATUS_SHARES = np.array([0.96, 0.03, 0.01])
SETTLED_AS = ("Completed", "Failed")
SETTLED_SHARES = np.array([0.92, 0.08])
LONGEST_PENDING = 2  # days

# Log-normal amounts: the median in dollars and the spread of its logarithm; payments by their category.
TYPE_MEDIANS, TYPE_SPREAD = np.array([320.0, 80.0, 1.0, 180.0]), 0.75
CATEGORY_MEDIANS = np.array([48.0, 110.0, 26.0, 31.0, 260.0, 90.0, 170.0])
OPENING_FACTOR = 8.0  # an account's first deposit against its other ones
HIGHEST_AMOUNT = 50_000_000_00  # cents; far out, in any currency

DAY_BEGINS, DAY_ENDS = 6, 23  # hours in which transactions take place
NIGHT_BEGINS, NIGHT_ENDS = 1, 5  # hours in which pending ones settle

_MONEY = ("amount", "balance_after")


class Transactions:
    """Makes each day's transactions and keeps the pending ones until they settle."""

    def __init__(self, seed: int, pools: Pools, per_day: int) -> None:
        """Make `per_day` new transactions on each day."""
        self._seed = seed
        self._pools = pools
        self._per_day = per_day
        self._signs = np.array(transaction_signs(TYPES))
        self._pending = pl.DataFrame()

    def settle(self, day: date, accounts: Accounts) -> pl.DataFrame:
        """Complete or fail the pending transactions that are due in this night; return their new versions.

        The first day has no such night: `make` comes before the first call.
        """
        due = self._pending.filter(pl.col("due") == day)
        self._pending = self._pending.filter(pl.col("due") != day)
        rng = stream(self._seed, day, Subject.SETTLEMENTS)
        outcome = draw(rng, due.height, SETTLED_SHARES)
        done = outcome == 0
        rows = due.with_columns(
            transaction_status=pl.Series(SETTLED_AS).gather(outcome),
            balance_after=self._post(
                accounts, due["account"].to_numpy(), due["type"].to_numpy(), due["amount"].to_numpy(), done
            ),
            updated_at=timestamps(_distinct_times(rng, due.height, day, NIGHT_BEGINS, NIGHT_ENDS)),
        )
        return _delivered(rows)

    def accounts_with_pending(self) -> Integers:
        """Return the positions of the accounts for which something is pending."""
        return self._pending["account"].unique().sort().to_numpy().astype(np.int64)

    def make(self, day: date, accounts: Accounts) -> pl.DataFrame:
        """Return the day's new transactions in the order of their times; those that complete move the balances."""
        rng = stream(self._seed, day, Subject.TRANSACTIONS)
        count = self._per_day
        in_use = accounts.in_use()
        account = in_use[draw(rng, count, accounts.activity(in_use))]
        type_ = draw(rng, count, PAYDAY_SHARES if day.day in PAYDAYS else TYPE_SHARES)
        status = draw(rng, count, STATUS_SHARES)
        opening = _first_uses(accounts.used, account)
        accounts.used[account] = True
        type_[opening], status[opening] = DEPOSIT, COMPLETED
        merchant = rng.integers(0, len(self._pools.merchants), count)
        category = self._pools.merchant_categories[merchant]
        currency = accounts.currency_numbers(account)
        amount = self._amounts(rng, type_, category, currency, opening)
        time = timestamps(_distinct_times(rng, count, day, DAY_BEGINS, DAY_ENDS))
        rows = pl.DataFrame(
            {
                "transaction_id": numbered(f"T{day:%Y%m%d}-", 1, count, max(6, len(str(count)))),
                "account_id": accounts.table["account_id"].gather(account),
                "transaction_type": pl.Series(TYPES).gather(type_),
                "amount": amount,
                "currency": pl.Series(CURRENCIES).gather(currency),
                "transaction_ts": time,
                "channel": pl.Series(CHANNELS).gather(_channels(rng, type_)),
                "transaction_status": pl.Series(STATUSES).gather(status),
                "merchant_name": self._pools.merchants.gather(merchant),
                "category": pl.Series(CATEGORIES).gather(category),
                "counterparty_account": self._pools.counterparties.gather(
                    rng.integers(0, len(self._pools.counterparties), count)
                ),
                "balance_after": self._post(accounts, account, type_, amount, status == COMPLETED),
                "updated_at": time,
                "account": account,
                "type": type_,
            }
        ).with_columns(
            pl.when(pl.col("type") == PAYMENT).then(pl.col("merchant_name", "category")),
            pl.when(pl.col("type") == TRANSFER).then("counterparty_account"),
        )
        waits = rng.integers(1, LONGEST_PENDING + 1, count)
        self._keep_pending(day, rows, status == PENDING, waits)
        return _delivered(rows)

    def _keep_pending(self, day: date, rows: pl.DataFrame, is_pending: Booleans, waits: Integers) -> None:
        due = dates(days_since_1970(day) + waits[is_pending])
        pending = rows.filter(pl.Series(is_pending)).with_columns(due=due)
        self._pending = pl.concat([self._pending, pending]) if self._pending.width else pending

    def _amounts(
        self, rng: Generator, type_: Integers, category: Integers, currency: Integers, opening: Integers
    ) -> Integers:
        """Return amounts in cents, at least the currency's smallest coin."""
        medians: Floats = np.where(type_ == PAYMENT, CATEGORY_MEDIANS[category], TYPE_MEDIANS[type_])
        medians[opening] *= OPENING_FACTOR
        units = medians * UNITS_PER_DOLLAR[currency] * np.exp(TYPE_SPREAD * rng.standard_normal(len(type_)))
        coin = np.where(WITHOUT_DECIMALS[currency], 100, 1)
        cents = np.rint(units * 100 / coin).astype(np.int64) * coin
        clipped: Integers = np.clip(cents, coin, HIGHEST_AMOUNT)
        return clipped

    def _post(
        self, accounts: Accounts, account: Integers, type_: Integers, amount: Integers, done: Booleans
    ) -> pl.Series:
        """Post what is done; return the balances after it in cents, null where nothing moves."""
        posted = np.flatnonzero(done)
        after = np.zeros(len(account), np.int64)
        after[posted] = running_balances(accounts.balances, account[posted], (self._signs[type_] * amount)[posted])
        return pl.select(pl.when(pl.Series(done, dtype=pl.Boolean)).then(pl.Series(after))).to_series()


def running_balances(balances: Integers, account: Integers, signed: Integers) -> Integers:
    """Post amounts in the given order and return each account's balance after each of them.

    Args:
        balances: cents by account; becomes the balances after all postings.
        account: which account each posting moves.
        signed: the signed amounts in cents.
    """
    order = np.argsort(account, kind="stable")
    grouped, moves = account[order], signed[order]
    sums = np.cumsum(moves)
    is_first = np.diff(grouped, prepend=-1) != 0
    sum_before = (sums - moves)[is_first][np.cumsum(is_first) - 1]
    after = balances[grouped] + sums - sum_before
    is_last = np.diff(grouped, append=-1) != 0
    balances[grouped[is_last]] = after[is_last]
    result: Integers = np.empty_like(after)
    result[order] = after
    return result


def _first_uses(used: Booleans, account: Integers) -> Integers:
    """Return where accounts appear that have never been used, each at its first appearance."""
    candidates = np.flatnonzero(~used[account])
    return candidates[np.unique(account[candidates], return_index=True)[1]]


def _channels(rng: Generator, type_: Integers) -> Integers:
    channels = np.zeros(len(type_), np.int64)
    for number, shares in enumerate(CHANNEL_SHARES):
        places = np.flatnonzero(type_ == number)
        channels[places] = draw(rng, len(places), shares)
    return channels


def _distinct_times(rng: Generator, count: int, day: date, from_hour: int, to_hour: int) -> Integers:
    """Return so many different microseconds in ascending order, most of them around the middle of the hours."""
    span = (to_hour - from_hour) * HOUR
    drawn = (rng.random(count) + rng.random(count)) / 2 * span
    places = np.arange(count)
    # Each is at least one microsecond behind the one before; the hour up to the next span leaves ample room.
    distinct = np.maximum.accumulate(np.sort(drawn.astype(np.int64)) - places) + places
    return midnight(day) + from_hour * HOUR + distinct


def _delivered(rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out what only this module needs."""
    return rows.select(pl.exclude("account", "type", "due", *_MONEY), money(pl.col(*_MONEY)))
