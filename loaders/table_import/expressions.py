"""Which SQL expressions a mapping may have: one scalar expression over the columns of the source.

An expression is parsed, not searched for words. Only the kinds of nodes and the functions listed here are allowed, and
what runs is written anew from the parsed expression, so comments and brackets cannot end it early. Beside this, the
engine that runs it reaches nothing outside (`session`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

from loaders.table_import.expression_sizes import MOST, SizeError, longest
from loaders.table_import.mistakes import meant

LONGEST = 10_000
"""The most characters of an expression."""

_CLASSES = frozenset(
    {"BETWEEN", "CASE", "CAST", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "OPERATOR"}
)
_OPERATORS = frozenset(
    {"+", "-", "*", "/", "//", "%", "||", "~~", "!~~", "~~*", "!~~*", "like_escape", "not_like_escape"}
)
FUNCTIONS = frozenset(
    """
    abs ceil floor round sign trunc greatest least
    concat concat_ws contains ends_with format instr left length like_escape lower lpad ltrim nullif not_like_escape
    prefix printf regexp_extract regexp_full_match regexp_matches regexp_replace replace reverse right rpad rtrim
    split_part starts_with strip_accents strlen substr substring suffix translate trim upper ascii chr
    date_add date_diff date_part date_sub date_trunc day hour last_day make_date make_timestamp minute month quarter
    second strftime strptime try_strptime to_days to_hours to_minutes to_months to_seconds to_years weekday year
    epoch_ms timezone to_timestamp md5 sha256 array_extract list_extract string_split
    """.split()
)
_WRONG = {
    "SUBQUERY": "a query within an expression",
    "STAR": "a star",
    "WINDOW": "a window function",
    "PARAMETER": "a parameter",
    "POSITIONAL_REFERENCE": "a position",
    "LAMBDA": "a function of its own",
    "DEFAULT": "the word default",
}


class ExpressionError(Exception):
    """The expression is not allowed. The message is what is wrong, and the remedy."""


@dataclass(frozen=True)
class Expression:
    """An expression that is allowed.

    Attributes:
        sql: the expression, written anew from what was parsed.
        columns: the names of the columns that it reads.
    """

    sql: str
    columns: tuple[str, ...]


@cache
def parse_expression(text: str) -> Expression:
    """Parse an expression and check that it is allowed.

    Raises:
        ExpressionError: it is not.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"it has more than {LONGEST:,} characters. Shorten it, or deliver another column")
    try:
        expression, most = _parsed(text)
    except RecursionError:
        raise ExpressionError("it is nested too deeply. Simplify it") from None
    except SizeError as error:
        raise ExpressionError(str(error)) from None
    except duckdb.Error as error:
        raise _not_one(str(error)) from None
    if most > MOST:
        raise ExpressionError(
            f"it can make {most:,} characters of one row. Shorten what it adds or puts in the place of others"
        )
    return expression


def _parsed(text: str) -> tuple[Expression, int]:
    """Return an expression that is allowed, and the most characters of its value."""
    with duckdb.connect() as parser:
        tree = _tree(parser, text)
        (selected,), around = _selected(tree)
        if around != _selected(_tree(parser, "1"))[1]:
            raise ExpressionError("it is more than an expression. Write one expression, and leave out select and from")
        columns = tuple(dict.fromkeys(_columns(selected)))
        written = _one(parser, "select json_deserialize_sql(cast(? as json))", json.dumps(tree))
        return Expression(written.removeprefix("SELECT "), columns), longest(selected)


def _tree(parser: duckdb.DuckDBPyConnection, text: str) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(_one(parser, "select json_serialize_sql(?)", f"select (\n{text}\n)"))
    if tree.get("error"):
        raise _not_one(str(tree.get("error_message", "")))
    return tree


def _not_one(message: str) -> ExpressionError:
    if "expression depth" in message:
        return ExpressionError("it is nested too deeply. Simplify it")
    reason = message.partition("\n")[0]
    return ExpressionError(f"it is not one SQL expression: {reason}. Correct it, and leave out select and ;")


def _selected(tree: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return what a parsed query selects, and all else of it."""
    statements = tree["statements"]
    node = dict(statements[0]["node"])
    selected = node.pop("select_list", [])
    is_one = len(statements) == 1 and len(selected) == 1
    return (selected if is_one else [{}]), (node if is_one else {})


def _one(connection: duckdb.DuckDBPyConnection, query: str, value: str) -> str:
    found = connection.execute(query, [value]).fetchone()
    return str(found[0]) if found else ""


def _columns(node: Any) -> Iterator[str]:
    """Check a node and all below it; yield the columns that they read."""
    if isinstance(node, list):
        for each in node:
            yield from _columns(each)
    elif isinstance(node, dict):
        if "class" in node:
            yield from _checked(node)
        for key, value in node.items():
            # The value of a constant is data; a type has no expressions below it.
            if key not in ("value", "cast_type"):
                yield from _columns(value)


def _checked(node: dict[str, Any]) -> Iterator[str]:
    kind = node["class"]
    if kind not in _CLASSES:
        raise ExpressionError(
            f"it has {_WRONG.get(kind, f'a {kind.lower()}')}. Use columns, constants and functions only"
        )
    if kind == "COLUMN_REF":
        names = node["column_names"]
        if len(names) != 1:
            raise ExpressionError(
                f"{'.'.join(names)} is a name with a dot. Name a source column alone, in double quotes if it has a dot"
            )
        yield names[0]
    elif kind == "FUNCTION":
        _check_function(node)
    elif kind == "CAST" and node["cast_type"]["id"] in ("UNBOUND", "USER"):
        # The parser knows all usual types. Others would be looked up.
        raise ExpressionError("it has a type that cannot be used in a mapping. Use varchar, decimal, date and the like")


def _check_function(node: dict[str, Any]) -> None:
    called = str(node["function_name"])
    allowed = called in _OPERATORS if node.get("is_operator") else called in FUNCTIONS or called in _OPERATORS
    if not allowed or node.get("catalog") or node.get("schema") not in ("", "main"):
        raise ExpressionError(
            f"the function {called} cannot be used in a mapping. {meant(called, sorted(FUNCTIONS))}"
            if not allowed
            else f"the function {called} has a schema before its name. Leave it out"
        )
    if node.get("distinct") or node.get("filter") or (node.get("order_bys") or {}).get("orders"):
        raise ExpressionError(f"{called} is called like an aggregate. Leave out distinct, filter and order by")
