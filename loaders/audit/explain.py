"""`tieout explain`: a record from the line of its file to gold, or a figure of gold back to its rows and files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from loaders.audit.console import console
from loaders.audit.entities import Record, close_keys, find_record
from loaders.audit.explain_cell import explain_cell
from loaders.audit.explain_gold import print_gold, print_versions
from loaders.audit.explain_silver import (
    Delivered,
    delivered_rows,
    malformed_lines,
    print_originals,
    print_raw_values,
    print_rows,
    print_staged,
    why_withdrawn,
)
from loaders.audit.explain_transaction import print_replacements, replacements
from loaders.audit.outcomes import is_withdrawn
from loaders.audit.warehouse import TargetOption, Warehouse, open_warehouse
from loaders.contract import load_contract, project_root
from loaders.errors import TieoutError


def command(  # noqa: PLR0917
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[ENTITY] KEY...",
            help="The key of a record, after its entity if others have the key too, or if the key has several columns: "
            "T1, loan L1, daily_balances A1 2025-01-18. With --cell: a table, COLUMN=VALUE..., and a measure.",
            show_default=False,
        ),
    ],
    target: TargetOption = None,
    cell: Annotated[
        bool, typer.Option("--cell", help="Explain a figure of gold: the rows, files and checks behind it.")
    ] = False,
    show_all: Annotated[bool, typer.Option("--all", help="With --cell: show all rows, not only the first.")] = False,
    unmasked: Annotated[
        bool, typer.Option("--unmasked", help="Show values that the contract tags as personal, in clear.")
    ] = False,
    inbox: Annotated[
        Path | None,
        typer.Option(
            "--inbox",
            help="Inbox of tieout import, with the originals.  [default: data/inbox in the project]",
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Show the way of a record: files, lines, raw values, rules, which row won and why, versions, and where it counts.

    Of a delivery that was imported, it names the line of the original too. Exits with 1 if no delivery has it.

    With --cell, shows what a figure of gold is made of, and adds it up again: for example `tieout explain --cell
    daily_transaction_volume date_id=20250118 debit_amount`. Exits with 1 if the table has another figure than its rows.
    """
    inbox = inbox or project_root() / "data" / "inbox"
    with open_warehouse(target) as warehouse:
        if cell:
            if explain_cell(warehouse, words, console(), show_all=show_all).wrong:
                raise typer.Exit(1)
            return
        explain_record(warehouse, words, console(), inbox, unmasked=unmasked)


def explain_record(warehouse: Warehouse, words: list[str], out: Console, inbox: Path, *, unmasked: bool) -> None:
    """Print the way of the record that the words mean.

    Args:
        warehouse: the warehouse.
        words: the key of a record, after its entity if others have the key too.
        out: where it is printed.
        inbox: the inbox with the originals of imports.
        unmasked: whether personal values are shown in clear.

    Raises:
        TieoutError: there is no such entity, or no row and no malformed line with the key.
    """
    record = find_record(warehouse, words)
    rows = delivered_rows(warehouse, record) if record else []
    malformed = malformed_lines(warehouse, record, words[-1])
    if not rows and not malformed:
        raise TieoutError(_nothing_loaded(warehouse, record, words[-1]))
    title = record.shown if record else words[-1]
    out.print(Text(f"{title} in {warehouse.target} ({warehouse.location})\n", style="bold"))
    for line in malformed:
        out.print(
            Text(
                f"{line['bronze_file']} line {line['source_line']} contains this id and did not land: "
                f"{line['reason']}.\n",
                style="yellow",
            )
        )
    if not rows:
        out.print(_nothing_loaded(warehouse, record, words[-1]), style="yellow", markup=False)
    elif record:
        _print_record(warehouse, record, rows, out, inbox, unmasked=unmasked)


def _nothing_loaded(warehouse: Warehouse, record: Record | None, key: str) -> str:
    remedy = "Check the key, and check with tieout status that its file has landed."
    if record is None:
        names = ", ".join(entity.name for entity in load_contract().deliverable())
        return (
            f"{warehouse.target} has loaded no row with the key '{key}'. {remedy} "
            f"A key of several columns needs its entity: tieout explain ENTITY KEY.... The entities are: {names}."
        )
    names = " and ".join(column.replace("_", " ") for column in record.key)
    close = close_keys(warehouse, record)
    hint = f" Keys that look like it: {', '.join(close)}." if close else ""
    return (
        f"{warehouse.target} has loaded no row of {record.entity.name} with the {names} "
        f"'{' '.join(record.key.values())}'. {remedy}{hint}"
    )


def _print_record(
    warehouse: Warehouse, record: Record, rows: list[dict[str, object]], out: Console, inbox: Path, *, unmasked: bool
) -> None:
    tables = record.tables(warehouse)
    has_versions = any(name.endswith("_history") for name in tables)
    others = replacements(warehouse, next(iter(record.key.values()))) if record.entity.name == "transactions" else []
    replacing = [other for other in others if not other["is_replaced"]]
    replaced_by = str(replacing[0]["transaction_id"]) if replacing else None
    delivered = Delivered(record, rows, has_versions, replaced_by)
    print_rows(warehouse, delivered, out)
    print_originals(warehouse, delivered, inbox, out)
    print_replacements(others, out)
    print_raw_values(warehouse, delivered, out, unmasked=unmasked)
    if not delivered.accepted:
        out.print(
            f"Every delivered row broke rules, so the {_name(record)} is neither in stg nor in gold.", style="yellow"
        )
        return
    print_staged(warehouse, delivered, out)
    number = 4
    if has_versions:
        print_versions(warehouse, record, number, out)
        number += 1
    withdrawn = is_withdrawn(delivered.winner)
    if withdrawn or replaced_by:
        out.print(
            f"{why_withdrawn(warehouse, delivered)}, so it is withdrawn: it is in no fact and no total. "
            "A later row without the record status deleted brings it back."
            if withdrawn
            else f"The transaction is replaced by {replaced_by}, so it is in no fact and no total.",
            style="yellow",
            markup=False,
        )
    print_gold(warehouse, delivered, tables, number, out, counts=not (withdrawn or replaced_by))


def _name(record: Record) -> str:
    return record.entity.name.replace("_", " ").removesuffix("s")
