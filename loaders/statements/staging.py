"""What one file becomes, in a hidden folder: deliveries, entries that are kept, and the way back to the original."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from loaders.contract import Entity, load_contract
from loaders.imports.staged import Staged
from loaders.statements import rows
from loaders.statements.booked import BookedStatement
from loaders.statements.model import Aside, Entry

DOMAIN = "banking"
ENTRY_COLUMNS = (
    "statement_position,statement_line,line,fate,transaction_id,account,number,booking_date,value_date,amount,currency,"
    "code,is_reversal,reference,name,counterparty_account,text,original_amount,charges,payments,reason"
).split(",")
_BREAKS = str.maketrans("\r\n\0", "   ")


@dataclass
class Lines:
    """Lines of a delivery, each with the line of the original.

    Attributes:
        rows: the rows of the contract.
        malformed: texts that are no rows, after them.
    """

    rows: list[tuple[rows.Row, int]] = field(default_factory=list)
    malformed: list[tuple[str, int]] = field(default_factory=list)


def entity(name: str) -> Entity:
    """Return an entity of the domain."""
    return load_contract().entity(DOMAIN, name)


def write_delivery(lines: Lines, name: str, day: date, part: str, folder: Path) -> Staged:
    """Write a delivery.

    Args:
        lines: what it has.
        name: the entity.
        day: the arrival day.
        part: what tells its name apart.
        folder: the folder for the file.
    """
    columns = entity(name).delivered_columns
    blank = dict.fromkeys(columns, "")
    path = folder / f"{name}-{day}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(map(_clean, (blank | row).values()) for row, _ in lines.rows)
        # A line of one field is no row of any entity; landing sets it aside and counts it.
        marked = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        marked.writerows([_clean(text)] for text, _ in lines.malformed)
    return Staged(day, path, f"{day}/{DOMAIN}/{name}.{part}.csv", len(lines.rows))


def _clean(value: str) -> str:
    # Almost all values are empty or printable, which is found at once.
    return value if value.isprintable() else value.translate(_BREAKS).encode("utf-8", "replace").decode()


def write_trace(deliveries: Sequence[tuple[Staged, Lines]], original: str, folder: Path) -> Path:
    """Write the table from each delivered line to its original line."""
    path = folder / "lines.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("original_file", "original_line", "delivered_file", "delivered_line"))
        for staged, lines in deliveries:
            origins = [line for _, line in (*lines.rows, *lines.malformed)]
            writer.writerows((original, origin, staged.target, number) for number, origin in enumerate(origins, 2))
    return path


def write_entries(booked: Sequence[BookedStatement], stray: Sequence[Aside], folder: Path) -> Path:
    """Write all entries with everything that is known of them, also what the contract has no column for."""
    path = folder / "entries.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(ENTRY_COLUMNS)
        blank = dict.fromkeys(ENTRY_COLUMNS, "")
        for row in _entry_rows(booked, stray):
            writer.writerow((blank | row).values())
    return path


def _entry_rows(booked: Sequence[BookedStatement], stray: Sequence[Aside]) -> Iterator[dict[str, str]]:
    for each in booked:
        statement = each.statement
        common = {
            "statement_position": str(statement.position),
            "statement_line": str(statement.line),
            "account": statement.account,
            "number": statement.number,
        }
        for entry, key, day in each.entries:
            yield (
                common
                | _described(entry, statement.currency)
                | {"fate": "delivered", "transaction_id": key, "booking_date": day.isoformat()}
            )
        if each.known is None:
            refused = {"fate": "set aside", "reason": f"the statement is refused: {statement.problem}"}
            yield from (common | _described(entry, statement.currency) | refused for entry in statement.entries)
        for fate, asides in (("set aside", statement.broken), ("left out", statement.left_out)):
            yield from (common | _of_aside(aside, fate) for aside in asides)
    yield from (_of_aside(aside, "set aside") for aside in stray)


def _described(entry: Entry, currency: str) -> dict[str, str]:
    return {
        "line": str(entry.line),
        "booking_date": entry.booked_on.isoformat() if entry.booked_on else "",
        "value_date": entry.valued_on.isoformat() if entry.valued_on else "",
        "amount": str(entry.amount),
        "currency": entry.currency or currency,
        "code": entry.code,
        "is_reversal": "true" if entry.is_reversal else "false",
        "reference": _clean(entry.reference),
        "name": _clean(entry.name),
        "counterparty_account": _clean(entry.counterparty),
        "text": _clean(entry.text),
        "original_amount": entry.original,
        "charges": entry.charges,
        "payments": str(entry.count),
    }


def _of_aside(aside: Aside, fate: str) -> dict[str, str]:
    return {
        "line": str(aside.line),
        "fate": fate,
        "booking_date": aside.day.isoformat() if aside.day else "",
        "amount": "" if aside.amount is None else str(aside.amount),
        "text": _clean(aside.raw),
        "reason": aside.reason,
    }


def write_rejects(asides: Sequence[Aside], original: str, folder: Path) -> Path | None:
    """Write what was set aside; return None if nothing was."""
    if not asides:
        return None
    path = folder / "rejects.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("original_file", "original_line", "reason", "raw_text"))
        writer.writerows((original, each.line, each.reason, each.raw) for each in asides)
    return path


def set_aside(booked: Iterable[BookedStatement], stray: Sequence[Aside]) -> list[Aside]:
    """Return all entries that are set aside, those of refused statements too, in the order of the file."""
    found = list(stray)
    for each in booked:
        found += each.statement.broken
        if each.known is None:
            reason = f"the statement is refused: {each.statement.problem}"
            found += [
                Aside(entry.line, reason, entry.text, abs(entry.amount), entry.booked_on)
                for entry in each.statement.entries
            ]
    return sorted(found, key=lambda each: each.line)
