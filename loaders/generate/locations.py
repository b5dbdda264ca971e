"""Locations in cities, where customers live, merchants sell, and cash machines are."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from loaders.generate.cities import CITIES, HOME_CITIES
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import Integers, extended, midnight, moments, numbered, texts_or_null, timestamps

LOCATIONS = 480  # on the first day; every city has at least one
NEW_PER_DAY = 0.05
SPREAD = 0.05  # degrees around the centre of the city, about five kilometres
DECIMALS = 6
PEOPLE = np.array([city.people for city in CITIES], np.float64)
# Cities abroad have fewer locations than cities of the same size at home, where the customers are.
WEIGHTS = np.where(np.arange(len(CITIES)) < HOME_CITIES, PEOPLE, PEOPLE / 20)


class Locations:
    """The current state of all locations.

    Attributes:
        table: one row per location: the columns of the contract.
        cities: by location, the position of its city in `CITIES`.
    """

    def __init__(self, seed: int, start: date) -> None:
        """Start with at least one location in each city, and more in large cities."""
        self._seed = seed
        self.table = pl.DataFrame()
        self.cities: Integers = np.zeros(0, np.int64)
        self._by_city: Integers = np.zeros(0, np.int64)
        self._first_of_city: Integers = np.zeros(0, np.int64)
        rng = stream(seed, start, Subject.LOCATIONS)
        cities = np.concatenate([np.arange(len(CITIES)), draw(rng, LOCATIONS - len(CITIES), WEIGHTS)])
        self._add(rng, cities, midnight(start), (0, 1))

    def add(self, day: date) -> pl.DataFrame:
        """Add the day's new locations, on most days none, and return them."""
        rng = stream(self._seed, day, Subject.LOCATIONS)
        return self._add(rng, draw(rng, int(rng.poisson(NEW_PER_DAY)), WEIGHTS), midnight(day), (0, 1))

    def pick(self, rng: np.random.Generator, cities: Integers) -> Integers:
        """Draw a location in each of the given cities."""
        first = self._first_of_city[cities]
        count = self._first_of_city[cities + 1] - first
        return self._by_city[first + (rng.random(len(cities)) * count).astype(np.int64)]

    def home_cities(self, rng: np.random.Generator, count: int) -> Integers:
        """Draw cities in the bank's country, in proportion to their size."""
        return draw(rng, count, PEOPLE[:HOME_CITIES])

    def ids(self, positions: Integers) -> pl.Series:
        """Return the ids of locations; null for position -1."""
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
