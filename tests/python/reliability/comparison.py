"""What must be true of a warehouse, whatever has happened to it."""

from __future__ import annotations

from tests.python.reliability.checks import Checks, rolled_back
from tests.python.reliability.tally import Tally
from tests.python.warehouse import Warehouse, differences

# Which files landed together is told by the manifests, and is not the same where they landed otherwise.
_BATCHES = {"base_control__deliveries": frozenset({"batch_id", "_source_file"})}


def check_same(warehouse: Warehouse, expected: Warehouse, data_tests: Checks, tally: Tally) -> None:
    """Check that a warehouse is the same as one that had it easier, and that all data tests pass: it ties out too."""
    found = differences(warehouse, expected, aside=_BATCHES)
    tally.add("differences found", len(found))
    assert found == {}
    with rolled_back(warehouse) as connection:
        failing = data_tests.failing(connection)
    tally.add("differences found", len(failing))
    assert failing == set()
