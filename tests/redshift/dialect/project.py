"""A dbt project with only the dialect macros, and a model for each case, so that dbt renders the calls."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from tests.python.warehouse import PROJECT, Warehouse

from . import NAMED_CASES, NAMED_DIFFERENCES, NAMED_WRONG_CALLS
from .divisions import SCALES

MACROS = PROJECT / "macros" / "dialect"


def write_project(folder: Path) -> Path:
    """Write the project to an empty folder, and return the folder."""
    models = folder / "models"
    models.mkdir(parents=True)
    (folder / "macros").symlink_to(MACROS)
    (folder / "profiles").symlink_to(PROJECT / "profiles")
    settings = {"name": "tieout", "version": "1.0", "profile": "tieout", "macro-paths": ["macros"]}
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(settings | {"flags": {"send_anonymous_usage_stats": False}}))
    for name, case in NAMED_CASES.items():
        _write_model(models, name, case.call, case.relation, aggregate=case.aggregate)
    for name, difference in NAMED_DIFFERENCES.items():
        _write_model(models, name, difference.call, aggregate="avg(" in difference.call)
    quotients = ", ".join(f"{{{{ divide('dividend', 'divisor', {scale}) }}}} as to_{scale}" for scale in SCALES)
    _write_model(models, "divisions", f"{quotients}, line")
    for name, call in NAMED_WRONG_CALLS.items():
        _write_model(models, name, f"{{{{ {call} }}}}")
    return folder


def _write_model(
    models: Path, name: str, call: str, relation: str = "dialect_values as given", *, aggregate: bool = False
) -> None:
    order = "" if aggregate else "order by line"
    sql = f"select {call} as answer from {relation} where case_name = '{name}' {order}"
    # Rendered only when the model is compiled. An error while dbt parses would hide the errors of other models.
    (models / f"{name}.sql").write_text(f"{{% if execute %}}{sql}{{% endif %}}", encoding="utf-8")


def compiled_queries(warehouse: Warehouse) -> dict[str, str]:
    """Compile the correct calls; return SQL by model."""
    warehouse.run("dbt", "compile", "--no-populate-cache", "--no-introspect", "--exclude", "wrong_*")
    compiled = warehouse.folder / "target" / "compiled" / "tieout" / "models"
    return {file.stem: file.read_text(encoding="utf-8") for file in compiled.glob("*.sql")}


def compiler_errors(warehouse: Warehouse) -> dict[str, str]:
    """Compile the wrong calls; return error messages by model.

    `dbt run` is used, because `dbt compile` stops at the first error.
    """
    warehouse.run("dbt", "run", "--select", "wrong_*", fails=True)
    results = json.loads((warehouse.folder / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    return {result["unique_id"].split(".")[-1]: " ".join(str(result["message"]).split()) for result in results}
