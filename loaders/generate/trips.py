"""Trips: customers who are away for some days and use their cards where they are."""

from __future__ import annotations

from datetime import date

import numpy as np

from loaders.generate.habits import travel_factor
from loaders.generate.locations import PEOPLE
from loaders.generate.cities import CITIES, HOME_CITIES
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import Integers, days_since_1970

STARTS_A_DAY = 0.004  # of the customers
SHORTEST, LONGEST = 2, 9  # days
ABROAD = 0.3
_AT_HOME = np.arange(len(CITIES)) < HOME_CITIES


class Trips:
    """Who is where: by customer, a city away from home, and the first day on which he is back."""

    def __init__(self, seed: int) -> None:
        """Begin with everybody at home."""
        self._seed = seed
        self._city: Integers = np.zeros(0, np.int64)
        self._back: Integers = np.zeros(0, np.int64)

    def cities(self, day: date, homes: Integers) -> Integers:
        """Let some leave in this night and return the city in which each customer is on this day.

        Args:
            day: the day.
            homes: the city in which each customer lives.
        """
        rng = stream(self._seed, day, Subject.TRIPS)
        today, joined = days_since_1970(day), len(homes) - len(self._city)
        self._city = np.concatenate([self._city, np.zeros(joined, np.int64)])
        self._back = np.concatenate([self._back, np.zeros(joined, np.int64)])
        count = int(rng.poisson(STARTS_A_DAY * travel_factor(day) * len(homes)))
        leaving = np.unique(rng.integers(0, len(homes), count))
        leaving = leaving[self._back[leaving] <= today]
        weights = np.where(
            _AT_HOME, PEOPLE / PEOPLE[_AT_HOME].sum(), ABROAD / (1 - ABROAD) * PEOPLE / PEOPLE[~_AT_HOME].sum()
        )
        self._city[leaving] = draw(rng, len(leaving), weights)
        self._back[leaving] = today + rng.integers(SHORTEST, LONGEST + 1, len(leaving))
        return np.where(self._back > today, self._city, homes)
