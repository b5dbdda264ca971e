"""The command `tieout import berka`."""

from __future__ import annotations

import csv
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from loaders.berka import mapping
from loaders.berka.source import UNREAD, BrokenLine, SourceFile, read_source
from loaders.contract import Entity, load_contract
from loaders.deliveries import GzipOption, Inbox, InboxOption
from loaders.errors import TieoutError

DOMAIN = "banking"
# Where a source file's broken lines go: the entity that its rows make or shape.
ENTITY_OF_FILE = {
    "client": "customers",
    "district": "customers",
    "card": "customers",
    "account": "accounts",
    "disp": "accounts",
    "trans": "transactions",
    "loan": "loans",
}


class By(StrEnum):
    """How business dates become arrival days."""

    DAY = "day"
    MONTH = "month"


def berka(
    folder: Annotated[Path, typer.Argument(help="Folder with account.asc, card.asc, ... trans.asc.")],
    inbox: InboxOption = None,
    by: Annotated[By, typer.Option("--by", help="Deliver each day, or a whole month on its last day.")] = By.DAY,
    compressed: GzipOption = False,
) -> None:
    """Import the PKDD'99 "Berka" data of a Czech bank.

    The arrival day is the business date. A broken line is passed on as it is, behind the last row of its entity's
    latest delivery, so that `tieout land` puts it aside; it is named on stderr.
    """
    target = Inbox(inbox, compressed=compressed)
    source = read_source(folder)
    rows = _arranged(_map(source), by)
    latest = {name: _latest(name, rows) for name in rows}
    broken = {name: _broken_lines(source, name) for name in rows}
    contract = load_contract()
    entities = {name: contract.entity(DOMAIN, name) for name in rows}
    for name, entity in entities.items():
        _refuse_mistakable(broken[name], entity)
    for name, entity in entities.items():
        lines = [line.text for line in broken[name]]
        days = {
            day: part for (day,), part in rows[name].partition_by("arrival", as_dict=True, maintain_order=True).items()
        }
        if lines:
            days.setdefault(latest[name], rows[name].clear())
        for day in sorted(days):
            target.deliver(day, entity, days[day], lines if day == latest[name] else ())
        for line in broken[name]:
            typer.echo(
                f"{line.file} line {line.number} is broken ({line.reason}): its text stands as it is at the end of "
                f"{target.path(latest[name], entity)}, for `tieout land` to put aside.",
                err=True,
            )
    _summarise(source, rows, target)


def _map(source: dict[str, SourceFile]) -> dict[str, pl.DataFrame]:
    """Return the rows of each entity, in an order in which what is referred to comes first."""
    client, disp, account, district, card, loan, trans = (
        source[name].rows for name in ("client", "disp", "account", "district", "card", "loan", "trans")
    )
    orphans = mapping.cards_of_nobody(card, disp, client)
    if orphans:
        typer.echo(f"card.asc: {orphans} cards belong to no known client and change nobody's segment.", err=True)
    return {
        "customers": mapping.customers(client, disp, account, district, card),
        "accounts": mapping.accounts(account, disp, district),
        "loans": mapping.loans(loan, disp),
        "transactions": mapping.transactions(trans),
    }


def _arranged(rows: dict[str, pl.DataFrame], by: By) -> dict[str, pl.DataFrame]:
    """Give every row its arrival day; one whose date cannot be read comes with its entity's latest."""
    if by is By.MONTH:
        rows = {name: part.with_columns(pl.col("arrival").dt.month_end()) for name, part in rows.items()}
    for name, part in rows.items():
        undated = part["arrival"].null_count()
        if undated:
            typer.echo(f"{undated} {name} have no readable date: they arrive with the latest delivery.", err=True)
            rows[name] = part.with_columns(pl.col("arrival").fill_null(_latest(name, rows)))
    return rows


def _latest(name: str, rows: dict[str, pl.DataFrame]) -> date:
    """Return the latest arrival day of an entity, or of all where it has none."""
    days = [day for part in (rows[name], *rows.values()) if isinstance(day := part["arrival"].max(), date)]
    if not days:
        raise TieoutError("The Berka files hold no line with a readable date: there is no day to deliver anything on.")
    return days[0] if rows[name]["arrival"].max() is not None else max(days)


def _broken_lines(source: dict[str, SourceFile], entity: str) -> list[BrokenLine]:
    return [line for file, target in ENTITY_OF_FILE.items() if target == entity for line in source[file].broken]


def _refuse_mistakable(lines: list[BrokenLine], entity: Entity) -> None:
    """Refuse a broken line that would pass for a row of the delivery.

    Raises:
        TieoutError: there is one.
    """
    for line in lines:
        if len(next(csv.reader([line.text]))) == len(entity.delivered_columns):
            raise TieoutError(
                f"{line.file} line {line.number} is broken ({line.reason}), but would pass for a record of "
                f"{entity.name}: mend it in the source."
            )


def _summarise(source: dict[str, SourceFile], rows: dict[str, pl.DataFrame], target: Inbox) -> None:
    counts = ", ".join(f"{part.height:,} {name}" for name, part in rows.items())
    broken = sum(len(file.broken) for file in source.values())
    typer.echo(f"Imported {counts}; {broken} broken {'line' if broken == 1 else 'lines'} passed on.")
    typer.echo(f"{UNREAD} was not read: the bronze contract has no entity for standing orders yet.")
    typer.echo(f"{target.written} files written to {target.root}, {target.left_alone} stood there already.")
