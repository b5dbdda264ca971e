"""Locations: several places in each city, where customers live, merchants sell and cash machines stand."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from loaders.generate.cities import CITIES, HOME_CITIES
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import Integers, extended, midnight, moments, numbered, texts_or_null, timestamps

LOCATIONS = 480  # on the first day; every city has one at least
NEW_A_DAY = 0.05  # new places a day, on average
SPREAD = 0.05  # degrees around the middle of the city: some five kilometres
DECIMALS = 6
PEOPLE = np.array([city.people for city in CITIES], np.float64)
# A share of places abroad stands against one at home of the same size: the bank's customers are at home.
WEIGHTS = np.where(np.arange(len(CITIES)) < HOME_CITIES, PEOPLE, PEOPLE / 20)


class Locations:
    """All places the bank knows, as they are now.

    Attributes:
        table: one row per location: the columns of the contract.
        cities: by location, its position in `CITIES`.
    """

    def __init__(self, seed: int, start: date) -> None:
        """Begin with one place in each city and more in the large ones, known since the day before the first."""
        self._seed = seed
        self.table = pl.DataFrame()
        self.cities: Integers = np.zeros(0, np.int64)
        self._by_city: Integers = np.zeros(0, np.int64)
        self._first_of_city: Integers = np.zeros(0, np.int64)
        rng = stream(seed, start, Subject.LOCATIONS)
        cities = np.concatenate([np.arange(len(CITIES)), draw(rng, LOCATIONS - len(CITIES), WEIGHTS)])
        self._add(rng, cities, midnight(start), (0, 1))

    def add(self, day: date) -> pl.DataFrame:
        """Add the day's new places, often none, and return them."""
        rng = stream(self._seed, day, Subject.LOCATIONS)
        return self._add(rng, draw(rng, int(rng.poisson(NEW_A_DAY)), WEIGHTS), midnight(day), (0, 1))

    def pick(self, rng: np.random.Generator, cities: Integers) -> Integers:
        """Return a place in each of the given cities."""
        first = self._first_of_city[cities]
        count = self._first_of_city[cities + 1] - first
        return self._by_city[first + (rng.random(len(cities)) * count).astype(np.int64)]

    def home_cities(self, rng: np.random.Generator, count: int) -> Integers:
        """Return cities of the bank's own country, the large ones more often."""
        return draw(rng, count, PEOPLE[:HOME_CITIES])

    def ids(self, positions: Integers) -> pl.Series:
        """Return the ids of locations; null where the position is -1."""
        return texts_or_null(self.table["location_id"], positions)

    def _add(self, rng: np.random.Generator, cities: Integers, day: int, hours: tuple[int, int]) -> pl.DataFrame:
        count = len(cities)
        known = pl.DataFrame(
            CITIES, schema=["country", "state", "city", "latitude", "longitude", "people"], orient="row"
        )
        rows = pl.concat(
            [
                numbered("P", self.table.height + 1, count, 5).alias("location_id").to_frame(),
                known[cities].select(
                    "country",
                    "state",
                    "city",
                    latitude=(pl.col("latitude") + pl.Series(rng.uniform(-SPREAD, SPREAD, count))).round(DECIMALS),
                    longitude=(pl.col("longitude") + pl.Series(rng.uniform(-SPREAD, SPREAD, count))).round(DECIMALS),
                    updated_at=timestamps(moments(rng, np.full(count, day), *hours)),
                ),
            ],
            how="horizontal",
        )
        self.table = extended(self.table, rows)
        self.cities = np.concatenate([self.cities, cities])
        self._by_city = np.argsort(self.cities, kind="stable")
        self._first_of_city = np.searchsorted(self.cities[self._by_city], np.arange(len(CITIES) + 1))
        return rows
