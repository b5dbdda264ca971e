"""A parsed query, and what a rule about queries is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from ..tokens import DIALECT, Token, located, unsupported
from ..vocabulary import NOT_FUNCTIONS

_Node = TypeVar("_Node", bound=exp.Expr)


@dataclass(frozen=True)
class Query:
    """A parsed query and the objects it uses.

    Attributes:
        tree: its syntax tree.
        nodes: all nodes of the tree, from the top down. They are listed once, because walking the tree takes long.
        sql: its text.
        tokens: its tokens.
        functions: names of the functions it calls.
        words: all its words.
        user_tables: the tables and views of the warehouse that it reads or writes.
        system_tables: the catalog tables that it reads.
        external_schemas: names of the schemas with external tables.
    """

    tree: exp.Expr
    nodes: tuple[exp.Expr, ...]
    sql: str
    tokens: tuple[Token, ...]
    functions: frozenset[str]
    words: frozenset[str]
    user_tables: tuple[exp.Table, ...]
    system_tables: tuple[exp.Table, ...]
    external_schemas: frozenset[str]

    def find_all(self, *types: type[_Node]) -> list[_Node]:
        """Return the nodes of these types, from the top down."""
        # Most rules look for types that few queries have.
        if not any(issubclass(type_, types) for type_ in self._types):
            return []
        return [node for node in self.nodes if isinstance(node, types)]

    @cached_property
    def _types(self) -> frozenset[type[exp.Expr]]:
        return frozenset(map(type, self.nodes))

    @cached_property
    def scopes(self) -> list[Scope]:
        """The scopes of the query and its subqueries, each with the sources that its columns can come from."""
        return scopes(self.tree)


@dataclass(frozen=True)
class Rule:
    """A rule that a query must obey on Redshift.

    Attributes:
        page: the page of the AWS guide (Amazon Redshift Database Developer Guide) that the rule comes from.
        name: the rule's name.
        violations: yields a message for each violation in a query.
    """

    page: str
    name: str
    violations: Callable[[Query], Iterator[str]]


def rule(page: str) -> Callable[[Callable[[Query], Iterator[str]]], Rule]:
    """Make a rule of a function that yields a message for each violation."""
    return lambda function: Rule(page, function.__name__, function)


def parse(sql: str, external_schemas: frozenset[str], target: str) -> Query:
    """Parse a query, insert, update or delete.

    Args:
        sql: the statement.
        external_schemas: names of the schemas with external tables.
        target: the table that is created from the query, if any. It counts as a table of the query.

    Raises:
        RefusedError: the statement does not parse, or is another kind of statement.
    """
    try:
        split = DIALECT.tokenize(sql)
        tree, *others = DIALECT.parser().parse(split, sql)
    except SqlglotError as error:
        raise unsupported(f"the statement does not parse: {str(error).splitlines()[0]}") from error
    if tree is None:
        raise unsupported("the statement does not parse: it is empty")
    if others or not isinstance(tree, exp.Query | exp.Insert | exp.Update | exp.Delete):
        raise unsupported(f"{' '.join(sql.split()[:3])} ...")
    nodes = tuple(tree.walk())
    ctes = {node.alias_or_name.lower() for node in nodes if isinstance(node, exp.CTE)}
    tables = [
        table
        for table in nodes
        if isinstance(table, exp.Table)
        and isinstance(table.this, exp.Identifier)
        and (table.db or table.name.lower() not in ctes)
    ]
    system = tuple(table for table in tables if is_system(table))
    user = tuple(table for table in tables if not is_system(table))
    if target:
        user += (exp.to_table(target, dialect="redshift"),)
    found = located(sql, split)
    before_parenthesis = {
        token.word.strip('"')
        for before, token, after in zip([None, *found], found, found[1:], strict=False)
        if after.kind == "L_PAREN" and token.word.strip('"').isidentifier() and (before is None or before.kind != "DOT")
    }
    functions = before_parenthesis - NOT_FUNCTIONS - ctes - {table.name.lower() for table in tables}
    words = frozenset(token.word for token in found)
    return Query(tree, nodes, sql, tuple(found), frozenset(functions), words, user, system, external_schemas)


def is_system(table: exp.Table) -> bool:
    """Return whether a table is one of the catalog."""
    schema, name = table.db.lower(), table.name.lower()
    return schema in ("information_schema", "pg_catalog") or (
        not schema and name.startswith(("pg_", "svv_", "svl_", "stl_", "stv_", "sys_"))
    )


def scopes(tree: exp.Expr) -> list[Scope]:
    """Return the scopes of a parsed query, insert, update or delete, subqueries first.

    Raises:
        RefusedError: the query names no source for a column, or the same one twice.
    """
    if isinstance(tree, exp.Insert):
        tree = tree.expression
    if isinstance(tree, exp.Delete | exp.Update):
        queries = (exp.Select, exp.SetOperation)
        subqueries = (part for part in tree.find_all(*queries) if part.find_ancestor(*queries) is None)
        return [scope for subquery in subqueries for scope in traverse_scope(subquery)]
    try:
        return traverse_scope(tree) if isinstance(tree, exp.Query) else []
    except SqlglotError as error:
        raise unsupported(str(error)) from error


def excerpt(node: exp.Expr) -> str:
    """Return the beginning of a node's SQL, for messages."""
    return " ".join(node.sql("redshift", unsupported_level=ErrorLevel.IGNORE).split())[:60]
