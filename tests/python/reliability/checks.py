"""The checks of the tie-out as dbt compiled them, to be run again and again on a warehouse that is being damaged.

A run of dbt for every defect would take minutes; its SQL in one transaction, which is rolled back, takes a second.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter

import duckdb

from tests.python.warehouse import Warehouse

# The audit's tests and the singular ones; and those that keep the histories whole, which everything is joined to.
SELECTED = (
    *("--select", "path:models/audit", "path:tests/singular"),
    *("test_name:mutually_exclusive_ranges", "test_name:one_current_version"),
)


@dataclass(frozen=True)
class AuditTable:
    """How dbt fills a table of the audit.

    Attributes:
        relation: its name, with its schema.
        query: its compiled query.
        grows: whether the rows are added to those that stand there, in the place of replacing them.
    """

    relation: str
    query: str
    grows: bool


@dataclass(frozen=True)
class Checks:
    """The audit's tables in the order in which they are built, and the compiled data tests by name."""

    tables: list[AuditTable]
    tests: dict[str, str]

    def rebuild(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Build the audit, as dbt would."""
        for table in self.tables:
            if not table.grows:
                connection.execute(f"delete from {table.relation}")
            connection.execute(f"insert into {table.relation} by name ({table.query})")

    def failing(self, connection: duckdb.DuckDBPyConnection) -> set[str]:
        """Return the names of the tests that find something."""
        return {
            name
            for name, query in self.tests.items()
            if connection.execute(f"select count(*) from ({query})").fetchall()[0][0]
        }


def compiled_checks(warehouse: Warehouse) -> Checks:
    """Compile the checks against a warehouse that is built: what is incremental compiles to what a later run does."""
    warehouse.run("dbt", "compile", *SELECTED)
    nodes = json.loads((warehouse.folder / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    compiled = {name: node for name, node in nodes.items() if node.get("compiled_code")}
    audit = {
        name: node
        for name, node in compiled.items()
        if node["resource_type"] == "model" and node["path"].startswith("audit/")
    }
    order = TopologicalSorter({name: set(node["depends_on"]["nodes"]) & set(audit) for name, node in audit.items()})
    return Checks(
        tables=[
            AuditTable(
                relation=f"{audit[name]['schema']}.{audit[name]['alias']}",
                query=audit[name]["compiled_code"],
                grows=audit[name]["config"]["materialized"] == "incremental",
            )
            for name in order.static_order()
        ],
        tests={node["name"]: node["compiled_code"] for node in compiled.values() if node["resource_type"] == "test"},
    )


@contextlib.contextmanager
def rolled_back(warehouse: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    """A transaction on a warehouse, of which nothing stays. The bronze views' paths count from its folder."""
    with contextlib.chdir(warehouse.folder), duckdb.connect(str(warehouse.database)) as connection:
        connection.begin()
        try:
            yield connection
        finally:
            connection.rollback()
