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
PSEUDONYMS = ("first_name", "last_name", "email", "phone", "address")
YEAR = "extract(year from intervals.date_of_birth)"


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


@pytest.fixture(scope="module")
def reported(manifest: Manifest) -> list[str]:
    """The problems of the project without the masks of a model and of a snapshot. To trace it takes seconds."""
    leaking = copy.deepcopy(manifest)
    model = leaking["nodes"]["model.tieout.dim_customer_history"]
    assert model["compiled_code"].count(YEAR) == 1
    sql = parse_one(model["compiled_code"].replace(YEAR, "intervals.date_of_birth"), dialect="duckdb")
    for column in PSEUDONYMS:
        pseudonyms = [node for node in sql.find_all(exp.Alias) if node.alias == column and node.find(exp.SHA2)]
        assert len(pseudonyms) == 1
        pseudonyms[0].set("this", exp.column(column))
    model["compiled_code"] = sql.sql(dialect="duckdb")
    del leaking["nodes"]["snapshot.tieout.snap_banking__customers"]["config"]["meta"]["entity"]
    return problems(leaking)


@pytest.mark.parametrize("column", PSEUDONYMS)
def test_a_removed_pseudonym_is_reported(reported: list[str], column: str) -> None:
    assert (
        f"dim_customer_history.{column} exposes banking.customers.{column} (direct) unmasked "
        f"(through base_banking__customers.{column}, stg_banking__customer_versions.{column} and "
        f"snap_banking__customers.{column}). "
        "Mask it with pseudonym(), or grant select on the model to role:pii_reader only."
    ) in reported


def test_a_date_of_birth_instead_of_its_year_is_reported(reported: list[str]) -> None:
    assert any(
        sentence.startswith("dim_customer_history.birth_year exposes banking.customers.date_of_birth (quasi) unmasked")
        for sentence in reported
    )


def test_a_snapshot_that_masking_does_not_cover_is_reported(reported: list[str]) -> None:
    of_snapshot = [sentence for sentence in reported if sentence.startswith("snap_banking__customers.")]
    personal = [column for column in load_contract().entity("banking", "customers").columns if column.pii]
    assert len(of_snapshot) == len(set(of_snapshot)) == len(personal)
    assert (
        "snap_banking__customers.email contains banking.customers.email (direct) "
        "(through base_banking__customers.email and stg_banking__customer_versions.email), but is not tagged. "
        "Tag it `pii: direct` in its YAML, or set the entity of the model in `meta.entity`."
    ) in of_snapshot
