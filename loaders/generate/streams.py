"""Random streams that depend on nothing but the seed, the day and the subject."""

from __future__ import annotations

from datetime import date
from enum import IntEnum

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence

from loaders.generate.tables import Floats, Integers


class Subject(IntEnum):
    """What a stream is for. The numbers are part of the output: append, never renumber."""

    CUSTOMERS_NEW = 1
    CUSTOMERS_CHANGED = 2
    ACCOUNTS_NEW = 3
    ACCOUNTS_CHANGED = 4
    TRANSACTIONS = 5
    SETTLEMENTS = 6
    LOANS_NEW = 7
    LOANS_CHANGED = 8
    FAULTY_FILES = 100
    FAULTY_ROWS = 101
    FAULTS = 102


def stream(seed: int, day: date, subject: Subject, *parts: int) -> Generator:
    """Return the stream of one subject on one day, or of one part of it."""
    return Generator(PCG64(SeedSequence([seed, day.toordinal(), subject, *parts])))


def draw(rng: Generator, size: int, shares: Floats) -> Integers:
    """Draw positions 0, 1, ... with the given shares, which need not add up to 1."""
    bounds = np.cumsum(shares)
    drawn: Integers = np.searchsorted(bounds, rng.random(size) * bounds[-1], side="right").astype(np.int64)
    return drawn
