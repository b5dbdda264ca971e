"""Which figures of gold a person means, by the name of a table, values of its columns, and a measure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NoReturn

from loaders.audit.cell import Cell
from loaders.audit.cells import CELLS, NOT_ADDITIVE, cells_of_table
from loaders.audit.descriptions import gold_tables
from loaders.audit.warehouse import Warehouse, literal
from loaders.errors import TieoutError

USAGE = "tieout explain --cell TABLE COLUMN=VALUE... MEASURE"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MANY = 10_000


@dataclass(frozen=True)
class Figure:
    """The figures that a person asks for: a measure in the rows of a table in which columns have certain values.

    Attributes:
        table: the table of gold.
        grain: the values by column.
        measure: the column with the figures.
        columns: all columns of the table.
    """

    table: str
    grain: Mapping[str, str]
    measure: str
    columns: tuple[str, ...]

    @property
    def cell(self) -> Cell | None:
        """How the measure is made of rows; none if it is not."""
        return next((cell for cell in cells_of_table(self.table) if self.measure in cell.measures), None)

    @property
    def where(self) -> str:
        """The condition on the rows of the table, which are `cells`."""
        return " and ".join(_equal(column, value) for column, value in self.grain.items()) or "true"

    @property
    def shown(self) -> str:
        """The table and the values, for people."""
        return ", ".join([self.table, *(f"{column} {value}" for column, value in self.grain.items())])

    def measures(self) -> list[str]:
        """Return the columns of the table that are made of rows."""
        made = {name for cell in cells_of_table(self.table) for name in cell.measures}
        return [column for column in self.columns if column in made]


def read_figure(warehouse: Warehouse, words: list[str]) -> Figure:
    """Return the figures that the words of a command mean.

    Args:
        warehouse: the warehouse.
        words: the table, values as `column=value`, and the measure.

    Raises:
        TieoutError: a word is missing, or the table has no such column or row.
    """
    if len(words) < 2 or "=" in words[0] or "=" in words[-1] or any("=" not in word for word in words[1:-1]):
        raise TieoutError(
            f"A figure has a table, values of its columns, and a measure: {USAGE}, for example tieout explain --cell "
            "daily_transaction_volume date_id=20250118 debit_amount."
        )
    table, measure = words[0].rpartition(".")[2], words[-1]
    if table not in gold_tables():
        _no_table(table)
    columns = tuple(warehouse.columns(f"{{gold}}.{table}"))
    grain = dict(word.split("=", 1) for word in words[1:-1])
    for column in (*grain, measure):
        if column not in columns:
            shown = [name for name in columns if not name.startswith("_")]
            raise TieoutError(f"{table} has no column '{column}'{_close(column, shown)}. It has: {', '.join(shown)}.")
    return Figure(table, grain, measure, columns)


def expect_rows(warehouse: Warehouse, figure: Figure) -> None:
    """Check that the table has rows with the values.

    Raises:
        TieoutError: it has none; the sentence names values that it has.
    """
    count = f"select count(*) as n from {{gold}}.{figure.table} as cells where "  # noqa: S608
    if warehouse.row(count + figure.where)["n"]:
        return
    for column, value in figure.grain.items():
        if not warehouse.row(count + _equal(column, value))["n"]:
            held = warehouse.rows(
                f"select distinct cells.{column} as held from {{gold}}.{figure.table} as cells "  # noqa: S608
                f"where cells.{column} is not null order by cells.{column} limit {_MANY}"
            )
            values = [str(row["held"]).lower() if isinstance(row["held"], bool) else str(row["held"]) for row in held]
            if not values:
                break
            raise TieoutError(
                f"{figure.table} has no row in which {column} is {value}{_close(value, values)}. "
                f"Its values run from {values[0]} to {values[-1]}."
            )
    every = "no row" if not figure.grain else "no row with all of these values, though with each of them"
    raise TieoutError(f"{figure.shown}: the table has {every}. Leave out a value, or build the table: dbt build.")


def explained_tables() -> list[str]:
    """Return the tables of which figures can be explained."""
    return sorted({cell.table for cell in CELLS} | NOT_ADDITIVE.keys())


def _equal(column: str, value: str) -> str:
    """Return a condition that lets an engine leave out blocks where the column is a number of a date, or a date."""
    if column.startswith(("is_", "has_")):
        return f"cells.{column} = {'true' if value.lower() in ('true', 'yes', '1') else 'false'}"
    if column in ("date_id", "date_key") and value.isdigit():
        return f"cells.{column} = {value}"
    if column.endswith(("_date", "_on", "_month")) and _DATE.fullmatch(value):
        return f"cells.{column} = cast('{value}' as date)"
    return f"cast(cells.{column} as varchar(1024)) = {literal(value)}"


def _no_table(table: str) -> NoReturn:
    tables = explained_tables()
    raise TieoutError(
        f"gold has no table '{table}'{_close(table, tables)}. Figures are explained of: {', '.join(tables)}."
    )


def _close(word: str, words: Iterable[str]) -> str:
    close = get_close_matches(word, list(words), n=3, cutoff=0.5)
    return f" (did you mean {' or '.join(close)}?)" if close else ""
