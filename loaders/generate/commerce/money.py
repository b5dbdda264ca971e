"""Currencies and fees of order lines. All amounts are in cents of the line's currency."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from loaders.generate.accounts import CURRENCIES, UNITS_PER_DOLLAR
from loaders.generate.habits import CHANNELS, IN_STORE
from loaders.generate.streams import Subject, stream
from loaders.generate.tables import Booleans, Integers

AMOUNTS = (
    *("gross_amount", "discount_amount", "tax_amount", "shipping_charged_to_customer", "actual_shipping_cost"),
    *("payment_fee_amount", "platform_fee_amount"),
)
"""The amounts of a line, without the price of a unit."""

DOLLAR, EURO = CURRENCIES.index("USD"), CURRENCIES.index("EUR")
PAID_IN_EUROS = 0.04  # share of the orders that are not sold in the store
# Share of what a customer pays, and cents per order: with a card in the store, and otherwise.
CARD, CARD_PER_ORDER = 0.026, 10
PAYMENT, PAYMENT_PER_ORDER = 0.029, 30
PLATFORM = {"Online": 0.01, "Mobile App": 0.03}  # share of the price after discount, by channel


def currencies(seed: int, day: date, is_shipped: Booleans) -> Integers:
    """Draw the currency of each order of a day, a position in `CURRENCIES`.

    Args:
        seed: the seed of the run.
        day: the day.
        is_shipped: by order, whether it is not sold in the store.
    """
    in_euros = stream(seed, day, Subject.SALES, 1).random(len(is_shipped)) < PAID_IN_EUROS
    drawn: Integers = np.where(in_euros & is_shipped, EURO, DOLLAR).astype(np.int64)
    return drawn


def in_currency(lines: pl.DataFrame, currency: Integers) -> pl.DataFrame:
    """Return order lines with their prices in the currency of their order.

    Args:
        lines: the lines, with `order`, `quantity`, and in dollars `price`, `gross` and `discount`.
        currency: by order, the position of its currency.
    """
    factor = UNITS_PER_DOLLAR[currency[lines["order"].to_numpy()]]
    gross = lines["gross"].to_numpy()
    share = lines["discount"].to_numpy() / np.maximum(gross, 1)
    price = np.rint(lines["price"].to_numpy() * factor).astype(np.int64)
    converted = price * lines["quantity"].to_numpy()
    discount = np.where(factor == 1, lines["discount"].to_numpy(), np.rint(converted * share)).astype(np.int64)
    return lines.with_columns(
        price=pl.Series(price, dtype=pl.Int64),
        gross=pl.Series(converted, dtype=pl.Int64),
        discount=pl.Series(discount, dtype=pl.Int64),
    )


def with_fees(rows: pl.DataFrame, is_first: pl.Series) -> pl.DataFrame:
    """Return order lines with what the payment provider and the platform of the shop charge.

    Args:
        rows: the lines, with the columns of the contract.
        is_first: whether the line is the first of its order, which has the fee per order.
    """
    in_store = rows["channel"] == CHANNELS[IN_STORE]
    net = pl.col("gross_amount") - pl.col("discount_amount")
    paid = net + pl.col("tax_amount") + pl.col("shipping_charged_to_customer")
    share = pl.when(in_store).then(CARD).otherwise(PAYMENT)
    per_order = pl.when(in_store).then(CARD_PER_ORDER).otherwise(PAYMENT_PER_ORDER)
    platform = pl.col("channel").replace_strict(PLATFORM, default=0.0, return_dtype=pl.Float64)
    return rows.with_columns(
        payment_fee_amount=(paid * share).round().cast(pl.Int64) + pl.when(is_first).then(per_order).otherwise(0),
        platform_fee_amount=(net * platform).round().cast(pl.Int64),
    )
