"""The project as dbt understands it: its manifest, with all SQL compiled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.python.scenarios.conftest import MadeOnce, made_once, new_in, parsed
from tests.python.warehouse import Warehouse

__all__ = ["made_once", "parsed"]

Manifest = dict[str, Any]


@pytest.fixture(scope="session")
def manifests(made_once: MadeOnce, parsed: Path) -> dict[str, Manifest]:
    """The manifests of a `first` and of a `later` run: incremental models compile to other SQL once they exist."""

    def make(folder: Path) -> None:
        warehouse = new_in(folder, parsed)
        first = _compiled(warehouse, "first")
        with duckdb.connect(str(warehouse.database)) as connection:
            for node in first["nodes"].values():
                if node["resource_type"] == "model":
                    columns = ", ".join(f'"{name}" {column["data_type"]}' for name, column in node["columns"].items())
                    connection.execute(f"create schema if not exists {node['schema']}")
                    connection.execute(f"create table {node['relation_name']} ({columns})")
        _compiled(warehouse, "later")

    folder = made_once("manifests", make)
    return {run: _manifest(folder, run) for run in ("first", "later")}


@pytest.fixture(scope="session")
def manifest(manifests: dict[str, Manifest]) -> Manifest:
    """The manifest of a first run; to be copied before it is changed."""
    return manifests["first"]


def _compiled(warehouse: Warehouse, run: str) -> Manifest:
    warehouse.run("dbt", "compile")
    (warehouse.folder / "target" / "manifest.json").rename(warehouse.folder / f"{run}.json")
    return _manifest(warehouse.folder, run)


def _manifest(folder: Path, run: str) -> Manifest:
    manifest: Manifest = json.loads((folder / f"{run}.json").read_text(encoding="utf-8"))
    return manifest
