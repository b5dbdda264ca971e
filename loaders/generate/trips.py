"""Trips: customers who are away for some days and use their cards there."""

from __future__ import annotations

from datetime import date

import numpy as np

from loaders.generate.cities import CITIES, HOME_CITIES
from loaders.generate.habits import travel_factor
from loaders.generate.locations import PEOPLE
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import Integers, days_since_1970

STARTS_PER_DAY = 0.004  # per customer
SHORTEST, LONGEST = 2, 9  # days
ABROAD = 0.3  # share of the trips
_AT_HOME = np.arange(len(CITIES)) < HOME_CITIES


class Trips:
    """By customer, the city of the last trip and the first day back at home."""

    def __init__(self, seed: int) -> None:
        """Start with all customers at home."""
        self._seed = seed
        self._city: Integers = np.zeros(0, np.int64)
        self._back: Integers = np.zeros(0, np.int64)

    def cities(self, day: date, homes: Integers) -> Integers:
        """Start some trips and return the city where each customer is on this day.

        Args:
            day: the day.
            homes: by customer, the city where the customer lives.
        """
        rng = stream(self._seed, day, Subject.TRIPS)
        today, joined = days_since_1970(day), len(homes) - len(self._city)
        self._city = np.concatenate([self._city, np.zeros(joined, np.int64)])
        self._back = np.concatenate([self._back, np.zeros(joined, np.int64)])
        count = int(rng.poisson(STARTS_PER_DAY * travel_factor(day) * len(homes)))
        leaving = np.unique(rng.integers(0, len(homes), count))
        leaving = leaving[self._back[leaving] <= today]
        weights = np.where(
            _AT_HOME, PEOPLE / PEOPLE[_AT_HOME].sum(), ABROAD / (1 - ABROAD) * PEOPLE / PEOPLE[~_AT_HOME].sum()
        )
        self._city[leaving] = draw(rng, len(leaving), weights)
        self._back[leaving] = today + rng.integers(SHORTEST, LONGEST + 1, len(leaving))
        return np.where(self._back > today, self._city, homes)
