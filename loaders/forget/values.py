"""What stands in the place of a value that identified a person."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import date, timedelta
from functools import cache

from loaders.contract import Column

_TOKEN = re.compile(r"forgotten [0-9a-f]{12}[*]*")
_DATE = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?P<time>([ T]00:00(:00([.]0+)?)?)?)", re.ASCII)

TOKEN_BYTES = 22
"""The length of what stands in the place of a text."""

FORGOTTEN_LINE = "(forgotten)"
"""The text of a malformed line that was about a person."""


class Replacements:
    """Replaces values by others that have no meaning.

    Equal values are replaced by equal ones and different values by different ones, so versions, repeats and counts stay
    as they are. The replacement depends on a random key that is destroyed when the person is forgotten, so it cannot be
    found by trying values.
    """

    def __init__(self, key: bytes) -> None:
        """Replace under a key."""
        self._key = key
        self._days = cache(self._days_of_year)

    def mark(self, column: str, value: str) -> str:
        """Return a digest under the key, by which a value is recognised."""
        return hmac.new(self._key, f"{column}\x1f{value}".encode(), hashlib.sha256).hexdigest()

    def replaced(self, column: Column, value: str, *, dates: bool) -> str:
        """Return what a value is replaced by; the value itself if it is empty or was replaced before.

        A text that is too long for its column stays too long, and a date that cannot be parsed stays so: a row breaks
        the same rules as before. A date keeps its year, which gold shows, and gets another day that was drawn by lot.

        Args:
            column: the column of the contract.
            value: the value.
            dates: whether dates are replaced too; not in a file in which they were before.
        """
        text = value.strip(" \t")
        if not text or is_overwritten(text):
            return value
        if column.type == "date":
            found = _DATE.fullmatch(text)
            day = _parsed(found["day"]) if found else None
            if found and day:
                return self._other_day(day).isoformat() + found["time"] if dates else value
        token = f"forgotten {self.mark(column.name, text)[:12]}"
        most = int(column.type[5:-1]) if column.type.startswith("text(") else 0
        return token.ljust(most + 1, "*") if 0 < most < len(text.encode()) else token

    def _other_day(self, day: date) -> date:
        days = self._days(day.year)
        return days[(days.index(day) + 1) % len(days)]

    def _days_of_year(self, year: int) -> list[date]:
        """Return the days of a year in an order that only the key knows: each one is replaced by the next one."""
        first = date(year, 1, 1)
        count = (date(year, 12, 31) - first).days + 1
        days = [first + timedelta(days=number) for number in range(count)]
        return sorted(days, key=lambda day: self.mark("day", day.isoformat()))


def is_overwritten(value: str) -> bool:
    """Return whether a text stands in the place of another one."""
    return bool(_TOKEN.fullmatch(value)) or value == FORGOTTEN_LINE


def _parsed(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
