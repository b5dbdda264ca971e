"""Warehouses for the scenarios."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.python.warehouse import Warehouse


@pytest.fixture(scope="session")
def new_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Warehouse]:
    """Make a warehouse in a folder of its own; the project is parsed once for all of them."""
    parsed = Warehouse(tmp_path_factory.mktemp("parsed"))
    parsed.run("dbt", "parse")

    def make(name: str) -> Warehouse:
        made = Warehouse(tmp_path_factory.mktemp(name))
        made.database.parent.mkdir()
        (made.folder / "target").mkdir()
        shutil.copy(parsed.folder / "target" / "partial_parse.msgpack", made.folder / "target")
        return made

    return make


@pytest.fixture
def warehouse(new_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    return new_warehouse("warehouse")


@pytest.fixture(scope="session")
def built_once(new_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    """Two generated days, built; for tests that only need some warehouse."""
    made = new_warehouse("built")
    made.run(
        *"tieout generate --days 2 --start 2025-01-01 --customers 50 --transactions-per-day 100 --seed 3".split(),
        "--inbox",
        str(made.inbox),
    )
    made.land()
    made.build()
    return made


@pytest.fixture
def built_warehouse(built_once: Warehouse, tmp_path: Path) -> Warehouse:
    """A copy of the built warehouse, to do damage to."""
    folder = tmp_path / "copy"
    shutil.copytree(built_once.folder, folder)
    return Warehouse(folder)
