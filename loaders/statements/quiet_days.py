"""Days between statements: nothing is missing on them, and files with only a header say so.

The contract expects transactions and balances every day. A bank makes a statement when something was booked, or once a
month; whether one is missing is seen from its balances.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path

PART = "statements-no-statement"


def between(arrived: Collection[date], day: date, pause_days: int) -> list[date]:
    """Return the days between an arrival day and its neighbours; none where the source has paused.

    Args:
        arrived: the arrival days of other statements.
        day: the arrival day.
        pause_days: after so many days without a delivery, none was expected.
    """
    found = []
    earlier = max((each for each in arrived if each < day), default=None)
    later = min((each for each in arrived if each > day), default=None)
    for first, last in ((earlier, day), (day, later)):
        if first and last and (last - first).days <= pause_days + 1:
            found += [first + timedelta(days=number) for number in range(1, (last - first).days)]
    return found


def has_other_source(inbox: Path, entity: str, days: Collection[date]) -> bool:
    """Return whether another source delivers the entity: then its missing files must not be hidden."""
    return any(
        ".statements-" not in path.name
        for day in days
        for path in (inbox / day.isoformat() / "banking").glob(f"{entity}*")
    )
