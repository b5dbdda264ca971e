"""Rules about joins and set operations."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from .query import Query, excerpt, rule


@rule("r_FROM_clause30")
def full_joins(query: Query) -> Iterator[str]:
    """A full join is a merge or hash join, so its condition compares columns of two tables for equality, and no more.

    The guide does not say so. Redshift's message is "FULL JOIN is only supported with merge-joinable join conditions".
    """
    for scope in query.scopes:
        from_ = scope.expression.args.get("from_") if isinstance(scope.expression, exp.Select) else None
        left = {from_.this.alias_or_name} if from_ is not None else set()
        for join in scope.expression.args.get("joins") or []:
            right = join.this.alias_or_name
            if str(join.side).upper() == "FULL":
                for name in sorted(left | {right}):
                    if name in scope.sources and not _reads_tables(scope.sources[name]):
                        yield f"a full join with {name}, which reads no table: select its rows from a table"
                on = join.args.get("on")
                if not join.args.get("using") and not (on and all(_is_plain(part, left, right) for part in _parts(on))):
                    yield (
                        f"the condition of a full join must be column = column for both sides, joined by and: "
                        f"{excerpt(on) if on else 'none'}"
                    )
            left.add(right)


def _reads_tables(source: exp.Expr | Scope) -> bool:
    if not isinstance(source, Scope):
        return True
    if isinstance(source.expression, exp.SetOperation):
        return all(_reads_tables(branch) for branch in source.set_operation_scopes)
    read = source.selected_sources.values()
    return bool(read) and all(_reads_tables(inner) for _, inner in read)


def _parts(condition: exp.Expr) -> Iterator[exp.Expr]:
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from _parts(condition.left)
        yield from _parts(condition.right)
    else:
        yield condition


def _is_plain(part: exp.Expr, left: set[str], right: str) -> bool:
    if not isinstance(part, exp.EQ):
        return False
    one, other = part.left.unnest(), part.right.unnest()
    if not isinstance(one, exp.Column) or not isinstance(other, exp.Column):
        return False
    return (one.table in left and other.table == right) or (other.table in left and one.table == right)


@rule("r_UNION")
def limits_in_set_operations(query: Query) -> Iterator[str]:
    """Limit and offset apply to the result of a set operation, not to an operand."""
    for operation in query.find_all(exp.SetOperation):
        for operand in (operation.left, operation.right):
            inner = operand.unnest() if isinstance(operand, exp.Subquery) else operand
            if any(part.args.get(name) for part in (operand, inner) for name in ("limit", "offset")):
                yield f"limit may not be used within input to set operations: {excerpt(operand)}"


@rule("r_INSERT_30")
def subqueries_in_values(query: Query) -> Iterator[str]:
    """An insert of several rows takes no subqueries. An insert of one row does."""
    if isinstance(query.tree, exp.Insert) and isinstance(query.tree.expression, exp.Values):
        rows = query.tree.expression.expressions
        if len(rows) > 1 and any(row.find(exp.Subquery, exp.Select) for row in rows):
            yield "an insert of several rows of values takes no subqueries: insert the result of a query"


@rule("c-spectrum-external-tables")
def external_tables_are_read_only(query: Query) -> Iterator[str]:
    """Nothing can be updated or deleted in an external table. Inserts depend on format and partitions."""
    if isinstance(query.tree, exp.Insert | exp.Update | exp.Delete):
        target = query.tree.find(exp.Table)
        if target is not None and target.db.lower() in query.external_schemas:
            yield f"external table {target.db}.{target.name} is read-only"
