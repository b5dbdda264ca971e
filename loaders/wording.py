"""Parts of sentences that several commands print."""

from __future__ import annotations


def counted(number: int, what: str) -> str:
    """Return a number with its noun: `1 entry`, `2 entries`, `25 rows`."""
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{number:,} {what if number == 1 else plural}"
