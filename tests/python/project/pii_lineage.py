"""Follows the columns that identify a person from the contract to every model, over the compiled SQL of a dbt manifest.

The contract tags columns (`pii: direct | quasi`); each column of a model is derived from columns of what it reads. What
counts is the value: what a projection is computed from. A filter, a join, a grouping or an order shows no value, and
neither does a test (`x is null`, `x = y`, the conditions of a `case`) or a count: they tell whether, not what.

Two things mask a value: SHA-256 of a concatenation in which the salt is one of the parts, and for a `quasi` column the
year. Everything else, MD5 and unsalted SHA-256 included, hands it on. What cannot be followed is a problem, not a pass.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

TAGS = ("direct", "quasi")
SALT = ("secrets.pii_salt", "salt")
READERS = ["role:pii_reader"]

# What bronze tables have beside the contract's columns: the partition, and the file by DuckDB's and Redshift's name.
BRONZE_COLUMNS = ("dt", "filename", "$path")

# A digest of whole rows that silver compares deliveries by. Whoever reads it there reads the values beside it.
UNTAGGED_DIGEST = "_row_hash"

# Expressions that may stand without an expression inside, and then show no column.
WITHOUT_PARTS = (exp.Literal, exp.Boolean, exp.Null, exp.Identifier, exp.Var, exp.DataType, exp.Interval, exp.Func)

Manifest = Mapping[str, Any]
Node = Mapping[str, Any]


@dataclass(frozen=True)
class Origin:
    """A column that personal data, or the salt, comes from.

    Attributes:
        table: the source as `source.table`, or the seed.
        column: its name.
        tag: `direct` or `quasi`; `salt` for the salt itself.
    """

    table: str
    column: str
    tag: str

    def __str__(self) -> str:
        """Name it the way sentences do."""
        return f"{self.table}.{self.column} ({self.tag})"


@dataclass(frozen=True)
class Way:
    """How an origin's value got here.

    Attributes:
        columns: the columns it passed, in order.
        hashed: it is here as unsalted SHA-256 only.
    """

    columns: tuple[str, ...] = ()
    hashed: bool = False


Lineage = dict[Origin, Way]
"""The origins whose value a column shows, each with the way it came."""

Columns = dict[str, Lineage]
"""The columns of a table or of a query, by name."""


class UnresolvedError(Exception):
    """Something in the SQL cannot be followed; the message ends the sentence `x cannot be followed: ...`."""


def problems(manifest: Manifest) -> list[str]:
    """Return a sentence for everything that breaks the rules of personal data, or that cannot be judged.

    Args:
        manifest: a dbt manifest whose models are compiled.
    """
    found = list(_unknown_tags(manifest))
    dialect = manifest["metadata"]["adapter_type"]
    tables = {_key(node, dialect): _declared(node) for node in _origin_tables(manifest)}
    for node in _in_order(manifest):
        try:
            columns, unresolved = _columns(node, tables, manifest)
        except UnresolvedError as error:
            found.append(f"{node['name']} cannot be followed: {error}.")
            columns, unresolved = {}, {}
        else:
            found += [f"{node['name']}.{column} cannot be followed: {why}." for column, why in unresolved.items()]
            found += _judged(node, columns, unresolved)
        # What could not be followed is a problem already; it need not be one of everything downstream, too.
        names = [*columns, *unresolved, *(name.lower() for name in node["columns"])]
        if node.get("relation_name"):
            tables[_key(node, dialect)] = _passed_on(node, {name: columns.get(name, {}) for name in names})
    return found


def waived_columns(manifest: Manifest) -> list[str]:
    """Return the columns, as `model.column`, whose YAML waives the rules by `pii_waiver`."""
    return sorted(
        f"{node['name']}.{name}"
        for node in manifest["nodes"].values()
        for name, column in node["columns"].items()
        if "pii_waiver" in _meta(column)
    )


def _origin_tables(manifest: Manifest) -> Iterator[Node]:
    """Return what models read but no SQL makes: sources and seeds."""
    yield from manifest["sources"].values()
    yield from (node for node in manifest["nodes"].values() if node["resource_type"] == "seed")


def _in_order(manifest: Manifest) -> list[Node]:
    """Return what SQL makes, each after all that it reads: models, snapshots, and tests that store rows."""
    nodes = {
        key: node
        for key, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "snapshot")
        or (node["resource_type"] == "test" and _stores_rows(node["config"]))
    }
    order = TopologicalSorter({key: node["depends_on"]["nodes"] for key, node in nodes.items()})
    return [nodes[key] for key in order.static_order() if key in nodes]


def _stores_rows(config: Mapping[str, Any]) -> bool:
    return bool(config.get("store_failures") or config.get("store_failures_as"))


def _meta(column: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the meta of a column's YAML: below `config`, or where it stood before dbt 1.10."""
    return {**(column.get("meta") or {}), **((column.get("config") or {}).get("meta") or {})}


