"""`tieout explain --cell`: a figure of gold, and the rows, files and checks behind it."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console

from loaders.audit.cell import Cell, Distinct, Formula, Quotient, Sum
from loaders.audit.checks_behind import checks_behind
from loaders.audit.cells import cells_of_table
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
    limit = 0 if show_all else SHOWN
    out.print(f"{figure.measure} of {figure.shown}, in {warehouse.target} ({warehouse.location})", style="bold")
    description = column_description(figure.table, figure.measure)
    if description:
        out.print(f"{figure.measure}: {description}", markup=False)
    out.print()
    cell = figure.cell
    if cell is None:
        _print_not_additive(warehouse, figure, out, limit)
        return Answer(0, ())
    answer = _print_figures(warehouse, figure, cell, out, limit)
    made = cell.measure(figure.measure)
    if isinstance(made, Formula):
        parts = [name for name in figure.measures() if name != figure.measure and name in made.how.replace("(", " ").split()]
        out.print(f"It is made of other columns of the same row: {made.how}.", markup=False)
        for part in parts:
            out.print(f"  {_command(figure, part)}", markup=False)
    else:
        _print_rows(warehouse, figure, cell, made, out, limit, answer.figures)
    checks_behind(warehouse, cell, out)
    _print_verdict(figure, made, answer, out)
    return answer


def _command(figure: Figure, measure: str) -> str:
    return " ".join(["tieout explain --cell", figure.table, *(f"{key}={value}" for key, value in figure.grain.items()), measure])


def _key(cell: Cell, row: Row) -> str:
    return ", ".join(f"{key} {shown_name(key, row[key])}" for key in cell.keys)


def _print_figures(warehouse: Warehouse, figure: Figure, cell: Cell, out: Console, limit: int) -> Answer:
    """Print the figures beside what they must be."""
    measure = figure.measure
    made = cell.measure(measure)
    found = warehouse.rows(cell.compared((measure,), figure.where))
    wrong = [row for row in found if not cell.holds(measure, row)]
    parts = ("Numerator", "Denominator") if isinstance(made, Quotient) or (isinstance(made, Formula) and made.denominator) else ()
    numbers = ("The table has", *parts, "The rows make" if not isinstance(made, Formula) else "The columns make", "Difference")
    rows = () if isinstance(made, Formula) else ("Rows",)
    printed = table("The figure" if len(found) == 1 else "The figures", ("Of", *rows, *numbers), numbers=(*rows, *numbers))
    # Those that are wrong come first.
    ordered = wrong + [row for row in found if row not in wrong] if len(found) > (limit or len(found)) else found
    for row in ordered[: limit or None]:
        must = cell.must_hold(measure, row)
        add(
            *(printed, _key(cell, row), *([row["row_count"]] if rows else []), row[measure]),
            *((row[f"part_0_{measure}"], row[f"part_1_{measure}"]) if parts else ()),
            *(must, (row[measure] or 0) - (must or 0)),
            alarm=not cell.holds(measure, row),
        )
    out.print(printed)
    _print_rest(len(found), limit, "figures", out)
    return Answer(len(found), tuple(_key(cell, row) for row in wrong))


def _print_rows(
    warehouse: Warehouse,
    figure: Figure,
    cell: Cell,
    made: Sum | Distinct | Quotient,
    out: Console,
    limit: int,
    figures: int,
) -> None:
    """Print the files and rows that the figures are made of."""
    expression = made.expression
    counts = f"({expression}) is not null" if isinstance(made, Distinct) else f"coalesce({expression}, 0) <> 0"
    source = f"from {cell.joined()} where {cell.where} and {figure.where} and {counts}"
    value = f"count(distinct {expression})" if isinstance(made, Distinct) else f"sum({expression})"
    keys = tuple(key for key in cell.keys if key not in figure.grain) if figures > 1 else ()
    parts = (*(f"cells.{key}" for key in keys), "facts._source_file")
    files = warehouse.rows(
        f"select {', '.join(parts)} as source_file, count(*) as row_count, {value} as added "  # noqa: S608
        f"{source} group by {', '.join(parts)} order by {', '.join(parts)}"
    )
    title = "Values" if isinstance(made, Distinct) else "Adds"
    printed = table("Files", (*keys, "File", "Rows", title), numbers=("Rows", title))
    for file in files[: limit or None]:
        add(printed, *(shown_name(key, file[key]) for key in keys), file["source_file"], file["row_count"], file["added"])
    out.print(printed)
    _print_rest(len(files), limit, "lines of this table", out)

    count = sum(file["row_count"] for file in files)
    names = tuple(name for name in cell.rows.name if name not in keys)
    columns = [f"cells.{key}" for key in keys] + [f"facts.{name} as name_{name}" for name in names]
    rows = warehouse.rows(
        f"select {', '.join(columns)}{', ' if columns else ''}facts._source_file as source_file, "  # noqa: S608
        f"facts._source_line as source_line, {expression} as added {source} "
        f"order by {', '.join(parts)}, facts._source_line{f' limit {limit}' if limit else ''}"
    )
    title = "Value" if isinstance(made, Distinct) else "Adds"
    printed = table(f"Rows of {cell.rows.table}", (*names, *keys, "File", "Line", title), numbers=("Line", title))
    for row in rows:
        add(
            *(printed, *(shown_name(name, row[f"name_{name}"]) for name in names), *(shown_name(key, row[key]) for key in keys)),
            *(row["source_file"], str(row["source_line"]), row["added"]),
        )
    out.print(printed)
    _print_rest(count, limit, "rows", out)
    entity = cell.rows.entity.partition(".")[2]
    out.print(f"tieout explain {entity} KEY shows a row from the line of its file on.\n", markup=False)


def _print_rest(count: int, limit: int, what: str, out: Console) -> None:
    if limit and count > limit:
        out.print(f"{count - limit:,} more {what} are not shown; --all shows them.\n")


def _print_verdict(figure: Figure, made: Sum | Distinct | Quotient | Formula, answer: Answer, out: Console) -> None:
    what = f"{figure.measure} is {made.how}" if not isinstance(made, Formula) else f"{figure.measure} is made of its columns"
    if answer.wrong:
        first = answer.wrong[0]
        out.print(
            f"{what}, but the table has something else in {len(answer.wrong):,} of {answer.figures:,} rows, first in "
            f"{first}. Somebody may have changed {figure.table}, or not all of it is built: run tieout check --live, then "
            f"dbt build --select {figure.table} --full-refresh.",
            style="bold red",
            markup=False,
        )
        return
    out.print(
        f"{what}: {'the figure is' if answer.figures == 1 else f'all {answer.figures:,} figures are'} what the table has, "
        "to the last digit.",
        style="bold green",
        markup=False,
    )


def _print_not_additive(warehouse: Warehouse, figure: Figure, out: Console, limit: int) -> None:
    """Print a column that does not follow from the rows of its own cell, and what can be explained instead."""
    cells = cells_of_table(figure.table)
    keys = tuple(dict.fromkeys((*(cells[0].keys if cells else figure.columns[:1]), *figure.grain)))
    found = warehouse.rows(
        f"select {', '.join(f'cells.{column}' for column in dict.fromkeys((*keys, figure.measure)))} "  # noqa: S608
        f"from {{gold}}.{figure.table} as cells where {figure.where} "
        f"order by {', '.join(f'cells.{key}' for key in keys)}"
    )
    printed = table("The value", (*(key for key in keys if key != figure.measure), figure.measure))
    for row in found[: limit or None]:
        add(printed, *(shown_name(key, row[key]) for key in keys if key != figure.measure), shown_name(figure.measure, row[figure.measure]))
    out.print(printed)
    _print_rest(len(found), limit, "values", out)
    out.print(f"{figure.measure} does not add up from the rows of its own cell, so there is nothing to add up.", markup=False)
    measures = figure.measures()
    if not measures:
        out.print(f"No column of {figure.table} is added up from rows.", markup=False)
        return
    for cell in cells:
        if cell.rows.table.startswith("stg_"):
            entity = cell.rows.entity.partition(".")[2]
            out.print(f"tieout explain {entity} KEY shows the delivered rows that it comes from.", markup=False)
            continue
        counted = warehouse.row(
            f"select count(*) as n from {cell.joined()} where {cell.where} and {figure.where}"  # noqa: S608
        )
        out.print(f"Rows of {cell.rows.table} in its cell: {counted['n']:,}.", markup=False)
    out.print(f"These columns of {figure.table} can be explained: {', '.join(measures)}.", markup=False)
    out.print(f"For example: {_command(figure, measures[0])}", markup=False)
