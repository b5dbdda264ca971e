"""All data tests of the project, compiled once and run as SQL.

As dbt nodes they take some seconds for each warehouse, as queries on one connection about one.
"""

from __future__ import annotations

import contextlib
import json
from typing import TypeAlias

import duckdb

from tests.python.warehouse import Warehouse

# The query that counts the failures, by the name of the test.
DataTests: TypeAlias = dict[str, str]


def compiled_data_tests(warehouse: Warehouse) -> DataTests:
    """Compile all data tests of the project. The SQL is the same for every warehouse of the same target."""
    warehouse.run("dbt", "compile", "--select", "resource_type:test")
    nodes = json.loads((warehouse.folder / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    tests = [node for node in nodes.values() if node["resource_type"] == "test"]
    for node in tests:
        config = node["config"]
        # Any failure counts. A test with another threshold would need it here too.
        assert (config["severity"].lower(), config["error_if"]) == ("error", "!= 0"), node["name"]
    return {node["name"]: f"select {node['config']['fail_calc']} from ({node['compiled_code']})" for node in tests}


def failing_data_tests(warehouse: Warehouse, tests: DataTests) -> set[str]:
    """Return the names of the tests that fail."""
    assert len(tests) > 140
    # The bronze views name files by paths that are relative to the folder.
    with (
        contextlib.chdir(warehouse.folder),
        duckdb.connect(str(warehouse.database), read_only=True) as connection,
    ):
        return {name for name, query in tests.items() if connection.execute(query).fetchall()[0][0]}
