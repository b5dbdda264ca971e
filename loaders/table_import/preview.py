"""`--check`: what a mapping does with a file, without writing anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from loaders.table_import.loaded import LoadedMapping
from loaders.table_import.mapping import Rule
from loaders.table_import.run import Mapped
from loaders.table_import.session import name
from loaders.table_import.stages import value_of

FIRST_ROWS = 10
_LONGEST = 40
_MOST_CODES = 12


@dataclass(frozen=True)
class Counts:
    """Rows of a file by what becomes of them."""

    read: int
    mapped: int
    set_aside: int
    left_out: int


def show(mapped: Mapped, loaded: LoadedMapping, out: Console) -> Counts:
    """Print the first rows before and after, what each rule did, and every row that could not be mapped."""
    counts = _counts(mapped)
    layout = mapped.layout
    original = mapped.original
    out.print(
        Text(f"{original.shown}: {original.unit}s {layout.first:,} to {layout.last:,} are the table.", style="bold")
    )
    out.print(
        f"{counts.read:,} rows: {counts.mapped:,} mapped, {counts.set_aside:,} set aside, "
        f"{counts.left_out:,} left out.\n"
    )
    _show_rows(mapped, loaded, out)
    _show_rules(mapped, loaded, out)
    _show_rejects(mapped, out)
    return counts


def _counts(mapped: Mapped) -> Counts:
    found = mapped.connection.execute(
        "select count(*), count(*) filter (reason is null and not is_left_out), "
        "count(*) filter (reason is not null and not is_left_out), count(*) filter (is_left_out) from mapped"
    ).fetchall()[0]
    return Counts(*found)


def _show_rows(mapped: Mapped, loaded: LoadedMapping, out: Console) -> None:
    names = mapped.layout.names
    before = mapped.connection.execute(
        f"select __line, {', '.join(map(name, names))} from source order by __line limit {FIRST_ROWS}"  # noqa: S608
    ).fetchall()
    _print_table(out, "Before: the first rows of the file", (mapped.original.unit, *names), before)
    columns = list(loaded.rules())
    after = mapped.connection.execute(
        f"select line, {', '.join(map(value_of, columns))} from mapped order by line limit {FIRST_ROWS}"  # noqa: S608
    ).fetchall()
    _print_table(out, "After: the same rows, as they would be delivered", (mapped.original.unit, *columns), after)


def _print_table(out: Console, title: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Print a table with a block per row if it is too wide for the screen."""
    if sum(len(column) + 3 for column in columns) < out.width:
        made = Table(title=Text(title), title_justify="left")
        for column in columns:
            made.add_column(Text(column), overflow="fold")
        for row in rows:
            made.add_row(*(Text(_shown(value)) for value in row))
        out.print(made)
        return
    out.print(Text(title, style="italic"))
    for row in rows:
        values = (f"{column}={_shown(value)}" for column, value in zip(columns, row, strict=True) if value is not None)
        out.print(Text("  " + "  ".join(values)))


def _shown(value: object) -> str:
    if value is None:
        return ""
    shown = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."


def _show_rules(mapped: Mapped, loaded: LoadedMapping, out: Console) -> None:
    made = Table(title=Text("\nWhat each rule did"), title_justify="left")
    for column in ("column", "rule", "values", "empty", "failed"):
        made.add_column(column, justify="right" if column in ("values", "empty", "failed") else "left", overflow="fold")
    for column, rule in loaded.rules().items():
        value = value_of(column)
        flag = f'"__f_{column}"' if column in mapped.stages.failures else "false"
        values, empty, failed = mapped.connection.execute(
            f"select count({value}), count(*) filter ({value} is null and not {flag}), "  # noqa: S608
            f"count(*) filter ({flag}) from mapped"
        ).fetchall()[0]
        style = "red" if failed else ""
        made.add_row(column, Text(_described(rule)), f"{values:,}", f"{empty:,}", f"{failed:,}", style=style)
    out.print(made)
    for column, rule in loaded.rules().items():
        if rule.codes:
            out.print(Text(f"{column}: {', '.join(_codes(mapped, column))}"))


def _described(rule: Rule) -> str:
    key, value = next(
        (key, value)
        for key in Rule.model_fields
        if (value := getattr(rule, key)) not in (None, False) and key != "codes"
    )
    shown = {"by_sign": "by sign of money", "arrival_day": "arrival day"}.get(key, f"{key} {value}")
    return shown + (" by codes" if rule.codes else "") + (f" in {', '.join(rule.scope)}" if rule.scope else "")


def _codes(mapped: Mapped, column: str) -> Iterator[str]:
    """Describe how often each value was translated."""
    value = value_of(column)
    found = mapped.connection.execute(
        f"select {value}, count(*) from mapped where {value} is not null "  # noqa: S608
        f"group by 1 order by 2 desc, 1 limit {_MOST_CODES}"
    ).fetchall()
    yield from (f"{code} {count:,}" for code, count in found)


def _show_rejects(mapped: Mapped, out: Console) -> None:
    """Print every row that could not be mapped. There is no limit, because each is a line that someone must look at."""
    rejected = mapped.connection.execute(
        "select line, reason, raw from mapped where reason is not null and not is_left_out order by line"
    ).fetchall()
    if not rejected:
        out.print("\nEvery row was mapped.")
        return
    out.print(Text("\nRows that could not be mapped", style="bold red"))
    for line, reason, raw in rejected:
        out.print(Text(f"{mapped.original.unit} {line}: {reason}"))
        out.print(Text(f"    {' '.join(str(raw).split(chr(10)))}"), soft_wrap=True)
