"""Transactions: a fixed number per day, their settlement, and the balance after each completed one."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.accounts import CURRENCIES, Accounts
from loaders.generate.habits import CHANNELS
from loaders.generate.ledger import refuse_beyond_limits, running_balances
from loaders.generate.people import People
from loaders.generate.plan import COMPLETED, FAILED, PENDING, STATUSES, TYPES
from loaders.generate.pools import CATEGORIES, Pools
from loaders.generate.reference import transaction_signs
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import (
    HOUR,
    Booleans,
    Integers,
    dates,
    days_since_1970,
    midnight,
    money,
    numbered,
    texts_or_null,
    timestamps,
)
from loaders.generate.world import World

SETTLED_AS = ("Completed", "Failed")
SETTLED_SHARES = np.array([0.92, 0.08])
LONGEST_PENDING = 2  # days

NIGHT_STARTS, NIGHT_ENDS = 0, 0.5  # the hours between which pending transactions settle

_MONEY = ("amount", "balance_after")


class Transactions:
    """Creates each day's transactions and keeps the pending ones until they settle."""

    def __init__(self, seed: int, pools: Pools, per_day: int) -> None:
        """Create `per_day` new transactions on each day."""
        self._seed = seed
        self._people = People(pools, per_day)
        self._per_day = per_day
        self._signs = np.array(transaction_signs(TYPES))
        self._pending = pl.DataFrame()

    def settle(self, day: date, accounts: Accounts) -> pl.DataFrame:
        """Complete or fail the pending transactions that are due this night; return their new versions.

        Call `make` for the first day before the first call. The amounts of pending debits are reserved, so no
        settlement exceeds an account's limit.
        """
        due = self._pending.filter(pl.col("due") == day)
        self._pending = self._pending.filter(pl.col("due") != day)
        rng = stream(self._seed, day, Subject.SETTLEMENTS)
        outcome = draw(rng, due.height, SETTLED_SHARES)
        done = outcome == 0
        account, signed = due["account"].to_numpy(), self._signed(due["type"].to_numpy(), due["amount"].to_numpy())
        released = np.where(done, np.maximum(signed, 0), np.maximum(-signed, 0))
        running_balances(accounts.available, account, released)
        return due.with_columns(
            transaction_status=pl.Series(SETTLED_AS).gather(outcome),
            balance_after=_post(accounts, account, signed, done),
            updated_at=timestamps(_distinct_times(rng, due.height, day, NIGHT_STARTS, NIGHT_ENDS)),
        )

    def accounts_with_pending(self) -> Integers:
        """Return the positions of the accounts with pending transactions."""
        return self._pending["account"].unique().sort().to_numpy().astype(np.int64)

    def make(self, day: date, world: World, booked: pl.DataFrame, further: pl.DataFrame) -> pl.DataFrame:
        """Return the day's new transactions in the order of their times, and post the completed ones.

        Args:
            day: the day.
            world: what the transactions refer to.
            booked: planned transactions of the bank itself, which count as part of the day's number.
            further: planned transactions in addition to the day's number.
        """
        rng = stream(self._seed, day, Subject.TRANSACTIONS)
        accounts = world.accounts
        rows = pl.concat([self._people.plan(rng, day, world, self._per_day - booked.height), booked, further])
        rows = rows[np.argsort(rows["time"].to_numpy(), kind="stable")]
        count = rows.height
        account, type_, amount, status = (
            rows[name].to_numpy().copy() for name in ("account", "type", "amount", "status")
        )
        moves = self._signed(type_, amount)
        reserved = np.where((status == FAILED) | ((status == PENDING) & (moves > 0)), 0, moves)
        status[refuse_beyond_limits(accounts.available, accounts.limits, account, reserved)] = FAILED
        time = timestamps(midnight(day) + _distinct(rows["time"].to_numpy()))
        made = pl.DataFrame(
            {
                "transaction_id": numbered(f"T{day:%Y%m%d}-", 1, count, max(6, len(str(count)))),
                "account_id": accounts.table["account_id"].gather(account),
                "transaction_type": pl.Series(TYPES).gather(type_),
                "amount": amount,
                "currency": pl.Series(CURRENCIES).gather(accounts.currency_numbers(account)),
                "transaction_ts": time,
                "channel": pl.Series(CHANNELS).gather(rows["channel"]),
                "transaction_status": pl.Series(STATUSES).gather(status),
                "merchant_name": texts_or_null(world.merchants.table["merchant_name"], rows["merchant"].to_numpy()),
                "category": texts_or_null(pl.Series(CATEGORIES), rows["category"].to_numpy()),
                "counterparty_account": rows["counterparty"],
                "balance_after": _post(accounts, account, moves, status == COMPLETED),
                "updated_at": time,
                "merchant_id": texts_or_null(world.merchants.table["merchant_id"], rows["merchant"].to_numpy()),
                "location_id": world.locations.ids(rows["location"].to_numpy()),
                "account": account,
                "type": type_,
                "incident": rows["incident"],
                "instalment": rows["instalment"],
            }
        )

        waits = rng.integers(1, LONGEST_PENDING + 1, count)
        self._keep_pending(day, made, status == PENDING, waits)
        return made

    def completed_by_day(self, rows: pl.DataFrame, accounts: Accounts, day: date) -> Integers:
        """Return, by account, the sum in cents of the completed transactions that took place on a day."""
        dated = rows.filter(
            (pl.col("transaction_ts").dt.date() == day) & (pl.col("transaction_status") == STATUSES[COMPLETED])
        )
        sums = np.zeros(accounts.table.height, np.int64)
        running_balances(
            sums, dated["account"].to_numpy(), self._signed(dated["type"].to_numpy(), dated["amount"].to_numpy())
        )
        return sums

    def _signed(self, type_: Integers, amount: Integers) -> Integers:
        signed: Integers = self._signs[type_] * amount
        return signed

    def _keep_pending(self, day: date, rows: pl.DataFrame, is_pending: Booleans, waits: Integers) -> None:
        due = dates(days_since_1970(day) + waits[is_pending])
        pending = rows.filter(pl.Series(is_pending)).with_columns(due=due)
        self._pending = pl.concat([self._pending, pending]) if self._pending.width else pending


def delivered(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the delivered columns, with amounts in main units."""
    return rows.select(pl.exclude("account", "type", "incident", "instalment", "due", *_MONEY), money(pl.col(*_MONEY)))


def _post(accounts: Accounts, account: Integers, signed: Integers, done: Booleans) -> pl.Series:
    """Post the completed transactions; return the balances after each in cents, null for the others."""
    posted = np.flatnonzero(done)
    after = np.zeros(len(account), np.int64)
    after[posted] = running_balances(accounts.balances, account[posted], signed[posted])
    return pl.select(pl.when(pl.Series(done, dtype=pl.Boolean)).then(pl.Series(after))).to_series()


def _distinct(times: Integers) -> Integers:
    """Move ascending times so that each is at least a microsecond after the one before."""
    ranks = np.arange(len(times))
    distinct: Integers = np.maximum.accumulate(times - ranks) + ranks
    return distinct


def _distinct_times(rng: Generator, count: int, day: date, from_hour: float, to_hour: float) -> Integers:
    """Draw distinct times between two hours of a day, ascending."""
    drawn = np.sort(rng.integers(int(from_hour * HOUR), int(to_hour * HOUR), count))
    return midnight(day) + _distinct(drawn)
