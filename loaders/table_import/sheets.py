"""Spreadsheets among the exports: the sheet that a mapping names, read as lines, one for each row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb

from loaders.errors import TieoutError
from loaders.spreadsheets.reading import Sheet, is_spreadsheet, read_sheet, shown_names
from loaders.table_import.loaded import LoadedMapping
from loaders.table_import.mapping import Numbers
from loaders.table_import.mistakes import meant
from loaders.table_import.originals import Original, read_original
from loaders.table_import.session import text
from loaders.table_import.yaml_lines import Place


def read_export(loaded: LoadedMapping, path: Path, folder: Path) -> tuple[Original, Path]:
    """Read a file, text or spreadsheet; return it with the file of its lines.

    Raises:
        TieoutError: it cannot be read, or it has no such sheet.
    """
    if not begins_like_spreadsheet(path):
        if loaded.mapping.table.sheet is not None:
            raise TieoutError(
                f"{path} is no spreadsheet, but the mapping names a sheet ({loaded.at('table', 'sheet')}). Remove "
                "table.sheet, or give the spreadsheet."
            )
        lines = folder / "lines.txt"
        return read_original(path, loaded.mapping.files.encoding, lines), lines
    for place, numbers in _other_forms(loaded):
        if numbers.decimal != loaded.mapping.numbers.decimal:
            raise loaded.refuse(
                place,
                f"{path} is a spreadsheet, in which all numbers have the decimal mark of numbers at the top of the "
                "mapping. Remove decimal here, or change it there.",
            )
    wanted = loaded.mapping.table.sheet or ""
    sheet = read_sheet(path, folder, wanted, loaded.mapping.numbers.decimal)
    if sheet.name is None:
        raise TieoutError(_no_sheet(loaded, path, wanted, sheet))
    return original_of(path, sheet), sheet.lines


def first_sheet(path: Path, folder: Path, wanted: str) -> Sheet:
    """Read the sheet that is wanted, or the first one that is not hidden, to propose a mapping for it.

    Raises:
        TieoutError: it cannot be read, or there is no such sheet.
    """
    sheet = read_sheet(path, folder, wanted, ".")
    if sheet.name is None and not wanted:
        shown = next((name for name in sheet.others if name not in sheet.hidden), "")
        sheet = read_sheet(path, folder, shown, ".") if shown else sheet
    if sheet.name is None:
        raise TieoutError(
            f"{path} has no sheet '{wanted}'. {meant(wanted, sheet.others)}"
            if wanted and sheet.others
            else f"{path} has no sheet that is not hidden. Name one with --sheet."
        )
    return sheet


def begins_like_spreadsheet(path: Path) -> bool:
    """Return whether a file begins like a spreadsheet; False if it cannot be read."""
    try:
        with path.open("rb") as file:
            return is_spreadsheet(file.read(8))
    except OSError:
        return False


def original_of(path: Path, sheet: Sheet) -> Original:
    """Return what is known of a spreadsheet."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Original(path, sha256, path.stat().st_size, is_damaged=False, sheet=sheet.name, problems=sheet.problems)


def _other_forms(loaded: LoadedMapping) -> Iterator[tuple[Place, Numbers]]:
    mapping = loaded.mapping
    if mapping.money and mapping.money.numbers:
        yield ("money", "numbers"), mapping.money.numbers
    for column, rule in mapping.columns.items():
        if rule.numbers:
            yield ("columns", column, "numbers"), rule.numbers


def _no_sheet(loaded: LoadedMapping, path: Path, wanted: str, sheet: Sheet) -> str:
    if not sheet.others:
        return f"{path} has no sheet with cells. Save the table as a sheet of a spreadsheet, or as CSV."
    if wanted:
        return f"{path} has no sheet '{wanted}' ({loaded.at('table', 'sheet')}). {meant(wanted, sheet.others)}"
    return (
        f"{path} has several sheets, or only hidden ones: {shown_names(sheet)}. Name one with table.sheet "
        f"({loaded.at('table')})."
    )


def mark_problems(connection: duckdb.DuckDBPyConnection, problems: Path) -> None:
    """Set the problem of those rows of the table `records` that have cells which cannot be read."""
    connection.execute(f"""
        update records set problem = coalesce(problem, wrong.reason)
        from (
            select line, arg_min(reason, position) as reason
            from (
                select unnest(range(first, last + 1)) as line, reason, row_number() over () as position
                from read_csv(
                    {text(str(problems))}, columns = {{'first': 'BIGINT', 'last': 'BIGINT', 'reason': 'VARCHAR'}},
                    auto_detect = false, header = false
                )
            )
            group by line
        ) as wrong
        where records.line = wrong.line
    """)  # noqa: S608
