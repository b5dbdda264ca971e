"""What Redshift refuses though PostgreSQL would run it, and what the stand-in cannot judge: rules over parsed queries.

Each rule names the page of the AWS guide (Amazon Redshift Database Developer Guide) that it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from .tokens import RefusedError, Token, tokens

_HERE = Path(__file__).parent
REDSHIFT_FUNCTIONS = frozenset((_HERE / "functions.txt").read_text().split())
RESERVED_WORDS = frozenset((_HERE / "reserved.txt").read_text().split())

# Syntax that means the same on PostgreSQL: sqlglot's names of nodes, each with the parts that it may have.
JUDGED_SYNTAX = {
    name: frozenset(parts)
    for name, *parts in (line.split() for line in (_HERE / "syntax.txt").read_text().splitlines())
}

# Functions that mean the same in the stand-in: PostgreSQL's own, or written anew in setup.psql.
JUDGED_FUNCTIONS = frozenset(
    """
    abs add_months any_value ascii asin bool_and bool_or btrim ceil ceiling char_length charindex chr coalesce
    concat convert_timezone cos count current_database current_date current_user date_part date_trunc dateadd
    datediff dense_rank extract first_value floor getdate greatest initcap lag last_day last_value lead least left
    len length ln lower lpad ltrim max md5 min mod nth_value ntile nullif nvl octet_length percent_rank
    pg_backend_pid position power radians random rank regexp_replace regexp_substr repeat replace replicate reverse
    right round row_number rpad rtrim session_user sha2 sign sin split_part sqrt strpos substring sum sysdate
    to_char translate trim trunc upper version
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
SYSTEM_COLUMNS = frozenset("oid tableoid xmin cmin xmax cmax ctid".split())
_UNKNOWN_TYPES = frozenset("json jsonb uuid bytea money serial bigserial xml inet cidr hstore bit array enum".split())
# Casts to these lose digits or letters: queries.py watches over cast(... as ...).
_CHECKED_TYPES = frozenset(
    """
    smallint int2 integer int int4 bigint int8 boolean bool numeric decimal char nvarchar bpchar
    """.split()
)
_FRAMED = (exp.Sum, exp.Avg, exp.Count, exp.Min, exp.Max, exp.FirstValue, exp.LastValue, exp.NthValue)
# Literals of dbt's own snapshots and unit tests, which meet none but their like.
_DBT_LITERALS = frozenset(["actual_or_expected", "dbt_change_type"])
_ROUNDED_DIVISION = "round(cast(a as decimal(p, s)) / nullif(cast(b as decimal(p, s)), 0), n)"


@dataclass(frozen=True)
class Query:
    """A parsed query, and what it reads.

    Attributes:
        sql: its text.
        tokens: its text, taken apart.
        words: the functions that it calls.
        bare_words: all its words.
        user_tables: tables and views of the warehouse that it names.
        system_tables: catalogue tables that it names.
        external_schemas: schemas that hold external tables.
    """

    tree: exp.Expr
    sql: str
    tokens: tuple[Token, ...]
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


def judge(sql: str, external_schemas: frozenset[str] = frozenset(), *, target: str = "") -> Query:
    """Check a query, insert, update or delete against all rules.

    Args:
        sql: the statement.
        external_schemas: schemas that hold external tables.
        target: the table that is made of the query, which runs on the compute nodes then.

    Raises:
        RefusedError: Redshift would refuse it, or the stand-in cannot judge it; every broken rule is in the message.
    """
    query = _parse(sql, external_schemas, target)
    if query.system_tables and not query.user_tables:
        return query  # The adapter's questions to the catalogue run on the leader node, as PostgreSQL would run them.
    found = [f"{problem} [AWS guide: {page}]" for page, rule in RULES for problem in dict.fromkeys(rule(query))]
    if found:
        raise RefusedError("; ".join(found))
    return query


