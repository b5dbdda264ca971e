"""Which tagged columns a value comes from, and how it got there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """A tagged column of the contract, or the salt.

    Attributes:
        table: the source as `source.table`, or the seed.
        column: its name.
        tag: `direct` or `quasi`; `salt` for the salt itself.
    """

    table: str
    column: str
    tag: str

    def __str__(self) -> str:
        """Return it as messages show it."""
        return f"{self.table}.{self.column} ({self.tag})"


@dataclass(frozen=True)
class Way:
    """The way of a value from its origin.

    Attributes:
        columns: the columns on the way, in order.
        hashed: only its unsalted SHA-256 is passed on.
    """

    columns: tuple[str, ...] = ()
    hashed: bool = False


Lineage = dict[Origin, Way]
"""The origins of a column's value."""

Columns = dict[str, Lineage]
"""The columns of a table or of a query, by name."""


class UnresolvedError(Exception):
    """A part of the SQL cannot be traced. The message completes `x cannot be traced: ...`."""


def merge(*lineages: Lineage) -> Lineage:
    """Combine lineages. Of several ways of one origin, the first that is not hashed is kept."""
    merged = Lineage()
    for lineage in lineages:
        for origin, way in lineage.items():
            if origin not in merged or (merged[origin].hashed and not way.hashed):
                merged[origin] = way
    return merged


def merge_outputs(one: Lineage | UnresolvedError, other: Lineage | UnresolvedError) -> Lineage | UnresolvedError:
    if isinstance(one, UnresolvedError):
        return one
    return other if isinstance(other, UnresolvedError) else merge(one, other)


def traced(lineage: Lineage | UnresolvedError) -> Lineage:
    if isinstance(lineage, UnresolvedError):
        raise lineage
    return lineage
