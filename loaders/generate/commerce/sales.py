"""Sales: the orders of each day with their fees, and what is returned of them in the following weeks."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.accounts import CURRENCIES
from loaders.generate.commerce.assortment import FREIGHT, RETURNED, demand, discounts, orders_factor
from loaders.generate.commerce.campaigns import CONVERSIONS, Campaigns
from loaders.generate.commerce.money import AMOUNTS, currencies, in_currency, with_fees
from loaders.generate.commerce.products import Products
from loaders.generate.commerce.returns import sent_back
from loaders.generate.commerce.taxes import tax_rates
from loaders.generate.habits import CHANNELS, IN_STORE, LAST_HOUR
from loaders.generate.streams import Subject, draw, draw_rows, stream
from loaders.generate.tables import (
    HOUR,
    SECOND,
    Floats,
    Integers,
    days_since_1970,
    midnight,
    moments,
    money,
    texts_or_null,
    timestamps,
)

ATTRIBUTED = 0.3  # share of the orders that a campaign leads to, if it has enough clicks
NO_CAMPAIGN = -1
SHOPPER_SPREAD = 1.0  # of the logarithm of a customer's number of orders

CHANNEL_SHARES = np.array([0.54, 0.31, 0.12, 0.0, 0.03, 0.0])  # by position in CHANNELS
LINE_SHARES = np.array([0.62, 0.23, 0.10, 0.05])  # orders with 1, 2, ... lines
QUANTITY_SHARES = np.array([0.84, 0.11, 0.03, 0.02])  # lines with 1, 2, ... units
HOURS = np.array(  # a row for sales in the store, a row for all others; a column per hour from 0 to 23
    [
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 7, 9, 10, 9, 9, 10, 11, 12, 11, 7, 0, 0, 0, 0],
        [0, 2, 1, 1, 1, 1, 2, 4, 5, 6, 7, 7, 8, 7, 6, 6, 6, 7, 8, 10, 12, 13, 10, 5],
    ],
    dtype=np.float64,
)
COUPON, COUPON_DISCOUNT = 0.35, 0.10  # share of the orders of a campaign; share of the price
FREE_SHIPPING_FROM, SHIPPING_FEE = 50_00, 5_95  # cents
PARCEL = 3_80  # shipping cost per order, in cents, in addition to the freight per unit
SOONEST_RETURN, LATEST_RETURN = 3, 24  # days


class Sales:
    """Creates each day's orders and keeps the lines that will be returned."""

    def __init__(self, seed: int, orders_per_day: int) -> None:
        """Start without orders."""
        self._seed = seed
        self._orders_per_day = orders_per_day
        self._ordered = 0
        self._weights: Floats = np.zeros(0)  # by customer
        self._waiting = pl.DataFrame()

    def take_back(self, day: date) -> pl.DataFrame:
        """Return what comes back on a day: order lines once more, or lines that take back some of their units."""
        rng = stream(self._seed, day, Subject.RETURNS)
        if not self._waiting.width:
            return self._waiting
        is_due = pl.col("due") == days_since_1970(day)
        due = self._waiting.filter(is_due)
        self._waiting = self._waiting.filter(~is_due)
        return sent_back(rng, due.drop("due"), moments(rng, np.full(due.height, midnight(day)), 9, 19))

    def make(
        self, day: date, products: Products, campaigns: Campaigns, figures: pl.DataFrame, customers: pl.DataFrame
    ) -> tuple[pl.DataFrame, Integers]:
        """Create the orders of a day.

        Args:
            day: the day.
            products: the products.
            campaigns: the campaigns.
            figures: the campaigns' figures of the day, from `Campaigns.advertise`.
            customers: the customers who can buy.

        Returns:
            The order lines in the order of their times, and the number of orders by row of the figures.
        """
        rng = stream(self._seed, day, Subject.SALES)
        count = int(rng.poisson(self._orders_per_day * orders_factor(day)))
        buyer = self._buyers(rng, day, customers.height, count)
        channel = draw(rng, count, CHANNEL_SHARES)
        hour = draw_rows(rng, HOURS, (channel != IN_STORE).astype(np.int64))
        within = rng.random(count) * np.where(hour == LAST_HOUR, HOUR // 2, HOUR)
        sold = midnight(day) + hour * HOUR + within.astype(np.int64) // SECOND * SECOND
        by_time = np.argsort(sold, kind="stable")
        sold, channel = sold[by_time], channel[by_time]
        row = self._attribute(rng, campaigns, figures, count)
        orders = np.bincount(row[row >= 0], minlength=figures.height).astype(np.int64)
        campaign = np.where(row >= 0, figures["campaign"].to_numpy()[row] if figures.height else row, NO_CAMPAIGN)
        rate = tax_rates(customers["state"].gather(buyer)).to_numpy()
        currency = currencies(self._seed, day, channel != IN_STORE)
        lines = in_currency(self._lines(rng, day, products, campaigns, campaign), currency)
        order = lines["order"].to_numpy()
        shipping = _shipping(rng, lines, channel[order])
        line_tax = np.rint((lines["gross"] - lines["discount"]).to_numpy() * rate[order] / 10_000).astype(np.int64)
        order_id = pl.Series("O" + pl.Series(self._ordered + 1 + order).cast(pl.String).str.zfill(7))
        rows = pl.DataFrame(
            {
                "order_line_id": order_id + "-" + lines["number"].cast(pl.String),
                "order_id": order_id,
                "sold_at": timestamps(sold[order]),
                "product_id": products.table["product_id"].gather(lines["product"]),
                "customer_id": customers["customer_id"].gather(buyer[order]),
                "channel": pl.Series(CHANNELS).gather(channel[order]),
                "campaign_id": texts_or_null(campaigns.table["campaign_id"], campaign[order]),
                "quantity": lines["quantity"],
                "unit_price": lines["price"],
                "gross_amount": lines["gross"],
                "discount_amount": lines["discount"],
                "tax_amount": line_tax,
                "shipping_charged_to_customer": shipping["charged"],
                "actual_shipping_cost": shipping["cost"],
                "is_returned": pl.repeat(value=False, n=len(order), dtype=pl.Boolean, eager=True),
                "updated_at": timestamps(sold[order]),
                "currency": pl.Series(CURRENCIES).gather(currency[order]),
                "returned_line_id": pl.repeat(None, n=len(order), dtype=pl.String, eager=True),
            }
        )
        rows = with_fees(rows, lines["number"] == 1)
        self._ordered += count
        self._keep(rng, day, rows, lines["category"].to_numpy())
        return rows, orders

    def _buyers(self, rng: Generator, day: date, customers: int, count: int) -> Integers:
        """Draw the customer of each order. Some customers buy far more often than others."""
        new = stream(self._seed, day, Subject.SHOPPERS).standard_normal(customers - len(self._weights))
        self._weights = np.concatenate([self._weights, np.exp(SHOPPER_SPREAD * new)])
        return draw(rng, count, self._weights)

    @staticmethod
    def _attribute(rng: Generator, campaigns: Campaigns, figures: pl.DataFrame, count: int) -> Integers:
        """Draw the row of the figures whose campaign led to each order. A campaign has at most one order per click."""
        clicks = figures["clicks"].to_numpy()
        is_attributed = rng.random(count) < ATTRIBUTED
        platform = campaigns.table["platform"].to_numpy()[figures["campaign"].to_numpy()]
        weights = clicks * CONVERSIONS[platform]
        if not weights.sum():
            return np.full(count, NO_CAMPAIGN)
        drawn = pl.DataFrame({"row": np.where(is_attributed, draw(rng, count, weights), NO_CAMPAIGN)})
        nth = drawn.select(pl.int_range(pl.len()).over("row")).to_series().to_numpy()
        row = drawn["row"].to_numpy()
        attributed: Integers = np.where((row >= 0) & (nth < clicks[row]), row, NO_CAMPAIGN)
        return attributed

    @staticmethod
    def _lines(rng: Generator, day: date, products: Products, campaigns: Campaigns, campaign: Integers) -> pl.DataFrame:
        """Return the lines of the orders: `order`, `number`, `product`, `category`, and amounts in cents."""
        per_order = 1 + draw(rng, len(campaign), LINE_SHARES)
        order = np.repeat(np.arange(len(campaign)), per_order)
        category = draw(rng, len(order), demand(day))
        # The first line of an order is of the category that the campaign advertises.
        is_first = np.concatenate([[True], order[1:] != order[:-1]]) if len(order) else np.zeros(0, np.bool_)
        advertised = campaigns.table["category"].to_numpy()[campaign[order]]
        category = np.where(is_first & (campaign[order] >= 0), advertised, category)
        has_coupon = (campaign >= 0) & (rng.random(len(campaign)) < COUPON)
        chosen = pl.DataFrame(
            {
                "order": order,
                "product": products.pick(rng, category),
                "category": category,
                "quantity": 1 + draw(rng, len(order), QUANTITY_SHARES),
            }
        ).unique(["order", "product"], keep="first", maintain_order=True)
        price = products.table["list_price"].to_numpy()[chosen["product"].to_numpy()]
        gross = price * chosen["quantity"].to_numpy()
        share = np.maximum(
            discounts(day)[chosen["category"].to_numpy()], COUPON_DISCOUNT * has_coupon[chosen["order"].to_numpy()]
        )
        return chosen.with_columns(
            number=1 + pl.int_range(pl.len()).over("order"),
            price=pl.Series(price, dtype=pl.Int64),
            gross=pl.Series(gross, dtype=pl.Int64),
            discount=pl.Series(np.rint(gross * share).astype(np.int64), dtype=pl.Int64),
        )

    def _keep(self, rng: Generator, day: date, rows: pl.DataFrame, category: Integers) -> None:
        """Choose the lines that will be returned, and when."""
        is_returned = rng.random(rows.height) < RETURNED[category]
        due = days_since_1970(day) + rng.integers(SOONEST_RETURN, LATEST_RETURN + 1, rows.height)
        waiting = rows.with_columns(due=pl.Series(due, dtype=pl.Int64)).filter(pl.Series(is_returned, dtype=pl.Boolean))
        self._waiting = pl.concat([self._waiting, waiting]) if self._waiting.width else waiting


def _shipping(rng: Generator, lines: pl.DataFrame, channel: Integers) -> pl.DataFrame:
    """Return shipping fee and shipping cost per line, in cents. The first line has those of the whole order."""
    is_first = lines["number"].to_numpy() == 1
    is_shipped = channel != IN_STORE
    value = lines.select((pl.col("gross") - pl.col("discount")).sum().over("order")).to_series().to_numpy()
    freight = FREIGHT[lines["category"].to_numpy()] * lines["quantity"].to_numpy() + PARCEL * is_first
    cost = np.rint(freight * rng.uniform(0.9, 1.2, lines.height)).astype(np.int64)
    return pl.DataFrame(
        {
            "charged": np.where(is_first & is_shipped & (value < FREE_SHIPPING_FROM), SHIPPING_FEE, 0),
            "cost": np.where(is_shipped, cost, 0),
        }
    )


def delivered(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with amounts in main units."""
    return rows.with_columns(money(pl.col("unit_price", *AMOUNTS)))
