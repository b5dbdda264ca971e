"""What Redshift refuses though PostgreSQL would run it, and what the stand-in cannot judge: rules over parsed queries.

Each rule names the page of the AWS guide (Amazon Redshift Database Developer Guide) that it stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from .tokens import RefusedError, tokens

_HERE = Path(__file__).parent
REDSHIFT_FUNCTIONS = frozenset((_HERE / "functions.txt").read_text().split())
RESERVED_WORDS = frozenset((_HERE / "reserved.txt").read_text().split())

# Functions that mean the same in the stand-in: PostgreSQL's own, or written anew in setup.psql. The rest it cannot judge.
JUDGED_FUNCTIONS = frozenset(
    """
    abs add_months any_value ascii bool_and bool_or btrim ceil ceiling char_length charindex chr coalesce concat
    convert_timezone count current_database current_date current_user date_part date_trunc dateadd datediff dense_rank
    exp extract first_value floor getdate greatest initcap lag last_day last_value lead least left len length ln lower
    lpad ltrim max md5 min mod nth_value ntile nullif nvl octet_length percent_rank pg_backend_pid position power random rank
    regexp_replace regexp_substr repeat replace replicate reverse right round row_number rpad rtrim session_user sha2
    sign split_part sqrt strpos substring sum sysdate to_char translate trim trunc upper version
    """.split()
)
LEADER_ONLY_FUNCTIONS = frozenset(
    """
    age current_schema current_schemas current_time current_timestamp factorial generate_series get_bit get_byte getbit
    has_database_privilege has_schema_privilege has_table_privilege isfinite localtime localtimestamp now set_bit
    set_byte substr to_ascii
    """.split()
)
# Called without brackets.
_LEADER_ONLY_WORDS = frozenset(["current_time", "current_timestamp", "localtime", "localtimestamp"])
# Words before a bracket that call nothing: keywords, types and the clauses of windows.
_NO_FUNCTIONS = frozenset(
    """
    all and any as between bigint boolean by case cast char character decimal default distinct double else end except
    exists filter from group having in inner insert integer intersect interval into is join key like limit minus not
    null numeric on or order over partition precision references returning rows select set some table then timestamp
    timestamptz try_cast union unique update using values varchar varying when where with within grouping sets
    """.split()
)
_UNKNOWN_TYPES = frozenset("json jsonb uuid bytea money serial bigserial xml inet cidr hstore bit array enum".split())
_FRAMED = (exp.Sum, exp.Avg, exp.Count, exp.Min, exp.Max, exp.FirstValue, exp.LastValue, exp.NthValue)
# Literals of dbt's own snapshots and unit tests, which meet none but their like.
_DBT_LITERALS = frozenset(["actual_or_expected", "dbt_change_type"])
_ROUNDED_DIVISION = "round(cast(a as decimal(p, s)) / nullif(cast(b as decimal(p, s)), 0), n)"


@dataclass(frozen=True)
class Query:
    """A parsed query, and what it reads.

    Attributes:
        words: the functions that it calls.
        bare_words: all its words.
        user_tables: tables and views of the warehouse that it names.
        system_tables: catalogue tables that it names.
        external_schemas: schemas that hold external tables.
    """

    tree: exp.Expression
    words: frozenset[str]
    bare_words: frozenset[str]
    user_tables: tuple[exp.Table, ...]
    system_tables: tuple[exp.Table, ...]
    external_schemas: frozenset[str]


Rule = Callable[[Query], Iterator[str]]
RULES: list[tuple[str, Rule]] = []


def _rule(page: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        RULES.append((page, rule))
        return rule

    return register


def judge(sql: str, external_schemas: frozenset[str] = frozenset()) -> Query:
    """Check a query, insert, update or delete against all rules.

    Raises:
        RefusedError: Redshift would refuse it, or the stand-in cannot judge it; every broken rule is in the message.
    """
    query = _parse(sql, external_schemas)
    if query.system_tables and not query.user_tables:
        return query  # The adapter's questions to the catalogue run on the leader node, as PostgreSQL would run them.
    found = [f"{problem} [AWS guide: {page}]" for page, rule in RULES for problem in dict.fromkeys(rule(query))]
    if found:
        raise RefusedError("; ".join(found))
    return query


def _parse(sql: str, external_schemas: frozenset[str]) -> Query:
    try:
        tree = sqlglot.parse_one(sql, read="redshift")
    except SqlglotError as error:
        raise RefusedError(f"cannot judge: the statement does not parse: {str(error).splitlines()[0]}") from error
    names = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    tables = [
        table
        for table in tree.find_all(exp.Table)
        if isinstance(table.this, exp.Identifier) and (table.db or table.name.lower() not in names)
    ]
    system = tuple(table for table in tables if _is_system(table))
    user = tuple(table for table in tables if not _is_system(table))
    found = tokens(sql)
    targets = {table.name.lower() for table in tables}
    words = frozenset(
        token.word
        for before, token, after in zip([None, *found], found, found[1:], strict=False)
        if after.kind == "L_PAREN"
        and not token.word.startswith('"')
        and token.word.isidentifier()
        and (before is None or before.kind != "DOT")
    )
    called = words - _NO_FUNCTIONS - names - targets
    return Query(tree, called, frozenset(token.word for token in found), user, system, external_schemas)


def _is_system(table: exp.Table) -> bool:
    schema, name = table.db.lower(), table.name.lower()
    return schema in ("information_schema", "pg_catalog") or (
        not schema and name.startswith(("pg_", "svv_", "svl_", "stl_", "stv_", "sys_"))
    )


@_rule("c_SQL_functions_leader_node_only")
def leader_only_functions(query: Query) -> Iterator[str]:
    """Functions of the leader node cannot touch tables, which live on the compute nodes."""
    if query.user_tables:
        table = query.user_tables[0].name
        called = (query.words | query.bare_words & _LEADER_ONLY_WORDS) & LEADER_ONLY_FUNCTIONS
        for name in sorted(called):
            yield f"{name} runs on the leader node only and cannot be used with table {table}"


@_rule("c_SQL_functions")
def unknown_functions(query: Query) -> Iterator[str]:
    """Functions that Redshift does not have, and those that the stand-in does not imitate."""
    for name in sorted(query.words - LEADER_ONLY_FUNCTIONS - JUDGED_FUNCTIONS):
        if name in REDSHIFT_FUNCTIONS:
            yield f"cannot judge: the stand-in does not imitate function {name}()"
        else:
            yield f"Redshift has no function {name}()"


@_rule("c_join_PG")
def catalogue_with_tables(query: Query) -> Iterator[str]:
    """Catalogue tables live on the leader node and cannot be joined to user tables."""
    if query.system_tables and query.user_tables:
        yield f"catalogue table {query.system_tables[0].name} cannot be joined to table {query.user_tables[0].name}"


@_rule("c_unsupported-postgresql-features")
def unsupported_syntax(query: Query) -> Iterator[str]:
    """Syntax that PostgreSQL has and Redshift has not."""
    tree = query.tree
    for node, what in (
        (exp.Filter, "an aggregate with filter (where ...): use sum(case when ... then 1 else 0 end)"),
        (exp.Lateral, "lateral"),
        (exp.NullSafeEQ, "is not distinct from"),
        (exp.NullSafeNEQ, "is distinct from"),
        (exp.Returning, "returning"),
        (exp.OnConflict, "on conflict"),
        (exp.TableSample, "tablesample"),
        (exp.Array, "array[...]"),
        (exp.JSONExtractScalar, "the operator ->>"),
    ):
        if tree.find(node):
            yield f"Redshift does not know {what}"
    if any(distinct.args.get("on") for distinct in tree.find_all(exp.Distinct)):
        yield "Redshift does not know distinct on"
    if any(not isinstance(values.parent, exp.Insert) for values in tree.find_all(exp.Values)):
        yield "Redshift does not know values as a table"
    if any(len(concat.expressions) > 2 for concat in tree.find_all(exp.Concat)):
        yield "concat takes two arguments on Redshift: use ||"
    for with_ in tree.find_all(exp.With):
        if with_.args.get("recursive"):
            yield "cannot judge: with recursive"
    for construct in (exp.Qualify, exp.Pivot, exp.Merge, exp.Unnest):
        if tree.find(construct):
            yield f"cannot judge: {construct.__name__.lower()}"


@_rule("c_Supported_data_types")
def unsupported_types(query: Query) -> Iterator[str]:
    """Types that Redshift does not have."""
    for data_type in query.tree.find_all(exp.DataType):
        name = data_type.this.name.lower() if isinstance(data_type.this, exp.DataType.Type) else ""
        if name in _UNKNOWN_TYPES:
            yield f"Redshift does not know type {name}"


@_rule("r_WF_first_value")
def window_frames(query: Query) -> Iterator[str]:
    """An aggregate with an ordered window needs a frame, and frames count rows."""
    for window in query.tree.find_all(exp.Window):
        function, frame = window.this, window.args.get("spec")
        if isinstance(function, exp.IgnoreNulls | exp.RespectNulls):
            function = function.this
        if isinstance(function, _FRAMED) and window.args.get("order") and frame is None:
            yield f"{function.sql_name().lower()} over (order by ...) needs an explicit rows frame on Redshift"
        if frame is not None and str(frame.args.get("kind")).upper() != "ROWS":
            yield "Redshift knows window frames of rows only"
        if isinstance(window.args.get("alias"), exp.Identifier):
            yield "Redshift does not know named windows"


@_rule("r_pg_keywords")
def reserved_words(query: Query) -> Iterator[str]:
    """A reserved word is no name unless it is quoted."""
    for identifier in query.tree.find_all(exp.Identifier):
        if (
            not identifier.args.get("quoted")
            and identifier.name.lower() in RESERVED_WORDS
            and isinstance(identifier.parent, exp.Alias | exp.Column | exp.TableAlias)
        ):
            yield f"{identifier.name} is a reserved word on Redshift: take another name"


@_rule("r_SELECT_list")
def lateral_aliases(query: Query) -> Iterator[str]:
    """A name given in a select list and used again in it: the column of that name wins where there is one."""
    for select in query.tree.find_all(exp.Select):
        given: set[str] = set()
        for item in select.expressions:
            for name in _bare_names(item) & given:
                yield (
                    f"lateral alias: {name} is given and used in the same select list, where a column of that name "
                    "would win: give it a name in a CTE of its own"
                )
            if isinstance(item, exp.Alias) and not (
                isinstance(item.this, exp.Column) and item.this.name.lower() == item.alias.lower()
            ):
                given.add(item.alias.lower())
        for clause in ("where", "having", "group"):
            part = select.args.get(clause)
            for name in _bare_names(part) & given if part is not None else ():
                yield f"alias {name} is used in {clause}: give it a name in a CTE of its own"


def _bare_names(expression: exp.Expression) -> set[str]:
    """Names of the columns without table that an expression uses itself, its subqueries aside."""
    return {
        column.name.lower()
        for column in expression.walk(prune=lambda node: isinstance(node, exp.Subquery | exp.Select))
        if isinstance(column, exp.Column) and not column.table
    }


@_rule("r_numeric_computations201")
def divisions(query: Query) -> Iterator[str]:
    """A quotient keeps few decimals, and integers divide to integers: types must be stated and the result rounded."""
    for division in query.tree.find_all(exp.Div):
        operands = [_decimal(division.left), _decimal(division.right)]
        rounding = division.find_ancestor(exp.Round, exp.Select)
        if not isinstance(rounding, exp.Round) or None in operands:
            yield f"division is not rounded, or its operands' types are not stated: write {_ROUNDED_DIVISION}"
            continue
        (p1, s1), (p2, s2) = operands  # type: ignore[misc]
        digits = int(rounding.args["decimals"].name) if rounding.args.get("decimals") else 0
        scale = max(4, s1 + p2 - s2 + 1)
        precision = p1 - s1 + s2 + scale
        kept = scale if precision <= 38 else max(38 + scale - precision, 4)
        if kept <= digits:
            yield f"division keeps {kept} decimals on Redshift, so it cannot be rounded to {digits}"


def _decimal(operand: exp.Expression) -> tuple[int, int] | None:
    """Precision and scale of an operand that is cast to a decimal; none where that is not said."""
    operand = operand.unnest()
    if isinstance(operand, exp.Nullif):
        operand = operand.this.unnest()
    if isinstance(operand, exp.Cast) and operand.to.is_type("decimal") and len(operand.to.expressions) == 2:
        precision, scale = (int(parameter.this.name) for parameter in operand.to.expressions)
        return precision, scale
    return None


@_rule("r_AVG")
def averages(query: Query) -> Iterator[str]:
    """avg keeps the scale of a decimal and truncates integers."""
    if query.tree.find(exp.Avg):
        yield "avg keeps the scale of its argument on Redshift: divide the sum by the count and round"


@_rule("r_UNION")
def untyped_literals(query: Query) -> Iterator[str]:
    """A literal that leaves a subquery without a cast has no type: it fits no column of a union, join or comparison."""
    for select in query.tree.find_all(exp.Select):
        if isinstance(select.parent, exp.CTE | exp.Subquery):
            for item in select.expressions:
                value = item.unalias()
                if item.alias_or_name in _DBT_LITERALS:
                    continue
                if isinstance(value, exp.Null) or (isinstance(value, exp.Literal) and value.is_string):
                    yield f"{item.alias_or_name or value.sql()} is a literal without type: cast it"


@_rule("r_correlated_subqueries")
def correlated_subqueries(query: Query) -> Iterator[str]:
    """Redshift can run some correlated subqueries and refuses others, by rules that only its planner knows."""
    for scope in _scopes(query):
        if scope.is_subquery and any(
            column.table and column.table not in scope.selected_sources for column in scope.external_columns
        ):
            yield "cannot judge: a correlated subquery; join instead"


@_rule("c-spectrum-external-tables")
def pseudo_columns(query: Query) -> Iterator[str]:
    """`"$path"` belongs to external tables alone; `select *` does not bring it along."""
    for scope in _scopes(query):
        for column in scope.columns:
            if column.name in ("$path", "$size"):
                source = scope.sources.get(column.table) or (
                    next(iter(scope.sources.values())) if len(scope.sources) == 1 else None
                )
                if not isinstance(source, exp.Table) or source.db.lower() not in query.external_schemas:
                    yield f'"{column.name}" exists in external tables only, and only where it is named'


def _scopes(query: Query) -> list[Scope]:
    tree = query.tree
    if isinstance(tree, exp.Insert):
        tree = tree.expression
    if isinstance(tree, exp.Delete | exp.Update):
        return [
            scope for part in tree.find_all(exp.Select) if part.parent_select is None for scope in traverse_scope(part)
        ]
    try:
        return traverse_scope(tree) if isinstance(tree, exp.Query) else []
    except SqlglotError as error:
        raise RefusedError(f"cannot judge: {error}") from error
