"""What must be true of a warehouse, whatever has happened to it."""

from __future__ import annotations

import json

from tests.python.reliability.checks import rolled_back
from tests.python.reliability.tally import Tally
from tests.python.warehouse import Warehouse, differences

DataTests = dict[str, str]
# Which files landed together is told by the manifests, and is not the same where they landed otherwise.
_BATCHES = {"base_control__deliveries": frozenset({"batch_id", "_source_file"})}


def compiled_data_tests(warehouse: Warehouse) -> DataTests:
    """Return all data tests of the project: by name the query that counts what the test finds."""
    warehouse.run("dbt", "compile", "--select", "resource_type:test")
    nodes = json.loads((warehouse.folder / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    return {
        node["name"]: f"select {node['config']['fail_calc']} from ({node['compiled_code']})"
        for node in nodes.values()
        if node["resource_type"] == "test"
    }


def check_same(warehouse: Warehouse, expected: Warehouse, data_tests: DataTests, tally: Tally) -> None:
    """Check that a warehouse is the same as one that had it easier, and that all data tests pass: it ties out too."""
    found = differences(warehouse, expected, aside=_BATCHES)
    tally.add("differences found", len(found))
    assert found == {}
    with rolled_back(warehouse) as connection:
        failing = {name for name, query in data_tests.items() if connection.execute(query).fetchall()[0][0]}
    tally.add("differences found", len(failing))
    assert failing == set()
