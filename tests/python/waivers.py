"""A warehouse with findings of `tieout check` that a controller has waived, and with other variables of the project."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any, TypeVar

from tests.python.warehouse import PROJECT, Warehouse

AnyWarehouse = TypeVar("AnyWarehouse", bound=Warehouse)


def waiving(warehouse: AnyWarehouse, *waived: str) -> AnyWarehouse:
    """Return the warehouse under a copy of the project whose variable `waived_findings` has these names."""
    return with_variables(warehouse, waived_findings=list(waived))


def with_variables(warehouse: AnyWarehouse, **variables: Any) -> AnyWarehouse:
    """Return the warehouse under a copy of the project with other variables. Only `tieout` reads them, not dbt."""
    project = warehouse.folder / "project"
    project.mkdir(exist_ok=True)
    text = (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
    for name, value in variables.items():
        text, count = re.subn(rf"^    {name}: .*$", f"    {name}: {json.dumps(value)}", text, flags=re.MULTILINE)
        assert count == 1, name
    (project / "dbt_project.yml").write_text(text, encoding="utf-8")
    if not (project / "models").exists():
        (project / "models").symlink_to(PROJECT / "models")
    return dataclasses.replace(warehouse, environment={**warehouse.environment, "TIEOUT_PROJECT": str(project)})
