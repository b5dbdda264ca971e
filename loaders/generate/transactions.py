"""Transactions: exactly so many a day, what becomes of pending ones, and the balance after each completed one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate import habits
from loaders.generate.accounts import CARD, CHECKING, CURRENCIES, SAVINGS, SMALLEST_COINS, UNITS_PER_DOLLAR, Accounts
from loaders.generate.habits import CHANNELS, DEPOSITS, ONLINE, TRANSFERS, UTILITIES, WITHDRAWALS
from loaders.generate.ledger import refuse_beyond_limits, running_balances
from loaders.generate.locations import Locations
from loaders.generate.merchants import NET, Merchants
from loaders.generate.plan import NOTHING, plan
from loaders.generate.pools import CATEGORIES, Pools
from loaders.generate.reference import transaction_signs
from loaders.generate.streams import Subject, draw, draw_rows, stream
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
    texts_or_null,
    timestamps,
)

TYPES = ("Deposit", "Withdrawal", "Payment", "Transfer")
DEPOSIT, WITHDRAWAL, PAYMENT, TRANSFER = range(len(TYPES))
TYPE_SHARES = np.zeros((5, len(TYPES)))  # by the account's type
TYPE_SHARES[CHECKING] = [0.12, 0.14, 0.62, 0.12]
TYPE_SHARES[SAVINGS] = [0.35, 0.25, 0.00, 0.40]
TYPE_SHARES[CARD] = [0.10, 0.03, 0.87, 0.00]
PURPOSE_OF_TYPE = np.array([DEPOSITS, WITHDRAWALS, NOTHING, TRANSFERS])  # a payment's is its category
MOST_SALARIES, MOST_RENTS = 0.40, 0.25  # of a day's transactions
REPAID = (0.2, 1.0)  # the share of what is owed on a card that its owner pays back at once

STATUSES = ("Completed", "Pending", "Failed")
COMPLETED, PENDING, FAILED = range(len(STATUSES))
STATUS_SHARES = np.array([0.963, 0.030, 0.007])  # before what an account cannot bear fails
SETTLED_AS = ("Completed", "Failed")
SETTLED_SHARES = np.array([0.92, 0.08])
LONGEST_PENDING = 2  # days

# Log-normal amounts: the median in dollars and the spread of its logarithm, by purpose.
MEDIANS = np.array([46.0, 95.0, 27.0, 30.0, 240.0, 85.0, 150.0, 320.0, 80.0, 180.0])
SPREADS = np.array([0.65, 0.55, 0.70, 0.60, 0.90, 0.85, 0.95, 0.75, 0.55, 0.80])
OPENING_FACTOR = 8.0  # an account's first deposit against its other ones
# Who has more than two months' income spends more, so that balances neither dry up nor grow without end.
USUALLY_SAVED, SPENDING = 2.0, (0.75, 5.0)
HIGHEST_AMOUNT = 50_000_000_00  # cents; far out, in any currency
COUNTERPARTIES_OF_AN_ACCOUNT = 3
_SCATTER = 7919  # a prime, so that neighbouring accounts know other counterparties

NIGHT_BEGINS, NIGHT_ENDS = 0, 0.5  # hours in which pending ones settle

_MONEY = ("amount", "balance_after")


@dataclass(frozen=True)
class World:
    """What transactions refer to, on one day.

    Attributes:
        accounts: which are moved.
        merchants, locations: who is paid and where.
        cities: by customer, the city in which he is on this day.
    """

    accounts: Accounts
    merchants: Merchants
    locations: Locations
    cities: Integers


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

        The first day has no such night: `make` comes before the first call. What a pending debit takes has been
        reserved, so that no settlement takes an account beyond its limit.
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
            updated_at=timestamps(_distinct_times(rng, due.height, day, NIGHT_BEGINS, NIGHT_ENDS)),
        )

    def accounts_with_pending(self) -> Integers:
        """Return the positions of the accounts for which something is pending."""
        return self._pending["account"].unique().sort().to_numpy().astype(np.int64)

    def make(self, day: date, world: World, booked: pl.DataFrame, further: pl.DataFrame) -> pl.DataFrame:
        """Return the day's new transactions in the order of their times; those that complete move the balances.

        Args:
            day: the day.
            world: what they refer to.
            booked: planned transactions of the bank itself, a part of the day's.
            further: planned transactions that come on top, of accounts in use.
        """
        rng = stream(self._seed, day, Subject.TRANSACTIONS)
        accounts = world.accounts
        rows = pl.concat([self._people(rng, day, world, self._per_day - booked.height), booked, further])
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
        """Return, by account, the sum in cents of those completed rows whose time is on a day."""
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

    def _people(self, rng: Generator, day: date, world: World, count: int) -> pl.DataFrame:
        """Plan the day's transactions of people: salaries and rents first, then whatever they do on such a day."""
        accounts = world.accounts
        in_use = accounts.in_use()
        salaries, rents = self._salaries(rng, day, accounts, in_use), self._rents(rng, day, accounts, in_use)
        regular = len(salaries) + len(rents)
        account = np.concatenate([salaries, rents, in_use[draw(rng, count - regular, accounts.activity(in_use))]])
        kind = accounts.ordinal("type_number")[account]
        type_ = draw_rows(rng, TYPE_SHARES, kind)
        type_[: len(salaries)], type_[len(salaries) : regular] = DEPOSIT, PAYMENT
        status = draw(rng, count, STATUS_SHARES)
        status[:regular] = COMPLETED
        category = draw(rng, count, habits.category_shares(day))
        category[len(salaries) : regular] = UTILITIES
        purpose = np.where(type_ == PAYMENT, category, PURPOSE_OF_TYPE[type_])
        channel = habits.channels(rng, purpose, day)
        channel[:regular] = ONLINE
        time = habits.times_of_day(rng, purpose, channel, day)
        amount = self._amounts(rng, day, accounts, account, purpose)
        amount[: len(salaries)] = _salary(accounts, salaries)
        amount[len(salaries) : regular] = accounts.ordinal("rent")[rents]
        self._repay_cards(rng, accounts, account, type_, amount)
        opening = _first_uses(accounts.used, account, time)
        accounts.used[account] = True
        opening = opening[kind[opening] != CARD]
        type_[opening], status[opening], channel[opening] = DEPOSIT, COMPLETED, ONLINE
        amount[opening] = self._coins(
            accounts,
            account[opening],
            OPENING_FACTOR * self._units(rng, accounts, account[opening], np.full(len(opening), DEPOSITS)),
        )
        is_payment = type_ == PAYMENT
        in_store, at_machine = is_payment & (channel == habits.IN_STORE), channel == habits.ATM
        city = world.cities[accounts.ordinal("owner")[account]]
        merchant = np.where(is_payment, world.merchants.pick(rng, np.where(in_store, city, NET), category), NOTHING)
        location = np.where(in_store, world.merchants.locations[merchant], NOTHING)
        location[at_machine] = world.locations.pick(rng, city[at_machine])
        known = rng.integers(0, COUNTERPARTIES_OF_AN_ACCOUNT, count)
        other = (account * _SCATTER + known) % len(self._pools.counterparties)
        return plan(
            account=account,
            type=type_,
            amount=amount,
            channel=channel,
            merchant=merchant,
            category=np.where(is_payment, category, NOTHING),
            location=location,
            counterparty=texts_or_null(self._pools.counterparties, np.where(type_ == TRANSFER, other, NOTHING)),
            status=status,
            time=time,
        )

    def _salaries(self, rng: Generator, day: date, accounts: Accounts, in_use: Integers) -> Integers:
        """Return the accounts to which a salary is paid on this day."""
        groups = [group for payday in habits.paydays(day) for group in (payday, 3)]
        paid = in_use[np.isin(accounts.ordinal("pay_group")[in_use], groups)]
        return _some(rng, paid, int(MOST_SALARIES * self._per_day))

    def _rents(self, rng: Generator, day: date, accounts: Accounts, in_use: Integers) -> Integers:
        """Return the accounts from which a rent is paid on this day."""
        if not habits.is_rent_day(day):
            return np.zeros(0, np.int64)
        paid = (accounts.ordinal("rent")[in_use] > 0) & (accounts.ordinal("type_number")[in_use] == CHECKING)
        return _some(rng, in_use[paid & accounts.used[in_use]], int(MOST_RENTS * self._per_day))

    @staticmethod
    def _repay_cards(rng: Generator, accounts: Accounts, account: Integers, type_: Integers, amount: Integers) -> None:
        """Let what is paid to a card be a part of what is owed on it; who owes nothing pays his usual amount."""
        share = rng.uniform(*REPAID, len(account))
        is_card = (accounts.ordinal("type_number")[account] == CARD) & (type_ == DEPOSIT)
        owed = np.floor(-accounts.balances[account] * share).astype(np.int64) // 100 * 100
        repaid = is_card & (owed > 0)
        amount[repaid] = owed[repaid]

    def _amounts(self, rng: Generator, day: date, accounts: Accounts, account: Integers, purpose: Integers) -> Integers:
        units = self._units(rng, accounts, account, purpose)
        return self._coins(accounts, account, np.where(purpose < DEPOSITS, habits.amount_factor(day), 1.0) * units)

    @staticmethod
    def _units(rng: Generator, accounts: Accounts, account: Integers, purpose: Integers) -> Floats:
        """Return log-normal amounts in dollars; who earns more pays more, and who has saved up spends more."""
        spread = np.exp(SPREADS[purpose] * rng.standard_normal(len(purpose)))
        months_saved = np.maximum(accounts.available[account], 0) / accounts.ordinal("income")[account]
        thrift = np.clip(np.sqrt(months_saved / USUALLY_SAVED), *SPENDING)
        spends = (purpose < DEPOSITS) | (purpose == WITHDRAWALS)
        wealth = accounts.wealth()[account]
        units: Floats = MEDIANS[purpose] * spread * wealth * np.where(spends, thrift, 1.0)
        return units

    @staticmethod
    def _coins(accounts: Accounts, account: Integers, dollars: Floats) -> Integers:
        return cents(dollars, accounts.currency_numbers(account), UNITS_PER_DOLLAR)

    def _keep_pending(self, day: date, rows: pl.DataFrame, is_pending: Booleans, waits: Integers) -> None:
        due = dates(days_since_1970(day) + waits[is_pending])
        pending = rows.filter(pl.Series(is_pending)).with_columns(due=due)
        self._pending = pl.concat([self._pending, pending]) if self._pending.width else pending


