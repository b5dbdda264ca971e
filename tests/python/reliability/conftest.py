"""Fixtures of the reliability tests: the warehouses of the scenarios, and generated banks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.python.reliability.histories import BANK, Bank
from tests.python.scenarios.conftest import (
    MadeOnce,
    built_once,
    built_warehouse,
    data_tests,
    empty_warehouse,
    made_once,
    new_warehouse,
    parsed,
    parsed_projects,
    warehouse,
)
from tests.python.warehouse import Warehouse

__all__ = [
    "built_once",
    "built_warehouse",
    "data_tests",
    "empty_warehouse",
    "made_once",
    "new_warehouse",
    "parsed",
    "parsed_projects",
    "warehouse",
]


@pytest.fixture(scope="session")
def bank(made_once: MadeOnce) -> Callable[[int], Bank]:
    """Generate the bank with a number."""

    def generated(number: int) -> Bank:
        def make(folder: Path) -> None:
            Warehouse(folder).run("tieout", "generate", *BANK, "--seed", str(number), "--inbox", str(folder / "inbox"))

        return Bank(made_once(f"bank_{number}", make) / "inbox")

    return generated
