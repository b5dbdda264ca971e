"""Planned transactions: rows of numbers, before the accounts' limits are checked."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

NOTHING = -1  # the position of a merchant, category, location, incident or instalment that does not exist
OWN_BANK = "TIEO"  # the prefix of this bank's accounts and loans as counterparties

TYPES = ("Deposit", "Withdrawal", "Payment", "Transfer")
DEPOSIT, WITHDRAWAL, PAYMENT, TRANSFER = range(len(TYPES))
STATUSES = ("Completed", "Pending", "Failed")
COMPLETED, PENDING, FAILED = range(len(STATUSES))

# All columns are positions, except `amount` (cents), `time` (microseconds since midnight) and `counterparty` (text).
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
_DEFAULTS = dict.fromkeys(("merchant", "category", "location", "incident", "instalment"), NOTHING) | {
    "status": COMPLETED
}


def plan(**columns: Any) -> pl.DataFrame:
    """Return planned transactions; columns that are not given have their defaults."""
    count = max(len(value) for value in columns.values() if isinstance(value, (np.ndarray, pl.Series, list)))
    data = {}
    for name, kind in COLUMNS.items():
        value = columns.get(name, _DEFAULTS.get(name))
        if value is None or isinstance(value, (int, str)):
            data[name] = pl.repeat(value, count, dtype=kind, eager=True)
        else:
            data[name] = pl.Series(value).cast(kind)
    return pl.DataFrame(data)
