"""Rules about functions and about the node that they run on."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from ..tokens import UNSUPPORTED
from ..vocabulary import (
    COMPUTE_ONLY_FUNCTIONS,
    LEADER_ONLY_FUNCTIONS,
    LEADER_ONLY_WORDS,
    REDSHIFT_FUNCTIONS,
    SUPPORTED_FUNCTIONS,
)
from .query import Query, rule


@rule("c_SQL_functions_leader_node_only")
def leader_only_functions(query: Query) -> Iterator[str]:
    """Leader-node functions cannot be used with tables or views of the system that live on the compute nodes."""
    tables = [*query.user_tables, *(table for table in query.system_tables if not _is_on_leader(table))]
    if tables:
        table = tables[0].name
        called = (query.functions | query.words & LEADER_ONLY_WORDS) & LEADER_ONLY_FUNCTIONS
        for name in sorted(called):
            yield f"{name} runs on the leader node only and cannot be used with table {table}"


def _is_on_leader(table: exp.Table) -> bool:
    """Tables with the prefix PG_ and those of information_schema are on the leader node."""
    return table.db.lower() in ("information_schema", "pg_catalog") or table.name.lower().startswith("pg_")


@rule("c_SQL_functions_compute_node_only")
def compute_only_functions(query: Query) -> Iterator[str]:
    """Compute-node functions need a table that lives on the compute nodes."""
    if not query.user_tables and all(_is_on_leader(table) for table in query.system_tables):
        for name in sorted(query.functions & COMPUTE_ONLY_FUNCTIONS):
            yield f"{name} runs on the compute nodes only and must be applied on at least one user created table"


@rule("c_SQL_functions")
def unknown_functions(query: Query) -> Iterator[str]:
    """Functions that Redshift does not have, and functions that the stand-in does not support."""
    for name in sorted(query.functions - LEADER_ONLY_FUNCTIONS - SUPPORTED_FUNCTIONS):
        if name in REDSHIFT_FUNCTIONS:
            yield f"{UNSUPPORTED}: function {name}()"
        else:
            yield f"Redshift has no function {name}()"


@rule("c_join_PG")
def catalog_with_tables(query: Query) -> Iterator[str]:
    """Catalog tables live on the leader node and cannot be joined to user tables."""
    if query.system_tables and query.user_tables:
        yield f"catalog table {query.system_tables[0].name} cannot be joined to table {query.user_tables[0].name}"
