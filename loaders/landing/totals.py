"""Control totals: the exact sum of each money column over the rows that land."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

import polars as pl

AMOUNT = r"^[+-]?[0-9]{1,16}([.][0-9]{1,2}0*)?$"
"""What counts as an amount, once blanks and tabs around it are gone."""

_DIGITS = 38
_SUM = pl.Decimal(_DIGITS, 2)
_EXACT = Context(prec=_DIGITS)


@dataclass
class ControlTotal:
    """The control total of one money column.

    Attributes:
        column: its name.
        total: sum of the values that are amounts, in the currency's main unit, two decimals.
        amounts: how many values are amounts.
        others: how many values are neither empty nor amounts.
    """

    column: str
    total: Decimal = Decimal("0.00")
    amounts: int = 0
    others: int = 0


class ControlTotals:
    """The control totals of one file, added up piece by piece."""

    def __init__(self, bronze_columns: Sequence[str], money_columns: Sequence[str]) -> None:
        """Prepare to add up the money columns of an entity."""
        self._positions = [bronze_columns.index(column) for column in money_columns]
        self.totals = [ControlTotal(column) for column in money_columns]

    def add(self, text: bytes) -> None:
        """Add canonical records, without a header."""
        if not text or not self._positions:
            return
        frame = pl.read_csv(text, has_header=False, columns=self._positions, infer_schema=False)
        for total, values in zip(self.totals, frame.get_columns(), strict=True):
            _add(total, values)


def _add(total: ControlTotal, values: pl.Series) -> None:
    values = values.drop_nulls().str.strip_chars(" \t")
    is_amount = values.str.contains(AMOUNT)
    amounts = values.filter(is_amount)
    total.amounts += len(amounts)
    total.others += len(values) - len(amounts) - int((values == "").sum())
    if amounts.is_empty():
        return
    if amounts.str.len_bytes().max() > _DIGITS:  # type: ignore[operator]
        amounts = amounts.str.extract(r"^(.[0-9]*[.][0-9]{1,2})").fill_null(amounts)  # zeros behind two decimals
    total.total = _EXACT.add(total.total, Decimal(amounts.cast(_SUM).sum()))
