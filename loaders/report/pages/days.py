"""Days that pages choose from their answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from loaders.metrics.answers import AnswerRow
from loaders.report.report import LAST_DAYS


def last_days(rows: Sequence[AnswerRow], count: int = LAST_DAYS, at: int = 0, *, until: date | None) -> list[AnswerRow]:
    """Return the rows of the last days, or months, that there are.

    Args:
        rows: the rows of an answer.
        count: the number of days.
        at: the index of the day among the keys.
        until: the last day that can have happened, so that a wrong year is not the last day; None for days that
            the warehouse itself has given. If all days are later, they count.
    """
    days = sorted({row.keys[at] for row in rows if row.keys[at] is not None})
    chosen = set([day for day in days if until is None or day <= until][-count:] or days[-count:])
    return [row for row in rows if row.keys[at] in chosen]


def newest_first(rows: Sequence[AnswerRow], at: int = 0) -> list[AnswerRow]:
    """Return the rows with the last day first, and those of a day in their order."""
    return sorted(rows, key=lambda row: _backwards(row.keys[at]))


def _backwards(day: date) -> int:
    return -day.toordinal()


def month(value: Any) -> str:
    """Return a month as a person writes it, and anything else as it is."""
    return f"{value:%Y-%m}" if isinstance(value, date) else str(value)


def day_number(day: date) -> int:
    """Return a day as `dim_date.date_id`."""
    return day.year * 10000 + day.month * 100 + day.day
