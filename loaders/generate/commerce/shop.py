"""The shop: what happens on each day, in which order, and what is delivered."""

from __future__ import annotations

from datetime import date

import polars as pl

from loaders.generate.commerce import campaigns as advertising
from loaders.generate.commerce import products as assortment
from loaders.generate.commerce import sales as selling
from loaders.generate.commerce.assortment import orders_factor
from loaders.generate.commerce.campaigns import Campaigns
from loaders.generate.commerce.costs import Costs
from loaders.generate.commerce.products import Products
from loaders.generate.commerce.sales import Sales

DOMAIN = "commerce"


class Shop:
    """The current state of the shop.

    A day of the shop:

    | time | event |
    |---|---|
    | 0:00 to 1:00 | prices, costs and campaigns change |
    | 1:00 to 23:30 | customers order |
    | 6:00 to 7:00 | advertising platforms correct earlier figures |
    | 9:00 to 19:00 | customers return goods |
    | 23:50 | advertising platforms report the day's figures |
    """

    def __init__(self, seed: int, orders_per_day: int, start: date) -> None:
        """Start with a shop that opened before the first day."""
        self._products = Products(seed, orders_per_day, start)
        self._costs = Costs(seed, self._products, start)
        self._campaigns = Campaigns(seed, orders_per_day, start)
        self._sales = Sales(seed, orders_per_day)

    def first_day(self, day: date, customers: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """Return everything that the shop has on its first day, by entity."""
        return {
            "products": assortment.delivered(self._products.table),
            "cost_of_goods": self._costs.first,
            "campaigns": advertising.delivered(self._campaigns.table),
            **self._trade(day, customers, pl.DataFrame()),
        }

    def next_day(self, day: date, customers: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """Simulate a day and return what is new or changed, by entity.

        Args:
            day: the day.
            customers: the bank's customers at the start of the day, who can buy.
        """
        repriced, launched = self._products.reprice(day), self._products.launch(day)
        costs = self._costs.change(day, self._products)
        campaigns = self._campaigns.change(day)
        returned = self._sales.take_back(day)
        return {
            "products": assortment.delivered(pl.concat([repriced, launched])),
            "cost_of_goods": costs,
            "campaigns": advertising.delivered(campaigns),
            **self._trade(day, customers, returned),
        }

    def _trade(self, day: date, customers: pl.DataFrame, returned: pl.DataFrame) -> dict[str, pl.DataFrame]:
        figures = self._campaigns.advertise(day, orders_factor(day))
        sold, orders = self._sales.make(day, self._products, self._campaigns, figures, customers)
        sales = pl.concat([returned, sold]) if returned.width else sold
        return {
            "sales": selling.delivered(sales),
            "marketing_spend": self._campaigns.report(day, figures, orders),
        }
