"""Rules for queries: what Redshift refuses although PostgreSQL accepts it, and what the stand-in does not support.

Each rule names its page of the AWS guide (Amazon Redshift Database Developer Guide).
"""

from __future__ import annotations

from ..tokens import RefusedError
from . import computations, days, functions, joins, names, scopes, syntax, types
from .query import Query, Rule, parse

__all__ = ["RULES", "Query", "Rule", "check"]

RULES = [
    found
    for module in (functions, syntax, types, names, computations, joins, scopes)
    for found in vars(module).values()
    if isinstance(found, Rule)
]
_RULES_OF_DAILY_RUNS = [days.named_days]
_RULES_OF_CATALOG_QUERIES = (functions.leader_only_functions, functions.compute_only_functions)


def check(
    sql: str, external_schemas: frozenset[str] = frozenset(), *, target: str = "", expects_days: bool = False
) -> Query:
    """Check a query, insert, update or delete against all rules.

    Args:
        sql: the statement.
        external_schemas: names of the schemas with external tables.
        target: the table that is created from the query. Such a query runs on the compute nodes, even if it reads no
            table.
        expects_days: whether the query must name the days of external tables that it reads, as one of a daily run.

    Raises:
        RefusedError: Redshift would refuse the statement, or the stand-in does not support it. The message lists every
            violation.
    """
    query = parse(sql, external_schemas, target)
    # The adapter's catalog queries run on the leader node, which is PostgreSQL on Redshift too.
    is_catalog = query.system_tables and not query.user_tables
    found = [
        f"{violation} [AWS guide: {rule.page}]"
        for rule in [*RULES, *(_RULES_OF_DAILY_RUNS if expects_days else ())]
        if not is_catalog or rule in _RULES_OF_CATALOG_QUERIES
        for violation in dict.fromkeys(rule.violations(query))
    ]
    if found:
        raise RefusedError("; ".join(found))
    return query
