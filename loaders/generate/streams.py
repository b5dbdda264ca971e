"""Random streams that depend only on the seed, the day and the subject.

So the first days of a longer run are identical to a shorter run, and one subject does not change another.
"""

from __future__ import annotations

from datetime import date
from enum import IntEnum

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence

from loaders.generate.tables import Floats, Integers


class Subject(IntEnum):
    """The purpose of a stream. The output depends on the numbers: append new ones, never renumber."""

    CUSTOMERS_NEW = 1
    CUSTOMERS_CHANGED = 2
    ACCOUNTS_NEW = 3
    ACCOUNTS_CHANGED = 4
    TRANSACTIONS = 5
    SETTLEMENTS = 6
    LOANS_NEW = 7
    LOANS_CHANGED = 8  # unused: a loan's status follows from its instalments
    LOCATIONS = 9
    MERCHANTS = 10
    TRIPS = 11
    APPLICATIONS_NEW = 12
    APPLICATIONS_DECIDED = 13
    LOAN_PAYMENTS = 14
    INVESTMENTS_NEW = 15
    INVESTMENTS_CHANGED = 16
    INTERACTIONS_NEW = 17
    INTERACTIONS_CHANGED = 18
    FX_RATES = 19
    FRAUD = 20
    LOAN_PAYMENTS_NEW = 21
    FRAUD_TAKEOVERS = 22
    BOOKINGS = 23
    PRODUCTS_NEW = 40
    PRODUCTS_CHANGED = 41
    COSTS = 42
    CAMPAIGNS = 43
    MARKETING_SPEND = 44
    SALES = 45
    RETURNS = 46
    SHOPPERS = 47
    FAULTY_FILES = 100
    FAULTY_ROWS = 101
    FAULTS = 102
    MISSING_COLUMNS = 103


def stream(seed: int, day: date, subject: Subject, *parts: int) -> Generator:
    """Return the stream of a subject on a day, or of a part of that subject."""
    return Generator(PCG64(SeedSequence([seed, day.toordinal(), subject, *parts])))


def draw(rng: Generator, size: int, shares: Floats) -> Integers:
    """Draw positions 0, 1, ... with the given shares, which need not add up to 1."""
    bounds = np.cumsum(shares)
    drawn: Integers = np.searchsorted(bounds, rng.random(size) * bounds[-1], side="right").astype(np.int64)
    return drawn


def draw_rows(rng: Generator, shares: Floats, rows: Integers) -> Integers:
    """Draw one position for each of the given rows of a matrix, with the shares in that row.

    The shares of a given row must not all be 0.
    """
    bounds = np.cumsum(shares, axis=1)
    bounds = bounds / np.maximum(bounds[:, -1:], np.finfo(np.float64).tiny) + np.arange(len(shares))[:, None]
    drawn = np.searchsorted(bounds.ravel(), rng.random(len(rows)) + rows, side="right") - rows * shares.shape[1]
    clipped: Integers = np.minimum(drawn, shares.shape[1] - 1).astype(np.int64)
    return clipped
