"""Exchange rates: dollars per unit of each currency, as a random walk that returns to its mean."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from loaders.generate.accounts import CURRENCIES, UNITS_PER_DOLLAR
from loaders.generate.streams import Subject, stream
from loaders.generate.tables import HOUR, Floats, midnight, timestamps

MEANS = np.log(1 / UNITS_PER_DOLLAR)
SPREADS = np.array([0.0, 0.005, 0.006])  # standard deviation of a day's change
RETURN = 0.02  # share of the distance to the mean by which a rate returns per day
DECIMALS = 10
FIXED_AT = 17 * HOUR


class FxRates:
    """The current rates.

    Attributes:
        to_usd: dollars per unit of each of `CURRENCIES`, as delivered.
    """

    def __init__(self, seed: int) -> None:
        """Start at the mean."""
        self._seed = seed
        self._logs: Floats = MEANS.copy()
        self.to_usd: Floats = np.exp(MEANS)

    def move(self, day: date) -> pl.DataFrame:
        """Move the rates by one day and return them. There are rates on weekends too."""
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
