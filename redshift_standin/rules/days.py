"""A rule for daily runs: a query names the days of external tables, so that Spectrum opens only their files."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from .query import Query, rule

_PARTITION = "dt"


@rule("c-spectrum-external-performance")
def named_days(query: Query) -> Iterator[str]:
    """Each external table of a query is limited to days that are literals."""
    whole = [
        f"{table.db}.{table.name}"
        for table in query.user_tables
        if table.db.lower() in query.external_schemas and not any(map(_names_days, _conditions(table)))
    ]
    if whole:
        yield f"reads all days of {', '.join(dict.fromkeys(whole))}: compare {_PARTITION} with literals"


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
