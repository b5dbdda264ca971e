"""Reads the joins of one statement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from .placement import Column, Equal, Join, Rows, Size, Style, join

# A condition on such a column limits the rows to those of a load or of some days.
_TIME = re.compile(r"(_at|_on|_ts|_date|_day|_month|^dt|source_file)$")
_COMPARISONS = (exp.EQ, exp.GT, exp.GTE, exp.Between, exp.In, exp.Or)
# Conditions that only rejected and replacing rows meet, which are few.
_RARE = re.compile(r"_failed_rules <> ''|NOT \w*replaces_\w+ IS NULL|is_replaced$", re.IGNORECASE)
# The name of the right side of `in (select ...)`.
_IN = "(in)"


class Reading:
    """The reading of one statement.

    Attributes:
        found: its joins.
    """

    def __init__(self, tables: Mapping[str, Rows], found: list[Join]) -> None:
        """Read a statement that uses these tables and views, and add its joins to a list."""
        self.found = found
        self._tables = tables
        # By the identity of their syntax trees, because a scope is made anew for each query that reads it.
        self._rows: dict[int, Rows] = {}

    def scope(self, scope: Scope) -> Rows:
        """Return the rows of a query whose subqueries have been read, with its own columns as keys of source ""."""
        if isinstance(scope.expression, exp.SetOperation):
            rows = self._union(scope)
        elif isinstance(scope.expression, exp.Select):
            rows = self._select(scope)
        else:
            # Parentheses around a query.
            rows = self._rows.get(id(scope.expression.unnest()), Rows(Style.SPREAD))
        self._rows[id(scope.expression)] = rows
        return rows

    def changed(self, tree: exp.Delete | exp.Update) -> None:
        """Read the joins of a delete or update: its table with those of `using` or `from`, and with its subqueries."""
        target = tree.this
        rows = self._table(target).named(target.alias_or_name)
        where = tree.args.get("where")
        from_ = tree.args.get("from_")
        others = [*(tree.args.get("using") or []), *([from_.this] if from_ else [])]
        for other in others:
            name = other.alias_or_name
            right = self._table(other) if isinstance(other, exp.Table) else self._rows[id(other.this)]
            rows = self._join(rows, right.named(name), _equal(where, {name}, target.alias_or_name), "", name)
        self._semi_joins(rows, where, target.alias_or_name)

    def _select(self, scope: Scope) -> Rows:
        select = scope.expression
        assert isinstance(select, exp.Select)
        only = next(iter(scope.selected_sources)) if len(scope.selected_sources) == 1 else ""
        from_ = select.args.get("from_")
        if from_ is None:
            return Rows(Style.SPREAD)
        rows = self._source(scope, from_.this)
        where = select.args.get("where")
        limited = _limited(where, scope, only)
        if from_.this.alias_or_name in limited:
            rows = replace(rows, is_part=True)
        for made in select.args.get("joins") or []:
            name = made.this.alias_or_name
            right = self._source(scope, made.this)
            if name in limited:
                right = replace(right, is_part=True)
            equal = _equal(made.args.get("on"), {name}, "") | _using(made, rows, name)
            rows = self._join(rows, right, equal, str(made.side).upper(), name)
        rows = self._semi_joins(rows, where, only)
        return _output(select, rows, only)

    def _union(self, scope: Scope) -> Rows:
        branches = [self._rows[id(branch.expression)] for branch in scope.set_operation_scopes]
        from_tables = [branch for branch in branches if branch.tables]
        tables = tuple(dict.fromkeys(table for branch in branches for table in branch.tables))
        # Beside a whole table, a part of another one does not count.
        whole = [branch for branch in from_tables if not branch.is_part] or from_tables
        size = max((branch.size for branch in whole), default=Size.FEW)
        styles = {branch.style for branch in from_tables}
        keys = frozenset.intersection(*(branch.keys for branch in from_tables)) if from_tables else frozenset()
        style = styles.pop() if len(styles) == 1 else Style.SPREAD
        if style is Style.KEY and not keys:
            style = Style.SPREAD
        is_part = bool(from_tables) and all(branch.is_part for branch in from_tables)
        is_grouped = any(branch.is_grouped for branch in from_tables)
        rows = Rows(style, keys, tables, size, is_part, is_grouped)
        return rows.grouped() if scope.expression.args.get("distinct") else rows

    def _source(self, scope: Scope, node: exp.Expr) -> Rows:
        source = scope.sources.get(node.alias_or_name)
        rows = self._rows[id(source.expression)] if isinstance(source, Scope) else self._table(node)
        return rows.named(node.alias_or_name)

    def _table(self, node: exp.Expr) -> Rows:
        # A table that no statement made is one of bronze.
        return self._tables.get(node.name.lower(), Rows(Style.SPREAD, tables=(node.name.lower(),), is_part=True))

    def _join(self, left: Rows, right: Rows, equal: Equal, side: str, name: str) -> Rows:
        if not right.tables:
            return left
        if not left.tables:
            return right
        joined, judged = join(left, right, equal, side, name)
        self.found.append(judged)
        return joined

    def _semi_joins(self, rows: Rows, where: exp.Expr | None, only: str) -> Rows:
        """Read each `in (select ...)` of a condition, which is a join too."""
        for condition in where.find_all(exp.In) if where else ():
            query = condition.args.get("query")
            if query is None or (where and condition.parent_select is not where.parent_select):
                continue
            inner = query.unnest()
            one, two = _column(condition.this, only), (_IN, inner.selects[0].alias_or_name.lower())
            equal = frozenset([(one, two)]) if one else frozenset()
            joined = self._join(rows, self._rows[id(inner)].named(_IN), equal, "SEMI", _IN)
            rows = rows if isinstance(condition.parent, exp.Not) else joined
        return rows


def _column(node: exp.Expr | None, only: str) -> Column | None:
    """Return a column with its source, which is the only one where the query does not name it."""
    plain = node.unnest() if node else None
    if not isinstance(plain, exp.Column):
        return None
    return (plain.table or only, plain.name.lower())


def _conditions(node: exp.Expr | None) -> Iterator[exp.Expr]:
    """Yield the conditions that `and` joins."""
    plain = node.unnest() if node else None
    if isinstance(plain, exp.Where):
        yield from _conditions(plain.this)
    elif isinstance(plain, exp.And):
        yield from _conditions(plain.left)
        yield from _conditions(plain.right)
    elif plain is not None:
        yield plain


def _equal(condition: exp.Expr | None, right: set[str], only: str) -> Equal:
    """Return the columns of both sides that a condition compares for equality."""
    pairs: set[tuple[Column, Column]] = set()
    for part in _conditions(condition):
        one, two = (_column(part.left, only), _column(part.right, only)) if isinstance(part, exp.EQ) else (None, None)
        if one and two and (one[0] in right) != (two[0] in right):
            pairs.add((two, one) if one[0] in right else (one, two))
    return frozenset(pairs)


def _using(made: exp.Join, left: Rows, name: str) -> Equal:
    columns = {column.name.lower() for column in made.args.get("using") or []}
    return frozenset((key, (name, key[1])) for key in left.keys if key[1] in columns)


def _is_rare(part: exp.Expr) -> bool:
    """Return whether a condition is that of rejected rows, or of rows that replace others."""
    return bool(_RARE.match(part.sql("redshift").split(".")[-1]))


def _limited(where: exp.Expr | None, scope: Scope, only: str) -> set[str]:
    """Return the sources of which a condition leaves a part only: it compares a time or a file with a value."""
    names: set[str] = set()
    for part in _conditions(where):
        if isinstance(part, exp.Boolean) and not part.this:
            return set(scope.selected_sources)
        columns = [column for column in part.find_all(exp.Column) if column.parent_select is scope.expression]
        sources = {column.table or only for column in columns}
        is_timed = all(_TIME.search(column.name.lower()) for column in columns) and isinstance(part, _COMPARISONS)
        # `in (select ...)` is a join of its own.
        is_join = isinstance(part, exp.In) and part.args.get("query") is not None
        if len(sources) == 1 and not is_join and (is_timed or _is_rare(part)):
            names |= sources
    return names


def _is_total(shown: exp.Expr) -> bool:
    """Return whether an expression adds up all rows of its query."""
    return any(
        found.parent_select is shown.parent_select
        and not isinstance(found.find_ancestor(exp.Window, exp.Select), exp.Window)
        for found in shown.find_all(exp.AggFunc)
    )


def _windows(select: exp.Select) -> Iterator[exp.Window]:
    return (window for shown in select.selects for window in shown.find_all(exp.Window))


def _keeps(window: exp.Window, rows: Rows, only: str) -> bool:
    """Return whether a window function finds its rows where they are."""
    return any(_column(column, only) in rows.keys for column in window.args.get("partition_by") or [])


def _output(select: exp.Select, rows: Rows, only: str) -> Rows:
    """Return the rows as the query names their columns, after it has grouped them."""
    keys: set[Column] = set()
    for shown in select.selects:
        plain = shown.unalias()
        if isinstance(plain, exp.Star) or (isinstance(plain, exp.Column) and isinstance(plain.this, exp.Star)):
            source = plain.table if isinstance(plain, exp.Column) else ""
            keys |= {("", key[1]) for key in rows.keys if not source or key[0] == source}
        elif _column(plain, only) in rows.keys:
            keys.add(("", shown.alias_or_name.lower()))
    if not select.args.get("group") and any(map(_is_total, select.selects)):
        # One row.
        return Rows(Style.SPREAD)
    grouped = select.args.get("group") or select.args.get("distinct")
    style = rows.style
    if style is Style.KEY and not (keys and all(_keeps(window, rows, only) for window in _windows(select))):
        style, keys = Style.SPREAD, set()
    return replace(rows.grouped() if grouped else rows, style=style, keys=frozenset(keys))
