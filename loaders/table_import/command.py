"""The command `tieout import table`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from loaders.audit.console import console
from loaders.contract import project_root
from loaders.deliveries import InboxOption
from loaders.errors import TieoutError
from loaders.imports.proof import plain
from loaders.table_import import preview
from loaders.table_import.checks import load_mapping
from loaders.table_import.loaded import LoadedMapping
from loaders.table_import.proof import compare_statements
from loaders.table_import.propose import propose
from loaders.table_import.run import Imported, import_file, map_file


def table(  # noqa: PLR0917
    mapping: Annotated[
        Path | None, typer.Argument(help="YAML file that says how the files are read.", show_default=False)
    ] = None,
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Exports, or folders with them.", metavar="FILES...", show_default=False),
    ] = None,
    inbox: InboxOption = None,
    arrived_on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Arrival day of the files, if the mapping does not say it or another one."
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Write nothing. Show the first rows before and after, what each rule did, and every row that could "
            "not be mapped.",
        ),
    ] = False,
    proposed: Annotated[
        Path | None,
        typer.Option(
            "--propose", help="Look at this file and print a mapping for it.", dir_okay=False, show_default=False
        ),
    ] = None,
    entity: Annotated[
        str, typer.Option(help="The entity of the proposed mapping.", metavar="DOMAIN/ENTITY")
    ] = "banking/transactions",
    sheet: Annotated[
        str, typer.Option(help="The sheet of the proposed mapping.  [default: the first one]", show_default=False)
    ] = "",
) -> None:
    """Import exports of any bank, shop or tool as deliveries, by a mapping instead of code.

    A mapping is a YAML file: docs/importing.md explains it, and --propose writes a first one. Every line of an export
    is delivered or set aside with its reason, and rows and amounts in equal rows and amounts out. The original and the
    lines that were set aside are kept in the folder .imports of the inbox. Exits with 1 if a file could not be
    imported; all other files are.
    """
    if proposed is not None:
        typer.echo(propose(proposed, entity, sheet), nl=False)
        return
    if mapping is None or not files:
        raise TieoutError("Give a mapping and at least one file: tieout import table MAPPING.yml FILES... See --help.")
    loaded = load_mapping(mapping)
    paths = list(_files(files, loaded))
    root = inbox or project_root() / "data" / "inbox"
    day = arrived_on.date() if arrived_on else None
    problems = 0
    for path in paths:
        try:
            problems += _check(loaded, path, day) if check else _import(loaded, path, root, day)
        except (TieoutError, duckdb.Error, OSError) as error:
            typer.echo(f"tieout: {_sentence(error, path)}", err=True)
            problems += 1
    if problems:
        raise typer.Exit(1)


def _sentence(error: Exception, path: Path) -> str:
    """Return what is told of an error, also of those that no mapping can cause: full disks, little memory."""
    if isinstance(error, TieoutError):
        return str(error)
    if isinstance(error, OSError):
        where = error.filename or "The inbox"
        return f"{path} was not imported: {where}: {error.strerror or error}. Correct this, or give another --inbox."
    reason = str(error).partition("\n")[0]
    return f"{path} was not imported: {reason}. If the memory is too small, split the export. Nothing was written."


def _files(given: list[Path], loaded: LoadedMapping) -> Iterator[Path]:
    """Yield the files, and those of folders that have the mapping's pattern."""
    for path in given:
        if path.is_dir():
            pattern = loaded.mapping.files.pattern
            inside = sorted(
                each
                for each in path.iterdir()
                if each.is_file() and not each.name.startswith(".") and fnmatchcase(each.name, pattern)
            )
            if not inside:
                raise TieoutError(
                    f"{path} has no file with the name '{loaded.mapping.files.pattern}' "
                    f"({loaded.at('files', 'pattern')}). Give another folder, or correct files.pattern."
                )
            yield from inside
        else:
            yield path


def _check(loaded: LoadedMapping, path: Path, day: date | None) -> int:
    """Show what the mapping does; return 1 if a row could not be mapped."""
    with (
        tempfile.TemporaryDirectory(prefix="tieout-") as folder,
        map_file(loaded, path, Path(folder), day) as mapped,
    ):
        out = console()
        counts = preview.show(mapped, loaded, out)
        for what, there, _ in compare_statements(mapped.connection, loaded, mapped.original, mapped.layout):
            out.print(f"The file says {what.replace('_', ' ')} {plain(there)}, and so do its rows.")
        return int(counts.set_aside > 0)


def _import(loaded: LoadedMapping, path: Path, root: Path, day: date | None) -> int:
    for line in _summary(import_file(loaded, path, root, day)):
        typer.echo(line)
    return 0


def _summary(imported: Imported) -> Iterator[str]:
    first, last = imported.staged[0], imported.staged[-1]
    yield f"{imported.original} -> {first.target}{f' ... {last.target}' if len(imported.staged) > 1 else ''}"
    yield from (f"  {sentence}" for sentence in imported.proof.sentences())
    if imported.skipped:
        yield f"  Skipped: {imported.skipped}, after the table."
    yield (
        f"  Files:   {imported.written:,} written, {len(imported.staged) - imported.written:,} were already there. "
        f"The original is in {imported.folder}."
    )
    if imported.rejects:
        yield f"  Lines that were set aside, with their reasons: {imported.rejects}. Landing counts them as malformed."
