"""DuckDB refuses a model whose query does not return the columns of its contract."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tests.python.warehouse import PROJECT, Warehouse

# One column of each kind of type that the contracts of the project use.
QUERY = {
    "key": ("varchar(256)", "cast('a' as varchar(256))"),
    "amount": ("decimal(38, 2)", "cast(1 as decimal(38, 2))"),
    "number": ("bigint", "cast(1 as bigint)"),
    "day": ("date", "cast('2025-01-01' as date)"),
    "moment": ("timestamp", "cast('2025-01-01' as timestamp)"),
    "flag": ("boolean", "true"),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one model, with the project's check of contracts."""
    folder = tmp_path / "project"
    (folder / "models").mkdir(parents=True)
    (folder / "macros").mkdir()
    shutil.copytree(PROJECT / "profiles", folder / "profiles")
    shutil.copy(PROJECT / "macros" / "materializations" / "columns_equivalent.sql", folder / "macros")
    (folder / "dbt_project.yml").write_text("{name: tieout, profile: tieout}", encoding="utf-8")
    return folder


def run(project: Path, expressions: dict[str, str], *, fails: bool = False) -> str:
    """Run the model with these expressions under the contract of QUERY."""
    columns = [{"name": name, "data_type": data_type} for name, (data_type, _) in QUERY.items()]
    model = {"name": "model", "config": {"contract": {"enforced": True}}, "columns": columns}
    (project / "models" / "model.yml").write_text(yaml.safe_dump({"models": [model]}), encoding="utf-8")
    selected = ", ".join(f"{expression} as {name}" for name, expression in expressions.items())
    (project / "models" / "model.sql").write_text(f"select {selected}", encoding="utf-8")
    warehouse = Warehouse(project.parent / "warehouse", project=project)
    warehouse.database.parent.mkdir(parents=True, exist_ok=True)
    return warehouse.run("dbt", "run", "--quiet", fails=fails)


# The first command of a test process starts its server, which keeps the project as it has been parsed by then.
@pytest.mark.usefixtures("parsed")
def test_only_the_columns_of_the_contract_are_accepted(project: Path) -> None:
    expressions = {name: expression for name, (_, expression) in QUERY.items()}
    run(project, expressions)
    run(project, dict(reversed(expressions.items())))
    for wrong, name in (
        (expressions | {"amount": "cast(1 as decimal(38, 3))"}, "amount"),
        (expressions | {"number": "1"}, "number"),
        (expressions | {"day": "'2025-01-01'"}, "day"),
        (expressions | {"more": "1"}, "more"),
        ({name: expression for name, expression in expressions.items() if name != "flag"}, "flag"),
    ):
        printed = run(project, wrong, fails=True)
        assert "This model has an enforced contract that failed." in printed
        assert f"| {name} " in printed
