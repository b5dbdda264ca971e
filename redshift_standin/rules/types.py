"""Rules about types and casts."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from ..tokens import UNSUPPORTED
from ..vocabulary import LOSSY_TYPES, UNKNOWN_TYPES
from .query import Query, excerpt, rule

# dbt writes these columns without a cast in snapshots and unit tests. They only meet their own kind.
_DBT_LITERALS = frozenset(["actual_or_expected", "dbt_change_type"])


@rule("r_CAST_function")
def casts(query: Query) -> Iterator[str]:
    """`x::type` is not rewritten, so it is allowed only for types whose casts lose nothing."""
    for before, after in zip(query.tokens, query.tokens[1:], strict=False):
        if before.kind == "DCOLON" and after.word in LOSSY_TYPES:
            yield f"{UNSUPPORTED}: ::{after.word}: write cast(... as {after.word})"
    for cast in query.find_all(exp.Cast):
        if cast.to.is_type(exp.DataType.Type.BOOLEAN) and not isinstance(
            cast.this.unnest(), exp.Literal | exp.Null | exp.Boolean
        ):
            yield f"{UNSUPPORTED}: a cast to boolean: write a comparison"


@rule("r_Boolean_type")
def boolean_tests(query: Query) -> Iterator[str]:
    """`is true` can be used in a where clause, but not as a value in a select list."""
    for test in query.find_all(exp.Is):
        if isinstance(test.expression, exp.Boolean):
            clause = test.find_ancestor(exp.Where, exp.Select)
            if not isinstance(clause, exp.Where):
                yield f"{excerpt(test)} is used outside a where clause: write = {test.expression.sql()}"


@rule("c_Supported_data_types")
def unknown_types(query: Query) -> Iterator[str]:
    """Types that Redshift does not have."""
    for data_type in query.find_all(exp.DataType):
        name = data_type.this.name.lower() if isinstance(data_type.this, exp.DataType.Type) else ""
        if name in UNKNOWN_TYPES:
            yield f"Redshift does not support type {name}"


@rule("r_UNION")
def untyped_literals(query: Query) -> Iterator[str]:
    """A literal without a cast in a subquery or a branch of a union has type unknown, which fits no column."""
    for select in query.find_all(exp.Select):
        if not isinstance(select.parent, exp.CTE | exp.Subquery | exp.SetOperation):
            continue
        # A union of text literals is text.
        in_union = isinstance(select.parent, exp.SetOperation)
        for item in select.expressions:
            value = item.unalias()
            text = isinstance(value, exp.Literal) and value.is_string and not in_union
            if (text or isinstance(value, exp.Null)) and item.alias_or_name not in _DBT_LITERALS:
                yield f"{item.alias_or_name or value.sql()} is a literal without a type: cast it"
