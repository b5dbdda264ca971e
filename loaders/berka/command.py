"""The command `tieout import berka`."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from loaders.berka import mapping
from loaders.berka.source import TRANSACTIONS, UNREAD, MalformedLine, SourceFile, read_source
from loaders.berka.transactions import read_transactions
from loaders.contract import Entity, load_contract
from loaders.deliveries import GzipOption, Inbox, InboxOption
from loaders.errors import TieoutError

DOMAIN = "banking"
# The entity with whose delivery a source file's malformed lines are delivered.
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
    """How arrival days follow from business dates."""

    DAY = "day"
    MONTH = "month"


def berka(
    folder: Annotated[Path, typer.Argument(help="Folder with account.asc, card.asc, ... trans.asc.")],
    inbox: InboxOption = None,
    by: Annotated[By, typer.Option("--by", help="Deliver every day, or each month on its last day.")] = By.DAY,
    compressed: GzipOption = False,
) -> None:
    """Import the PKDD'99 "Berka" data of a Czech bank.

    The arrival day is the business date. What the contract expects by day has a file for every day, so that no day is
    missing. Malformed lines are delivered unchanged, at the end of the latest delivery of their entity, where `tieout
    land` sets them aside. They are listed on stderr.
    """
    target = Inbox(inbox, compressed=compressed)
    source = read_source(folder)
    source["trans"] = read_transactions(folder / TRANSACTIONS)
    rows = _with_arrival_days(_map(source), by)
    latest = {name: _latest(name, rows) for name in rows}
    malformed = {name: _malformed_lines(source, name) for name in rows}
    contract = load_contract()
    entities = {name: contract.entity(DOMAIN, name) for name in rows}
    for name, entity in entities.items():
        _refuse_ambiguous(malformed[name], entity)
    for name, entity in entities.items():
        lines = [line.text for line in malformed[name]]
        days = {
            day: part for (day,), part in rows[name].partition_by("arrival", as_dict=True, maintain_order=True).items()
        }
        if lines:
            days.setdefault(latest[name], rows[name].clear())
        if days and by is By.DAY and entity.is_expected_by_day:
            # A file with only the header says that there was nothing on the day.
            days = _every_day(min(days), max(_latest(other, rows) for other in rows), rows[name].clear()) | days
        for day in sorted(days):
            target.deliver(day, entity, days[day], lines if day == latest[name] else ())
        for line in malformed[name]:
            typer.echo(
                f"{line.file} line {line.number} is malformed ({line.reason}). It is delivered unchanged at the end of "
                f"{target.path(latest[name], entity)}, where `tieout land` sets it aside.",
                err=True,
            )
    _summarise(source, rows, target)


def _map(source: dict[str, SourceFile]) -> dict[str, pl.DataFrame]:
    """Return the rows by entity. Entities that others refer to come first."""
    client, disp, account, district, card, loan = (
        source[name].rows for name in ("client", "disp", "account", "district", "card", "loan")
    )
    orphans = mapping.cards_without_client(card, disp, client)
    if orphans:
        typer.echo(f"card.asc: cards without a known client, which are ignored: {orphans}.", err=True)
    return {
        "customers": mapping.customers(client, disp, account, district, card),
        "accounts": mapping.accounts(account, disp, district),
        "loans": mapping.loans(loan, disp),
        "transactions": source["trans"].rows,
    }


def _with_arrival_days(rows: dict[str, pl.DataFrame], by: By) -> dict[str, pl.DataFrame]:
    """Set the arrival day of every row. Rows without a valid date are part of their entity's latest delivery."""
    if by is By.MONTH:
        rows = {name: part.with_columns(pl.col("arrival").dt.month_end()) for name, part in rows.items()}
    for name, part in rows.items():
        undated = part["arrival"].null_count()
        if undated:
            typer.echo(f"{name}: rows without a valid date, which are in the latest delivery: {undated}.", err=True)
            rows[name] = part.with_columns(pl.col("arrival").fill_null(_latest(name, rows)))
    return rows


def _latest(name: str, rows: dict[str, pl.DataFrame]) -> date:
    """Return the latest arrival day of an entity, or of all entities if it has none."""
    days = [day for part in (rows[name], *rows.values()) if isinstance(day := part["arrival"].max(), date)]
    if not days:
        raise TieoutError(
            "No row of the Berka files has a valid date, so there is no arrival day. Give the folder with the data."
        )
    return days[0] if rows[name]["arrival"].max() is not None else max(days)


def _every_day(first: date, last: date, nothing: pl.DataFrame) -> dict[date, pl.DataFrame]:
    return {first + timedelta(days=number): nothing for number in range((last - first).days + 1)}


def _malformed_lines(source: dict[str, SourceFile], entity: str) -> list[MalformedLine]:
    return [line for file, target in ENTITY_OF_FILE.items() if target == entity for line in source[file].malformed]


def _refuse_ambiguous(lines: list[MalformedLine], entity: Entity) -> None:
    """Refuse malformed lines that landing would accept as rows.

    Raises:
        TieoutError: there is one.
    """
    for line in lines:
        if len(next(csv.reader([line.text]))) == len(entity.delivered_columns):
            raise TieoutError(
                f"{line.file} line {line.number} is malformed ({line.reason}), but landing would accept it as a row of "
                f"{entity.name}. Correct it in the source."
            )


def _summarise(source: dict[str, SourceFile], rows: dict[str, pl.DataFrame], target: Inbox) -> None:
    counts = ", ".join(f"{part.height:,} {name}" for name, part in rows.items())
    malformed = sum(len(file.malformed) for file in source.values())
    typer.echo(f"Imported {counts}; malformed lines: {malformed}.")
    typer.echo(f"{UNREAD} was not read, because the bronze contract has no entity for standing orders.")
    typer.echo(f"Files: {target.written} written to {target.root}, {target.left_alone} were already there.")
