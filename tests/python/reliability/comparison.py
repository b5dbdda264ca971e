"""What must hold for a warehouse after every history of deliveries, builds and accidents."""

from __future__ import annotations

from tests.python.data_tests import DataTests, failing_data_tests
from tests.python.differences import differences
from tests.python.reliability.tally import Tally
from tests.python.warehouse import Warehouse

# The manifests record which files landed together. That differs when the same files land in other batches, and so does
# the fingerprint of what is recorded.
BATCHES = {
    table: frozenset({"batch_id", "_source_file", "_fingerprint"})
    for table in ("base_control__deliveries", "base_control__control_totals", "base_control__malformed_lines")
}


def check_same(warehouse: Warehouse, expected: Warehouse, data_tests: DataTests, tally: Tally) -> None:
    """Check that a warehouse equals one that was built without trouble, and that it passes all data tests."""
    found = differences(warehouse, expected, may_differ=BATCHES)
    tally.add("differences found", len(found))
    assert found == {}
    failing = failing_data_tests(warehouse, data_tests)
    tally.add("differences found", len(failing))
    assert failing == set()
