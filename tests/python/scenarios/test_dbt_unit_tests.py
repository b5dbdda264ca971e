"""The unit tests of the models. They run here rather than in `make test-dbt`, because dbt takes four times as long."""

from __future__ import annotations

import re

from tests.python.warehouse import Warehouse


def test_every_unit_test_passes(built_once: Warehouse) -> None:
    printed = built_once.run("dbt", "test", "--select", "test_type:unit", "--threads", "1")
    found = re.search(r"Finished running .*?(\d+) unit tests", printed)
    assert found
    assert int(found[1]) > 120
