"""`tieout explain --cell`: a figure of gold, and the rows, files and checks behind it."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from loaders.audit.cell import Cell, Distinct, Formula, Quotient, Sum
from loaders.audit.cells import cells_of_table
from loaders.audit.checks_behind import checks_behind
from loaders.audit.console import add, shown_name, table
from loaders.audit.descriptions import column_description
from loaders.audit.figure import Figure, expect_rows, read_figure
from loaders.audit.warehouse import Row, Warehouse

SHOWN = 20
"""Rows of a table that are shown, unless all are asked for."""


@dataclass(frozen=True)
class Answer:
    """Whether the figures are what their rows make them.

    Attributes:
        figures: the number of figures.
        wrong: the keys of those that are not.
    """

    figures: int
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """Where an explanation is printed, and how much of it.

    Attributes:
        out: where it is printed.
        limit: the rows of a table that are shown; 0 for all.
    """

    out: Console
    limit: int

    def say(self, text: str, style: str | None = None) -> None:
        """Print a sentence."""
        self.out.print(text, style=style, markup=False)

    def show(self, made: Table, count: int, what: str) -> None:
        """Print a table, and how many of its rows are left out."""
        self.out.print(made)
        if self.limit and count > self.limit:
            self.say(f"{count - self.limit:,} more {what} are not shown; --all shows them.\n")

    def first(self, rows: list[Row]) -> list[Row]:
        """Return the rows to show."""
        return rows[: self.limit or None]


def explain_cell(warehouse: Warehouse, words: list[str], out: Console, *, show_all: bool = False) -> Answer:
    """Print what the figures that the words mean are made of.

    Args:
        warehouse: the warehouse.
        words: the table, values as `column=value`, and the measure.
        out: where it is printed.
        show_all: whether all rows are shown, not only the first of each table.

    Raises:
        TieoutError: there is no such table, column or row.
    """
    figure = read_figure(warehouse, words)
    expect_rows(warehouse, figure)
    page = Page(out, 0 if show_all else SHOWN)
    page.say(f"{figure.measure} of {figure.shown}, in {warehouse.target} ({warehouse.location})", style="bold")
    description = column_description(figure.table, figure.measure)
    if description:
        page.say(f"{figure.measure}: {description}")
    page.say("")
    cell = figure.cell
    if cell is None:
        _print_not_additive(warehouse, figure, page)
        return Answer(0, ())
    answer = _print_figures(warehouse, figure, cell, page)
    made = cell.measure(figure.measure)
    if isinstance(made, Formula):
        page.say(f"It is made of other columns of the same row: {made.how}.")
        words_of_formula = set(made.how.replace("(", " ").replace(")", " ").replace(",", " ").split())
        for part in figure.measures():
            if part in words_of_formula:
                page.say(f"  {_command(figure, part)}")
        page.say("")
    else:
        rows = _RowsBehind(warehouse, figure, cell, made, answer.figures)
        rows.print_files_and_rows(page)
    checks_behind(warehouse, cell, out)
    _print_verdict(figure, made, answer, page)
    return answer


def _command(figure: Figure, measure: str) -> str:
    grain = [f"{key}={value}" for key, value in figure.grain.items()]
    return " ".join(["tieout explain --cell", figure.table, *grain, measure])


def _key(cell: Cell, row: Row) -> str:
    return ", ".join(f"{key} {shown_name(key, row[key])}" for key in cell.keys)


def _print_figures(warehouse: Warehouse, figure: Figure, cell: Cell, page: Page) -> Answer:
    """Print the figures beside what they must be."""
    measure = figure.measure
    made = cell.measure(measure)
    found = warehouse.rows(cell.compared((measure,), figure.where))
    wrong = [row for row in found if not cell.holds(measure, row)]
    is_formula = isinstance(made, Formula)
    is_quotient = isinstance(made, Quotient) or (isinstance(made, Formula) and bool(made.denominator))
    parts = ("Numerator", "Denominator") if is_quotient else ()
    rows = () if is_formula else ("Rows",)
    numbers = ("The table has", *parts, "The columns make" if is_formula else "The rows make", "Difference")
    title = "The figure" if len(found) == 1 else "The figures"
    printed = table(title, ("Of", *rows, *numbers), numbers=(*rows, *numbers))
    # Those that are wrong come first if not all are shown.
    too_many = page.limit and len(found) > page.limit
    ordered = wrong + [row for row in found if cell.holds(measure, row)] if too_many else found
    for row in page.first(ordered):
        must = cell.must_hold(measure, row)
        add(
            *(printed, _key(cell, row), *([] if is_formula else [row["row_count"]]), row[measure]),
            *((row[f"part_0_{measure}"], row[f"part_1_{measure}"]) if is_quotient else ()),
            *(must, (row[measure] or 0) - (must or 0)),
            alarm=not cell.holds(measure, row),
        )
    page.show(printed, len(found), "figures")
    return Answer(len(found), tuple(_key(cell, row) for row in wrong))


@dataclass(frozen=True)
class _RowsBehind:
    """The rows that figures are made of."""

    warehouse: Warehouse
    figure: Figure
    cell: Cell
    made: Sum | Distinct | Quotient
    figures: int

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that tell the figures apart."""
        return tuple(key for key in self.cell.keys if key not in self.figure.grain) if self.figures > 1 else ()

    @property
    def order(self) -> str:
        return ", ".join((*(f"cells.{key}" for key in self.keys), "facts._source_file"))

    @property
    def source(self) -> str:
        """The rows that make a difference, as they stand behind `from`."""
        expression = self.made.expression
        counts = f"({expression}) is not null" if isinstance(self.made, Distinct) else f"coalesce({expression}, 0) <> 0"
        return f"from {self.cell.joined()} where {self.cell.where} and {self.figure.where} and {counts}"

    def print_files_and_rows(self, page: Page) -> None:
        """Print the files with what their rows add, then the rows."""
        title = "Values" if isinstance(self.made, Distinct) else "Adds"
        printed = table("Files", (*self.keys, "File", "Rows", title), numbers=("Rows", title))
        files = self._files()
        for file in page.first(files):
            keys = (shown_name(key, file[key]) for key in self.keys)
            add(printed, *keys, file["source_file"], file["row_count"], file["added"])
        page.show(printed, len(files), "lines of this table")

        title = "Value" if isinstance(self.made, Distinct) else "Adds"
        names = tuple(name for name in self.cell.rows.name if name not in self.keys)
        printed = table(
            f"Rows of {self.cell.rows.table}", (*names, *self.keys, "File", "Line", title), numbers=("Line", title)
        )
        for row in self._rows(names, page.limit):
            values = [shown_name(name, row[f"name_{name}"]) for name in names]
            values += [shown_name(key, row[key]) for key in self.keys]
            add(printed, *values, row["source_file"], str(row["source_line"]), row["added"])
        page.show(printed, sum(file["row_count"] for file in files), "rows")
        entity = self.cell.rows.entity.partition(".")[2]
        page.say(f"tieout explain {entity} KEY shows a row from the line of its file on.\n")

    def _files(self) -> list[Row]:
        function = "count(distinct " if isinstance(self.made, Distinct) else "sum("
        return self.warehouse.rows(
            f"select {self.order} as source_file, count(*) as row_count, "
            f"{function}{self.made.expression}) as added {self.source} group by {self.order} order by {self.order}"
        )

    def _rows(self, names: tuple[str, ...], limit: int) -> list[Row]:
        columns = [f"cells.{key}" for key in self.keys] + [f"facts.{name} as name_{name}" for name in names]
        return self.warehouse.rows(
            f"select {''.join(f'{column}, ' for column in columns)}facts._source_file as source_file, "
            f"facts._source_line as source_line, {self.made.expression} as added {self.source} "
            f"order by {self.order}, facts._source_line{f' limit {limit}' if limit else ''}"
        )


