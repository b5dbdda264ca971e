"""Products and their list prices. A few products have most of the sales."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.commerce.assortment import BRANDS, CATEGORIES, LINES
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import (
    DAY,
    Floats,
    Integers,
    days_since_1970,
    extended,
    midnight,
    moments,
    money,
    numbered,
    replaced,
    timestamps,
)

LEAST, PER_ORDER, MOST = 240, 0.2, 20_000  # number of products, by the number of orders per day
LONGEST_ON_SALE = 700  # days before the first day
NEW_PER_DAY, REPRICED_PER_DAY = 0.002, 0.005  # per product
PRICE_SPREAD = 0.55
LOWEST_PRICE = 3  # dollars; the price is a cent lower, because all prices end in 99 cents
CHEAPEST, DEAREST = 0.85, 1.15  # bounds of a new price, relative to the first one
POPULARITY_SHAPE = 1.1  # Pareto
LEAST_POPULARITY, MOST_POPULARITY = 0.05, 60.0

_SHARES = np.array([category.products for category in CATEGORIES])
_MEDIANS = np.array([category.price for category in CATEGORIES])
_NOUNS = pl.Series([category.nouns for category in CATEGORIES])


class Products:
    """The current state of all products.

    Attributes:
        table: one row per product: the columns of the contract (price in cents), then `category_number` (position),
            `first_price` (cents) and `launched` (days since 1970).
    """

    def __init__(self, seed: int, orders_per_day: int, start: date) -> None:
        """Start with a number of products that depends on the number of orders."""
        self._seed = seed
        self.table = pl.DataFrame()
        self._popularity: Floats = np.zeros(0)
        rng = stream(seed, start, Subject.PRODUCTS_NEW)
        count = min(LEAST + int(orders_per_day * PER_ORDER), MOST)
        self._add(rng, days_since_1970(start) - rng.integers(1, LONGEST_ON_SALE, count), 6, 20)

    def launch(self, day: date) -> pl.DataFrame:
        """Add the day's new products and return them."""
        rng = stream(self._seed, day, Subject.PRODUCTS_NEW)
        count = int(rng.poisson(NEW_PER_DAY * self.table.height))
        return self._add(rng, np.full(count, days_since_1970(day)), 0, 1)

    def reprice(self, day: date) -> pl.DataFrame:
        """Change the list prices of some products and return the new versions."""
        rng = stream(self._seed, day, Subject.PRODUCTS_CHANGED)
        count = int(rng.poisson(REPRICED_PER_DAY * self.table.height))
        positions = np.unique(rng.integers(0, self.table.height, count))
        before = self.table[positions]
        factors = rng.uniform(CHEAPEST, DEAREST, len(positions))
        rows = before.with_columns(
            list_price=_list_prices(before["first_price"].to_numpy() / 100 * factors),
            updated_at=timestamps(moments(rng, np.full(len(positions), midnight(day)), 0, 1)),
        )
        is_changed = (rows["list_price"] != before["list_price"]).to_numpy()
        rows = rows.filter(pl.Series(is_changed, dtype=pl.Boolean))
        self.table = replaced(self.table, positions[is_changed], rows)
        return rows

    def pick(self, rng: Generator, categories: Integers) -> Integers:
        """Draw a product of each of these categories, in proportion to popularity."""
        category = self.table["category_number"].to_numpy()
        order = np.argsort(category, kind="stable")
        bounds = np.cumsum(self._popularity[order])
        first = np.searchsorted(category[order], np.arange(len(CATEGORIES) + 1))
        edges = np.concatenate([[0.0], bounds])[first]
        low, high = edges[categories], edges[categories + 1]
        ranks = np.searchsorted(bounds, low + rng.random(len(categories)) * (high - low), side="right")
        # Rounding errors must not lead to the next category.
        picked: Integers = order[np.clip(ranks, first[categories], first[categories + 1] - 1)]
        return picked

    def _add(self, rng: Generator, launched: Integers, from_hour: float, to_hour: float) -> pl.DataFrame:
        count, known = len(launched), self.table.height
        category = draw(rng, count, _SHARES)
        # The first products cover all categories.
        category[: min(count, len(CATEGORIES) - known)] = np.arange(known, len(CATEGORIES))[:count]
        brand = pl.Series(BRANDS).gather(rng.integers(0, len(BRANDS), count))
        noun = pl.select(
            pl.lit(_NOUNS.gather(category)).list.get(pl.lit(pl.Series(rng.integers(0, _NOUNS.list.len()[0], count))))
        ).to_series()
        line = pl.Series(LINES).gather(rng.integers(0, len(LINES), count))
        price = _list_prices(_MEDIANS[category] * np.exp(PRICE_SPREAD * rng.standard_normal(count)))
        rows = pl.DataFrame(
            {
                "product_id": numbered("P", known + 1, count, 5),
                "product_name": brand + " " + noun + " " + line,
                "category": pl.Series([one.name for one in CATEGORIES]).gather(category),
                "brand": brand,
                "list_price": price,
                "updated_at": timestamps(moments(rng, launched * DAY, from_hour, to_hour)),
                "category_number": category,
                "first_price": price,
                "launched": launched,
            }
        )
        self.table = extended(self.table, rows)
        popularity = np.clip(rng.pareto(POPULARITY_SHAPE, count), LEAST_POPULARITY, MOST_POPULARITY)
        self._popularity = np.concatenate([self._popularity, popularity])
        return rows


def delivered(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with amounts in main units."""
    return rows.with_columns(money(pl.col("list_price")))


def _list_prices(dollars: Floats) -> Integers:
    prices: Integers = np.maximum(np.rint(dollars), LOWEST_PRICE).astype(np.int64) * 100 - 1
    return prices
