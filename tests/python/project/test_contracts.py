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


CORRECT = {name: expression for name, (_, expression) in QUERY.items()}
# By model: its query, and the column that the message names; None if the model is accepted.
MODELS: dict[str, tuple[dict[str, str], str | None]] = {
    "as_the_contract": (CORRECT, None),
    "in_another_order": (dict(reversed(CORRECT.items())), None),
    "another_scale": (CORRECT | {"amount": "cast(1 as decimal(38, 3))"}, "amount"),
    "a_smaller_integer": (CORRECT | {"number": "1"}, "number"),
    "a_text_for_a_date": (CORRECT | {"day": "'2025-01-01'"}, "day"),
    "one_more": (CORRECT | {"more": "1"}, "more"),
    "one_less": ({name: expression for name, expression in CORRECT.items() if name != "flag"}, "flag"),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of these models under the contract of QUERY, with the project's check of contracts."""
    folder = tmp_path / "project"
    (folder / "models").mkdir(parents=True)
    (folder / "macros").mkdir()
    shutil.copytree(PROJECT / "profiles", folder / "profiles")
    shutil.copy(PROJECT / "macros" / "materializations" / "columns_equivalent.sql", folder / "macros")
    (folder / "dbt_project.yml").write_text("{name: tieout, profile: tieout}", encoding="utf-8")
    columns = [{"name": name, "data_type": data_type} for name, (data_type, _) in QUERY.items()]
    models = [{"name": name, "config": {"contract": {"enforced": True}}, "columns": columns} for name in MODELS]
    (folder / "models" / "models.yml").write_text(yaml.safe_dump({"models": models}), encoding="utf-8")
    for name, (expressions, _) in MODELS.items():
        selected = ", ".join(f"{expression} as {column}" for column, expression in expressions.items())
        (folder / "models" / f"{name}.sql").write_text(f"select {selected}", encoding="utf-8")
    return folder


# The first command of a test process starts its server, which keeps the project as it has been parsed by then.
@pytest.mark.usefixtures("parsed")
def test_only_the_columns_of_the_contract_are_accepted(project: Path) -> None:
    warehouse = Warehouse(project.parent / "warehouse", project=project)
    warehouse.database.parent.mkdir(parents=True)
    printed = warehouse.run("dbt", "run", "--quiet", fails=True)
    _, *messages = printed.split("Compilation Error in model ")
    refused = {message.split()[0]: message for message in messages}
    assert refused.keys() == {name for name, (_, column) in MODELS.items() if column}
    for name, message in refused.items():
        assert "This model has an enforced contract that failed." in message
        assert f"| {MODELS[name][1]} " in message
    accepted = warehouse.query("select table_name from information_schema.tables")
    assert {name for (name,) in accepted} == MODELS.keys() - refused.keys()
