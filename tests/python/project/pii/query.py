"""One compiled query: traces each of its columns back to columns of the tables that it reads.

Only projections pass a value on. A filter, a join, a grouping or an order does not, and neither does a test
(`x is null`, `x = y`, the conditions of a `case`) or a count: they reveal whether there is a value, not which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

from tests.python.project.pii.lineage import Columns, Lineage, UnresolvedError, Way, merge, merge_outputs, traced

# Expressions without expressions inside that contain no column.
WITHOUT_PARTS = (exp.Literal, exp.Boolean, exp.Null, exp.Identifier, exp.Var, exp.DataType, exp.Interval, exp.Func)


def table_key(table: exp.Table) -> tuple[str, ...]:
    """Return the name of a table, in parts, as a key."""
    return tuple(part.name.lower() for part in table.parts)


class Query:
    """One compiled query."""

    def __init__(self, sql: str, tables: Mapping[tuple[str, ...], Columns], dialect: str) -> None:
        """Parse the SQL, qualify its columns and expand its stars.

        Raises:
            UnresolvedError: it is not a query that sqlglot can parse.
        """
        self.tables = tables
        schema = MappingSchema(dialect=dialect)
        try:
            parsed = parse_one(sql, dialect=dialect)
            # Only the tables that it reads: adding all of the project to each query took a third of the time.
            for key in {table_key(table) for table in parsed.find_all(exp.Table)} & tables.keys():
                *_, catalog, database, name = (None, None, *key)
                table = exp.table_(str(name), db=database, catalog=catalog, quoted=True)
                # Identifiers, because add_table would parse the text `$path` as a placeholder.
                types: Any = {exp.to_identifier(column): "unknown" for column in tables[key]}
                schema.add_table(table, types, dialect=dialect)
            tree = qualify(
                parsed,
                dialect=dialect,
                schema=schema,
                validate_qualify_columns=False,
                quote_identifiers=False,
                identify=False,
            )
            root = build_scope(tree)
        except (SqlglotError, AttributeError) as error:  # AttributeError: sqlglot took something else for a query
            raise UnresolvedError(f"its SQL cannot be parsed ({str(error).splitlines()[0]})") from error
        if root is None:
            raise UnresolvedError("its SQL is not a query")
        if any(part.args.get("recursive") for part in tree.find_all(exp.With)):
            raise UnresolvedError("it contains a recursive query")
        self.root = root
        self.scopes = {id(scope.expression): scope for scope in root.traverse()}
        self.outputs: dict[int, dict[str, Lineage | UnresolvedError]] = {}

    def columns(self) -> tuple[Columns, dict[str, str]]:
        """Return the columns that can be followed, and for the others the reason why not."""
        outputs = self._outputs(self.root)
        return (
            {name: lineage for name, lineage in outputs.items() if not isinstance(lineage, UnresolvedError)},
            {name: str(lineage) for name, lineage in outputs.items() if isinstance(lineage, UnresolvedError)},
        )

    def _outputs(self, scope: Scope) -> dict[str, Lineage | UnresolvedError]:
        """Return the columns of a select or union."""
        # A union of many parts is nested. Work from the inside out, or the recursion exceeds Python's stack.
        parts = [scope]
        while isinstance(parts[-1].expression, exp.SetOperation) and id(parts[-1].expression) not in self.outputs:
            parts.append(parts[-1].set_operation_scopes[0])
        for part in reversed(parts):
            if id(part.expression) not in self.outputs:
                self.outputs[id(part.expression)] = self._computed(part)
        return self.outputs[id(scope.expression)]

    def _computed(self, scope: Scope) -> dict[str, Lineage | UnresolvedError]:
        query = scope.expression
        if isinstance(query, exp.SetOperation):
            return self._union(scope)
        if not isinstance(query, exp.Select):
            raise UnresolvedError(f"it contains a {type(query).__name__.lower()} instead of a select")
        outputs: dict[str, Lineage | UnresolvedError] = {}
        for projection in query.selects:
            if _has_star(projection):
                raise UnresolvedError(f"`{projection.sql()}` stands for columns that are not declared")
            name = projection.alias_or_name.lower()
            outputs[name] = merge_outputs(outputs.get(name, Lineage()), self._tried(projection, scope))
        return outputs

    def _union(self, scope: Scope) -> dict[str, Lineage | UnresolvedError]:
        parts = scope.set_operation_scopes
        first, second = (self._outputs(part) for part in parts)
        if scope.expression.args.get("by_name"):
            names = dict.fromkeys((*first, *second))
            return {name: merge_outputs(first.get(name, Lineage()), second.get(name, Lineage())) for name in names}
        if len({len(first), len(second), *(len(_query(part).named_selects) for part in parts)}) != 1:
            raise UnresolvedError("the parts of a union have different columns, or one has two columns with one name")
        return {
            name: merge_outputs(one, other) for (name, one), other in zip(first.items(), second.values(), strict=True)
        }

    def _tried(self, node: exp.Expr, scope: Scope) -> Lineage | UnresolvedError:
        try:
            return self._value(node, scope)
        except UnresolvedError as error:
            return error

    def _value(self, node: exp.Expr, scope: Scope) -> Lineage:
        """Return the origins of an expression's value."""
        match node:
            case exp.Column():
                return self._column(node, scope)
            case exp.TableColumn() | exp.PositionalColumn() | exp.Placeholder() | exp.Parameter():
                raise UnresolvedError(f"`{node.sql()}` is not a column")
            # Its parameter is an identifier, whose origins are those of the list that the lambda is applied to.
            case exp.Lambda():
                return self._values(node.find_all(exp.Column), scope)
            # These reveal whether there is a value or how many there are, not which.
            case exp.Predicate() | exp.Connector() | exp.Not() | exp.Count() | exp.CountIf() | exp.ApproxDistinct():
                return {}
            case exp.Case():
                results = [*(branch.args["true"] for branch in node.args["ifs"]), node.args.get("default")]
                return self._values(results, scope)
            case exp.If():
                return self._values([node.args["true"], node.args.get("false")], scope)
            case exp.Window() | exp.Filter():
                return self._value(node.this, scope)
            case exp.SHA2() | exp.SHA2Digest():
                return self._hashed(node.this, scope)
            case exp.Query() | exp.Subquery():
                inner = self.scopes.get(id(node.unnest()))
                if inner is None:
                    raise UnresolvedError(f"`{node.sql()}` is a subquery in an unexpected place")
                return merge(*(traced(lineage) for lineage in self._outputs(inner).values()))
        parts = list(node.iter_expressions())
        if not parts and not isinstance(node, WITHOUT_PARTS):
            raise UnresolvedError(f"`{node.sql()}` is a {type(node).__name__}, whose value is unknown")
        lineage = self._values(parts, scope)
        if _is_year(node):
            return {origin: way for origin, way in lineage.items() if origin.tag != "quasi"}
        return lineage

    def _values(self, nodes: Iterable[exp.Expr | None], scope: Scope) -> Lineage:
        return merge(*(self._value(node, scope) for node in nodes if node is not None))

    def _hashed(self, argument: exp.Expr, scope: Scope) -> Lineage:
        """Return the origins that remain after SHA-256: none if the whole salt is one of the hashed parts."""
        for part in _parts(argument):
            if isinstance(part, exp.Column | exp.Subquery):
                origins = self._value(part, scope)
                if origins and all(origin.tag == "salt" for origin in origins):
                    return {}
        return {origin: Way(way.columns, hashed=True) for origin, way in self._value(argument, scope).items()}

    def _column(self, column: exp.Column, scope: Scope) -> Lineage:
        """Return the origins of a column of a table, a CTE or a subquery."""
        table, name = column.table, column.name.lower()
        inner: Scope | None = scope
        while inner is not None and table not in inner.sources:
            inner = inner.parent  # a correlated subquery
        if inner is None or not table:
            raise UnresolvedError(f"`{column.sql()}` is not a column of a known table")
        source = inner.sources[table]
        if isinstance(source, exp.Table):
            columns: Mapping[str, Lineage | UnresolvedError] = self._table(source)
        elif isinstance(source.expression, exp.Unnest | exp.Values):
            return self._values(source.expression.args["expressions"], inner)
        else:
            columns = self._outputs(source)
        if name not in columns:
            raise UnresolvedError(f"`{column.sql()}` is not a known column of `{table}`")
        return traced(columns[name])

    def _table(self, table: exp.Table) -> Columns:
        if table.args.get("pivots") or table.alias_column_names or table_key(table) not in self.tables:
            raise UnresolvedError(f"`{table.sql()}` is not a table of the manifest")
        return self.tables[table_key(table)]


def _query(scope: Scope) -> exp.Query:
    if not isinstance(scope.expression, exp.Query):
        raise UnresolvedError("a part of a union is not a query")
    return scope.expression


def _has_star(projection: exp.Expr) -> bool:
    """Return whether a star could not be expanded, or is inside an expression."""
    inside = projection.walk(prune=lambda node: isinstance(node, exp.Query | exp.Count))
    return any(isinstance(node, exp.Star) for node in inside)


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    """Return the parts of a concatenation, or the expression itself."""
    match node:
        case exp.Paren() | exp.Cast():
            yield from _parts(node.this)
        case exp.DPipe():
            yield from _parts(node.left)
            yield from _parts(node.right)
        case exp.Concat():
            for part in node.expressions:
                yield from _parts(part)
        case _:
            yield node


def _is_year(node: exp.Expr) -> bool:
    """Return whether an expression is the year of a date. sqlglot has no class for DuckDB's date_part."""
    match node:
        case exp.Year():
            return True
        case exp.Extract():
            return bool(node.this.name.lower() == "year")
        case exp.Anonymous():
            return bool(node.name.lower() == "date_part" and node.expressions[0].name.lower() == "year")
    return False
