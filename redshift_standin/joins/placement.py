"""Where the rows of a query are on the nodes of a cluster, and which of them a join would have to move.

The guide describes it on the pages c_choosing_dist_sort and c_data_redistribution: two sides of a join meet without
moving rows if both are distributed by columns that the join compares for equality, or if every node has all rows of one
side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, IntEnum

# A column of a query: the name of its source there, and its own.
Column = tuple[str, str]
# Columns that a join compares for equality: one of its left side and one of its right side.
Equal = frozenset[tuple[Column, Column]]
# How much more it costs to send rows to every node than to one.
_NODES = 4


class Style(Enum):
    """How rows are spread over the nodes."""

    ALL = "all"
    KEY = "key"
    # Redshift chooses, and may choose again. The project cannot rely on it.
    AUTO = "auto"
    # By no column that is known: evenly, or as the step before left them.
    SPREAD = "spread"


class Size(IntEnum):
    """How many rows there are, in the order of their number."""

    FEW = 0
    # A table with as many rows as there are customers or loans, or the groups of a large table.
    MIDDLE = 1
    # A whole table that grows with every day.
    LARGE = 2


@dataclass(frozen=True)
class Rows:
    """Rows of a table or a query.

    Attributes:
        style: how they are spread.
        keys: the columns of which each by itself decides the node of a row, for Style.KEY.
        tables: the stored tables that they come from; none for constants.
        size: how many these tables have.
        is_part: whether they are only those of the latest load, or of some days.
        is_grouped: whether they are groups of rows of the tables.
    """

    style: Style
    keys: frozenset[Column] = frozenset()
    tables: tuple[str, ...] = ()
    size: Size = Size.FEW
    is_part: bool = False
    is_grouped: bool = False

    @property
    def cost(self) -> int:
        """What it costs to move them. The numbers only order the ways of a join."""
        return 10 if self.is_part else {Size.FEW: 1, Size.MIDDLE: 100, Size.LARGE: 10_000}[self.size]

    def named(self, source: str) -> Rows:
        """Return the same rows as a source with this name."""
        return replace(self, keys=frozenset((source, column) for _, column in self.keys))

    def grouped(self) -> Rows:
        """Return the groups of these rows."""
        return replace(self, size=min(self.size, Size.MIDDLE), is_grouped=True)

    def __str__(self) -> str:
        """Name the tables, and how many of their rows these are."""
        others = f" and {len(self.tables) - 1} more" if len(self.tables) > 1 else ""
        what = "a part of " if self.is_part else "groups of " if self.is_grouped else ""
        return f"{what}{self.tables[0]}{others}"


def table_rows(name: str, style: Style, key: str = "", *, is_sorted: bool = False) -> Rows:
    """Return all rows of a stored table.

    Args:
        name: its name.
        style: how it is distributed.
        key: the column by which it is distributed.
        is_sorted: whether it has a sort key. In this project, tables that grow with every day have one.
    """
    size = Size.FEW if style is Style.ALL else Size.LARGE if style is Style.KEY and is_sorted else Size.MIDDLE
    return Rows(style, frozenset([("", key)] if key else []), (name,), size)


class Verdict(Enum):
    """What a join costs."""

    CO_LOCATED = "co-located"
    MOVES = "moves rows"
    # The distribution of a side is left to Redshift.
    UNKNOWN = "depends on AUTO"


@dataclass(frozen=True)
class Join:
    """A join of two sides that both come from stored tables.

    Attributes:
        verdict: what it costs.
        left, right: its sides.
        moved: the rows that move, in the cheapest way; where it depends on AUTO, those that move if AUTO spreads rows.
        how: what happens to them.
    """

    verdict: Verdict
    left: Rows
    right: Rows
    moved: tuple[Rows, ...] = ()
    how: str = ""

    @property
    def moves_a_large_table(self) -> bool:
        """Whether all rows of a large table move, or can move where it depends on AUTO."""
        return any(rows.size is Size.LARGE and not rows.is_part for rows in self.moved)

    def __str__(self) -> str:
        """Say it in one line."""
        done = f" ({self.how} {' and '.join(map(str, self.moved))})" if self.moved else ""
        return f"{self.left} with {self.right}: {self.verdict.value}{done}"


def join(left: Rows, right: Rows, equal: Equal, side: str, name: str) -> tuple[Rows, Join]:
    """Judge a join.

    Args:
        left: its left side, with columns named as in the query.
        right: its right side, in the same way.
        equal: the columns that its condition compares for equality.
        side: "" for an inner join, LEFT, RIGHT or FULL, or SEMI for `in` and `not in`.
        name: the name of the right side in the query.

    Returns:
        The joined rows and the verdict.
    """
    keeps_left, keeps_right = side in ("LEFT", "FULL", "SEMI"), side in ("RIGHT", "FULL")
    verdict, style, keys, how = Verdict.CO_LOCATED, Style.KEY, left.keys | right.keys, ""
    moved: tuple[Rows, ...] = ()
    if left.style is right.style is Style.ALL:
        style = Style.ALL
    elif right.style is Style.ALL and not keeps_right:
        style = left.style
    elif left.style is Style.ALL and not keeps_left:
        style = right.style
    elif any(one in left.keys and two in right.keys for one, two in equal):
        pass
    else:
        verdict = Verdict.UNKNOWN if Style.AUTO in (left.style, right.style) else Verdict.MOVES
        _, keys, moved, how = min(_ways(left, right, equal, side), key=lambda way: way[0])
    if keeps_left or keeps_right:
        # Where a row has no match, the columns of the other side do not say where it is.
        keys = frozenset(key for key in keys if side != "FULL" and (key[0] == name) == keeps_right)
    if style is Style.KEY and not keys:
        style = Style.SPREAD
    sizes = {"LEFT": [left.size], "RIGHT": [right.size]}.get(side, [left.size, right.size])
    parts = {"LEFT": left.is_part, "RIGHT": right.is_part, "FULL": left.is_part and right.is_part}
    tables = left.tables if side == "SEMI" else tuple(dict.fromkeys(left.tables + right.tables))
    joined = Rows(
        style,
        keys if style is Style.KEY else frozenset(),
        tables,
        max(sizes),
        parts.get(side, left.is_part or right.is_part),
    )
    return joined, Join(verdict, left, right, moved, how)


def _ways(
    left: Rows, right: Rows, equal: Equal, side: str
) -> Iterator[tuple[int, frozenset[Column], tuple[Rows, ...], str]]:
    """Yield the ways of a join that moves rows: the cost, where the rows are then, what moves, and how."""
    if left.style is Style.ALL:
        # The guide's DS_DIST_ALL_INNER.
        yield right.cost, frozenset(), (right,), "gathers"
        return
    if right.style is Style.ALL:
        yield left.cost, frozenset(), (left,), "gathers"
        return
    to_left = frozenset(two for one, two in equal if one in left.keys)
    to_right = frozenset(one for one, two in equal if two in right.keys)
    if to_left:
        yield right.cost, left.keys | to_left, (right,), "distributes"
    if to_right:
        yield left.cost, right.keys | to_right, (left,), "distributes"
    if side not in ("RIGHT", "FULL"):
        yield _NODES * right.cost, left.keys, (right,), "broadcasts"
    if side in ("", "RIGHT"):
        yield _NODES * left.cost, right.keys, (left,), "broadcasts"
    if equal:
        yield left.cost + right.cost, frozenset(min(equal)), (left, right), "distributes"
    else:
        yield _NODES * (left.cost + right.cost), frozenset(), (left, right), "gathers"