def _tags(node: Node) -> dict[str, str]:
    """Return the valid tags of a node's columns, by column."""
    tags = {name.lower(): _meta(column).get("pii") for name, column in node["columns"].items()}
    return {name: tag for name, tag in tags.items() if tag in TAGS}


def _unknown_tags(manifest: Manifest) -> Iterator[str]:
    for node in (*manifest["sources"].values(), *manifest["nodes"].values()):
        for name, column in node["columns"].items():
            tag = _meta(column).get("pii", TAGS[0])
            if tag not in TAGS:
                yield f"{_title(node)}.{name} is tagged `pii: {tag}`, which is neither direct nor quasi."


def _title(node: Node) -> str:
    return f"{node['source_name']}.{node['name']}" if node["resource_type"] == "source" else node["name"]


def _is_bronze(node: Node) -> bool:
    return node["resource_type"] == "source" and _title(node) != SALT[0]


def _declared(node: Node) -> Columns:
    """Return the columns of a source or seed: here lineage begins."""
    title, tags = _title(node), _tags(node)
    columns: Columns = {name: {} for name in BRONZE_COLUMNS} if _is_bronze(node) else {}
    for name in map(str.lower, node["columns"]):
        tag = "salt" if (title, name) == SALT else tags.get(name)
        columns[name] = {Origin(title, name, tag): Way()} if tag else {}
    return columns


def _passed_on(node: Node, columns: Columns) -> Columns:
    """Return the columns of a node as what reads it sees them: the way is one step longer."""
    return {
        name: {origin: Way((*way.columns, f"{node['name']}.{name}"), way.hashed) for origin, way in lineage.items()}
        for name, lineage in columns.items()
    }


def _judged(node: Node, columns: Columns, unresolved: Container[str]) -> Iterator[str]:
    """Hold the columns of a node, but those that could not be followed, against the rules of its layer."""
    in_silver = node["config"].get("schema") == "silver"
    readers = (node["config"].get("grants") or {}).get("select")
    tags = _tags(node)
    declared = {name.lower(): _meta(column) for name, column in node["columns"].items()}
    for name in dict.fromkeys((*columns, *declared)):
        if name in unresolved:
            continue
        title = f"{node['name']}.{name}"
        lineage = dict(columns.get(name, {}))
        for origin in [origin for origin in lineage if origin.tag == "salt"]:
            yield f"{title} shows the salt{_route(lineage.pop(origin))}: whoever reads it can undo the pseudonyms."
        meta = declared.get(name, {})
        if "pii_waiver" in meta:
            if not (lineage and isinstance(meta["pii_waiver"], str) and meta["pii_waiver"].strip()):
                yield f"{title} has a `pii_waiver` without a reason, or without personal data to waive: remove it."
        elif in_silver or readers == READERS:
            yield from _tagging(title, lineage, tags.get(name), in_silver and name == UNTAGGED_DIGEST)
        else:
            for origin, way in lineage.items():
                how = "hashed without the salt" if way.hashed else "unmasked"
                yield (
                    f"{title} shows {origin} {how}{_route(way)}: "
                    f"mask it with pseudonym(), or grant select on the model to {READERS[0]} alone."
                )
            if name in tags and not lineage:
                yield _needless(title, tags[name])


def _tagging(title: str, lineage: Lineage, tag: str | None, digest_is_allowed: bool) -> Iterator[str]:
    """Compare a column's tag with that of the strongest of its origins."""
    if digest_is_allowed and tag is None and all(way.hashed for way in lineage.values()):
        return
    if not lineage:
        if tag:
            yield _needless(title, tag)
        return
    origin, way = min(lineage.items(), key=lambda item: TAGS.index(item[0].tag))
    if tag != origin.tag:
        yield (
            f"{title} holds {origin}{_route(way)}, but is {f'tagged {tag}' if tag else 'not tagged'}: "
            f"tag it `pii: {origin.tag}` in its YAML."
        )


def _needless(title: str, tag: str) -> str:
    return f"{title} is tagged {tag}, but no tagged column reaches it: tags begin in the contract, in models/bronze."


def _route(way: Way) -> str:
    *others, last = way.columns or ("",)
    if not last:
        return ""
    return f", by way of {', '.join(others)} and {last}" if others else f", by way of {last}"


def _key(node: Node, dialect: str) -> tuple[str, ...]:
    return _table_key(exp.to_table(node["relation_name"], dialect=dialect))


def _table_key(table: exp.Table) -> tuple[str, ...]:
    return tuple(part.name.lower() for part in table.parts)


