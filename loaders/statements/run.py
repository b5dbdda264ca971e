"""The import of one file: read, judge, prove, publish."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from loaders.errors import TieoutError
from loaders.imports.originals import copy_with_digest, refuse_what_is_no_file
from loaders.imports.proof import Proof
from loaders.imports.staged import Staged, part_of, publish
from loaders.imports.trace import IMPORTS
from loaders.imports.workplace import workplace
from loaders.statements import quiet_days
from loaders.statements.booked import BookedStatement, Original, book
from loaders.statements.deliveries import ACCOUNTS, BALANCES, TRANSACTIONS, deliveries_of
from loaders.statements.judge import fill_currency
from loaders.statements.known import ENTRIES, RECORD, Known, Register
from loaders.statements.model import StatementFile
from loaders.statements.proof import prove, totals
from loaders.statements.reading import read_statements
from loaders.statements.staging import (
    DOMAIN,
    Lines,
    set_aside,
    write_delivery,
    write_entries,
    write_rejects,
    write_trace,
)


@dataclass(frozen=True)
class Options:
    """How files are imported.

    Attributes:
        inbox: the folder for the deliveries.
        currencies: the codes that the warehouse knows.
        pause_days: after so many days without a delivery, none was expected.
        arrived_on: the arrival day; None for the day on which the statement was made.
        accounts: whether accounts and customers are delivered too.
        customer: the customer who owns the accounts; None if each account has one of its own.
        currency_in_account: whether the currency is part of the account's key.
        writes: whether anything is written.
    """

    inbox: Path
    currencies: Collection[str]
    pause_days: int
    arrived_on: date | None = None
    accounts: bool = True
    customer: str | None = None
    currency_in_account: bool = False
    writes: bool = True


@dataclass
class Imported:
    """An imported file.

    Attributes:
        original: its path.
        form: its format.
        booked: its statements.
        proof: rows and money in and out.
        staged: its deliveries.
        folder: the folder with the original and its entries.
        rejects: the file with what was set aside; None if nothing was.
        written: how many deliveries are new.
        unchanged: deliveries of an earlier import that would have other content now, and stay.
        lacking: how many rows would be in them now that are not.
    """

    original: Path
    form: str
    booked: list[BookedStatement]
    proof: Proof
    staged: list[Staged]
    folder: Path
    rejects: Path | None = None
    written: int = 0
    unchanged: list[str] = field(default_factory=list)
    lacking: int = 0

    @property
    def known(self) -> list[Known]:
        """The statements that were delivered."""
        return [each.known for each in self.booked if each.known]


def import_file(path: Path, register: Register, options: Options) -> Imported:
    """Import a file: write its deliveries into the inbox, and the original with what belongs to it beside them.

    Args:
        path: the file.
        register: the statements that were imported before; those of the file are added.
        options: how.

    Raises:
        TieoutError: the file is no statement, or nothing of it can be trusted.
    """
    refuse_what_is_no_file(path, "the statement")
    imports = options.inbox / IMPORTS
    with workplace(imports) if options.writes else tempfile.TemporaryDirectory(prefix="tieout-") as name:
        folder = Path(name)
        copy, sha256 = copy_with_digest(path, folder)
        read = read_statements(path, copy)
        part = part_of("statements", path, sha256)
        home = imports / DOMAIN / f"{TRANSACTIONS}.{part}"
        counted = totals(read)
        register.forget(home)
        try:
            booked = _book(read, Original(path, home), register, options)
            _refuse_if_nothing_is_left(read, booked, path)
            day = _arrival_day(path, booked, options.arrived_on)
            made = _staged(booked, read, path, day, part, folder, register, options)
            asides = set_aside(booked, read.stray)
            transactions = next(
                (each.path for each, _ in made if each.target.endswith(f"/{TRANSACTIONS}.{part}.csv")), None
            )
            proof = prove(counted, booked, asides, transactions, path)
        except TieoutError:
            register.forget(home)
            raise
        staged = [each for each, _ in made]
        imported = Imported(path, read.form, booked, proof, staged, home)
        if not options.writes:
            return imported
        differing = [each for each in staged if each.differs(options.inbox)]
        imported.unchanged = [each.target for each in differing]
        imported.lacking = sum(max(each.rows - _rows_of(options.inbox / each.target), 0) for each in differing)
        if not imported.unchanged:
            # The deliveries come last, so that each has its original.
            kept = {
                copy: f"original/{path.name}",
                write_entries(booked, read.stray, folder): ENTRIES,
                write_trace(made, path.name, folder): "lines.csv",
                _record(imported, register, sha256, folder): RECORD,
            }
            rejects = write_rejects(asides, path.name, folder)
            publish(kept | ({rejects: "rejects.csv"} if rejects else {}), home)
            imported.rejects = home / "rejects.csv" if rejects else None
        imported.written = sum(each.deliver(options.inbox) for each in staged)
        return imported


def _rows_of(delivered: Path) -> int:
    with delivered.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def _book(read: StatementFile, original: Original, register: Register, options: Options) -> list[BookedStatement]:
    for position, statement in enumerate(read.statements, 1):
        statement.position = position
        if options.currency_in_account:
            fill_currency(statement)
            statement.account = "-".join(filter(None, (statement.account, statement.currency)))
    return [book(statement, original, register, options.currencies) for statement in read.statements]


def _refuse_if_nothing_is_left(read: StatementFile, booked: list[BookedStatement], path: Path) -> None:
    if not booked:
        raise TieoutError(f"{path} has no statement. Fetch it again. Nothing of it was imported.")
    if all(each.statement.problem for each in booked):
        reasons = " ".join(f"The {each.statement.label} is refused: {each.statement.problem}." for each in booked)
        broken = [*read.stray, *(aside for each in booked for aside in each.statement.broken)]
        first = f" Line {broken[0].line}: {broken[0].reason}." if broken else ""
        raise TieoutError(f"{path} was not imported. {reasons}{first}")


def _arrival_day(path: Path, booked: list[BookedStatement], arrived_on: date | None) -> date | None:
    """Return the arrival day; None if nothing is delivered."""
    known = [each.known for each in booked if each.known]
    if not known:
        return None
    last = max([*(each.last for each in known), *(day for each in booked for _, _, day in each.entries)])
    if arrived_on is None:
        return max([last, *(each.statement.made_on for each in booked if each.known and each.statement.made_on)])
    if arrived_on < last:
        raise TieoutError(
            f"{path} has entries or balances of {last}, so it cannot have arrived on {arrived_on}. Give a later day "
            "with --arrived-on, or leave it out."
        )
    return arrived_on


def _staged(  # noqa: PLR0917
    booked: list[BookedStatement],
    read: StatementFile,
    path: Path,
    day: date | None,
    part: str,
    folder: Path,
    register: Register,
    options: Options,
) -> list[tuple[Staged, Lines]]:
    """Write the deliveries into a folder, and on days without a statement a file with only the header."""
    if day is None:
        return []
    made = deliveries_of(booked, read.stray, path.name, register, accounts=options.accounts, customer=options.customer)
    staged = [(write_delivery(lines, name, day, part, folder), lines) for name, lines in made.items()]
    quiet = quiet_days.between(register.arrival_days, day, options.pause_days)
    for name in (TRANSACTIONS, BALANCES):
        if not quiet_days.has_other_source(options.inbox, name, quiet):
            staged += [(write_delivery(Lines(), name, each, quiet_days.PART, folder), Lines()) for each in quiet]
    register.arrival_days.add(day)
    return staged


def _record(imported: Imported, register: Register, sha256: str, folder: Path) -> Path:
    """Write what was done. It has no time, so that the same import writes the same deliveries and the same record."""
    path = folder / RECORD
    own = [each for each in imported.staged if quiet_days.PART not in each.target]
    statements = [each.statement for each in imported.booked]
    accounts: list[str] = []
    if any(f"/{ACCOUNTS}." in each.target for each in own):
        accounts = sorted({each.account for each in imported.known} - register.with_accounts.keys())
        register.with_accounts |= dict.fromkeys(accounts, imported.folder)
    record = {
        "original": {"file": imported.original.name, "bytes": imported.original.stat().st_size, "sha256": sha256},
        "format": imported.form,
        "arrival_day": own[0].day.isoformat() if own else None,
        "accounts": accounts,
        "statements": [each.as_json() for each in imported.known],
        **imported.proof.as_json(),
        "refused": [f"{each.label}: {each.problem}" for each in statements if each.problem],
        "notes": [note for each in statements for note in each.notes],
        "deliveries": [{"file": each.target, "rows": each.rows, "sha256": each.sha256} for each in own],
    }
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
