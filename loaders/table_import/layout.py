"""Where the table is in a file: its first and last line, and the names of its columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from loaders.errors import TieoutError
from loaders.table_import.loaded import LoadedMapping
from loaders.table_import.mistakes import meant
from loaders.table_import.originals import Original
from loaders.table_import.records import CELLS, Dialect, make_records, split_line
from loaders.table_import.session import text

MOST_COLUMNS = 1_000
"""More columns than any export has."""

_NOT_BLANK = "((text <> '' and not starts_with(text, ' ')) or trim(text) <> '')"


@dataclass(frozen=True)
class Layout:
    """The place of a table.

    Attributes:
        first: the first line of data.
        last: the last line of data.
        names: the source columns.
        header: the text of the header line; None without a header.
        end: the last line of the file that is not blank.
    """

    first: int
    last: int
    names: tuple[str, ...]
    header: str | None
    end: int


def find_table(connection: duckdb.DuckDBPyConnection, loaded: LoadedMapping, original: Original) -> Layout:
    """Find the table in the table `lines`.

    Raises:
        TieoutError: a pattern is on no line, there is no header, or the names given are not as many as the columns.
    """
    table = loaded.mapping.table
    first = _first_line(connection, loaded, original)
    dialect = dialect_of(loaded, original)
    there = f"{original.shown} {original.unit} {first}"
    beginning = _line(connection, first)
    if beginning is None or not beginning.strip():
        raise TieoutError(
            f"{there} is blank or missing, but the table should begin there. "
            f"Correct table.skip_before ({loaded.at('table', 'skip_before')})."
        )
    fields = split_line(connection, dialect, beginning)
    if fields is None:
        raise TieoutError(
            f"{there}, the first of the table, has a misplaced or unclosed quote. "
            f"Correct table.quote or table.skip_before ({loaded.at('table')})."
        )
    refuse_many_columns(there, len(fields))
    # The line of a row ends with its last cell that has a value.
    width = len(fields) if original.sheet is None or table.header else _widest(connection, dialect, first)
    names = table.names or (column_names(fields) if table.header else [f"c{number}" for number in range(1, width + 1)])
    if len(names) < width or (len(names) > width and original.sheet is None):
        raise TieoutError(
            f"{there} has {width} fields, but table.names has {len(names)} "
            f"({loaded.at('table', 'names')}). Correct the names, or table.delimiter."
        )
    data = first + 1 if table.header else first
    end = _value(connection, f"max(line) from lines where {_NOT_BLANK}") or 0
    last = _last_line(connection, loaded, original, data, end)
    return Layout(data, last, tuple(names), beginning if table.header else None, end)


def refuse_many_columns(there: str, width: int) -> None:
    """Refuse a line with more fields than any table has columns.

    Raises:
        TieoutError: it has.
    """
    if width > MOST_COLUMNS:
        raise TieoutError(
            f"{there} has {width:,} fields, and tables have up to {MOST_COLUMNS:,} columns. Check the delimiter, and "
            "that the file is an export of a table."
        )


def column_names(fields: Sequence[str]) -> list[str]:
    """Return names for the fields of a header: an empty one is `column 3`, a repeated one `Amount (2)`."""
    names = []
    times: Counter[str] = Counter()
    for number, field in enumerate(fields, 1):
        plain = " ".join(field.split()).lstrip("\ufeff")
        # Names that begin with two underscores are ours.
        shown = plain if plain and not plain.startswith("__") else f"column {number}"
        # The engine's names are equal in any case.
        times[shown.casefold()] += 1
        names.append(shown if times[shown.casefold()] == 1 else f"{shown} ({times[shown.casefold()]})")
    return names


def check_columns(
    loaded: LoadedMapping, original: Original, layout: Layout, used: Sequence[tuple[tuple[str | int, ...], str]]
) -> None:
    """Check that the file has the columns that the mapping names.

    Raises:
        TieoutError: it has not.
    """
    known = {column.casefold() for column in layout.names}
    for place, column in used:
        if column.casefold() not in known:
            alone = len(layout.names) == 1
            raise TieoutError(
                f"{original.shown} has no column '{column}', which the mapping names ({loaded.at(*place)}). "
                + (
                    f"Its first line has one field only: correct table.delimiter or table.skip_before "
                    f"({loaded.at('table')})."
                    if alone and original.sheet is None
                    else f"{meant(column, layout.names)} Or correct table.skip_before if the header is another line."
                )
            )


def dialect_of(loaded: LoadedMapping, original: Original) -> Dialect:
    """Return how the fields of a file are separated."""
    table = loaded.mapping.table
    return CELLS if original.sheet is not None else Dialect(table.separator, table.quotation)


def _widest(connection: duckdb.DuckDBPyConnection, dialect: Dialect, first: int) -> int:
    query = f"max(length({dialect.split('text')})) from lines where line >= {first}"
    return _value(connection, query) or 0


def _first_line(connection: duckdb.DuckDBPyConnection, loaded: LoadedMapping, original: Original) -> int:
    before = loaded.mapping.table.skip_before
    if before is None or before.until is None:
        return (before.lines or 0 if before else 0) + 1
    found = _value(connection, f"min(line) from lines where regexp_matches(text, {text(before.until)})")
    if found is None:
        raise TieoutError(
            f"{original.shown} has no {original.unit} with the pattern '{before.until}' of table.skip_before.until "
            f"({loaded.at('table', 'skip_before', 'until')}). Correct the pattern, or files.encoding."
        )
    return found


def _last_line(
    connection: duckdb.DuckDBPyConnection, loaded: LoadedMapping, original: Original, data: int, end: int
) -> int:
    after = loaded.mapping.table.skip_after
    if after is None or after.from_ is None:
        return end - (after.lines or 0 if after else 0)
    dialect = dialect_of(loaded, original)
    matches = f"from lines where line >= {data} and regexp_matches(text, {text(after.from_)})"
    found = _value(connection, f"min(line) {matches}")
    if found is not None and _may_be_in_quotes(connection, dialect, data, found):
        # A line of a quoted value is no line after the table: with it, all rows after the value would be left out.
        make_records(connection, dialect, data, end)
        outside = "not exists (from records where lines.line > records.line and lines.line <= records.last_line)"
        found = _value(connection, f"min(line) {matches} and {outside}")
        connection.execute("drop table records")
    if found is None:
        raise TieoutError(
            f"{original.shown} has no {original.unit} with the pattern '{after.from_}' of table.skip_after.from "
            f"({loaded.at('table', 'skip_after', 'from')}). Was the file cut? Else correct the pattern."
        )
    return found - 1


def _may_be_in_quotes(connection: duckdb.DuckDBPyConnection, dialect: Dialect, first: int, line: int) -> bool:
    """Return whether a line before has an odd number of quotes, so that a value may go on in the next one."""
    if not dialect.quote:
        return False
    quotes = f"length(text) - length(replace(text, {text(dialect.quote)}, ''))"
    odd = f"line >= {first} and line < {line} and ({quotes}) % 2 = 1"
    return bool(_value(connection, f"count(*) from lines where {odd}"))


def _line(connection: duckdb.DuckDBPyConnection, number: int) -> str | None:
    found = connection.execute("select text from lines where line = ?", [number]).fetchone()
    return str(found[0]) if found else None


def _value(connection: duckdb.DuckDBPyConnection, query: str) -> int | None:
    found = connection.execute(f"select {query}").fetchall()[0][0]
    return None if found is None else int(found)
