"""Whether a query of an external table names the days that it reads, so that Spectrum opens only their files."""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp

from .tokens import RefusedError

_PARTITION = "dt"


def check_days(sql: str, external_schemas: frozenset[str]) -> None:
    """Check that each external table of a query is limited to days that are literals.

    Args:
        sql: the query, insert, update or delete.
        external_schemas: names of the schemas with external tables.

    Raises:
        RefusedError: a table is not. The message lists all of them.
    """
    if not any(schema in sql for schema in external_schemas):
        return
    tree = sqlglot.parse_one(sql, read="redshift")
    whole = [
        f"{table.db}.{table.name}"
        for table in tree.find_all(exp.Table)
        if table.db.lower() in external_schemas and not any(map(_names_days, _conditions(table)))
    ]
    if whole:
        raise RefusedError(
            f"reads all days of {', '.join(dict.fromkeys(whole))}: compare {_PARTITION} with literals "
            "[AWS guide: c-spectrum-external-performance]"
        )


def _conditions(table: exp.Table) -> Iterator[exp.Expr]:
    """Yield the conditions that all rows of a table meet and that mention only the partition, or are constant."""
    select = table.parent_select
    where = select.args.get("where") if select else None
    for condition in where.this.flatten() if where and isinstance(where.this, exp.And) else [where and where.this]:
        plain = condition.unnest() if condition else None
        columns = list(plain.find_all(exp.Column)) if plain else []
        own = (_PARTITION, table.alias_or_name)
        if plain and all((column.name, column.table or table.alias_or_name) == own for column in columns):
            yield plain


def _names_days(condition: exp.Expr) -> bool:
    """Return whether a condition on the partition compares it with literals, or is false."""
    if isinstance(condition, exp.Boolean):
        return not condition.this
    return isinstance(condition, exp.In | exp.Between | exp.EQ | exp.GTE) and not condition.find(exp.Select)
