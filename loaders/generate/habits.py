"""When and how people pay: hours, weekdays, seasons, paydays and channels.

The purpose of a transaction is the category of a payment, or Deposit, Withdrawal or Transfer. Shares need not add up
to 1.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from loaders.generate.pools import CATEGORIES, CATEGORY_SHARES
from loaders.generate.streams import draw_rows
from loaders.generate.tables import HOUR, SECOND, Floats, Integers

PURPOSES = (*CATEGORIES, "Deposit", "Withdrawal", "Transfer")
DEPOSITS, WITHDRAWALS, TRANSFERS = (PURPOSES.index(name) for name in ("Deposit", "Withdrawal", "Transfer"))
UTILITIES = CATEGORIES.index("Utilities")

CHANNELS = ("Online", "Mobile App", "In-Store", "ATM", "Telephone", "Branch")
ONLINE, IN_STORE, ATM, BRANCH = (CHANNELS.index(name) for name in ("Online", "In-Store", "ATM", "Branch"))
_CHANNEL_SHARES = np.array(  # a row per purpose, a column per channel
    [
        [0.10, 0.10, 0.80, 0.00, 0.00, 0.00],  # Groceries
        [0.55, 0.33, 0.03, 0.00, 0.09, 0.00],  # Utilities
        [0.30, 0.25, 0.45, 0.00, 0.00, 0.00],  # Entertainment
        [0.05, 0.15, 0.80, 0.00, 0.00, 0.00],  # Dining
        [0.40, 0.22, 0.35, 0.00, 0.03, 0.00],  # Travel
        [0.15, 0.12, 0.70, 0.00, 0.03, 0.00],  # Healthcare
        [0.60, 0.28, 0.10, 0.00, 0.02, 0.00],  # Education
        [0.20, 0.35, 0.00, 0.15, 0.00, 0.30],  # Deposit
        [0.00, 0.00, 0.00, 0.80, 0.00, 0.20],  # Withdrawal
        [0.45, 0.40, 0.00, 0.00, 0.05, 0.10],  # Transfer
    ]
)
SATURDAY, SUNDAY = 5, 6
BRANCH_ON_SATURDAY = 0.4

_HOURS = np.array(  # a row per purpose, then one for branches and one for ATMs; a column per hour from 0 to 23
    [
        [0, 0, 0, 0, 0, 1, 2, 4, 6, 8, 10, 10, 8, 6, 6, 7, 9, 13, 13, 9, 6, 3, 1, 0],  # Groceries
        [0, 1, 0, 0, 0, 1, 3, 6, 9, 10, 9, 7, 6, 6, 5, 5, 5, 6, 8, 9, 8, 6, 3, 1],  # Utilities
        [0, 2, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 6, 6, 7, 8, 9, 12, 14, 14, 11, 8, 4],  # Entertainment
        [0, 1, 0, 0, 0, 1, 3, 6, 6, 4, 4, 9, 16, 13, 5, 3, 4, 8, 15, 17, 12, 7, 4, 2],  # Dining
        [0, 1, 1, 1, 2, 4, 6, 7, 7, 7, 7, 7, 6, 6, 6, 6, 7, 8, 8, 8, 8, 7, 5, 3],  # Travel
        [0, 0, 0, 0, 0, 0, 1, 4, 9, 13, 14, 12, 7, 8, 12, 12, 10, 7, 4, 2, 1, 1, 0, 0],  # Healthcare
        [0, 0, 0, 0, 0, 0, 1, 4, 9, 11, 11, 9, 8, 8, 9, 9, 8, 7, 7, 8, 8, 6, 3, 1],  # Education
        [0, 0, 0, 0, 1, 3, 6, 9, 10, 10, 9, 8, 9, 7, 6, 6, 6, 6, 5, 4, 3, 2, 1, 0],  # Deposit
        [0, 1, 0, 0, 0, 1, 3, 5, 7, 9, 9, 9, 11, 9, 8, 8, 9, 11, 10, 7, 5, 4, 3, 2],  # Withdrawal
        [0, 1, 0, 0, 0, 1, 3, 6, 9, 10, 9, 8, 9, 7, 6, 6, 6, 7, 8, 9, 9, 7, 4, 2],  # Transfer
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 14, 16, 14, 12, 12, 11, 10, 8, 2, 0, 0, 0, 0, 0, 0],  # Branch
        [0, 1, 0, 0, 0, 1, 3, 5, 7, 9, 9, 9, 11, 9, 8, 8, 9, 11, 10, 8, 6, 5, 4, 3],  # ATM
    ],
    dtype=np.float64,
)
_BRANCH_HOURS, _ATM_HOURS = len(PURPOSES), len(PURPOSES) + 1
LAST_HOUR = 23  # only its first half has transactions; then the daily balances are computed

# Factors of the categories. On Fridays, half of the weekend's effect applies.
_WEEKEND = np.array([1.25, 0.35, 1.60, 1.35, 1.15, 0.35, 0.30])
_DECEMBER = np.array([1.25, 1.0, 1.6, 1.3, 1.1, 0.9, 0.6])
_SUMMER = np.array([1.0, 0.9, 1.2, 1.15, 2.2, 0.9, 0.5])
_SEPTEMBER = np.array([1.0, 1.0, 0.9, 1.0, 0.9, 1.0, 2.5])
SUMMER_MONTHS, SEPTEMBER, DECEMBER = (6, 7, 8), 9, 12
_DECEMBER_AMOUNTS = 1.2


def category_shares(day: date) -> Floats:
    """Return the shares of the categories of payments on a day."""
    shares: Floats = np.array(CATEGORY_SHARES)
    weekday = day.weekday()
    if weekday >= SATURDAY:
        shares = shares * _WEEKEND
    elif weekday == SATURDAY - 1:
        shares = shares * (1 + _WEEKEND) / 2
    if day.month in SUMMER_MONTHS:
        shares = shares * _SUMMER
    if day.month == DECEMBER:
        shares = shares * _DECEMBER
    if day.month == SEPTEMBER:
        shares = shares * _SEPTEMBER
    return shares


def amount_factor(day: date) -> float:
    """Return the factor of the amounts of payments on a day."""
    return _DECEMBER_AMOUNTS if day.month == DECEMBER else 1.0


def travel_factor(day: date) -> float:
    """Return the factor of the number of trips that start on a day."""
    if day.month in SUMMER_MONTHS:
        return 2.0
    return 1.5 if day.month == DECEMBER else 1.0


def channels(rng: np.random.Generator, purposes: Integers, day: date) -> Integers:
    """Draw a channel for each purpose. Branches are closed on Sundays."""
    shares = _CHANNEL_SHARES.copy()
    if day.weekday() >= SATURDAY:
        shares[:, BRANCH] *= BRANCH_ON_SATURDAY if day.weekday() == SATURDAY else 0
    return draw_rows(rng, shares, purposes)


def times_of_day(rng: np.random.Generator, purposes: Integers, channel: Integers, day: date) -> Integers:
    """Draw times of day in microseconds, from 1:00 to 23:30. On weekends everything is an hour later."""
    hours = _HOURS
    if day.weekday() >= SATURDAY:
        hours = np.concatenate([_HOURS[:, :1], _HOURS[:, -1:], _HOURS[:, 1:-1]], axis=1)
        hours[_BRANCH_HOURS] = _HOURS[_BRANCH_HOURS]
    profile = np.where(channel == BRANCH, _BRANCH_HOURS, np.where(channel == ATM, _ATM_HOURS, purposes))
    hour = draw_rows(rng, hours, profile)
    within = rng.random(len(hour)) * np.where(hour == LAST_HOUR, HOUR // 2, HOUR)
    return hour * HOUR + within.astype(np.int64) // SECOND * SECOND + rng.integers(0, SECOND, len(hour))


def paydays(day: date) -> tuple[int, ...]:
    """Return the paydays on a day: 1 for the 1st of a month, 2 for the 15th; on weekends, the Friday before."""
    if day.weekday() >= SATURDAY:
        return ()
    covered = [day + timedelta(days=ahead) for ahead in range(3 if day.weekday() == SATURDAY - 1 else 1)]
    return tuple(number for number, nominal in ((1, 1), (2, 15)) if any(one.day == nominal for one in covered))


def is_rent_day(day: date) -> bool:
    """Return whether rents are paid on a day."""
    return day.day == 1