def _columns(
    node: Node, tables: Mapping[tuple[str, ...], Columns], manifest: Manifest
) -> tuple[Columns, dict[str, str]]:
    """Return the columns that a node's SQL makes, and those that cannot be followed, each with the reason.

    Raises:
        UnresolvedError: the SQL as a whole cannot be followed.
    """
    dialect = manifest["metadata"]["adapter_type"]
    sql = _sql(node, manifest)
    if not node.get("relation_name"):
        return _Query(sql, tables, dialect).columns()
    # An incremental model may read itself: then what it holds is found by going round until nothing is added.
    own = {name.lower(): Lineage() for name in node["columns"]}
    while True:
        known = {**tables, _key(node, dialect): _passed_on(node, own)}
        columns, unresolved = _Query(sql, known, dialect).columns()
        if node["resource_type"] == "snapshot":
            columns |= _snapshot_columns(node, columns)
        merged = {name: _merged(own.get(name, {}), columns.get(name, {})) for name in (*own, *columns)}
        if merged == own:
            return columns, unresolved
        own = merged


def _sql(node: Node, manifest: Manifest) -> str:
    """Return the compiled SQL of a node; a snapshot without any copies the one table it depends on."""
    if node.get("language", "sql") == "sql" and node.get("compiled_code"):
        return str(node["compiled_code"])
    upstream = node["depends_on"]["nodes"]
    if node["resource_type"] == "snapshot" and len(upstream) == 1:
        parent = {**manifest["nodes"], **manifest["sources"]}[upstream[0]]
        return f"select * from {parent['relation_name']}"
    raise UnresolvedError("it has no compiled SQL; the manifest has to come from `dbt compile`")


def _snapshot_columns(node: Node, columns: Columns) -> Columns:
    """Return the columns that dbt adds to a snapshot: an id, which is a hash of the unique key, and times."""
    unique_key = node["config"].get("unique_key") or []
    keys = [unique_key] if isinstance(unique_key, str) else unique_key
    times = [node["config"]["updated_at"]] if node["config"].get("updated_at") else []
    if missing := [name for name in (*keys, *times) if name.lower() not in columns]:
        raise UnresolvedError(f"its unique_key or updated_at {missing[0]!r} is no column of what it reads")
    key, time = (_merged(*(columns[name.lower()] for name in names)) for names in ((*keys, *times), times))
    return {
        "dbt_scd_id": key,
        "dbt_updated_at": time,
        "dbt_valid_from": time,
        "dbt_valid_to": time,
    }


def _merged(*lineages: Lineage) -> Lineage:
    """Return everything of several lineages; where an origin came several ways, the first one that is not hashed."""
    merged = Lineage()
    for lineage in lineages:
        for origin, way in lineage.items():
            if origin not in merged or (merged[origin].hashed and not way.hashed):
                merged[origin] = way
    return merged


