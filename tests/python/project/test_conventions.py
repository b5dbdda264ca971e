"""Every rule of `dbt-bouncer.yml` can fail: each is broken once in a copy of the manifest, and names what breaks it."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.python.warehouse import PROJECT

Manifest = dict[str, Any]
Node = dict[str, Any]
Defect = Callable[[Manifest], str]

RULES = yaml.safe_load((PROJECT / "dbt-bouncer.yml").read_text(encoding="utf-8"))["manifest_checks"]


def node_of(manifest: Manifest, name: str) -> Node:
    """Return a model, seed, snapshot, source or exposure."""
    everything = [*manifest["nodes"].values(), *manifest["sources"].values(), *manifest["exposures"].values()]
    kinds = ("model", "seed", "snapshot", "source", "exposure")
    (found,) = (of for of in everything if of["name"] == name and of["resource_type"] in kinds)
    node: Node = found
    return node


def changed(name: str, **values: Any) -> Defect:
    """Change attributes of a node; `config__x` is an attribute of its configuration."""

    def plant(manifest: Manifest) -> str:
        node = node_of(manifest, name)
        for key, value in values.items():
            if key.startswith("config__"):
                node["config"][key.removeprefix("config__")] = value
            else:
                node[key] = value
        return name

    return plant


def renamed(name: str, to: str) -> Defect:
    """Give a node another name."""

    def plant(manifest: Manifest) -> str:
        node_of(manifest, name)["name"] = to
        return name

    return plant


def column(name: str, of: str, **values: Any) -> Defect:
    """Change a column of a model, or add it."""

    def plant(manifest: Manifest) -> str:
        columns = node_of(manifest, name)["columns"]
        columns.setdefault(of, copy.deepcopy(next(iter(columns.values()))) | {"name": of}).update(values)
        return name

    return plant


def builds_on(name: str, *others: str) -> Defect:
    """Let a model or exposure depend on other nodes."""

    def plant(manifest: Manifest) -> str:
        node = node_of(manifest, name)
        node["depends_on"]["nodes"] = [*node["depends_on"]["nodes"], *others]
        for other in others:
            manifest["parent_map"].setdefault(node["unique_id"], []).append(other)
            manifest["child_map"].setdefault(other, []).append(node["unique_id"])
        return name

    return plant


def with_sql(name: str, sql: str) -> Defect:
    """Add text to the SQL of a model."""

    def plant(manifest: Manifest) -> str:
        node = node_of(manifest, name)
        node["raw_code"] += sql
        node["compiled_code"] = (node.get("compiled_code") or "") + sql
        return name

    return plant


def without_macro_argument_description(manifest: Manifest) -> str:
    manifest["macros"]["macro.tieout.divide"]["arguments"][0]["description"] = ""
    return "divide"


def without_tests(name: str) -> Defect:
    def plant(manifest: Manifest) -> str:
        for test in manifest["nodes"].values():
            if test.get("attached_node") == f"model.tieout.{name}":
                test["attached_node"] = None
        return name

    return plant


def private_table_of_metrics(manifest: Manifest) -> str:
    node_of(manifest, "fact_customer_interactions")["access"] = "protected"
    return "contacts"


def views_on_views(manifest: Manifest) -> str:
    for name in ("fact_sales", "campaign_daily_revenue", "dim_campaign", "stg_commerce__campaigns"):
        node_of(manifest, name)["config"]["materialized"] = "view"
    return "campaign_performance"


def two_sources_of_a_relation(manifest: Manifest) -> str:
    sources = manifest["sources"]
    one, other = sources["source.tieout.banking.loans"], sources["source.tieout.banking.locations"]
    for key in ("database", "schema", "identifier", "relation_name"):
        other[key] = one[key]
    return "banking.locations"


def orphan(manifest: Manifest) -> str:
    source = manifest["sources"]["source.tieout.banking.fx_rates"]
    for node in manifest["nodes"].values():
        nodes = node.get("depends_on", {}).get("nodes", [])
        if source["unique_id"] in nodes:
            nodes.remove(source["unique_id"])
    return "fx_rates"


def no_description_of_the_source(manifest: Manifest) -> str:
    for source in manifest["sources"].values():
        if source["source_name"] == "secrets":
            source["source_description"] = ""
    return "pii_salt"


# By the name of the rule, and what it looks at if the rule stands there several times.
DEFECTS: dict[tuple[str, str], Defect] = {
    ("check_model_description_contains_regexp_pattern", ""): changed("daily_transaction_volume", description="Totals."),
    ("check_seed_says_its_grain", ""): changed("channels", description="Channels."),
    ("check_snapshot_says_its_grain", ""): changed("snap_banking__loans", description="Versions of loans."),
    ("check_model_column_description_populated", ""): column("dim_account", "branch", description=""),
    ("check_model_columns_have_types", "^models/(marts|audit)/"): column(
        "dim_merchant", "merchant_name", data_type=None
    ),
    ("check_source_description_populated", ""): changed("merchants", description=""),
    ("check_source_top_level_description_populated", ""): no_description_of_the_source,
    ("check_macro_arguments_description_populated", ""): without_macro_argument_description,
    ("check_exposure_description_populated", ""): changed("report_risk", description=""),
    ("check_model_has_group", ""): changed("loan_delinquency", group=None),
    ("check_model_tags_are_known", ""): changed("geographic_distribution", tags=["answer", "misc"]),
    ("check_model_is_tagged_as_persistent", ""): changed("run_history", config__full_refresh=None),
    ("check_model_is_tagged_as_personal_data", ""): changed("stg_banking__customers", tags=[]),
    ("check_snapshot_is_tagged_as_personal_data", ""): changed("snap_banking__customers", tags=[]),
    ("check_model_has_contracts_enforced", "^models/(marts|audit)/"): changed(
        "dim_fx_rate", contract={"enforced": False}
    ),
    ("check_model_access", "^models/(marts|audit)/"): changed("customer_spend", access="protected"),
    ("check_model_access", "^models/staging/"): changed("stg_banking__loans", access="public"),
    ("check_exposure_has_owner", ""): changed("report_loans", owner={"name": None, "email": None}),
    ("check_exposure_is_based_on_published_models", ""): builds_on("report_spend", "model.tieout.stg_banking__loans"),
    ("check_exposure_based_on_non_public_models", ""): builds_on("report_places", "model.tieout.dim_customer_pii"),
    ("check_semantic_model_based_on_non_public_models", ""): private_table_of_metrics,
    ("check_model_key_is_tested", ""): without_tests("fact_investment"),
    ("check_snapshot_has_unique_key", ""): changed("snap_banking__accounts", config__unique_key=None),
    ("check_lineage_permitted_upstream_models", "^models/staging/"): builds_on(
        "stg_banking__loan_payments", "model.tieout.dim_loan"
    ),
    ("check_lineage_permitted_upstream_models", "^models/marts/"): builds_on(
        "dim_location", "model.tieout.base_banking__locations"
    ),
    ("check_lineage_source_cannot_be_used", "^models/(marts/|audit/|staging/\\w+/stg_)"): builds_on(
        "dim_channel", "source.tieout.banking.transactions"
    ),
    ("check_model_does_not_directly_join_to_source", "^models/(marts/|audit/|staging/\\w+/stg_)"): builds_on(
        "stg_banking__daily_balances", "source.tieout.banking.daily_balances"
    ),
    ("check_model_hard_coded_references", ""): with_sql("dim_currency", "\nunion all select * from prod.gold.other"),
    ("check_model_has_no_upstream_dependencies", ""): changed("dim_date", depends_on={"macros": [], "nodes": []}),
    ("check_model_max_chained_views", ""): views_on_views,
    ("check_source_not_orphaned", ""): orphan,
    ("check_duplicate_sources", ""): two_sources_of_a_relation,
    ("check_exposure_based_on_model", ""): changed("worst_rules_by_day", depends_on={"macros": [], "nodes": []}),
    ("check_model_names", "^models/staging/\\w+/base/"): renamed("base_banking__accounts", "banking_accounts"),
    ("check_model_names", "^models/staging/\\w+/stg"): renamed("stg_banking__accounts", "accounts"),
    ("check_model_names", "^models/marts/(core|banking|commerce)/"): renamed("dim_loan_history", "loan_history"),
    ("check_model_names", "^models/(marts/(analytics|risk)|audit)/"): renamed("customer_segments", "dim_segments"),
    ("check_snapshot_names", ""): renamed("snap_banking__merchants", "merchants_snapshot"),
    ("check_model_schema_name", "^models/staging/"): changed("stg_banking__investments", schema="dev"),
    ("check_model_schema_name", "^models/marts/"): changed("dim_transaction_type", schema="dev_silver"),
    ("check_model_schema_name", "^models/audit/"): changed("refused_files", schema="dev_gold"),
    ("check_model_column_names", "^_?[a-z][a-z0-9_]*$"): column("dim_product", "ListPrice"),
    ("check_model_column_name_complies_to_column_type", "^(is|has)_"): column(
        "dim_date", "is_weekend", data_type="integer"
    ),
    ("check_model_column_type_complies_to_column_name", "^(is|has)_|^return_flag$"): column(
        "dim_campaign", "active", data_type="boolean"
    ),
    ("check_model_column_name_complies_to_column_type", "^.*_date$"): column(
        "fact_daily_balances", "balance_date", data_type="timestamp"
    ),
    ("check_model_column_name_complies_to_column_type", "^.*_(at|ts)$"): column(
        "fact_customer_interactions", "interaction_ts", data_type="date"
    ),
    ("check_model_column_name_complies_to_column_type", "^.*_amount(_reporting)?$"): column(
        "customer_daily_summary", "spend_amount_reporting", data_type="double"
    ),
    ("check_model_has_semi_colon", ""): with_sql("dim_product_history", ";"),
    ("check_model_materialization_permitted", ""): changed("product_profitability", config__materialized="ephemeral"),
}


@pytest.mark.extended
def test_every_rule_can_fail(manifest: Manifest, tmp_path: Path) -> None:
    broken = copy.deepcopy(manifest)
    planted = {index: DEFECTS[key_of(rule)](broken) for index, rule in enumerate(RULES) if key_of(rule) in DEFECTS}
    assert [key_of(rule) for rule in RULES if key_of(rule) not in DEFECTS] == []
    said = failures(broken, tmp_path)
    assert {
        index: (RULES[index], said.get(index)) for index, name in planted.items() if name not in said.get(index, "")
    } == {}


def test_every_question_is_an_exposure_of_the_tables_that_it_reads(manifest: Manifest) -> None:
    questions = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "analysis"}
    exposures = {of["name"]: of for of in manifest["exposures"].values() if "question" in of["tags"]}
    assert len(questions) > 20
    assert {name: (set(of["depends_on"]["nodes"]), of["description"]) for name, of in exposures.items()} == {
        name: (set(of["depends_on"]["nodes"]), of["description"]) for name, of in questions.items()
    }


def test_exposures_belong_to_owners_of_groups(manifest: Manifest) -> None:
    owners = {group["owner"]["name"] for group in manifest["groups"].values()}
    assert {of["owner"]["name"] for of in manifest["exposures"].values()} <= owners
    assert {tag for of in manifest["exposures"].values() for tag in of["tags"]} == {"report", "question"}


def key_of(rule: dict[str, Any]) -> tuple[str, str]:
    """Return the name of a rule, and what it looks at."""
    return rule["name"], rule.get("column_name_pattern") or rule.get("include") or ""


def failures(manifest: Manifest, folder: Path) -> dict[int, str]:
    """Return what the rules say, by the number of the rule."""
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    config = (PROJECT / "dbt-bouncer.yml").read_text(encoding="utf-8")
    config = re.sub("(?m)^dbt_artifacts_dir: .*$", f"dbt_artifacts_dir: {folder}", config)
    config = re.sub("(?m)^custom_checks_dir: ", f"custom_checks_dir: {PROJECT}/", config)
    (folder / "rules.yml").write_text(config, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("dbt-bouncer")), "run", "--config-file", str(folder / "rules.yml")]
    command += ["--output-file", str(folder / "found.json"), "--output-format", "json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    said: dict[int, str] = {}
    for result in json.loads((folder / "found.json").read_text(encoding="utf-8")):
        assert result["outcome"] in {"success", "failed"}, result
        if result["outcome"] == "failed":
            number = int(result["check_run_id"].split(":")[1])
            said[number] = f"{said.get(number, '')} {result['check_run_id']} {result['failure_message']}"
    return said