def _parse(sql: str, external_schemas: frozenset[str], target: str) -> Query:
    try:
        tree = sqlglot.parse_one(sql, read="redshift")
    except SqlglotError as error:
        raise RefusedError(f"cannot judge: the statement does not parse: {str(error).splitlines()[0]}") from error
    if not isinstance(tree, exp.Query | exp.Insert | exp.Update | exp.Delete):
        raise RefusedError(f"cannot judge: {' '.join(sql.split()[:3])} ...")
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
        token.word.strip('"')
        for before, token, after in zip([None, *found], found, found[1:], strict=False)
        if after.kind == "L_PAREN" and token.word.strip('"').isidentifier() and (before is None or before.kind != "DOT")
    )
    called = words - _NO_FUNCTIONS - names - targets
    if target:
        user += (exp.to_table(target, dialect="redshift"),)
    bare = frozenset(token.word for token in found)
    return Query(tree, sql, tuple(found), called, bare, user, system, external_schemas)


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


# Syntax that PostgreSQL has and Redshift has not.
_UNKNOWN_SYNTAX: dict[type[exp.Expr], str] = {
    exp.Filter: "an aggregate with filter (where ...): use sum(case when ... then 1 else 0 end)",
    exp.Lateral: "lateral",
    exp.NullSafeEQ: "is not distinct from",
    exp.NullSafeNEQ: "is distinct from",
    exp.Returning: "returning",
    exp.OnConflict: "on conflict",
    exp.TableSample: "tablesample",
    exp.Array: "array[...]",
    exp.Bracket: "subscripts",
    exp.JSONExtractScalar: "the operator ->>",
}


@_rule("c_SQL_commands")
def judged_syntax(query: Query) -> Iterator[str]:
    """What is not known to mean the same on both is not passed on: syntax.txt lists what is."""
    for node in query.tree.walk(prune=lambda node: type(node).__name__ not in JUDGED_SYNTAX):
        known = JUDGED_SYNTAX.get(type(node).__name__)
        if known is None:
            if type(node) not in _UNKNOWN_SYNTAX:
                yield f"cannot judge: {type(node).__name__.lower()} {_text(node)}".rstrip()
            continue
        for part, value in node.args.items():
            if part not in known and value and type(value) not in _UNKNOWN_SYNTAX:
                yield f"cannot judge: {part.strip('_')} in {_text(node)}"


def _text(node: exp.Expr) -> str:
    return " ".join(node.sql("redshift", unsupported_level=ErrorLevel.IGNORE).split())[:60]


@_rule("c_unsupported-postgresql-features")
def unsupported_syntax(query: Query) -> Iterator[str]:
    """Syntax that PostgreSQL has and Redshift has not."""
    tree = query.tree
    for node, what in _UNKNOWN_SYNTAX.items():
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
    for row in tree.find_all(exp.Tuple):
        of_a_subquery = isinstance(row.parent, exp.In) and row.parent.args.get("query")
        if not of_a_subquery and not isinstance(row.parent, exp.Values):
            yield f"Redshift does not know rows as values: {_text(row)}"
    for identifier in tree.find_all(exp.Identifier):
        if identifier.name.lower() in SYSTEM_COLUMNS and isinstance(identifier.parent, exp.Column | exp.Alias):
            yield f"Redshift has no system column {identifier.name.lower()}, nor may a column have its name"


@_rule("c_SQL_commands")
def clauses(query: Query) -> Iterator[str]:
    """Forms of clauses that PostgreSQL knows beyond the guide's syntax."""
    tree = query.tree
    if any(not select.expressions for select in tree.find_all(exp.Select)):
        yield "a select list is empty"
    if any(not isinstance(part.expression, exp.Literal) for part in tree.find_all(exp.Limit, exp.Offset)):
        yield "limit and offset take numbers"
    if any(not part.args.get("distinct") for part in tree.find_all(exp.Except, exp.Intersect)):
        yield "Redshift knows neither except all nor intersect all"
    if isinstance(tree, exp.Delete) and tree.this.alias:
        yield "cannot judge: an alias of the table to delete from"
    for substring in tree.find_all(exp.Substring):
        start = substring.args.get("start")
        if isinstance(start, exp.Literal) and start.is_string:
            yield "substring takes numbers: use regexp_substr"
    for word in sorted(query.bare_words & {"isnull", "notnull", "~~", "!~~"}):
        yield f"cannot judge: {word}: write is null, is not null, like or not like"