class _Query:
    """One compiled query, every column of it led back to columns of the tables it reads."""

    def __init__(self, sql: str, tables: Mapping[tuple[str, ...], Columns], dialect: str) -> None:
        """Parse the SQL and give every column its table and every star its columns.

        Raises:
            UnresolvedError: it is no query that can be read.
        """
        self.tables = tables
        schema = MappingSchema(dialect=dialect)
        try:
            for key, columns in tables.items():
                schema.add_table(
                    exp.table_(key[-1], *reversed(key[:-1]), quoted=True),
                    {exp.to_identifier(name): "unknown" for name in columns},
                    dialect=dialect,
                )
            tree = qualify(
                parse_one(sql, dialect=dialect),
                dialect=dialect,
                schema=schema,
                validate_qualify_columns=False,
                quote_identifiers=False,
                identify=False,
            )
            root = build_scope(tree)
        except (SqlglotError, AttributeError) as error:  # the latter for what sqlglot takes for a query and is none
            raise UnresolvedError(f"its SQL cannot be read ({str(error).splitlines()[0]})") from error
        if root is None:
            raise UnresolvedError("its SQL is no query")
        if any(part.args.get("recursive") for part in tree.find_all(exp.With)):
            raise UnresolvedError("it has a recursive query")
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
        """Return the columns that a select or union makes."""
        # A union of many parts is a union of a union, and so on: from the innermost out, before Python's stack ends.
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
            raise UnresolvedError(f"it holds a {type(query).__name__.lower()} where a select is expected")
        outputs: dict[str, Lineage | UnresolvedError] = {}
        for projection in query.selects:
            if _has_star(projection):
                raise UnresolvedError(f"`{projection.sql()}` stands for columns that nothing declares")
            name = projection.alias_or_name.lower()
            outputs[name] = _both(outputs.get(name, Lineage()), self._tried(projection, scope))
        return outputs

    def _union(self, scope: Scope) -> dict[str, Lineage | UnresolvedError]:
        parts = scope.set_operation_scopes
        first, second = (self._outputs(part) for part in parts)
        if scope.expression.args.get("by_name"):
            names = dict.fromkeys((*first, *second))
            return {name: _both(first.get(name, Lineage()), second.get(name, Lineage())) for name in names}
        if len({len(first), len(second), *(len(part.expression.named_selects) for part in parts)}) != 1:
            raise UnresolvedError("the parts of a union differ in their columns, or one has two of a name")
        return {name: _both(one, other) for (name, one), other in zip(first.items(), second.values(), strict=True)}

    def _tried(self, node: exp.Expression, scope: Scope) -> Lineage | UnresolvedError:
        try:
            return self._value(node, scope)
        except UnresolvedError as error:
            return error

    def _value(self, node: exp.Expression, scope: Scope) -> Lineage:
        """Return the origins whose value an expression shows."""
        match node:
            case exp.Column():
                return self._column(node, scope)
            case exp.TableColumn() | exp.PositionalColumn() | exp.Lambda() | exp.Placeholder() | exp.Parameter():
                raise UnresolvedError(f"`{node.sql()}` is no column")
            # Whether, not what; and how many.
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
                    raise UnresolvedError(f"`{node.sql()}` is not where a subquery is expected")
                return _merged(*(_certain(lineage) for lineage in self._outputs(inner).values()))
        parts = list(node.iter_expressions())
        if not parts and not isinstance(node, WITHOUT_PARTS):
            raise UnresolvedError(f"`{node.sql()}` is a {type(node).__name__}, which may show anything")
        lineage = self._values(parts, scope)
        if _is_year(node):
            return {origin: way for origin, way in lineage.items() if origin.tag != "quasi"}
        return lineage

    def _values(self, nodes: Iterable[exp.Expression | None], scope: Scope) -> Lineage:
        return _merged(*(self._value(node, scope) for node in nodes if node is not None))

    def _hashed(self, argument: exp.Expression, scope: Scope) -> Lineage:
        """Return what is left of a value behind SHA-256: nothing when the whole salt is one of the hashed parts."""
        for part in _parts(argument):
            if isinstance(part, exp.Column | exp.Subquery):
                origins = self._value(part, scope)
                if origins and all(origin.tag == "salt" for origin in origins):
                    return {}
        return {origin: Way(way.columns, hashed=True) for origin, way in self._value(argument, scope).items()}

    def _column(self, column: exp.Column, scope: Scope) -> Lineage:
        """Return what a column of a table, a CTE or a subquery is derived from."""
        table, name = column.table, column.name.lower()
        inner: Scope | None = scope
        while inner is not None and table not in inner.sources:
            inner = inner.parent  # a subquery may use the columns of the query around it
        if inner is None or not table:
            raise UnresolvedError(f"`{column.sql()}` is a column of nothing that is known here")
        source = inner.sources[table]
        if isinstance(source, exp.Table):
            columns: Mapping[str, Lineage | UnresolvedError] = self._table(source)
        elif isinstance(source.expression, exp.Unnest | exp.Values):
            return self._values(source.expression.args["expressions"], inner)
        else:
            columns = self._outputs(source)
        if name not in columns:
            raise UnresolvedError(f"`{column.sql()}` is no known column of `{table}`")
        return _certain(columns[name])

    def _table(self, table: exp.Table) -> Columns:
        if table.args.get("pivots") or table.alias_column_names or _table_key(table) not in self.tables:
            raise UnresolvedError(f"`{table.sql()}` is no table that the manifest knows")
        return self.tables[_table_key(table)]


def _both(one: Lineage | UnresolvedError, other: Lineage | UnresolvedError) -> Lineage | UnresolvedError:
    if isinstance(one, UnresolvedError):
        return one
    return other if isinstance(other, UnresolvedError) else _merged(one, other)


def _certain(lineage: Lineage | UnresolvedError) -> Lineage:
    if isinstance(lineage, UnresolvedError):
        raise lineage
    return lineage


def _has_star(projection: exp.Expression) -> bool:
    """Return whether a star is left: one whose columns are not known, or one inside of an expression."""
    inside = projection.walk(prune=lambda node: isinstance(node, exp.Query | exp.Count))
    return any(isinstance(node, exp.Star) for node in inside)


def _parts(node: exp.Expression) -> Iterator[exp.Expression]:
    """Return the parts of a concatenation; of anything else itself."""
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


def _is_year(node: exp.Expression) -> bool:
    """Return whether an expression is the year of a date; DuckDB's date_part is no function of its own to sqlglot."""
    match node:
        case exp.Year():
            return True
        case exp.Extract():
            return node.this.name.lower() == "year"
        case exp.Anonymous():
            return node.name.lower() == "date_part" and node.expressions[0].name.lower() == "year"
    return False
