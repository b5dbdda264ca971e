"""The proof of an import: rows and money in are rows and money out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Amounts:
    """The sums of one money column.

    Attributes:
        column: the contract column.
        read: of all rows of the file.
        delivered: of the delivered files, read again.
        set_aside: of the rows that were set aside.
        left_out: of the rows that are no rows of the entity.
        unreadable: rows that were set aside and have no amount that can be read.
    """

    column: str
    read: Decimal
    delivered: Decimal
    set_aside: Decimal
    left_out: Decimal
    unreadable: int

    @property
    def ties(self) -> bool:
        """Whether nothing is lost."""
        return self.read == self.delivered + self.set_aside + self.left_out


@dataclass(frozen=True)
class Proof:
    """Rows and money of one file, and what it says about itself: statement, value in the file, value of the rows."""

    read: int
    delivered: int
    set_aside: int
    left_out: int
    amounts: tuple[Amounts, ...]
    stated: tuple[tuple[str, Decimal, Decimal], ...] = ()

    @property
    def ties(self) -> bool:
        """Whether nothing is lost."""
        return self.read == self.delivered + self.set_aside + self.left_out and all(each.ties for each in self.amounts)

    def as_json(self) -> dict[str, Any]:
        """Return the proof for the record of the import."""
        amounts = [
            {key: value if key in ("column", "unreadable") else plain(value) for key, value in asdict(each).items()}
            for each in self.amounts
        ]
        stated = {what: {"file": plain(there), "rows": plain(found)} for what, there, found in self.stated}
        rows = {"read": self.read, "delivered": self.delivered, "set_aside": self.set_aside, "left_out": self.left_out}
        return {"rows": rows, "amounts": amounts, "stated": stated}

    def sentences(self) -> Iterator[str]:
        """Describe the proof, a line each."""
        yield (
            f"Rows:    {self.read:,} read = {self.delivered:,} delivered + {self.set_aside:,} set aside"
            + (f" + {self.left_out:,} left out" if self.left_out else "")
            + "."
        )
        for each in self.amounts:
            unreadable = f" ({each.unreadable:,} rows have no amount that can be read)" if each.unreadable else ""
            yield (
                f"Amounts: {each.column} {plain(each.read)} read = {plain(each.delivered)} delivered + "
                f"{plain(each.set_aside)} set aside{unreadable}"
                + (f" + {plain(each.left_out)} left out" if self.left_out else "")
                + "."
            )
        for what, there, _ in self.stated:
            yield f"Stated:  {what.replace('_', ' ')} {plain(there)}, as the file says."


def plain(value: Decimal) -> str:
    """Return an amount with at least two decimals, and a count as it is."""
    shown = f"{value:f}"
    whole, point, decimals = shown.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}" if point else whole
