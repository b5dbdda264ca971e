"""Amounts and dates, exactly as written: a text in another form is an error, never a guess."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from loaders.statements.model import UnreadableError

MOST_TEXT = 100_000
"""The longest text of one element, in characters. The longest one that ISO 20022 allows has 20,000."""

_WHOLE_DIGITS = 16
_LONGEST_NUMBER = 40
_NUMBER = re.compile(r"\d+(?:\.\d*)?|\.\d+", re.ASCII)
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)", re.ASCII)
_SHOWN = 60


def shown(value: str) -> str:
    """Return a value as a sentence quotes it."""
    value = " ".join(value.split())
    return f"'{value[:_SHOWN]}...'" if len(value) > _SHOWN else f"'{value}'"


def amount(value: str) -> Decimal:
    """Return an amount without sign, written with a decimal point.

    Raises:
        UnreadableError: it is no number, or has more digits than the warehouse keeps.
    """
    if not _NUMBER.fullmatch(value):
        raise UnreadableError(f"{shown(value)} is no amount")
    whole, _, decimals = value.partition(".")
    if len(decimals.rstrip("0")) > 2:
        raise UnreadableError(f"the amount {shown(value)} has more than two decimals, which the contract cannot hold")
    if len(whole.lstrip("0")) > _WHOLE_DIGITS:
        raise UnreadableError(
            f"the amount {shown(value)} has more than {_WHOLE_DIGITS} digits before the decimal point"
        )
    return Decimal(f"{whole or '0'}.{decimals[:2].ljust(2, '0')}")


def any_amount(value: str) -> Decimal | None:
    """Return the size of an amount, also of one that the contract cannot hold; None if it is no number."""
    value = value.lstrip("+-").replace(",", ".")
    return Decimal(value) if _NUMBER.fullmatch(value) and len(value) <= _LONGEST_NUMBER else None


def swift_amount(value: str) -> Decimal:
    """Return an amount without sign, written with a decimal comma.

    Raises:
        UnreadableError: it is no such number.
    """
    if "." in value:
        raise UnreadableError(f"{shown(value)} is no amount with a decimal comma")
    return amount(value.replace(",", "."))


@lru_cache(maxsize=4096)
def day(value: str) -> date:
    """Return the date at the beginning of a text, `2025-01-31` or `20250131`; a time and an offset after it are left.

    Raises:
        UnreadableError: there is no such date.
    """
    found = _DAY.match(value)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise UnreadableError(f"{shown(value)} is a date that does not exist") from None
    raise UnreadableError(f"{shown(value)} is no date")


@lru_cache(maxsize=4096)
def short_day(value: str) -> date:
    """Return the date of six digits, `250131`; years from 80 on are in the last century.

    Raises:
        UnreadableError: there is no such date.
    """
    century = "19" if value[:2] >= "80" else "20"
    try:
        return day(century + value)
    except UnreadableError as error:
        raise UnreadableError(str(error).replace(f"'{century}{value}'", f"'{value}'")) from None


@lru_cache(maxsize=4096)
def day_near(month_and_day: str, first: date, last: date, near: date) -> date:
    """Return the date of a month and a day (`0131`) that is nearest to some days.

    Args:
        month_and_day: four digits.
        first: the first one of the days.
        last: the last one.
        near: which of several dates that are equally near counts: the one that is nearest to this.

    Raises:
        UnreadableError: there is no such date.
    """
    found = []
    for year in {year + step for year in (*range(first.year, last.year + 1), near.year) for step in (-1, 0, 1)}:
        try:
            found.append(date(year, int(month_and_day[:2]), int(month_and_day[2:])))
        except ValueError:
            continue
    if not found:
        raise UnreadableError(f"'{month_and_day}' is a date that does not exist")
    return min(found, key=lambda each: (max(first - each, each - last, timedelta(0)), abs(each - near), each))
