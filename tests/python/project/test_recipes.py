"""The recipes of docs/recipes.md work: their edits are applied to a copy of the project, which is built on DuckDB.

Each recipe must also apply on its own. The copy has all of them, so that one build is enough.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.python.hard_deliveries import (
    ACCOUNTS,
    CUSTOMERS,
    INTERACTIONS,
    TRANSACTIONS,
    account,
    customer,
    transaction,
)
from tests.python.project.copies import copied, tieout
from tests.python.project.recipes import Edit, RecipeError, files, recipe
from tests.python.warehouse import PROJECT, Warehouse

RECIPES = {"Add a column": 8, "Add a transaction type": 1, "Add a rule": 2, "Add an entity": 14}
"""The executable recipes, and how many files each may change."""

DAY = "2025-01-01"
NATIONAL_ID = "850101/1234"


@pytest.mark.parametrize(("title", "limit"), RECIPES.items())
def test_a_recipe_applies_to_the_project(title: str, limit: int, tmp_path: Path) -> None:
    edits = recipe(title)
    for path in files(edits):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        if (PROJECT / path).exists():
            shutil.copy(PROJECT / path, tmp_path / path)
    for edit in edits:
        edit.apply(tmp_path)
    print(f"{title}: {len(files(edits))} files, at most {limit}")  # noqa: T201
    assert len(files(edits)) <= limit


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse of the changed project, with one day of deliveries that use every change."""
    project = copied(tmp_path_factory.mktemp("project"))
    for title in RECIPES:
        for edit in recipe(title):
            edit.apply(project)
    made = Warehouse(tmp_path_factory.mktemp("changed"), environment={"TIEOUT_PROJECT": str(project)}, project=project)
    made.database.parent.mkdir()
    put(made, "customers", CUSTOMERS + customer("C1", "Akron", f"{DAY} 06:00:00"))
    with_column = CUSTOMERS.replace("\n", ",record_status,national_id\n")
    row = customer("C2", "Boston", f"{DAY} 06:00:00").replace("\n", f",,{NATIONAL_ID}\n")
    put(made, "customers.new", with_column + row)
    put(made, "accounts", ACCOUNTS + account("A1", "C1", f"{DAY} 07:00:00"))
    refund = transaction("T2", "A1", "4.00", f"{DAY} 09:00:00").replace(",Payment,", ",Refund,")
    assert ",Refund," in refund
    put(made, "transactions", TRANSACTIONS + transaction("T1", "A1", "10.00", f"{DAY} 08:00:00") + refund)
    put(
        made,
        "customer_interactions",
        INTERACTIONS + f"I1,C1,Online,Complaint,{DAY} 10:00:00,86400,5,true,{DAY} 12:00:00\n"
        f"I2,C1,Online,Complaint,{DAY} 10:00:00,0,5,true,{DAY} 12:00:00\n"
        f"I3,C1,Online,Complaint,{DAY} 10:00:00,60,5,true,{DAY} 12:00:00\n",
    )
    put(
        made,
        "standing_orders",
        "standing_order_id,account_id,order_amount,next_date,updated_at\n"
        f"S1,A1,12.50,2025-02-01,{DAY} 06:00:00\nS2,A1,-1.00,2025-02-01,{DAY} 06:00:00\n",
    )
    tieout(made, "land", str(made.inbox))
    made.build()
    return made


def put(warehouse: Warehouse, name: str, text: str) -> None:
    file = warehouse.inbox / DAY / "banking" / f"{name}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_the_new_column_reaches_gold_as_a_pseudonym(changed: Warehouse) -> None:
    assert changed.query("select customer_id, national_id from dev_silver.stg_banking__customers order by 1") == [
        ("C1", None),
        ("C2", NATIONAL_ID),
    ]
    shown = dict(changed.query("select customer_id, national_id from dev_gold.dim_customer"))
    assert shown["C1"] is None
    assert len(str(shown["C2"])) == 16
    assert shown["C2"] != NATIONAL_ID
    assert changed.value("select national_id from dev_gold.dim_customer_pii where customer_id = 'C2'") == NATIONAL_ID


def test_the_new_transaction_type_signs_amounts(changed: Warehouse) -> None:
    signed = changed.query("select transaction_id, amount_signed from dev_gold.fact_transaction order by 1")
    assert [(key, str(amount)) for key, amount in signed] == [("T1", "-10.00"), ("T2", "4.00")]


def test_the_new_rules_reject_rows(changed: Warehouse) -> None:
    rejected = changed.query(
        "select business_key, reasons from dev_audit.rejected_rows where entity = 'customer_interactions' order by 1"
    )
    assert rejected == [
        ("I1", "duration_seconds_too_large"),
        ("I2", "score_without_contact"),
    ]
    assert changed.query("select interaction_id from dev_silver.stg_banking__customer_interactions") == [("I3",)]


def test_the_new_entity_is_reconciled_by_the_audit(changed: Warehouse) -> None:
    layers = changed.query(
        "select from_layer, to_layer, measure, amount_in, amount_set_aside, amount_out, difference "
        "from dev_audit.layer_reconciliation where entity = 'standing_orders'"
    )
    assert layers
    assert all(row[-1] == 0 for row in layers)
    tieout(changed, "check")


def test_the_data_tests_of_the_changed_models_pass(changed: Warehouse) -> None:
    changed.run("dbt", "test", "--select", "stg_banking__standing_orders", "stg_banking__customers", "dim_customer")


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("diff", " x\n+y\n", "0 times instead of once"),
        ("diff", " a\n+y\n", "2 times instead of once"),
        ("sql", "select 1\n", "exists already"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(kind: str, text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "file.sql").write_text("a\nb\na\n")
    with pytest.raises(RecipeError, match=message):
        Edit("file.sql", kind, text).apply(tmp_path)


def test_an_edit_changes_each_place(tmp_path: Path) -> None:
    (tmp_path / "file.sql").write_text("a\nb\nc\n")
    Edit("file.sql", "diff", "-a\n+x\n b\n@@\n+y\n c\n").apply(tmp_path)
    assert (tmp_path / "file.sql").read_text() == "x\nb\ny\nc\n"
