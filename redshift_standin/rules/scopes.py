"""Rules about where a column comes from."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from ..tokens import UNSUPPORTED
from .query import Query, rule


@rule("r_correlated_subqueries")
def correlated_subqueries(query: Query) -> Iterator[str]:
    """Redshift runs some correlated subqueries and refuses others, and only its planner knows which."""
    for scope in query.scopes:
        if (scope.is_subquery or scope.is_root) and any(
            column.table and column.table not in scope.selected_sources for column in scope.external_columns
        ):
            yield f"{UNSUPPORTED}: a correlated subquery: write a join"


@rule("c_unsupported-postgresql-datatypes")
def whole_rows(query: Query) -> Iterator[str]:
    """A table name used as a value means its whole row, a type that Redshift does not have."""
    for scope in query.scopes:
        for column in scope.columns:
            if not column.table and column.name in scope.sources:
                yield f"{UNSUPPORTED}: {column.name} is the name of a table here: qualify the column"


@rule("c-spectrum-external-tables")
def pseudo_columns(query: Query) -> Iterator[str]:
    """Only external tables have `"$path"`, and `select *` does not include it."""
    for scope in query.scopes:
        for column in scope.columns:
            if column.name in ("$path", "$size"):
                source = scope.sources.get(column.table) or (
                    next(iter(scope.sources.values())) if len(scope.sources) == 1 else None
                )
                if not isinstance(source, exp.Table) or source.db.lower() not in query.external_schemas:
                    yield f'only external tables have "{column.name}", and only if the query names it'
