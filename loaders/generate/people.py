"""What customers do on a day: salaries and rents, then payments, deposits, withdrawals and transfers by habit."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate import habits
from loaders.generate.accounts import (
    CARD,
    CHECKING,
    PAID_TWICE,
    SAVINGS,
    SMALLEST_COINS,
    UNITS_PER_DOLLAR,
    Accounts,
)
from loaders.generate.habits import DEPOSITS, ONLINE, TRANSFERS, UTILITIES, WITHDRAWALS
from loaders.generate.merchants import NET
from loaders.generate.plan import COMPLETED, DEPOSIT, NOTHING, PAYMENT, TRANSFER, TYPES, plan
from loaders.generate.pools import Pools
from loaders.generate.streams import draw, draw_rows
from loaders.generate.tables import Booleans, Floats, Integers, texts_or_null
from loaders.generate.world import World

TYPE_SHARES = np.zeros((5, len(TYPES)))  # by type of account
TYPE_SHARES[CHECKING] = [0.12, 0.14, 0.62, 0.12]
TYPE_SHARES[SAVINGS] = [0.35, 0.25, 0.00, 0.40]
TYPE_SHARES[CARD] = [0.10, 0.03, 0.87, 0.00]
PURPOSE_OF_TYPE = np.array([DEPOSITS, WITHDRAWALS, NOTHING, TRANSFERS])  # the purpose of a payment is its category
STATUS_SHARES = np.array([0.963, 0.030, 0.007])  # before the limits are checked
MOST_SALARIES, MOST_RENTS = 0.40, 0.25  # share of a day's transactions
REPAID = (0.2, 1.0)  # share of a card's debt that one repayment covers

# Amounts are log-normal: the median in dollars and the standard deviation of the logarithm, by purpose.
MEDIANS = np.array([46.0, 95.0, 27.0, 30.0, 240.0, 85.0, 150.0, 320.0, 80.0, 180.0])
SPREADS = np.array([0.65, 0.55, 0.70, 0.60, 0.90, 0.85, 0.95, 0.75, 0.55, 0.80])
OPENING_FACTOR = 8.0  # an account's first deposit, relative to its later ones
# Customers with more than two months of income spend more, so that balances neither run dry nor grow forever.
USUALLY_SAVED, SPENDING = 2.0, (0.75, 5.0)
HIGHEST_AMOUNT = 50_000_000_00  # cents, in every currency
COUNTERPARTIES_PER_ACCOUNT = 3
_SCATTER = 7919  # a prime number, so that neighbouring accounts have different counterparties


class People:
    """Plans the transactions of customers."""

    def __init__(self, pools: Pools, per_day: int) -> None:
        """Plan transactions for a bank with so many transactions per day."""
        self._pools = pools
        self._per_day = per_day

    def plan(self, rng: Generator, day: date, world: World, count: int) -> pl.DataFrame:
        """Plan exactly `count` transactions: first salaries and rents, then what is usual on such a day."""
        accounts = world.accounts
        in_use = accounts.in_use()
        salaries, rents = self._salaries(rng, day, accounts, in_use), self._rents(rng, day, accounts, in_use)
        regular = len(salaries) + len(rents)
        account = np.concatenate([salaries, rents, in_use[draw(rng, count - regular, accounts.activity(in_use))]])
        kind = accounts.integers("type_number")[account]
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
        amount = _amounts(rng, day, accounts, account, purpose)
        amount[: len(salaries)] = _salary(accounts, salaries)
        amount[len(salaries) : regular] = accounts.integers("rent")[rents]
        _repay_cards(rng, accounts, account, type_, amount)
        opening = _first_uses(accounts.used, account, time)
        accounts.used[account] = True
        opening = opening[kind[opening] != CARD]
        type_[opening], status[opening], channel[opening] = DEPOSIT, COMPLETED, ONLINE
        amount[opening] = _cents(
            accounts,
            account[opening],
            OPENING_FACTOR * _dollars(rng, accounts, account[opening], np.full(len(opening), DEPOSITS)),
        )
        is_payment = type_ == PAYMENT
        in_store, at_machine = is_payment & (channel == habits.IN_STORE), channel == habits.ATM
        city = world.cities[accounts.integers("owner")[account]]
        merchant = np.where(is_payment, world.merchants.pick(rng, np.where(in_store, city, NET), category), NOTHING)
        location = np.where(in_store, world.merchants.locations[merchant], NOTHING)
        location[at_machine] = world.locations.pick(rng, city[at_machine])
        known = rng.integers(0, COUNTERPARTIES_PER_ACCOUNT, count)
        counterparty = (account * _SCATTER + known) % len(self._pools.counterparties)
        return plan(
            account=account,
            type=type_,
            amount=amount,
            channel=channel,
            merchant=merchant,
            category=np.where(is_payment, category, NOTHING),
            location=location,
            counterparty=texts_or_null(self._pools.counterparties, np.where(type_ == TRANSFER, counterparty, NOTHING)),
            status=status,
            time=time,
        )

    def _salaries(self, rng: Generator, day: date, accounts: Accounts, in_use: Integers) -> Integers:
        """Return the accounts that receive a salary on this day."""
        groups = [group for payday in habits.paydays(day) for group in (payday, PAID_TWICE)]
        paid = in_use[np.isin(accounts.integers("pay_group")[in_use], groups)]
        return _at_most(rng, paid, int(MOST_SALARIES * self._per_day))

    def _rents(self, rng: Generator, day: date, accounts: Accounts, in_use: Integers) -> Integers:
        """Return the accounts from which a rent is paid on this day."""
        if not habits.is_rent_day(day):
            return np.zeros(0, np.int64)
        paid = (accounts.integers("rent")[in_use] > 0) & (accounts.integers("type_number")[in_use] == CHECKING)
        return _at_most(rng, in_use[paid & accounts.used[in_use]], int(MOST_RENTS * self._per_day))


def cents(dollars: Floats, currencies: Integers, units_per_dollar: Floats) -> Integers:
    """Convert dollars to cents of a currency, rounded to its smallest coin and at least one coin."""
    coin = SMALLEST_COINS[currencies]
    coins = np.rint(dollars * units_per_dollar[currencies] * 100 / coin).astype(np.int64)
    clipped: Integers = np.clip(coins * coin, coin, HIGHEST_AMOUNT)
    return clipped


def _repay_cards(rng: Generator, accounts: Accounts, account: Integers, type_: Integers, amount: Integers) -> None:
    """Replace the amounts of deposits to cards by a part of the card's debt, if it has any."""
    share = rng.uniform(*REPAID, len(account))
    is_card = (accounts.integers("type_number")[account] == CARD) & (type_ == DEPOSIT)
    owed = np.floor(-accounts.balances[account] * share).astype(np.int64) // 100 * 100
    repaid = is_card & (owed > 0)
    amount[repaid] = owed[repaid]


