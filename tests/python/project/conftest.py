"""The manifest of the project, with all SQL compiled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loaders.contract import load_contract
from tests.python.scenarios.conftest import MadeOnce, faulty_bank, made_once, new_in, parsed, parsed_projects
from tests.python.warehouse import Warehouse

__all__ = ["faulty_bank", "made_once", "parsed", "parsed_projects"]

Manifest = dict[str, Any]
SQL_TYPES = {
    "amount": "decimal(18, 2)",
    "utc_time": "timestamp",
    "update_time": "timestamp",
    "record_status": "varchar(16)",
}
"""The SQL types of the contract's types that have another name."""


@pytest.fixture(scope="session")
def manifests(made_once: MadeOnce, parsed: Path) -> dict[str, Manifest]:
    """The manifests of a `first` and of a `later` run: incremental models compile to other SQL once they exist."""

    def make(folder: Path) -> None:
        warehouse = new_in(folder, parsed)
        first = _compiled(warehouse, "first")
        with duckdb.connect(str(warehouse.database)) as connection:
            for node in first["nodes"].values():
                if node["resource_type"] == "model":
                    columns = ", ".join(f'"{name}" {type_}' for name, type_ in column_types(node).items())
                    connection.execute(f"create schema if not exists {node['schema']}")
                    connection.execute(f"create table {node['relation_name']} ({columns})")
        _compiled(warehouse, "later")

    folder = made_once("manifests", make)
    return {run: _manifest(folder, run) for run in ("first", "later")}


@pytest.fixture(scope="session")
def manifest(manifests: dict[str, Manifest]) -> Manifest:
    """The manifest of a first run; to be copied before it is changed."""
    return manifests["first"]


def column_types(node: dict[str, Any]) -> dict[str, str]:
    """Return the SQL types of a model's columns: from its YAML, and in silver from the contract of its entity."""
    contract: dict[str, str] = {}
    if entity := node["config"]["meta"].get("entity"):
        contract = {
            column.name: SQL_TYPES.get(column.type, column.type.replace("text(", "varchar("))
            for column in load_contract().entity(*entity.split(".")).columns
        }
    return {name: column["data_type"] or contract[name] for name, column in node["columns"].items()}


def _compiled(warehouse: Warehouse, run: str) -> Manifest:
    warehouse.run("dbt", "compile", "--select", "resource_type:model", "resource_type:snapshot")
    (warehouse.folder / "target" / "manifest.json").rename(warehouse.folder / f"{run}.json")
    return _manifest(warehouse.folder, run)


def _manifest(folder: Path, run: str) -> Manifest:
    manifest: Manifest = json.loads((folder / f"{run}.json").read_text(encoding="utf-8"))
    return manifest
