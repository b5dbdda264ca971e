"""The warehouses of the scenarios, for those who attack them, the banks that deliver to them, and all data tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.python.reliability.comparison import DataTests, compiled_data_tests
from tests.python.reliability.histories import BANK, Bank
from tests.python.scenarios.conftest import (
    MadeOnce,
    built_once,
    built_warehouse,
    made_once,
    new_in,
    new_warehouse,
    parsed,
    warehouse,
)
from tests.python.warehouse import Warehouse

__all__ = ["built_once", "built_warehouse", "made_once", "new_warehouse", "parsed", "warehouse"]


@pytest.fixture(scope="session")
def bank(made_once: MadeOnce) -> Callable[[int], Bank]:
    """Generate a bank by its number."""

    def generated(number: int) -> Bank:
        def make(folder: Path) -> None:
            Warehouse(folder).run("tieout", "generate", *BANK, "--seed", str(number), "--inbox", str(folder / "inbox"))

        return Bank(made_once(f"bank_{number}", make) / "inbox")

    return generated


@pytest.fixture(scope="session")
def data_tests(made_once: MadeOnce, parsed: Path) -> DataTests:
    """All data tests of the project, which are the same for all warehouses."""

    def make(folder: Path) -> None:
        (folder / "tests.json").write_text(json.dumps(compiled_data_tests(new_in(folder, parsed))), encoding="utf-8")

    tests: DataTests = json.loads((made_once("data_tests", make) / "tests.json").read_text(encoding="utf-8"))
    return tests