def _amounts(rng: Generator, day: date, accounts: Accounts, account: Integers, purpose: Integers) -> Integers:
    dollars = _dollars(rng, accounts, account, purpose)
    return _cents(accounts, account, np.where(purpose < DEPOSITS, habits.amount_factor(day), 1.0) * dollars)


def _dollars(rng: Generator, accounts: Accounts, account: Integers, purpose: Integers) -> Floats:
    """Draw amounts in dollars. They grow with the owner's income; spending also grows with the savings."""
    spread = np.exp(SPREADS[purpose] * rng.standard_normal(len(purpose)))
    months_saved = np.maximum(accounts.available[account], 0) / accounts.integers("income")[account]
    thrift = np.clip(np.sqrt(months_saved / USUALLY_SAVED), *SPENDING)
    spends = (purpose < DEPOSITS) | (purpose == WITHDRAWALS)
    wealth = accounts.wealth()[account]
    dollars: Floats = MEDIANS[purpose] * spread * wealth * np.where(spends, thrift, 1.0)
    return dollars


def _cents(accounts: Accounts, account: Integers, dollars: Floats) -> Integers:
    return cents(dollars, accounts.currency_numbers(account), UNITS_PER_DOLLAR)


def _at_most(rng: Generator, positions: Integers, most: int) -> Integers:
    """Return the positions, or a random choice of `most` of them if there are more."""
    return positions if len(positions) <= most else np.sort(rng.choice(positions, most, replace=False))


def _salary(accounts: Accounts, positions: Integers) -> Integers:
    """Return the amount of one payday: the month's income, or half of it, rounded to whole units."""
    income = accounts.integers("income")[positions]
    is_half = accounts.integers("pay_group")[positions] == PAID_TWICE
    return np.where(is_half, np.maximum(income // 200, 1) * 100, income)


def _first_uses(used: Booleans, account: Integers, time: Integers) -> Integers:
    """Return the rows with the first transaction of each account that has not been used before."""
    candidates = np.flatnonzero(~used[account])
    candidates = candidates[np.argsort(time[candidates], kind="stable")]
    return candidates[np.unique(account[candidates], return_index=True)[1]]
