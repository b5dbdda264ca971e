"""Planned transactions: rows of numbers, before it is known what the accounts can bear."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

NOTHING = -1  # no merchant, category, location, counterparty, incident or instalment of a loan
OWN_BANK = "TIEO"  # how accounts and loans of this bank are called as counterparties

# Positions throughout, but for the amount (cents), the time (microseconds of the day) and the counterparty's text.
COLUMNS: dict[str, Any] = {
    "account": pl.Int64,
    "type": pl.Int64,
    "amount": pl.Int64,
    "channel": pl.Int64,
    "merchant": pl.Int64,
    "category": pl.Int64,
    "location": pl.Int64,
    "counterparty": pl.String,
    "status": pl.Int64,
    "time": pl.Int64,
    "incident": pl.Int64,
    "instalment": pl.Int64,
}
_UNLESS_TOLD = dict.fromkeys(("merchant", "category", "location", "incident", "instalment"), NOTHING) | {"status": 0}


def plan(**columns: Any) -> pl.DataFrame:
    """Return planned transactions; what is not told is nothing, and completed if the account can bear it."""
    count = max(len(value) for value in columns.values() if isinstance(value, (np.ndarray, pl.Series, list)))
    data = {}
    for name, kind in COLUMNS.items():
        value = columns.get(name, _UNLESS_TOLD.get(name))
        if value is None or isinstance(value, (int, str)):
            data[name] = pl.repeat(value, count, dtype=kind, eager=True)
        else:
            data[name] = pl.Series(value).cast(kind)
    return pl.DataFrame(data)
