"""The checks of the audit as compiled by dbt, to run them again after each defect.

A dbt command for each defect would take minutes. Its SQL takes a second, in a transaction that is rolled back. Only SQL
that reads a changed relation is run, directly or through views; the rest gives the same result as before.
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

from tests.python.optimizer import disable_optimizer
from tests.python.warehouse import Warehouse

# The tests of the audit, the singular tests, the tests of the histories, which everything is joined with, and the
# tests of seeds with ranges.
SELECTED = (
    *("--select", "path:models/audit", "path:tests/singular"),
    *("test_name:mutually_exclusive_ranges", "test_name:one_current_version"),
    *("test_name:contiguous_ranges", "test_name:full_grid"),
)


CHANGED = re.compile(r"^(?:insert into|delete from|update|create table|create or replace view) (\w+[.]\w+) ")


def changed_by(statement: str) -> str:
    """Return the relation that a statement changes."""
    found = CHANGED.match(statement)
    assert found, f"cannot find the changed relation in: {statement}"
    return found[1]


@dataclass(frozen=True)
class Query:
    """A compiled query and all relations that it reads, directly or through views."""

    sql: str
    reads: frozenset[str]


@dataclass(frozen=True)
class AuditTable:
    """How dbt builds a table of the audit.

    Attributes:
        relation: its name with the schema.
        query: the query that it is built from.
        grows: whether rows are added, instead of replacing all rows.
        key: the columns by which new rows replace stored ones; empty if they only add to them.
    """

    relation: str
    query: Query
    grows: bool
    key: tuple[str, ...] = ()

    def build(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Build the table, and return whether it has other rows than before."""
        connection.execute(f"create or replace temp table built as ({self.query.sql})")
        columns = ", ".join(name for name, *_ in connection.execute("from built limit 0").description)
        replaced = self._replaced
        if (
            _rows(connection, "built") == _rows(connection, f"{self.relation}{replaced}")
            and not connection.execute(
                f"select {columns} from built except all select {columns} from {self.relation}"
            ).fetchone()
        ):
            return False
        connection.execute(f"delete from {self.relation}{replaced}")
        connection.execute(f"insert into {self.relation} by name from built")
        return True

    @property
    def _replaced(self) -> str:
        """The condition of the stored rows that the new rows replace."""
        if not self.grows:
            return ""
        key = ", ".join(self.key)
        return f" where ({key}) in (select ({key}) from built)" if key else " where false"


def _rows(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    ((number,),) = connection.execute(f"select count(*) from {rows}").fetchall()
    return int(number)


@dataclass(frozen=True)
class Checks:
    """The audit tables that the tests read, in the order of the build, and the compiled tests by name."""

    tables: list[AuditTable]
    tests: dict[str, Query]

    def rebuild(self, connection: duckdb.DuckDBPyConnection, changed: set[str]) -> set[str]:
        """Build the audit tables that read changed relations, as dbt would.

        Returns the changed relations, including the tables that were built and have other rows than before.
        """
        changed = set(changed)
        for table in self.tables:
            if table.query.reads & changed and table.build(connection):
                changed.add(table.relation)
        return changed

    def leading_to(self, *relations: str) -> Checks:
        """Return only the tables that these are built from, and these, without tests."""
        needed = set(relations)
        tables: list[AuditTable] = []
        for table in reversed(self.tables):
            if table.relation in needed:
                needed |= table.query.reads
                tables.insert(0, table)
        return Checks(tables, {})

    def failing(self, connection: duckdb.DuckDBPyConnection, changed: set[str]) -> set[str]:
        """Return the names of the tests that read changed relations and fail.

        A test of the rules of a table gives one name for each broken rule, with the column and the rule.
        """
        failing = set()
        for name, query in self.tests.items():
            if query.reads & changed:
                found = connection.execute(query.sql)
                if [column[0] for column in found.description] == ["column_name", "rule", "failing_rows"]:
                    failing |= {f"{name}: {column} {rule}" for column, rule, _ in found.fetchall()}
                elif found.fetchone():
                    failing.add(name)
        return failing

    @property
    def relations(self) -> set[str]:
        """All relations that the tests and tables read."""
        queries = [*self.tests.values(), *(table.query for table in self.tables)]
        return set().union(*(query.reads for query in queries))


def compiled_checks(warehouse: Warehouse, *, proof: str = "daily") -> Checks:
    """Compile the checks against a built warehouse, so that incremental models compile as in a later run."""
    warehouse.run("dbt", "compile", *SELECTED, "--vars", f"proof: {proof}")
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
        # Leave out views, and tables that no test reads, directly or through other tables.
        if audit[name]["config"]["materialized"] != "view" and any(
            relation in query.reads for query in [*tests.values(), *(table.query for table in tables)]
        ):
            query = Query(audit[name]["compiled_code"], frozenset(_reads(audit[name], nodes)))
            config = audit[name]["config"]
            grows = config["materialized"] == "incremental"
            tables.insert(0, AuditTable(relation, query, grows, tuple(config["unique_key"] or ())))
    return Checks(tables, tests)


def _relation(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{node.get('alias') or node['identifier']}"


def _reads(node: Mapping[str, Any], nodes: Mapping[str, Any]) -> Iterator[str]:
    """Yield the relations that a node reads, also through views."""
    for name in node["depends_on"]["nodes"]:
        yield _relation(nodes[name])
        if nodes[name].get("config", {}).get("materialized") == "view":
            yield from _reads(nodes[name], nodes)


@contextlib.contextmanager
def rolled_back(warehouse: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a transaction that is rolled back, in the folder that the paths of the bronze views are relative to."""
    with contextlib.chdir(warehouse.folder), duckdb.connect(str(warehouse.database)) as connection:
        disable_optimizer(connection)
        connection.execute("set threads = 1")
        connection.begin()
        try:
            yield connection
        finally:
            connection.rollback()