def _print_verdict(figure: Figure, made: Sum | Distinct | Quotient | Formula, answer: Answer, page: Page) -> None:
    what = f"{figure.measure} is {'made of its columns' if isinstance(made, Formula) else made.how}"
    if answer.wrong:
        page.say(
            f"{what}, but the table has something else in {len(answer.wrong):,} of {answer.figures:,} rows, first in "
            f"{answer.wrong[0]}. Somebody may have changed {figure.table}, or not all of it is built: run tieout check "
            f"--live, then dbt build --select {figure.table} --full-refresh.",
            style="bold red",
        )
        return
    count = "the figure is" if answer.figures == 1 else f"all {answer.figures:,} figures are"
    page.say(f"{what}: {count} what the table has, to the last digit.", style="bold green")


def _print_not_additive(warehouse: Warehouse, figure: Figure, page: Page) -> None:
    """Print a column that does not follow from the rows of its own cell, and what can be explained instead."""
    measure = figure.measure
    cells = cells_of_table(figure.table)
    first = cells[0].keys if cells else figure.columns[:1]
    keys = tuple(key for key in dict.fromkeys((*first, *figure.grain)) if key != measure)
    columns = (*keys, measure)
    found = warehouse.rows(
        f"select {', '.join(f'cells.{column}' for column in columns)} from {{gold}}.{figure.table} as cells "  # noqa: S608
        f"where {figure.where} order by {', '.join(f'cells.{column}' for column in columns)}"
    )
    printed = table("The value" if len(found) == 1 else "The values", columns)
    for row in page.first(found):
        add(printed, *(shown_name(column, row[column]) for column in columns))
    page.show(printed, len(found), "values")
    page.say(f"{measure} does not add up from the rows of its own cell, so there is nothing to add up.")
    measures = figure.measures()
    if not measures:
        page.say(f"No column of {figure.table} is added up from rows.")
        return
    for cell in cells:
        if cell.rows.table.startswith("stg_"):
            entity = cell.rows.entity.partition(".")[2]
            page.say(f"tieout explain {entity} KEY shows the delivered rows that it comes from.")
            continue
        counted = warehouse.row(
            f"select count(*) as n from {cell.joined()} where {cell.where} and {figure.where}"  # noqa: S608
        )
        page.say(f"Rows of {cell.rows.table} in its cell: {counted['n']:,}.")
    page.say(f"These columns of {figure.table} can be explained: {', '.join(measures)}.")
    page.say(f"For example: {_command(figure, measures[0])}")
