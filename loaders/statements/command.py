"""The command `tieout import statements`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from loaders.contract import project_root
from loaders.deliveries import InboxOption
from loaders.errors import TieoutError
from loaders.imports.codes import codes_of
from loaders.imports.trace import IMPORTS
from loaders.locks import locked
from loaders.statements.chain import gaps
from loaders.statements.known import Known, Register, read_register
from loaders.statements.reading import is_statement
from loaders.statements.run import Imported, Options, import_file
from loaders.statements.staging import entity
from loaders.variables import dbt_variables
from loaders.wording import counted

_MOST_SHOWN = 5
_LOCK = ".statements.lock"


def statements(  # noqa: PLR0917
    files: Annotated[
        list[Path],
        typer.Argument(help="Statements, or folders with them.", metavar="FILES...", show_default=False),
    ],
    inbox: InboxOption = None,
    arrived_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Arrival day of the files, if not the day on which they were made."),
    ] = None,
    customer: Annotated[
        str | None,
        typer.Option(help="Customer who owns the accounts, if not one of its own for each.", show_default=False),
    ] = None,
    accounts: Annotated[
        bool,
        typer.Option(
            "--accounts/--no-accounts", help="Deliver the accounts too; leave them out if another source has them."
        ),
    ] = True,
    currency_in_account: Annotated[
        bool,
        typer.Option(
            "--currency-in-account", help="Make the currency a part of the account's key, if a number has several."
        ),
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing. Show what would be delivered.")] = False,
) -> None:
    """Import bank statements as deliveries: camt.053, MT940, OFX and QFX.

    A statement proves itself: opening balance + entries = closing balance. Its entries become transactions, and its
    balances daily balances, with which the audit compares the transactions. A statement that does not add up is
    refused. An entry that cannot be read is set aside with its reason. An entry that is in several statements counts
    once, and equal entries of a day count each. What is not booked is left out. The originals are kept in the folder
    .imports of the inbox. Exits with 1 if a statement was refused; all others are imported.
    """
    currency = next(each for each in entity("transactions").columns if each.name == "currency")
    options = Options(
        inbox=inbox or project_root() / "data" / "inbox",
        currencies=frozenset(codes_of(currency.codes or "")),
        pause_days=int(dbt_variables()["pause_days"]),
        arrived_on=arrived_on.date() if arrived_on else None,
        accounts=accounts,
        customer=customer,
        currency_in_account=currency_in_account,
        writes=not check,
    )
    with _locked_inbox(options) if options.writes else nullcontext():
        problems = _import(list(_files(files)), options)
    if problems:
        raise typer.Exit(1)


@contextmanager
def _locked_inbox(options: Options) -> Iterator[None]:
    """Let one process at a time import into an inbox: the keys of entries depend on what was imported before."""
    imports = options.inbox / IMPORTS
    taken = (
        f"Another import of statements is writing to {options.inbox}. Wait until it has finished, then import again."
    )
    with ExitStack() as stack:
        try:
            imports.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(imports / _LOCK, taken))
        except OSError as error:
            where = error.filename or imports
            raise TieoutError(
                f"No statement was imported: {where}: {error.strerror or error}. Correct this, or give another --inbox."
            ) from None
        yield


def _import(paths: Sequence[Path], options: Options) -> int:
    """Import files and print what became of each; return how many files and statements were refused."""
    register = read_register(options.inbox)
    new: list[Known] = []
    problems = 0
    for path in paths:
        try:
            imported = import_file(path, register, options)
        except (TieoutError, OSError) as error:
            typer.echo(f"tieout: {_sentence(error, path)}", err=True)
            problems += 1
            continue
        new += imported.known
        for line in _summary(imported, is_check=not options.writes):
            typer.echo(line)
        for sentence in _refusals(imported):
            typer.echo(f"tieout: {sentence}", err=True)
            problems += 1
    for sentence in _gaps(register, new):
        typer.echo(f"Note: {sentence}")
    return problems


def _sentence(error: TieoutError | OSError, path: Path) -> str:
    if isinstance(error, TieoutError):
        return str(error)
    where = error.filename or "The inbox"
    return f"{path} was not imported: {where}: {error.strerror or error}. Correct this, or give another --inbox."


def _files(given: list[Path]) -> Iterator[Path]:
    """Yield the files, and what looks like a statement in folders."""
    for path in given:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(
            each
            for each in path.iterdir()
            if each.is_file() and not each.is_symlink() and not each.name.startswith(".")
        )
        found = [each for each in inside if is_statement(each)]
        others = [each.name for each in inside if each not in set(found)]
        if not found:
            raise TieoutError(f"{path} has no camt.053, MT940, OFX or QFX file. Give a folder with bank statements.")
        if others:
            more = f" and {len(others) - _MOST_SHOWN:,} more" if len(others) > _MOST_SHOWN else ""
            typer.echo(f"Not statements, and left alone in {path}: {', '.join(others[:_MOST_SHOWN])}{more}.")
        yield from found


def _summary(imported: Imported, *, is_check: bool) -> Iterator[str]:
    targets = [each.target for each in imported.staged]
    yield f"{imported.original} ({imported.form}) -> {targets[0] if targets else 'no delivery'}"
    yield from (f"  {sentence}" for sentence in imported.proof.sentences())
    delivered = [each for each in imported.booked if each.known]
    proved = [each for each in delivered if each.is_proved]
    yield from (f"  Proved:  {each.proof()}" for each in proved[:_MOST_SHOWN])
    if len(proved) > _MOST_SHOWN:
        yield f"  Proved:  {counted(len(proved) - _MOST_SHOWN, 'more statement')}."
    yield from (f"  Unproved: {each.proof()}" for each in delivered if not each.is_proved)
    yield from (f"  Note:    {note}" for each in imported.booked for note in each.statement.notes)
    reasons: dict[str, int] = defaultdict(int)
    for each in imported.booked:
        for aside in each.statement.left_out:
            reasons[aside.reason] += 1
    yield from (f"  Left out: {counted(count, 'entry')} because {reason}." for reason, count in reasons.items())
    if is_check:
        yield "  Nothing was written."
        return
    yield (
        f"  Files:   {imported.written:,} written, {len(imported.staged) - imported.written:,} were already there. "
        f"The original is in {imported.folder}."
    )
    for target in imported.unchanged:
        yield f"  Note:    {target} was imported before with other content, and deliveries never change, so it stays."
    if imported.rejects:
        yield f"  What was set aside, with reasons: {imported.rejects}. Landing counts it as malformed."


def _refusals(imported: Imported) -> Iterator[str]:
    if imported.lacking:
        yield (
            f"{imported.original}: rows that are not delivered, because the file was imported before without them: "
            f"{imported.lacking:,}. Copy the file to another name, and import the copy."
        )
    for each in imported.booked:
        if each.statement.problem:
            yield f"{imported.original}: the {each.statement.label} is refused: {each.statement.problem}."


def _gaps(register: Register, new: list[Known]) -> Iterator[str]:
    identities = {id(each) for each in new}
    for account in sorted({each.account for each in new}):
        yield from gaps(register.by_account[account], identities)
