"""Personal data of this project: it reaches gold and audit masked, or in models with restricted access.

The last tests plant a leak into the real SQL.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from sqlglot import exp, parse_one

from loaders.contract import load_contract
from tests.python.project.pii.rules import problems, waived_columns

Manifest = dict[str, Any]


@pytest.mark.parametrize("run", ["first", "later"])
def test_no_personal_data_reaches_an_unrestricted_model_unmasked(manifests: dict[str, Manifest], run: str) -> None:
    found = problems(manifests[run])
    assert not found, "\n".join(found)


def test_a_later_run_compiles_to_other_sql(manifests: dict[str, Manifest]) -> None:
    """Otherwise the incremental SQL would not be checked."""
    sql = {run: one["nodes"]["model.tieout.stg_banking__customers"]["compiled_code"] for run, one in manifests.items()}
    assert "_failed_rules = '' and true" in " ".join(sql["first"].split())
    assert "_failed_rules = '' and _loaded_at > cast(" in " ".join(sql["later"].split())


def test_only_the_raw_record_of_rejected_rows_has_a_waiver(manifest: Manifest) -> None:
    """They are masked by patterns, which tests/python/scenarios checks on data."""
    assert waived_columns(manifest) == ["rejected_rows.raw_record"]


def test_the_manifest_contains_tags_and_compiled_sql(manifest: Manifest) -> None:
    """Otherwise the checks would pass on nothing."""
    customers = manifest["sources"]["source.tieout.banking.customers"]["columns"]
    assert customers["email"]["config"]["meta"]["pii"] == "direct"
    compiled = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert {node["config"]["schema"] for node in compiled} == {"silver", "gold", "audit"}
    assert all(node["compiled_code"] for node in compiled)


@pytest.mark.parametrize("column", ["first_name", "last_name", "email", "phone", "address"])
def test_a_removed_pseudonym_is_reported(manifest: Manifest, column: str) -> None:
    leaking = copy.deepcopy(manifest)
    model = leaking["nodes"]["model.tieout.dim_customer_history"]
    sql = parse_one(model["compiled_code"], dialect="duckdb")
    pseudonyms = [node for node in sql.find_all(exp.Alias) if node.alias == column and node.find(exp.SHA2)]
    assert len(pseudonyms) == 1
    pseudonyms[0].set("this", exp.column(column))
    model["compiled_code"] = sql.sql(dialect="duckdb")
    assert (
        f"dim_customer_history.{column} exposes banking.customers.{column} (direct) unmasked "
        f"(through base_banking__customers.{column}, stg_banking__customer_versions.{column} and "
        f"snap_banking__customers.{column}). "
        "Mask it with pseudonym(), or grant select on the model to role:pii_reader only."
    ) in problems(leaking)


def test_a_date_of_birth_instead_of_its_year_is_reported(manifest: Manifest) -> None:
    leaking = copy.deepcopy(manifest)
    model = leaking["nodes"]["model.tieout.dim_customer_history"]
    year = "extract(year from intervals.date_of_birth)"
    assert model["compiled_code"].count(year) == 1
    model["compiled_code"] = model["compiled_code"].replace(year, "intervals.date_of_birth")
    assert any(
        sentence.startswith("dim_customer_history.birth_year exposes banking.customers.date_of_birth (quasi) unmasked")
        for sentence in problems(leaking)
    )


def test_a_snapshot_that_masking_does_not_cover_is_reported(manifest: Manifest) -> None:
    unmasked = copy.deepcopy(manifest)
    del unmasked["nodes"]["snapshot.tieout.snap_banking__customers"]["config"]["meta"]["entity"]
    reported = set(problems(unmasked)) - set(problems(manifest))
    assert len(reported) == len(
        [column for column in load_contract().entity("banking", "customers").columns if column.pii]
    )
    assert (
        "snap_banking__customers.email contains banking.customers.email (direct) "
        "(through base_banking__customers.email and stg_banking__customer_versions.email), but is not tagged. "
        "Tag it `pii: direct` in its YAML, or set the entity of the model in `meta.entity`."
    ) in reported
