"""Findings of `tieout check` that a controller has waived in `dbt_project.yml`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

VARIABLE = "waived_findings"
REMEDY = f"to {VARIABLE} in dbt_project.yml"

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_RANGE = re.compile(rf"(?P<first>{_DAY}) to (?P<last>{_DAY}) (?P<what>\S+)", re.ASCII)


class Waivers:
    """The waived findings: names of findings, or days from one to another and what is waived on them.

    Attributes:
        used: the waivers that applied to a finding.
    """

    def __init__(self, waived: Iterable[str] = ()) -> None:
        """Take the names as the variable lists them."""
        self._names = frozenset(waived)
        self._ranges = [(name, found) for name in sorted(self._names) if (found := _RANGE.fullmatch(name))]
        self.used: set[str] = set()

    def cover(self, name: str) -> bool:
        """Return whether a finding is waived by its name."""
        if name in self._names:
            self.used.add(name)
        return name in self._names

    def cover_day(self, day: date, what: str) -> bool:
        """Return whether the finding of a day is waived: `2025-01-10 WHAT`, or a range of days that has it."""
        for name, found in self._ranges:
            if found["what"] == what and found["first"] <= day.isoformat() <= found["last"]:
                self.used.add(name)
                return True
        return self.cover(f"{day.isoformat()} {what}")
