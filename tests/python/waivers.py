"""A warehouse with findings of `tieout check` that a controller has waived."""

from __future__ import annotations

import dataclasses
from typing import TypeVar

from tests.python.warehouse import PROJECT, Warehouse

AnyWarehouse = TypeVar("AnyWarehouse", bound=Warehouse)


def waiving(warehouse: AnyWarehouse, *waived: str) -> AnyWarehouse:
    """Return the warehouse under a copy of the project whose variable `waived_findings` has these names."""
    project = warehouse.folder / "project"
    project.mkdir(exist_ok=True)
    text = (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
    nothing = "    waived_findings: []\n"
    assert nothing in text
    changed = text.replace(nothing, f"    waived_findings: {list(waived)}\n")
    (project / "dbt_project.yml").write_text(changed, encoding="utf-8")
    if not (project / "models").exists():
        (project / "models").symlink_to(PROJECT / "models")
    return dataclasses.replace(warehouse, environment={**warehouse.environment, "TIEOUT_PROJECT": str(project)})
