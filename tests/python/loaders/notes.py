"""A small contract for the tests of landing: one entity, `notes`, and helpers that land it and read it back."""

from __future__ import annotations

import csv

from loaders.contract import Column, Contract, Entity, load_contract
from loaders.land import land
from loaders.landing.result import LandingResult
from tests.python.conftest import BronzeFolder, InboxFolder

DAY = "2025-01-01"
FILE = f"{DAY}/banking/notes.csv"
LANDED = f"banking/notes/dt={DAY}/notes.csv"
HEADER = "id,note,amount\n"

COLUMNS = (
    Column("source_line", added_by_landing=True, is_money=False, pii=None),
    Column("id", added_by_landing=False, is_money=False, pii=None, type="text(256)", is_required=True),
    Column("note", added_by_landing=False, is_money=False, pii=None, type="text(256)"),
    Column("amount", added_by_landing=False, is_money=True, pii=None, type="amount"),
)


def new_column(name: str, since: int, *, is_money: bool = False) -> Column:
    """Return a column that a later contract version adds."""
    return Column(
        name,
        added_by_landing=False,
        is_money=is_money,
        pii=None,
        type="amount" if is_money else "text(256)",
        since=since,
    )


def small_contract(*added: Column) -> Contract:
    """Return the contract with `notes`, further columns at its end if given, and the real control entities."""
    notes = Entity("banking", "notes", (*COLUMNS, *added), written_by_landing=False, key=("id",), amount="amount")
    control = {key: entity for key, entity in load_contract().entities.items() if entity.written_by_landing}
    return Contract({("banking", "notes"): notes, **control})


def run(inbox: InboxFolder, bronze: BronzeFolder, contract: Contract | None = None) -> LandingResult:
    return land(inbox.path, bronze.path, contract=contract or small_contract())


def land_text(inbox: InboxFolder, bronze: BronzeFolder, body: str | bytes) -> LandingResult:
    inbox.put(FILE, HEADER.encode() + (body.encode() if isinstance(body, str) else body))
    return run(inbox, bronze)


def landed(bronze: BronzeFolder) -> list[list[str]]:
    with (bronze.path / LANDED).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))[1:]


def malformed(bronze: BronzeFolder) -> list[tuple[str, str, str]]:
    rows = bronze.control("malformed_lines")
    return [(row["source_line"], row["reason"], row["raw_line"]) for row in rows]