@_rule("c_SQL_commands")
def literals(query: Query) -> Iterator[str]:
    """Literals other than '...', and escapes that PostgreSQL has learnt since."""
    for token in query.tokens:
        if not token.kind.endswith("STRING"):
            continue
        before = query.sql[token.start - 1] if token.start else " "
        if not token.word.startswith("'") or before.isalnum() or before == "&":
            yield f"cannot judge: the literal {query.sql[max(token.start - 1, 0) : token.end][:20].strip()}"
        if re.search(r"(?:^|[^\\])(?:\\\\)*\\[ux0-9]", token.word):
            yield f"cannot judge: the escape in {token.word[:40]}"


@_rule("r_CAST_function")
def casts(query: Query) -> Iterator[str]:
    """x::type can only be left as it is, so it is left to types that lose nothing."""
    for before, after in zip(query.tokens, query.tokens[1:], strict=False):
        if before.kind == "DCOLON" and after.word in _CHECKED_TYPES:
            yield f"cannot judge: ::{after.word}: write cast(... as {after.word})"
    for cast in query.tree.find_all(exp.Cast):
        if cast.to.is_type("boolean") and not isinstance(cast.this.unnest(), exp.Literal | exp.Null | exp.Boolean):
            yield "cannot judge: a cast to boolean: compare"


@_rule("r_Boolean_type")
def boolean_tests(query: Query) -> Iterator[str]:
    """`is true` is a predicate of where, and no value of a select list."""
    for test in query.tree.find_all(exp.Is):
        if isinstance(test.expression, exp.Boolean):
            clause = test.find_ancestor(exp.Where, exp.Select)
            if not isinstance(clause, exp.Where):
                yield f"{_text(test)} stands outside where: write = {test.expression.sql()}"


@_rule("c_Supported_data_types")
def unsupported_types(query: Query) -> Iterator[str]:
    """Types that Redshift does not have."""
    for data_type in query.tree.find_all(exp.DataType):
        name = data_type.this.name.lower() if isinstance(data_type.this, exp.DataType.Type) else ""
        if name in _UNKNOWN_TYPES:
            yield f"Redshift does not know type {name}"


@_rule("r_Window_function_synopsis")
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
        ordered = [item.this for item in window.args["order"].expressions] if window.args.get("order") else []
        if any(isinstance(item, exp.Literal) for item in [*window.args.get("partition_by", []), *ordered]):
            yield "a window is not partitioned or ordered by a literal on Redshift"


@_rule("r_pg_keywords")
def reserved_words(query: Query) -> Iterator[str]:
    """A reserved word is no name unless it is quoted."""
    for identifier in query.tree.find_all(exp.Identifier):
        if (
            not identifier.args.get("quoted")
            and identifier.name.lower() in RESERVED_WORDS
            and isinstance(identifier.parent, exp.Alias | exp.Column | exp.Table | exp.TableAlias)
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


def _bare_names(expression: exp.Expr) -> set[str]:
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


def _decimal(operand: exp.Expr) -> tuple[int, int] | None:
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
    """A literal that leaves a subquery or a branch of a union without a cast has no type: it fits no column."""
    for select in query.tree.find_all(exp.Select):
        if not isinstance(select.parent, exp.CTE | exp.Subquery | exp.SetOperation):
            continue
        # Texts alone make a union of texts.
        in_a_union = isinstance(select.parent, exp.SetOperation)
        for item in select.expressions:
            value = item.unalias()
            text = isinstance(value, exp.Literal) and value.is_string and not in_a_union
            if (text or isinstance(value, exp.Null)) and item.alias_or_name not in _DBT_LITERALS:
                yield f"{item.alias_or_name or value.sql()} is a literal without type: cast it"


@_rule("r_correlated_subqueries")
def correlated_subqueries(query: Query) -> Iterator[str]:
    """Redshift can run some correlated subqueries and refuses others, by rules that only its planner knows."""
    for scope in _scopes(query):
        if (scope.is_subquery or scope.is_root) and any(
            column.table and column.table not in scope.selected_sources for column in scope.external_columns
        ):
            yield "cannot judge: a correlated subquery; join instead"


@_rule("c_unsupported-postgresql-datatypes")
def whole_rows(query: Query) -> Iterator[str]:
    """A table's name as a value is its whole row, which Redshift has no type for."""
    for scope in _scopes(query):
        for column in scope.columns:
            if not column.table and column.name in scope.sources:
                yield f"cannot judge: {column.name} names a table here: qualify the column"


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
