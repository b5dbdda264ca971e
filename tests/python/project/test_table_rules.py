"""Rules and tests as analysts and developers meet them: in the docs site, and in what a command runs by default."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.docs_site import show_rules
from tests.python.scenarios.conftest import new_in


def test_the_docs_site_shows_the_rules_of_columns_and_tables(manifest: dict[str, Any]) -> None:
    shown = copy.deepcopy(manifest)
    show_rules(shown)
    nodes = shown["nodes"]
    fact = nodes["model.tieout.fact_transaction"]
    assert fact["columns"]["transaction_id"]["meta"]["rules"] == "unique"
    assert fact["columns"]["account_id"]["meta"]["rules"] == "refers to dim_account.account_id"
    assert fact["columns"]["transaction_amount"]["meta"]["rules"] == "> 0"
    assert "Only completed transactions are posted: `posted_amount = case when" in fact["description"]
    assert nodes["seed.tieout.channels"]["columns"]["channel_id"]["meta"]["rules"] == "unique, not null"
    sales = nodes["model.tieout.stg_commerce__marketing_spend"]["description"]
    assert "One row per `campaign_id`, `spend_date`." in sales
    assert "commerce.marketing_spend in the bronze contract" in sales


@pytest.mark.parametrize(
    ("target", "options", "runs_unit_tests"),
    [
        ("dev", (), False),
        ("ci", (), True),
        ("dev", ("--select", "transaction_features"), True),
    ],
)
def test_unit_tests_run_in_ci_and_where_they_are_selected(
    parsed: Path, tmp_path: Path, target: str, options: tuple[str, ...], runs_unit_tests: bool
) -> None:
    warehouse = replace(new_in(tmp_path, parsed), target=target)
    printed = warehouse.run("dbt", "ls", "--quiet", "--output", "json", "--output-keys", "resource_type", *options)
    kinds = {json.loads(line)["resource_type"] for line in printed.splitlines() if line.startswith("{")}
    assert ("unit_test" in kinds) == runs_unit_tests
    assert kinds
