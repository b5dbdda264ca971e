"""Rates of exchange: what a unit of each currency is worth in dollars, a walk that returns to its mean."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from loaders.generate.accounts import CURRENCIES, UNITS_PER_DOLLAR
from loaders.generate.streams import Subject, stream
from loaders.generate.tables import HOUR, Floats, midnight, timestamps

MEANS = np.log(1 / UNITS_PER_DOLLAR)
SPREADS = np.array([0.0, 0.005, 0.006])  # of a day's move
RETURN = 0.02  # the part of the distance to the mean that is made up on a day
DECIMALS = 10
FIXED_AT = 17 * HOUR


class FxRates:
    """The rates as they are now.

    Attributes:
        to_usd: what one unit of each of `CURRENCIES` is worth in dollars, as delivered.
    """

    def __init__(self, seed: int) -> None:
        """Begin at the mean."""
        self._seed = seed
        self._logs: Floats = MEANS.copy()
        self.to_usd: Floats = np.exp(MEANS)

    def move(self, day: date) -> pl.DataFrame:
        """Move the rates on by a day, weekends included, and return them."""
        shocks: Floats = stream(self._seed, day, Subject.FX_RATES).standard_normal(len(CURRENCIES))
        self._logs = self._logs + RETURN * (MEANS - self._logs) + SPREADS * shocks
        self.to_usd = np.round(np.exp(self._logs), DECIMALS).astype(np.float64)
        return pl.DataFrame(
            {
                "currency": pl.Series(CURRENCIES),
                "rate_date": pl.repeat(day, len(CURRENCIES), dtype=pl.Date, eager=True),
                "rate_to_usd": pl.Series([f"{rate:.{DECIMALS}f}" for rate in self.to_usd]),
                "updated_at": timestamps(np.full(len(CURRENCIES), midnight(day) + FIXED_AT)),
            }
        )
