"""Which entities are full exports: the contract says so, and a variable of the project overrides it."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from loaders.contract import Contract, load_contract
from loaders.errors import TieoutError
from loaders.landing.export_settings import declared, project_settings

CONTRACT = load_contract()


def names(contract: Contract, variable: Any) -> dict[str, date]:
    return {f"{entity.domain}.{entity.name}": since for entity, since in declared(contract, variable).items()}


def test_the_variable_overrides_the_contract() -> None:
    declarations: dict[str, bool | str] = {"customers": True, "loans": "2025-02-01"}
    full = {
        key: dataclasses.replace(entity, full_export=declarations.get(entity.name, False))
        for key, entity in CONTRACT.entities.items()
    }
    assert names(CONTRACT, {}) == {}
    assert names(Contract(full), {}) == {"banking.customers": date.min, "banking.loans": date(2025, 2, 1)}
    # YAML reads a day without quotes as a date.
    changed = {"banking.customers": date(2025, 3, 1), "banking.loans": False, "commerce.sales": True}
    assert names(Contract(full), changed) == {"banking.customers": date(2025, 3, 1), "commerce.sales": date.min}


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"full_exports": ["banking.customers"]}, "write a mapping such as {banking.customers: true}."),
        (
            {"full_exports": {"banking": True}},
            "full_exports has 'banking', which is not an entity of the bronze contract",
        ),
        (
            {"full_exports": {"control.deliveries": True}},
            "full_exports has 'control.deliveries', which is not an entity",
        ),
        (
            {"full_exports": {"banking.customers": "always"}},
            "banking.customers: 'always'; write true, false or the first arrival day, YYYY-MM-DD.",
        ),
        (
            {"full_exports": {"banking.fx_rates": True}},
            "banking.fx_rates, which has no record_status, so nothing of it can be withdrawn. Remove it.",
        ),
        ({"full_export_missing_percent": "many"}, "full_export_missing_percent is 'many'; write a whole number."),
        ({"full_export_missing_keys": -1}, "full_export_missing_keys is -1; write a whole number."),
    ],
)
def test_a_mistake_in_a_variable_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, Any], message: str
) -> None:
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump({"vars": {"tieout": variables}}), encoding="utf-8")
    monkeypatch.setenv("TIEOUT_PROJECT", str(tmp_path))
    with pytest.raises(TieoutError) as error:
        project_settings(CONTRACT)
    assert str(error.value).startswith("dbt_project.yml: ")
    assert message in str(error.value)


def test_a_project_without_variables_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEOUT_PROJECT", str(tmp_path))
    with pytest.raises(TieoutError, match=r"The variables of the project cannot be read from .*dbt_project\.yml"):
        project_settings(CONTRACT)
    (tmp_path / "dbt_project.yml").write_text("vars: {tieout: [1]}", encoding="utf-8")
    with pytest.raises(TieoutError, match="is no mapping of names to values"):
        project_settings(CONTRACT)


def test_the_project_has_no_full_exports_of_its_own() -> None:
    settings = project_settings(CONTRACT)
    assert (settings.since, settings.percent, settings.keys) == ({}, 20, 10)