def cents(dollars: Floats, currencies: Integers, units_per_dollar: Floats) -> Integers:
    """Return dollars as cents of a currency, at least its smallest coin."""
    coin = SMALLEST_COINS[currencies]
    coins = np.rint(dollars * units_per_dollar[currencies] * 100 / coin).astype(np.int64)
    clipped: Integers = np.clip(coins * coin, coin, HIGHEST_AMOUNT)
    return clipped


def delivered(rows: pl.DataFrame) -> pl.DataFrame:
    """Return transactions as they are delivered: money with two decimals, without what only the simulation needs."""
    return rows.select(pl.exclude("account", "type", "incident", "instalment", "due", *_MONEY), money(pl.col(*_MONEY)))


def _post(accounts: Accounts, account: Integers, signed: Integers, done: Booleans) -> pl.Series:
    """Post what is done; return the balances after it in cents, null where nothing moves."""
    posted = np.flatnonzero(done)
    after = np.zeros(len(account), np.int64)
    after[posted] = running_balances(accounts.balances, account[posted], signed[posted])
    return pl.select(pl.when(pl.Series(done, dtype=pl.Boolean)).then(pl.Series(after))).to_series()


def _some(rng: Generator, positions: Integers, most: int) -> Integers:
    """Return at most so many of the positions."""
    return positions if len(positions) <= most else np.sort(rng.choice(positions, most, replace=False))


def _salary(accounts: Accounts, positions: Integers) -> Integers:
    """Return what is paid on one payday: all of a month's income, or half of it in whole units."""
    income = accounts.ordinal("income")[positions]
    return np.where(accounts.ordinal("pay_group")[positions] == 3, np.maximum(income // 200, 1) * 100, income)


def _first_uses(used: Booleans, account: Integers, time: Integers) -> Integers:
    """Return where accounts appear that have never been used, each at its first time."""
    candidates = np.flatnonzero(~used[account])
    candidates = candidates[np.argsort(time[candidates], kind="stable")]
    return candidates[np.unique(account[candidates], return_index=True)[1]]


def _distinct(times: Integers) -> Integers:
    """Return ascending times as different microseconds, each at least one behind the one before."""
    places = np.arange(len(times))
    distinct: Integers = np.maximum.accumulate(times - places) + places
    return distinct


def _distinct_times(rng: Generator, count: int, day: date, from_hour: float, to_hour: float) -> Integers:
    """Return so many different microseconds in ascending order between two hours of a day."""
    drawn = np.sort(rng.integers(int(from_hour * HOUR), int(to_hour * HOUR), count))
    return midnight(day) + _distinct(drawn)
