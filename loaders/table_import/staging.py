"""What one file becomes, in a hidden folder: deliveries, rejected lines and the way back to the original."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb

from loaders.errors import TieoutError
from loaders.imports import staged
from loaders.imports.staged import Staged
from loaders.table_import.loaded import LoadedMapping
from loaders.table_import.mapped import DELIVERED
from loaders.table_import.mapping import Rule
from loaders.table_import.originals import Original
from loaders.table_import.session import text
from loaders.table_import.stages import value_of

MOST_DAYS = 3_700
"""The most arrival days of one file: ten years. More are dates that were read wrongly."""

_REJECTED = "reason is not null and not is_left_out"


def _part_of(loaded: LoadedMapping, original: Original, inbox: Path, days: Sequence[date]) -> str:
    """Return what tells deliveries apart: source, name and content of the file, revision of the mapping."""
    begin = f"{loaded.entity.name}."
    there = [
        file.name.removeprefix(begin).removesuffix(".csv")
        for day in days
        for file in (inbox / str(day) / loaded.entity.domain).glob(f"{begin}*.csv")
    ]
    plain = staged.part_of(loaded.name, original.path, original.sha256)
    revision = f".{loaded.mapping.revision}" if loaded.mapping.revision > 1 else ""
    return f"{staged.part_after(plain, loaded.name, there)}{revision}"


def stage_deliveries(
    connection: duckdb.DuckDBPyConnection,
    loaded: LoadedMapping,
    original: Original,
    folder: Path,
    *,
    inbox: Path,
    day: date | None,
) -> list[Staged]:
    """Write the mapped rows of each arrival day to a file.

    Args:
        connection: has the table `mapped`.
        loaded: the mapping.
        original: the original file.
        folder: the folder for the files.
        inbox: the inbox, which may have other exports of these days.
        day: the arrival day of the whole file; None if a column has it.

    Raises:
        TieoutError: no row has an arrival day, or the days are ten years apart.
    """
    days = [day] if day else _days(connection, loaded, original)
    entity, part = loaded.entity, _part_of(loaded, original, inbox, days)
    counts = dict(
        connection.execute(f"select day, count(*) from mapped where {DELIVERED} group by day").fetchall()  # noqa: S608
    )
    columns = _columns(connection, loaded)
    made = []
    for number, each in enumerate(days):
        path = folder / f"delivery-{number}.csv"
        connection.execute(f"""
            copy (select {columns} from mapped where {DELIVERED} and day = date '{each}' order by line)
            to {text(str(path))} (format csv, header true, delimiter ',', quote '"', escape '"', nullstr '')
        """)  # noqa: S608
        target = f"{each}/{entity.domain}/{entity.name}.{part}.csv"
        made.append(Staged(each, path, target, counts.get(each, 0)))
    return made


def _columns(connection: duckdb.DuckDBPyConnection, loaded: LoadedMapping) -> str:
    """Return the delivered columns. A line break in a value is replaced by a blank, as landing does it.

    A column has line breaks only if a record has several lines; what the mapping itself writes may have them too.
    """
    has_breaks = bool(connection.execute("select count(*) from mapped where last_line > line").fetchall()[0][0])
    rules = loaded.rules()
    selected = []
    for column in loaded.entity.delivered_columns:
        value = value_of(column) if column in rules else "null"
        if column in rules and (has_breaks or not _is_plain(rules[column])):
            value = f"replace(replace({value}, chr(10), ' '), chr(13), ' ')"
        selected.append(f"nullif({value}, '') as \"{column}\"")
    return ", ".join(selected)


def _is_plain(rule: Rule) -> bool:
    """Return whether a value is only what the source has, in another form."""
    made = (rule.constant, rule.sql, rule.by_sign, rule.scope, rule.codes, rule.when_empty)
    return rule.hash_of is not None or all(each is None for each in made)


def _days(connection: duckdb.DuckDBPyConnection, loaded: LoadedMapping, original: Original) -> list[date]:
    days = [row[0] for row in connection.execute("select distinct day from mapped where day is not null").fetchall()]
    if not days:
        raise TieoutError(
            f"{original.path} has no row with an arrival day, so nothing was written. Correct "
            f"files.arrival_day.column ({loaded.at('files', 'arrival_day', 'column')}) or dates.formats."
        )
    first, last = min(days), max(days)
    if (last - first).days > MOST_DAYS:
        raise TieoutError(
            f"{original.path} has arrival days from {first} to {last}, which are more than ten years. Correct "
            f"dates.formats ({loaded.at('dates', 'formats')}), or the dates in the file."
        )
    if loaded.entity.is_expected_by_day:
        # A file with only the header says that there was nothing on the day.
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return sorted(days)


def stage_rejects(connection: duckdb.DuckDBPyConnection, original: Original, folder: Path, last: Staged) -> Path | None:
    """Write the lines that could not be mapped, and add them to the last delivery.

    There they are malformed lines, which landing sets aside and the audit counts, so that they are not forgotten. The
    contract has no entity of one column, so such a line can never be a row.

    Returns:
        The file with the lines; None if all could be mapped.
    """
    rejected = folder / "rejects.csv"
    file, unit = text(original.label), text(f" {original.unit} ")
    connection.execute(f"""
        copy (
            select {file} as original_file, line as original_line, reason, raw as raw_text
            from mapped where {_REJECTED} order by line
        ) to {text(str(rejected))} (format csv, header true)
    """)  # noqa: S608
    lines = folder / "malformed.csv"
    connection.execute(f"""
        copy (
            select replace({file} || {unit} || line || ': ' || reason || ': ' || raw, chr(10), ' ') as line
            from mapped where {_REJECTED} order by line
        ) to {text(str(lines))} (format csv, header false, force_quote *)
    """)  # noqa: S608
    if not lines.stat().st_size:
        return None
    with last.path.open("ab") as target, lines.open("rb") as source:
        while piece := source.read(1024 * 1024):
            target.write(piece)
    return rejected


def stage_trace(
    connection: duckdb.DuckDBPyConnection, original: Original, folder: Path, staged: Sequence[Staged]
) -> Path:
    """Write the table from each delivered line to its original line."""
    path = folder / "lines.csv"
    targets = ", ".join(f"(date '{each.day}', {text(each.target)})" for each in staged)
    last = staged[-1]
    connection.execute(f"""
        copy (
            with delivered as (
                select line, day, row_number() over (partition by day order by line) + 1 as delivered_line
                from mapped where {DELIVERED}
                union all
                select line, date '{last.day}', {last.rows} + row_number() over (order by line) + 1
                from mapped where {_REJECTED}
            )
            select {text(original.path.name)} as original_file, line as original_line, delivered_file, delivered_line
            from delivered inner join (values {targets}) as targets (day, delivered_file) using (day)
            order by delivered_file, delivered_line
        ) to {text(str(path))} (format csv, header true)
    """)  # noqa: S608
    return path
