"""The checks of the tie-out as dbt compiled them, to be run again and again on a warehouse that is being damaged.

A run of dbt for every defect would take minutes; its SQL in one transaction, which is rolled back, takes a second. And
of the SQL only what reads something that has changed, directly or through views: the rest comes to what it was.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import duckdb

from tests.python.warehouse import Warehouse

# The audit's tests and the singular ones; and those that keep the histories whole, which everything is joined to.
SELECTED = (
    *("--select", "path:models/audit", "path:tests/singular"),
    *("test_name:mutually_exclusive_ranges", "test_name:one_current_version"),
)


CHANGED = re.compile(r"^(?:insert into|delete from|update|create table|create or replace view) (\w+[.]\w+) ")


def changed_by(statement: str) -> str:
    """Return the relation that a statement changes."""
    found = CHANGED.match(statement)
    assert found, f"what does it change? {statement}"
    return found[1]


@dataclass(frozen=True)
class Query:
    """A compiled query, and the relations, views among them, that decide its result."""

    sql: str
    reads: frozenset[str]


@dataclass(frozen=True)
class AuditTable:
    """How dbt fills a table of the audit.

    Attributes:
        relation: its name, with its schema.
        query: what it is filled with.
        grows: whether the rows are added to those that stand there, in the place of replacing them.
    """

    relation: str
    query: Query
    grows: bool


@dataclass(frozen=True)
class Checks:
    """The tables that the audit's tests read, in the order in which they are built, and the compiled tests by name."""

    tables: list[AuditTable]
    tests: dict[str, Query]

    def rebuild(self, connection: duckdb.DuckDBPyConnection, changed: set[str]) -> set[str]:
        """Build what of the audit reads relations that have changed, as dbt would.

        Returns those relations, and what was built.
        """
        changed = set(changed)
        for table in self.tables:
            if table.query.reads & changed:
                if not table.grows:
                    connection.execute(f"delete from {table.relation}")
                connection.execute(f"insert into {table.relation} by name ({table.query.sql})")
                changed.add(table.relation)
        return changed

    def failing(self, connection: duckdb.DuckDBPyConnection, changed: set[str]) -> set[str]:
        """Return the names of the tests that read relations that have changed, and find something."""
        return {
            name
            for name, query in self.tests.items()
            if query.reads & changed and connection.execute(f"select count(*) from ({query.sql})").fetchall()[0][0]
        }

    @property
    def relations(self) -> set[str]:
        """Whatever any of it reads."""
        queries = [*self.tests.values(), *(table.query for table in self.tables)]
        return set().union(*(query.reads for query in queries))


def compiled_checks(warehouse: Warehouse) -> Checks:
    """Compile the checks against a warehouse that is built: what is incremental compiles to what a later run does."""
    warehouse.run("dbt", "compile", *SELECTED)
    manifest = json.loads((warehouse.folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    nodes = manifest["nodes"] | manifest["sources"]
    compiled = {name: node for name, node in nodes.items() if node.get("compiled_code")}
    audit = {
        name: node
        for name, node in compiled.items()
        if node["resource_type"] == "model" and node["path"].startswith("audit/")
    }
    tests = {
        node["name"]: Query(node["compiled_code"], frozenset(_reads(node, nodes)))
        for node in compiled.values()
        if node["resource_type"] == "test"
    }
    order = TopologicalSorter({name: set(node["depends_on"]["nodes"]) & set(audit) for name, node in audit.items()})
    tables: list[AuditTable] = []
    for name in reversed([*order.static_order()]):
        relation = _relation(audit[name])
        # What no check looks at, directly or through other tables, cannot trip one.
        if any(relation in query.reads for query in [*tests.values(), *(table.query for table in tables)]):
            query = Query(audit[name]["compiled_code"], frozenset(_reads(audit[name], nodes)))
            tables.insert(0, AuditTable(relation, query, audit[name]["config"]["materialized"] == "incremental"))
    return Checks(tables, tests)


def _relation(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{node.get('alias') or node['identifier']}"


def _reads(node: Mapping[str, Any], nodes: Mapping[str, Any]) -> Iterator[str]:
    """Yield the relations that a node reads; behind a view also what that reads."""
    for name in node["depends_on"]["nodes"]:
        yield _relation(nodes[name])
        if nodes[name].get("config", {}).get("materialized") == "view":
            yield from _reads(nodes[name], nodes)


@contextlib.contextmanager
def rolled_back(warehouse: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    """A transaction on a warehouse, of which nothing stays. The bronze views' paths count from its folder."""
    with contextlib.chdir(warehouse.folder), duckdb.connect(str(warehouse.database)) as connection:
        connection.begin()
        try:
            yield connection
        finally:
            connection.rollback()
