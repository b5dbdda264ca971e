"""A statement and what the stand-in makes of it."""

from __future__ import annotations

from dataclasses import dataclass

from redshift_standin.tokens import UNSUPPORTED

# What the cases use: run in the order of the statements, before all cases.
SETUP = """
create table t (id integer not null, name varchar(10), amount decimal(10,2), day date, at timestamp, ok boolean);
insert into t values
    (1, 'a', 1.50, '2024-01-31', '2024-01-31 10:00:00', true),
    (2, 'b', -2.00, '2024-02-29', '2024-02-29 23:59:59', false),
    (3, null, null, null, null, null);
create table u (id bigint, note varchar(20));
insert into u values (1, 'x'), (4, 'y');
create role analyst;
create role engineer;
create external schema lake from data catalog database 'glue' iam_role default
"""


@dataclass(frozen=True)
class Case:
    """One or more statements, the last of which is under test.

    Attributes:
        page: the page of the AWS guide (Amazon Redshift Database Developer Guide) that describes the behavior.
        sql: the statements, separated by semicolons. Two semicolons in a row are one that does not separate.
        rows: the rows that the last statement returns, None if they are not checked.
        refusal: a part of the error message of the last statement, empty if it succeeds.
    """

    page: str
    sql: str
    rows: list[list[object]] | None = None
    refusal: str = ""

    @property
    def statements(self) -> list[str]:
        return [part.replace("\0", ";").strip() for part in self.sql.replace(";;", "\0").split(";")]


def passes(page: str, sql: str, *values: object) -> Case:
    """Make a case that succeeds; the values, if given, are the only row of the result."""
    return Case(page, sql, [list(values)] if values else None)


def gives(page: str, sql: str, rows: list[list[object]]) -> Case:
    """Make a case that succeeds with several rows."""
    return Case(page, sql, rows)


def fails(page: str, sql: str, refusal: str) -> Case:
    """Make a case that fails."""
    return Case(page, sql, refusal=refusal)


def unsupported(page: str, sql: str, what: str = "") -> Case:
    """Make a case that fails because the stand-in does not support something."""
    return Case(page, sql, refusal=f"{UNSUPPORTED}: {what}")
