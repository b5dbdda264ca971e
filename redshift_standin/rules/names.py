"""Rules about names."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from ..vocabulary import RESERVED_WORDS
from .query import Query, rule


@rule("r_pg_keywords")
def reserved_words(query: Query) -> Iterator[str]:
    """A reserved word cannot be a name unless it is quoted."""
    for identifier in query.find_all(exp.Identifier):
        if (
            not identifier.args.get("quoted")
            and identifier.name.lower() in RESERVED_WORDS
            and isinstance(identifier.parent, exp.Alias | exp.Column | exp.Table | exp.TableAlias)
        ):
            yield f"{identifier.name} is a reserved word on Redshift: choose another name"


@rule("r_SELECT_list")
def lateral_aliases(query: Query) -> Iterator[str]:
    """An alias that is used in the select list that defines it: Redshift prefers a column of the same name."""
    for select in query.find_all(exp.Select):
        aliases: set[str] = set()
        for item in select.expressions:
            for name in _unqualified_columns(item) & aliases:
                yield (
                    f"lateral alias: {name} is defined and used in the same select list, where a column of that name "
                    "would take precedence: define it in an earlier CTE"
                )
            if isinstance(item, exp.Alias) and not (
                isinstance(item.this, exp.Column) and item.this.name.lower() == item.alias.lower()
            ):
                aliases.add(item.alias.lower())
        for clause in ("where", "having", "group"):
            part = select.args.get(clause)
            for name in _unqualified_columns(part) & aliases if part is not None else ():
                yield f"alias {name} is used in {clause}: define it in an earlier CTE"


def _unqualified_columns(expression: exp.Expr) -> set[str]:
    """Return the names of an expression's columns that have no table name; subqueries are skipped."""
    return {
        column.name.lower()
        for column in expression.walk(prune=lambda node: isinstance(node, exp.Subquery | exp.Select))
        if isinstance(column, exp.Column) and not column.table
    }
