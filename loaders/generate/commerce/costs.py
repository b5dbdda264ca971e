"""Cost of goods: the cost per unit of each product, with its effective date. Some costs are delivered late."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.commerce.assortment import COSTS
from loaders.generate.commerce.products import Products
from loaders.generate.streams import Subject, stream
from loaders.generate.tables import Integers, dates, days_since_1970, midnight, moments, money, timestamps

CHANGED_PER_DAY = 0.004  # per product
CHANGED_ON_THE_FIRST = 0.06  # per product, on the first of a month, when suppliers send their lists
INFLATION, CHANGE_SPREAD = 0.01, 0.04
LEAST_SHARE, MOST_SHARE = 0.25, 0.88  # bounds of the cost, as shares of the product's first price
BACKDATED, LONGEST_BACKDATED = 0.3, 5  # share of the changes; days
LATE, LONGEST_LATE = 0.3, 3  # share of the new products whose first cost is delivered late; days


class Costs:
    """The current cost of each product.

    Attributes:
        first: the costs on the first day, as delivered.
    """

    def __init__(self, seed: int, products: Products, start: date) -> None:
        """Start with one cost per product, effective from the product's launch."""
        self._seed = seed
        self._cents: Integers = np.zeros(0, np.int64)
        self._effective: Integers = np.zeros(0, np.int64)  # days since 1970
        self._late: dict[int, list[int]] = {}  # by day, the products whose first cost is delivered on it
        rng = stream(seed, start, Subject.COSTS)
        table = products.table
        self._set_first(rng, table)
        self.first = _rows(table, self._effective, self._cents, table["updated_at"])

    def change(self, day: date, products: Products) -> pl.DataFrame:
        """Change some costs, add the costs of new products, and return the costs that are delivered on this day."""
        rng = stream(self._seed, day, Subject.COSTS)
        today, known = days_since_1970(day), len(self._cents)
        changes = rng.random(known) < (CHANGED_ON_THE_FIRST if day.day == 1 else CHANGED_PER_DAY)
        changes[[product for waiting in self._late.values() for product in waiting]] = False
        positions = np.flatnonzero(changes)
        before = np.where(
            rng.random(len(positions)) < BACKDATED, rng.integers(1, LONGEST_BACKDATED + 1, len(positions)), 0
        )
        effective = np.maximum(today - before, self._effective[positions] + 1)
        is_possible = effective <= today  # a cost changes at most once per effective date
        positions, effective = positions[is_possible], effective[is_possible]
        first_price = products.table["first_price"].to_numpy()[positions]
        cents = self._cents[positions] * (1 + INFLATION + CHANGE_SPREAD * rng.standard_normal(len(positions)))
        cents = np.clip(cents, LEAST_SHARE * first_price, MOST_SHARE * first_price)
        self._cents[positions] = np.rint(cents).astype(np.int64)
        self._effective[positions] = effective
        self._set_first(rng, products.table[known:])
        new = np.arange(known, products.table.height)
        is_late = rng.random(len(new)) < LATE
        for product, wait in zip(new[is_late], rng.integers(1, LONGEST_LATE + 1, int(is_late.sum())), strict=True):
            self._late.setdefault(today + int(wait), []).append(int(product))
        late = np.array(self._late.pop(today, []), np.int64)
        chosen = np.concatenate([positions, late, new[~is_late]])
        updated_at = timestamps(moments(rng, np.full(len(chosen), midnight(day)), 0, 1))
        return _rows(products.table[chosen], self._effective[chosen], self._cents[chosen], updated_at)

    def _set_first(self, rng: Generator, table: pl.DataFrame) -> None:
        shares = COSTS[table["category_number"].to_numpy()] * rng.uniform(0.88, 1.12, table.height)
        cents = np.maximum(np.rint(table["first_price"].to_numpy() * shares).astype(np.int64), 1)
        self._cents = np.concatenate([self._cents, cents])
        self._effective = np.concatenate([self._effective, table["launched"].to_numpy()])


def _rows(products: pl.DataFrame, effective: Integers, cents: Integers, updated_at: pl.Series) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "product_id": products["product_id"],
            "effective_date": dates(effective),
            "unit_cost": cents,
            "updated_at": updated_at,
        }
    ).with_columns(money(pl.col("unit_cost")))
