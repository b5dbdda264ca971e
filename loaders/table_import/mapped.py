"""The table `mapped`: every row of a file, with its values in the contract's form or the reason why it has none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from loaders.errors import TieoutError
from loaders.table_import.expressions import parse_expression
from loaders.table_import.layout import Layout
from loaders.table_import.loaded import LoadedMapping
from loaders.table_import.originals import DAMAGED, Original
from loaders.table_import.rules import stages_of
from loaders.table_import.session import text
from loaders.table_import.stages import HASH_LETTERS, Stages, failed, value_of

_NO_TEXT = re.compile(r"\[\]|^(?:STRUCT|MAP|INTERVAL|BLOB|LIST|UNION)")

DELIVERED = "reason is null and not is_left_out"
"""The condition of the rows of `mapped` that are delivered."""


def expressions_of(loaded: LoadedMapping) -> list[tuple[tuple[str | int, ...], str]]:
    """Return the SQL expressions of a mapping with their places, as they stand there."""
    found: list[tuple[tuple[str | int, ...], str]] = [
        (("columns", column, "sql"), rule.sql)
        for column, rule in loaded.mapping.columns.items()
        if rule.sql is not None
    ]
    if loaded.mapping.leave_out is not None:
        found.append((("leave_out",), loaded.mapping.leave_out))
    return found


def make_mapped(
    connection: duckdb.DuckDBPyConnection,
    loaded: LoadedMapping,
    original: Original,
    layout: Layout,
    arrival_day: str | None,
) -> Stages:
    """Make the table of the table `source`.

    Its columns: `line`, `raw`, `reason` (null: the row is mapped), `is_left_out`, `day`, `money`, a value per contract
    column, and per contract column with a rule that can fail whether it failed (`__f_...`).

    Raises:
        TieoutError: an expression has no type that a column can have.
    """
    types = _types(connection, loaded, original.path)
    stages = stages_of(loaded, layout.names, lambda sql: types[sql], arrival_day)
    left_out = "false"
    if loaded.mapping.leave_out is not None:
        condition = parse_expression(loaded.mapping.leave_out).sql
        left_out = f"__problem is null and coalesce(try({condition}), false)"
        stages.fail(
            "leave_out", f"try(({condition}) is null) is null", text("leave_out: the expression fails for this row")
        )
    encoding = loaded.mapping.files.encoding
    damaged = (
        f"when contains(__raw, {text(DAMAGED)}) then {text(f'bytes that are no text in {encoding}')}"
        if original.is_damaged
        else ""
    )
    reasons = [(condition, reason) for each in stages.failures.values() for condition, reason in each]
    any_failed = " or ".join(f"({condition})" for condition, _ in reasons) or "false"
    listed = ", ".join(f"case when {condition} then {reason} end" for condition, reason in reasons) or "null"
    values = "".join(f",\n{value_of(column)} as {value_of(column)}" for column in loaded.rules())
    flags = "".join(f',\n__problem is null and ({failed(stages, key)}) as "__f_{key}"' for key in stages.failures)
    money = "__money_sum" if loaded.mapping.money else "cast(null as decimal(38, 10))"
    try:
        connection.execute(f"""
            create table mapped as
            select
                __line as line, __last_line as last_line, __raw as raw, {left_out} as is_left_out, __day as day,
                {money} as money,
                case
                    when __problem is not null then __problem
                    {damaged}
                    when {any_failed} then concat_ws('; ', {listed})
                end as reason{values}{flags}
            from {stages.query("source")}
        """)  # noqa: S608
    except duckdb.Error as error:
        raise TieoutError(
            f"{original.path} cannot be mapped by {loaded.file}: {str(error).partition(chr(10))[0]}. "
            "Check the sql expressions of the mapping with --check."
        ) from None
    for column in stages.hashed:
        _number_equals(connection, column)
    return stages


def _number_equals(connection: duckdb.DuckDBPyConnection, column: str) -> None:
    """Number the delivered rows of the file that have the same hash: hardly any.

    Rows that are left out or set aside have no number. Else a pending row would make its booked equal number 2, which
    is number 1 in the next export, without the pending row, and would count twice. So the keys of n delivered equals
    are always 1 to n: a row that is set aside now and delivered later adds one key, whichever of them gets it.
    """
    key = value_of(column)
    connection.execute(f"""
        create table equals as
        select line, row_number() over (partition by {key} order by line) as number
        from mapped
        where {DELIVERED} and {key} in (
            select {key} from mapped where {DELIVERED} group by {key} having count(*) > 1
        );
        update mapped set {key} = left({key}, {HASH_LETTERS}) || '-' || number
        from equals where mapped.line = equals.line and number > 1;
        drop table equals
    """)  # noqa: S608


def _types(connection: duckdb.DuckDBPyConnection, loaded: LoadedMapping, path: Path) -> dict[str, str]:
    """Return the types of the expressions of columns, by their SQL."""
    types = {}
    for place, expression in expressions_of(loaded):
        sql = parse_expression(expression).sql
        try:
            described = connection.execute(f"describe select {sql} from source").fetchall()  # noqa: S608
        except duckdb.Error as error:
            reason = " ".join(str(error).partition("LINE 1")[0].split())
            raise loaded.refuse(place, f"the expression does not fit {path}: {reason} Correct it.") from None
        kind = str(described[0][1])
        if _NO_TEXT.search(kind):
            raise loaded.refuse(place, f"the expression is a {kind.lower()}, which no column can have. Make it a text.")
        if place == ("leave_out",) and kind != "BOOLEAN":
            raise loaded.refuse(
                place, f"leave_out is a {kind.lower()}. Write a condition, such as \"Status\" = 'Pending'."
            )
        types[sql] = kind
    return types


def used_columns(loaded: LoadedMapping) -> Sequence[tuple[tuple[str | int, ...], str]]:
    """Return the columns that the expressions read, each with the place of the expression."""
    return [(place, column) for place, sql in expressions_of(loaded) for column in parse_expression(sql).columns]
