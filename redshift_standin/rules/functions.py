"""Rules about functions and about the node that they run on."""

from __future__ import annotations

from collections.abc import Iterator

from ..tokens import UNSUPPORTED
from ..vocabulary import LEADER_ONLY_FUNCTIONS, LEADER_ONLY_WORDS, REDSHIFT_FUNCTIONS, SUPPORTED_FUNCTIONS
from .query import Query, rule


@rule("c_SQL_functions_leader_node_only")
def leader_only_functions(query: Query) -> Iterator[str]:
    """Leader-node functions cannot be used with tables, which live on the compute nodes."""
    if query.user_tables:
        table = query.user_tables[0].name
        called = (query.functions | query.words & LEADER_ONLY_WORDS) & LEADER_ONLY_FUNCTIONS
        for name in sorted(called):
            yield f"{name} runs on the leader node only and cannot be used with table {table}"


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
