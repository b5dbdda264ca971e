"""Merchants: shops in cities and online shops. A few have most of the customers."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.cities import CITIES
from loaders.generate.locations import WEIGHTS, Locations
from loaders.generate.pools import CATEGORIES, CATEGORY_SHARES, Pools
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import Floats, Integers, extended, midnight, moments, numbered, replaced, timestamps

NET = len(CITIES)  # the position of online shops, after all cities
# Every city and the net have at least one merchant per category, so that every payment finds a merchant.
LEAST = (NET + 1) * len(CATEGORIES)
ONLINE_SHARE = 0.2  # share of the further merchants
PER_CUSTOMER, MOST = 0.05, 20_000  # number of further merchants
NEW_PER_DAY = 0.0005  # per merchant
CHANGED_PER_DAY = 0.0005
POPULARITY_SHAPE = 1.2  # Pareto
LEAST_POPULARITY, MOST_POPULARITY = 0.05, 50.0


class Merchants:
    """The current state of all merchants.

    Attributes:
        table: one row per merchant: the columns of the contract.
        locations: by merchant, the position of its location, -1 for online shops.
        categories: by merchant, the position in `CATEGORIES`.
    """

    def __init__(self, seed: int, pools: Pools, locations: Locations, customers: int, start: date) -> None:
        """Start with a number of merchants that depends on the number of customers."""
        self._seed = seed
        self._pools = pools
        self.table = pl.DataFrame()
        self.locations: Integers = np.zeros(0, np.int64)
        self.categories: Integers = np.zeros(0, np.int64)
        self._cells: Integers = np.zeros(0, np.int64)
        self._popularity: Floats = np.zeros(0)
        self._order: Integers = np.zeros(0, np.int64)
        self._bounds: Floats = np.zeros(0)
        self._cell_bounds: Floats = np.zeros(0)
        self._first: Integers = np.zeros(0, np.int64)
        rng = stream(seed, start, Subject.MERCHANTS)
        further = min(int(customers * PER_CUSTOMER), MOST)
        cities, categories = self._drawn(rng, LEAST + further)
        cities[:LEAST], categories[:LEAST] = np.divmod(np.arange(LEAST), len(CATEGORIES))
        self._add(rng, locations, cities, categories, start)

    def change(self, day: date, locations: Locations) -> pl.DataFrame:
        """Add new merchants, rename a few, and return the new and renamed ones."""
        rng = stream(self._seed, day, Subject.MERCHANTS)
        known = self.table.height
        positions = np.unique(rng.integers(0, known, int(rng.poisson(CHANGED_PER_DAY * known))))
        before = self.table[positions]
        renamed = before.with_columns(
            merchant_name=before["merchant_name"].str.strip_suffix(" (new owner)") + " (new owner)",
            updated_at=timestamps(moments(rng, np.full(len(positions), midnight(day)), 0, 1)),
        ).filter(~before["merchant_name"].str.ends_with(" (new owner)"))
        is_renamed = before["merchant_id"].is_in(renamed["merchant_id"].implode()).to_numpy()
        self.table = replaced(self.table, positions[is_renamed], renamed)
        cities, categories = self._drawn(rng, int(rng.poisson(NEW_PER_DAY * known)))
        return pl.concat([renamed, self._add(rng, locations, cities, categories, day)])

    def pick(self, rng: Generator, cities: Integers, categories: Integers) -> Integers:
        """Draw a merchant for each city (`NET` for online) and category, in proportion to popularity."""
        cells = cities * len(CATEGORIES) + categories
        low, high = self._cell_bounds[cells], self._cell_bounds[cells + 1]
        drawn = low + rng.random(len(cells)) * (high - low)
        ranks = np.searchsorted(self._bounds, drawn, side="right")
        # Rounding errors must not lead to the next cell.
        first, last = self._first[cells], self._first[cells + 1] - 1
        picked: Integers = self._order[np.clip(ranks, first, last)]
        return picked

    def _drawn(self, rng: Generator, count: int) -> tuple[Integers, Integers]:
        cities = np.where(rng.random(count) < ONLINE_SHARE, NET, draw(rng, count, WEIGHTS))
        return cities, draw(rng, count, np.array(CATEGORY_SHARES))

    def _add(
        self, rng: Generator, locations: Locations, cities: Integers, categories: Integers, day: date
    ) -> pl.DataFrame:
        count, known = len(cities), self.table.height
        online = cities == NET
        at_locations = np.where(online, -1, locations.pick(rng, np.where(online, 0, cities)))
        names = self._pools.merchants
        number = np.arange(known, known + count)
        name, branch = names.gather(number % len(names)), pl.Series(number // len(names) + 1, dtype=pl.Int64)
        rows = pl.DataFrame(
            {
                "merchant_id": numbered("M", known + 1, count, 6),
                "merchant_name": name,
                "category": pl.Series(CATEGORIES).gather(categories),
                "location_id": locations.ids(at_locations),
                "updated_at": timestamps(moments(rng, np.full(count, midnight(day)), 0, 1)),
                "branch": branch,
            }
        ).with_columns(
            # Merchants with the same name are branches of a chain.
            merchant_name=pl.when(pl.col("branch") > 1)
            .then(pl.format("{} No. {}", "merchant_name", "branch"))
            .otherwise("merchant_name")
        )
        rows = rows.drop("branch")
        self.table = extended(self.table, rows)
        self.locations = np.concatenate([self.locations, at_locations])
        self.categories = np.concatenate([self.categories, categories])
        self._cells = np.concatenate([self._cells, cities * len(CATEGORIES) + categories])
        popularity = np.clip(rng.pareto(POPULARITY_SHAPE, count), LEAST_POPULARITY, MOST_POPULARITY)
        self._popularity = np.concatenate([self._popularity, popularity])
        self._index()
        return rows

    def _index(self) -> None:
        """Order the merchants by cell (city and category) and add up their popularity, for `pick`."""
        self._order = np.argsort(self._cells, kind="stable")
        self._bounds = np.cumsum(self._popularity[self._order])
        self._first = np.searchsorted(self._cells[self._order], np.arange(LEAST + 1))
        self._cell_bounds = np.concatenate([[0.0], self._bounds])[self._first]
