"""The process that reads one sheet: `python -m loaders.spreadsheets.process FILE FOLDER SHEET DECIMAL`.

It writes `lines.txt` and `problems.csv` into the folder, and prints what it found as JSON. It limits its own memory and
time: a file that needs more ends this process, and not the one that wants to tell it.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, repeat
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook

from loaders.errors import TieoutError
from loaders.imports.originals import LINE_MARK
from loaders.spreadsheets.archive import Archive, SheetPart
from loaders.spreadsheets.cells import TooLongError, texts_of
from loaders.spreadsheets.limits import LINES, MOST_MEMORY, MOST_SECONDS, MOST_WRITTEN, PROBLEMS
from loaders.spreadsheets.scan import Problem, problems_of

_ROWS_AT_A_TIME = 20_000


def main() -> None:
    """Read the sheet that the arguments name."""
    name, folder, wanted, decimal = sys.argv[1:]
    _limit(resource.RLIMIT_AS, MOST_MEMORY)
    _limit(resource.RLIMIT_CPU, MOST_SECONDS)
    _limit(resource.RLIMIT_FSIZE, MOST_WRITTEN)
    try:
        found = read(Path(name), Path(folder), wanted, decimal)
    except TieoutError as error:
        found = {"refused": str(error)}
    json.dump(found, sys.stdout)


def _limit(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


def read(path: Path, folder: Path, wanted: str, decimal: str) -> dict[str, Any]:
    """Read a sheet.

    Args:
        path: the spreadsheet.
        folder: the folder for the lines and the problems.
        wanted: the name or the number of the sheet; empty for the only one that is not hidden.
        decimal: the decimal mark of numbers in the lines.

    Returns:
        `sheets`: the names of all sheets, and whether they are hidden; `sheet`: the name of the one that was read, None
        if it is not there or not clear.

    Raises:
        TieoutError: the file cannot be read safely.
    """
    try:
        with ZipFile(path) as file:
            archive = Archive(path, file)
            archive.check()
            sheets = archive.sheets()
            sheet = _chosen(sheets, wanted)
            if sheet:
                problems = list(problems_of(archive.pieces(sheet.part)))
    except (BadZipFile, OSError, ValueError) as error:
        raise TieoutError(f"{path} is damaged: {error}. Fetch it again, or save the table as CSV.") from None
    found: dict[str, Any] = {"sheets": [[each.name, each.is_hidden] for each in sheets], "sheet": None}
    if sheet:
        try:
            problems += _write_lines(path, sheet.name, folder, decimal)
        except CalamineError as error:
            raise TieoutError(f"{path} cannot be read: {error}. Save it again as .xlsx, or as CSV.") from None
        if any(not each.first for each in problems):
            reason = next(each.reason for each in problems if not each.first)
            raise TieoutError(
                f"{path} sheet '{sheet.name}': {reason}, and the file does not say where. Correct the cell, or save "
                "the file with a spreadsheet program."
            )
        with (folder / PROBLEMS).open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows((each.first, each.last, each.reason) for each in problems)
        found["sheet"] = sheet.name
    return found


def _chosen(sheets: Sequence[SheetPart], wanted: str) -> SheetPart | None:
    if not wanted:
        shown = [each for each in sheets if not each.is_hidden]
        return shown[0] if len(shown) == 1 else None
    named = [each for each in sheets if each.name == wanted]
    if not named and wanted.isdecimal() and 1 <= int(wanted) <= len(sheets):
        named = [sheets[int(wanted) - 1]]
    return named[0] if named else None


def _write_lines(path: Path, name: str, folder: Path, decimal: str) -> list[Problem]:
    """Write the rows of a sheet as lines; return what is wrong in them."""
    problems: list[Problem] = []
    with (
        CalamineWorkbook.from_path(path) as workbook,
        (folder / LINES).open("w", encoding="utf-8", newline="") as target,
    ):
        sheet = workbook.get_sheet_by_name(name)
        if sheet.start is None:
            return problems
        # The reader begins with the first column that has a value, but with the first row of the sheet.
        left = sheet.start[1]
        rows = sheet.iter_rows()
        above = 0
        while batch := list(islice(rows, _ROWS_AT_A_TIME)):
            columns = [[""] * len(batch)] * left
            for number, values in enumerate(zip(*batch, strict=True), left):
                wrong: list[tuple[int, str]] = []
                try:
                    columns.append(texts_of(values, decimal, wrong))
                except TooLongError as error:
                    raise TieoutError(
                        f"{path} sheet '{name}' has a cell that is longer than a spreadsheet program can write: "
                        f"{letters(number)}{above + error.position + 1}. Check where the file is from."
                    ) from None
                for position, what in wrong:
                    row = above + position + 1
                    problems.append(Problem(row, row, f"the cell {letters(number)}{row} {what}"))
            lines = map(str.rstrip, map("\t".join, zip(*columns, strict=True)), repeat("\t"))
            target.write(LINE_MARK + f"\n{LINE_MARK}".join(lines) + "\n")
            above += len(batch)
        problems += _merged(sheet.merged_cell_ranges or ())
    return problems


def _merged(ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> Iterator[Problem]:
    """Yield the rows of cells that are merged over several rows, each row once."""
    told = 0
    for (first, column), (last, _) in sorted(ranges):
        if last > first and last + 1 > told:
            cells = f"{letters(column)}{first + 1}:{letters(column)}{last + 1}"
            yield Problem(max(first, told) + 1, last + 1, f"the cells {cells} are merged into one")
            told = last + 1


def letters(column: int) -> str:
    """Return the letters of a column; that of column 0 is A."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


if __name__ == "__main__":
    main()
