"""Control totals: the exact sum of each money column of the records that land."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

import polars as pl

AMOUNT_DECIMALS = 2
_DIGITS = 38
_EXACT = Context(prec=_DIGITS)

_IS_AMOUNT = ".is_amount"


def number_pattern(decimals: int) -> str:
    """Return what counts as an amount, or another number with so many decimals, without blanks and tabs around it."""
    return rf"^[+-]?[0-9]{{1,16}}([.][0-9]{{1,{decimals}}}0*)?$"


AMOUNT = number_pattern(AMOUNT_DECIMALS)
"""What counts as an amount, without blanks and tabs around it."""


@dataclass
class ControlTotal:
    """The control total of one money column.

    Attributes:
        column: its name.
        total: the sum of the values that are amounts, in the currency's main unit, with two decimals.
        amounts: the number of values that are amounts.
        others: the number of values that are neither empty nor amounts.
    """

    column: str
    total: Decimal = Decimal("0.00")
    amounts: int = 0
    others: int = 0


class ControlTotals:
    """The control totals of one file, computed piece by piece."""

    def __init__(self, bronze_columns: Sequence[str], columns: Sequence[str], decimals: int = AMOUNT_DECIMALS) -> None:
        """Start with zero for each column to sum: the money columns, or others, with their decimals."""
        # In the order of the file, in which they are read.
        columns = sorted(columns, key=bronze_columns.index)
        self._positions = [bronze_columns.index(column) for column in columns]
        self._number = number_pattern(decimals)
        self._sum = pl.Decimal(_DIGITS, decimals)
        self.totals = [ControlTotal(column) for column in columns]

    def add(self, text: bytes) -> None:
        """Add canonical records, without the header."""
        if not text or not self._positions:
            return
        frame = pl.read_csv(text, has_header=False, columns=self._positions, infer_schema=False)
        sums = (
            frame.lazy()
            .with_columns(pl.all().str.strip_chars(" \t"))
            .with_columns(pl.all().str.contains(self._number).name.suffix(_IS_AMOUNT))
            .select(expression for name in frame.columns for expression in _sums(name, self._sum))
            .collect()
        )
        for total, name in zip(self.totals, frame.columns, strict=True):
            values, amounts, added = (sums[f"{name}.{what}"].item() for what in ("values", "amounts", "sum"))
            total.total = _EXACT.add(total.total, Decimal(added))
            total.amounts += amounts
            total.others += values - amounts


def _sums(name: str, decimals: pl.Decimal) -> list[pl.Expr]:
    """Count the values and the amounts of a column, and sum the amounts."""
    value, is_amount = pl.col(name), pl.col(name + _IS_AMOUNT)
    # The sign, 16 digits, the point and up to ten decimals are in the first 28 characters. Only zeros follow, but
    # possibly more than a decimal has digits.
    amount = value.str.head(_DIGITS).filter(is_amount).cast(decimals)
    return [
        (value != "").sum().alias(f"{name}.values"),
        is_amount.sum().alias(f"{name}.amounts"),
        amount.sum().alias(f"{name}.sum"),
    ]
