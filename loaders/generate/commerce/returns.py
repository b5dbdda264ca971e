"""Goods that come back: whole order lines, as new versions of them, and some of their units, as lines of their own."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.tables import Integers, timestamps

PARTIAL = 0.5  # share of the returned lines with several units of which only some come back
# What is paid back with the goods. The payment provider keeps its fee, and the shop pays for the way back.
PAID_BACK = ("gross_amount", "discount_amount", "tax_amount", "platform_fee_amount")
NOT_PAID_BACK = ("shipping_charged_to_customer", "actual_shipping_cost", "payment_fee_amount")


def sent_back(rng: Generator, due: pl.DataFrame, moments: Integers) -> pl.DataFrame:
    """Return what is delivered about order lines of which goods come back.

    Args:
        rng: the stream of the day's returns.
        due: the order lines, with the columns of the contract, amounts in cents.
        moments: by line, when the goods come back, in microseconds since 1970.
    """
    quantity = due["quantity"].to_numpy()
    is_partial = pl.Series((rng.random(due.height) < PARTIAL) & (quantity > 1), dtype=pl.Boolean)
    units = rng.integers(1, np.maximum(quantity, 2))
    came_back = due.with_columns(updated_at=timestamps(moments), units=pl.Series(units, dtype=pl.Int64))
    whole = came_back.filter(~is_partial).with_columns(is_returned=pl.lit(value=True))
    part = pl.col("units") / pl.col("quantity")
    partial = came_back.filter(is_partial).with_columns(
        order_line_id=pl.col("order_line_id") + "-back",
        returned_line_id=pl.col("order_line_id"),
        sold_at=pl.col("updated_at"),
        quantity=-pl.col("units"),
        **{name: -(pl.col(name) * part).round().cast(pl.Int64) for name in PAID_BACK},
        **{name: pl.lit(0, dtype=pl.Int64) for name in NOT_PAID_BACK},
    )
    return pl.concat([whole, partial]).drop("units")
