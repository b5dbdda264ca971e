"""The project as dbt understands it: its manifest, with all SQL compiled."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from tests.python.warehouse import Warehouse

Manifest = dict[str, Any]


@pytest.fixture(scope="session")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Manifest]:
    """The manifests of a `first` and of a `later` run: incremental models compile to other SQL once they exist."""
    warehouse = Warehouse(tmp_path_factory.mktemp("compiled"))
    warehouse.database.parent.mkdir()
    first = _compiled(warehouse)
    with duckdb.connect(str(warehouse.database)) as connection:
        for node in first["nodes"].values():
            if node["resource_type"] == "model":
                columns = ", ".join(f'"{name}" {column["data_type"]}' for name, column in node["columns"].items())
                connection.execute(f"create schema if not exists {node['schema']}")
                connection.execute(f"create table {node['relation_name']} ({columns})")
    return {"first": first, "later": _compiled(warehouse)}


@pytest.fixture(scope="session")
def manifest(manifests: dict[str, Manifest]) -> Manifest:
    """The manifest of a first run; to be copied before it is changed."""
    return manifests["first"]


def _compiled(warehouse: Warehouse) -> Manifest:
    warehouse.run("dbt", "compile")
    return json.loads((warehouse.folder / "target" / "manifest.json").read_text(encoding="utf-8"))
