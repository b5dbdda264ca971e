"""Operations on the tables of customers, accounts and the other entities.

A table is a Polars frame with one row per business key, in the order of the keys: row `i` has key number `i + 1`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

SECOND = 1_000_000  # all times are in microseconds
HOUR = 3600 * SECOND
DAY = 24 * HOUR


def numbered(prefix: str, first: int, count: int, width: int) -> pl.Series:
    """Return `count` ids such as C000001, from number `first` on; numbers with more digits make longer ids."""
    numbers = pl.int_range(first, first + count, eager=True)
    return prefix + numbers.cast(pl.String).str.zfill(width)


def extended(table: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the table with more rows at its end. An empty table has no columns yet."""
    return pl.concat([table, rows]) if table.height else rows


def replaced(table: pl.DataFrame, positions: Integers, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the table with the rows at some positions replaced. The positions must be distinct."""
    if not len(positions):
        return table
    order = np.arange(table.height)
    order[positions] = table.height + np.arange(len(positions))
    return pl.concat([table, rows])[order]


def midnight(day: date) -> int:
    """Return the start of a day in microseconds since 1970, UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * SECOND


def timestamps(microseconds: Integers) -> pl.Series:
    """Return microseconds since 1970 as timestamps."""
    return pl.Series(microseconds).cast(pl.Datetime("us"))


def dates(days: Integers) -> pl.Series:
    """Return days since 1970 as dates."""
    return pl.Series(days.astype(np.int32)).cast(pl.Date)


def days_since_1970(day: date) -> int:
    """Return the number of days since 1970, the inverse of `dates`."""
    return (day - date(1970, 1, 1)).days


def moments(rng: np.random.Generator, midnights: Integers, from_hour: float, to_hour: float) -> Integers:
    """Return a random time, in whole seconds, between two hours of each of the given days."""
    return midnights + rng.integers(int(from_hour * 3600), int(to_hour * 3600), len(midnights)) * SECOND


def money(cents: pl.Expr) -> pl.Expr:
    """Return cents as an exact amount with two decimals."""
    return cents.cast(pl.Decimal(18, 2)) / 100


def texts_or_null(texts: pl.Series, positions: Integers) -> pl.Series:
    """Return the texts at these positions; null for position -1."""
    series = pl.Series(positions)
    return texts.gather(pl.select(pl.when(series >= 0).then(series)).to_series())


def later(day: date, days: int) -> date:
    """Return the date so many days later."""
    return day + timedelta(days=days)


def status_changes(
    now: pl.Series, chance: Floats, changes: tuple[tuple[str, str, float], ...], free: Booleans
) -> tuple[Integers, pl.Series]:
    """Choose at random which rows change their status.

    Args:
        now: the current statuses.
        chance: a uniform random number from 0 to 1 per row.
        changes: (from, to, probability); the probabilities of all changes from one status add up to at most 1.
        free: true for the rows that may change.

    Returns:
        The positions of the rows that change, ascending, and their new statuses.
    """
    to: Integers = np.full(len(now), -1, np.int64)
    used: dict[str, float] = {}
    for number, (before, _, probability) in enumerate(changes):
        lower = used.get(before, 0.0)
        used[before] = lower + probability
        is_before = (now == before).to_numpy()
        to[is_before & free & (chance >= lower) & (chance < used[before])] = number
    positions = np.flatnonzero(to >= 0).astype(np.int64)
    return positions, pl.Series([after for _, after, _ in changes]).gather(to[positions])
