"""Runs the compiled queries of all cases on DuckDB and on the stand-in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import redshift_connector.error

from redshift_standin import StandIn
from tests.standin.connection import connect

from . import COLUMNS, NAMED_CASES, NAMED_DIFFERENCES, Refused
from .divisions import DIVISIONS

_REDSHIFT_KINDS = {
    **dict.fromkeys((20, 21, 23), "integer"),
    **dict.fromkeys((25, 1043), "text"),
    **dict.fromkeys((700, 701), "float"),
    16: "boolean",
    1082: "date",
    1114: "timestamp",
    1184: "timestamp with time zone",
    1700: "decimal",
}
_DUCKDB_KINDS = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "integer"),
    "VARCHAR": "text",
    "DOUBLE": "float",
}
_CREATE_VALUES = "create table dialect_values (case_name varchar(256), line integer, {columns})".format(
    columns=", ".join(f"{name} {type_}" for name, type_ in COLUMNS.items())
)


@dataclass(frozen=True)
class Answer:
    """The result of a query: the kind of its first column, and its rows."""

    kind: str
    values: list[tuple[Any, ...]]


Answers = dict[str, Answer | Refused]


def _values() -> Iterator[tuple[Any, ...]]:
    """Yield the rows of dialect_values: name of the case, line, and every column."""
    given = {name: case.rows for name, case in NAMED_CASES.items() if case.relation.startswith("dialect_values")}
    given |= {name: list(difference.given) for name, difference in NAMED_DIFFERENCES.items()}
    given["divisions"] = [{"dividend": dividend, "divisor": divisor} for dividend, divisor in DIVISIONS]
    for name, rows in given.items():
        for line, row in enumerate(rows):
            assert row.keys() <= COLUMNS.keys(), f"{name}: no column {row.keys() - COLUMNS.keys()}"
            yield (name, line, *(row.get(column) for column in COLUMNS))


def _files(column: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of dialect_bronze.files: name of the case, line, and the path as the engine shows it."""
    for name, case in NAMED_CASES.items():
        if case.relation.startswith("dialect_bronze"):
            yield from ((name, line, row[column]) for line, row in enumerate(case.rows))


def duckdb_answers(queries: dict[str, str]) -> Answers:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")  # As in the profile.
        connection.execute(_CREATE_VALUES)
        parameters = ", ".join("?" * (len(COLUMNS) + 2))
        connection.executemany(f"insert into dialect_values values ({parameters})", list(_values()))
        connection.execute("create schema dialect_bronze")
        connection.execute("create table dialect_bronze.files (case_name varchar, line integer, filename varchar)")
        connection.executemany("insert into dialect_bronze.files values (?, ?, ?)", list(_files("filename")))

        def kind(type_: Any) -> str:
            name = re.sub(r"\(.*", "", str(type_))
            return _DUCKDB_KINDS.get(name, name.lower())

        return _run(connection, queries, kind)


def redshift_answers(queries: dict[str, str], stand_in: StandIn) -> Answers:
    connection = connect(stand_in)
    connection.autocommit = True
    with connection, connection.cursor() as cursor:
        cursor.execute(_CREATE_VALUES)
        cursor.execute("create external schema dialect_bronze from data catalog database 'x' iam_role default")
        with stand_in.superuser() as superuser, superuser.cursor() as loader:
            parameters = ", ".join(["%s"] * (len(COLUMNS) + 2))
            loader.executemany(f"insert into dialect_values values ({parameters})", list(_values()))
            loader.execute('create table dialect_bronze.files (case_name text, line integer, "$path" text)')
            loader.execute("grant select on dialect_bronze.files to public")
            loader.executemany("insert into dialect_bronze.files values (%s, %s, %s)", list(_files("$path")))
        # Results must not depend on the time zone of the session.
        cursor.execute("set timezone to 'Asia/Kathmandu'")
        return _run(cursor, queries, lambda type_: _REDSHIFT_KINDS.get(type_, f"type {type_}"))


def _run(cursor: Any, queries: dict[str, str], kind: Callable[[Any], str]) -> Answers:
    answers: Answers = {}
    for name, sql in queries.items():
        try:
            cursor.execute(sql)
            answers[name] = Answer(kind(cursor.description[0][1]), [tuple(row) for row in cursor.fetchall()])
        except (duckdb.Error, redshift_connector.error.Error) as error:
            answers[name] = Refused(str(error))
    return answers
