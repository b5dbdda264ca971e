"""The words in which `cells.py` says how rows add up to the cells of gold, and the queries that follow from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from loaders.audit.warehouse import Row

# Quotients are rounded half away from zero, like the macro divide.
_PRECISE = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Rows:
    """Rows that tables of gold are made of.

    Attributes:
        table: the table that has them.
        entity: the entity that they come from, as `banking.transactions`.
        name: its columns that name a row.
        relation: a query to read instead of the table, in which `{gold}` and `{silver}` are the schemas.
        joins: tables that the expressions of a cell need. The row itself is `facts`.
    """

    table: str
    entity: str
    name: tuple[str, ...]
    relation: str = ""
    joins: str = ""

    @property
    def source(self) -> str:
        """What stands behind `from`: the rows as `facts`, with what is joined to them."""
        layer = "silver" if self.table.startswith("stg_") else "gold"
        relation = f"({self.relation})" if self.relation else f"{{{layer}}}.{self.table}"
        return f"{relation} as facts {self.joins}"


@dataclass(frozen=True)
class Sum:
    """A sum over rows.

    Attributes:
        expression: what a row adds.
        all_or_nothing: whether the sum is null if a row's part is not known. Otherwise such a row adds nothing.
    """

    expression: str
    all_or_nothing: bool = False

    def aggregates(self) -> tuple[str, ...]:
        """Return what is computed over the rows of a cell."""
        total = f"sum({self.expression})"
        return (f"case when count(*) = count({self.expression}) then {total} end" if self.all_or_nothing else total,)

    def value(self, parts: tuple[Any, ...]) -> Any:
        """Return what the cell must hold."""
        return parts[0] if self.all_or_nothing else parts[0] or 0

    @property
    def how(self) -> str:
        """How the figure is made of its rows."""
        return "the sum of its rows"


@dataclass(frozen=True)
class Distinct:
    """A number of different values in the rows; `expression` is the value, null in a row that does not count."""

    expression: str

    def aggregates(self) -> tuple[str, ...]:
        """Return what is computed over the rows of a cell."""
        return (f"count(distinct {self.expression})",)

    def value(self, parts: tuple[Any, ...]) -> Any:
        """Return what the cell must hold."""
        return parts[0] or 0

    @property
    def how(self) -> str:
        """How the figure is made of its rows."""
        return "the number of different values in its rows"


@dataclass(frozen=True)
class Quotient:
    """One aggregate of the rows divided by another one, rounded to `decimals`."""

    numerator: Sum
    denominator: Sum | Distinct
    decimals: int

    @property
    def expression(self) -> str:
        """What a row adds to the numerator."""
        return self.numerator.expression

    def aggregates(self) -> tuple[str, ...]:
        """Return what is computed over the rows of a cell."""
        return self.numerator.aggregates() + self.denominator.aggregates()

    def value(self, parts: tuple[Any, ...]) -> Any:
        """Return what the cell must hold."""
        return divided(parts[0], parts[1], self.decimals)

    @property
    def how(self) -> str:
        """How the figure is made of its rows."""
        return "a quotient of two sums of its rows"


@dataclass(frozen=True)
class Formula:
    """A figure made of other columns of the same row.

    Attributes:
        numerator: an expression over the columns of the table.
        denominator: what it is divided by; nothing if it is empty.
        decimals: the decimals of the quotient.
    """

    numerator: str
    denominator: str = ""
    decimals: int = 0

    @property
    def how(self) -> str:
        """How the figure is made of the other columns."""
        if not self.denominator:
            return self.numerator
        return f"({self.numerator}) / ({self.denominator}), rounded to {self.decimals} decimals"


Measure = str | Sum | Distinct | Quotient | Formula


def divided(numerator: Any, denominator: Any, decimals: int) -> Decimal | None:
    """Return a quotient as gold has it: rounded half away from zero; none if a side is missing, or by zero."""
    if numerator is None or not denominator:
        return None
    quotient = _PRECISE.divide(Decimal(str(numerator)), Decimal(str(denominator)))
    return quotient.quantize(Decimal(1).scaleb(-decimals), context=_PRECISE)


@dataclass(frozen=True)
class Cell:
    """How rows are added up in a table of gold.

    Attributes:
        table: the table.
        rows: the rows that it is made of. A table that is made of several kinds of rows has a cell for each.
        keys: its columns that say in which of its rows a row counts, and what they are of that row.
        measures: its columns that follow from the rows. A text is the expression of a sum. `facts` is the row, `cells`
            the table.
        where: the rows that count; all if it is empty.
        expected: the condition on a group of rows for which the table must have a row.
    """

    table: str
    rows: Rows
    keys: Mapping[str, str]
    measures: Mapping[str, Measure]
    where: str = "true"
    expected: str = "count(*) > 0"

    def measure(self, name: str) -> Sum | Distinct | Quotient | Formula:
        """Return how a measure is made."""
        found = self.measures[name]
        return Sum(found) if isinstance(found, str) else found

    def of_rows(self) -> Iterator[tuple[str, Sum | Distinct | Quotient]]:
        """Yield the measures that are made of rows, not of other columns."""
        for name in self.measures:
            made = self.measure(name)
            if not isinstance(made, Formula):
                yield name, made

    def joined(self, how: str = "inner") -> str:
        """Return what stands behind `from`: the rows, each joined to the row of the table in which it counts."""
        same = " and ".join(f"cells.{key} = {expression}" for key, expression in self.keys.items())
        return f"{self.rows.source} {how} join {{gold}}.{self.table} as cells on {same}"

    def added(self, where: str) -> str:
        """Return the query for what some rows add to the cells that they count in."""
        keys = ", ".join(f"cells.{key}" for key in self.keys)
        sums = [(name, made) for name, made in self.of_rows() if isinstance(made, Sum)]
        measures = ", ".join(
            f"sum({made.expression}) as added_{name}, max(cells.{name}) as {name}" for name, made in sums
        )
        return (
            f"select {keys}, {measures} from {self.joined()} where {self.where} and {where} "  # noqa: S608
            f"group by {keys} order by {keys}"
        )

    def compared(self, names: tuple[str, ...], where: str) -> str:
        """Return the query for some measures as the table has them and as its rows make them, by row of the table.

        The columns are the keys, `row_count`, the measures, and for each `part_<number>_<measure>`.
        """
        keys = tuple(self.keys)
        parts = [
            (f"part_{number}_{name}", aggregate)
            for name, made in self.of_rows()
            if name in names
            for number, aggregate in enumerate(made.aggregates())
        ]
        parts_made = "".join(f", {aggregate} as {alias}" for alias, aggregate in parts)
        parts_shown = "".join(f", made.{alias}" for alias, _ in parts)
        formulas = ""
        for name in names:
            made = self.measure(name)
            if isinstance(made, Formula):
                formulas += f", {made.numerator} as part_0_{name}"
                formulas += f", {made.denominator} as part_1_{name}" if made.denominator else ""
        return f"""
        with made as (
            select {", ".join(f"cells.{key}" for key in keys)}, count(*) as row_count{parts_made}
            from {self.joined()}
            where {self.where} and {where}
            group by {", ".join(f"cells.{key}" for key in keys)}
        ),
        figures as (
            select cells.*{formulas} from {{gold}}.{self.table} as cells where {where}
        )
        select
            {", ".join(f"figures.{column}" for column in dict.fromkeys((*keys, *names)))},
            {"".join(f"figures.part_0_{name}, " for name in names if isinstance(self.measure(name), Formula))}
            {"".join(f"figures.part_1_{name}, " for name in names if self._is_quotient_of_columns(name))}
            coalesce(made.row_count, 0) as row_count{parts_shown}
        from figures
        left join made on {" and ".join(f"figures.{key} = made.{key}" for key in keys)}
        order by {", ".join(f"figures.{key}" for key in keys)}
        """  # noqa: S608

    def without_cell(self) -> str:
        """Return the query for how many rows the table lacks."""
        keys = ", ".join(self.keys.values())
        return f"""
        select count(*) as missing_count
        from (
            select {keys}
            from {self.joined("left")}
            where {self.where} and cells.{next(iter(self.keys))} is null
            group by {keys}
            having {self.expected}
        ) as lacking
        """  # noqa: S608

    def must_hold(self, name: str, found: Row) -> Any:
        """Return what a measure must be, by a row of `compared`."""
        made = self.measure(name)
        parts = tuple(found[f"part_{number}_{name}"] for number in (0, 1) if f"part_{number}_{name}" in found)
        if isinstance(made, Formula):
            return divided(parts[0], parts[1], made.decimals) if made.denominator else parts[0]
        return made.value(parts)

    def holds(self, name: str, found: Row) -> bool:
        """Whether a measure is what its rows make it, to the last digit. A sum of nothing is 0 or null."""
        made, must, value = self.measure(name), self.must_hold(name, found), found[name]
        if isinstance(made, Sum) and not made.all_or_nothing:
            return bool((value or 0) == must)
        return bool(value == must)

    def _is_quotient_of_columns(self, name: str) -> bool:
        made = self.measure(name)
        return isinstance(made, Formula) and bool(made.denominator)
