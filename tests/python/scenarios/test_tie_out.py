"""The tie-out shows zero where nothing is lost, and fails where something is."""

from __future__ import annotations

import json

from tests.python.warehouse import Warehouse

RECONCILE = (
    "dbt",
    "build",
    "--select",
    "delivery_outcomes",
    "deliveries",
    "layer_totals_banking",
    "layer_totals_commerce",
    "layer_reconciliation",
)
DIFFERENCES = "select from_layer, to_layer, measure from dev_audit.layer_reconciliation where difference <> 0"


def test_an_empty_warehouse_builds(warehouse: Warehouse) -> None:
    warehouse.run("dbt", "build")
    assert warehouse.value("select count(*) from dev_gold.fact_transaction") == 0
    assert warehouse.query("select customer_id from dev_gold.dim_customer") == [("unknown",)]
    assert warehouse.query(DIFFERENCES) == []


def test_every_layer_ties_out_until_a_row_goes(built_warehouse: Warehouse) -> None:
    built_warehouse.run(*RECONCILE)
    assert built_warehouse.query(DIFFERENCES) == []
    assert built_warehouse.value("select sum(amount_in) from dev_audit.layer_reconciliation") > 0

    built_warehouse.execute(
        "delete from dev_silver.stg_banking__transactions "
        "where transaction_id = (select min(transaction_id) from dev_silver.stg_banking__transactions)"
    )
    printed = built_warehouse.run(*RECONCILE, fails=True)
    assert "layer_reconciliation_ties_out" in printed
    lost = {(row[0], row[1], row[2]) for row in built_warehouse.query(DIFFERENCES)}
    assert ("base", "stg", "rows") in lost
    assert ("base", "stg", "amount") in lost
    assert ("stg", "fact_transaction", "rows") in lost


def test_accidents_show_in_the_reconciliations_that_they_affect(built_warehouse: Warehouse) -> None:
    for accident in (
        "update dev_silver.base_banking__transactions set balance_after = balance_after + 0.01 where _source_line = 3",
        "delete from dev_silver.base_banking__loans where _source_line = 2",
        "update dev_gold.fact_transaction set amount_signed = -amount_signed where _source_line = 3",
        "insert into dev_gold.daily_net_balance_change "
        "(select * from dev_gold.daily_net_balance_change where net_change <> 0 limit 1)",
        "delete from dev_gold.dim_customer where customer_id = 'C000001'",
    ):
        built_warehouse.execute(accident)
    built_warehouse.run(*RECONCILE, fails=True)
    differing = {(str(row[0]), str(row[1]), str(row[2])) for row in built_warehouse.query(DIFFERENCES)}
    assert differing == {
        ("delivered", "base", "balance_after"),
        ("delivered", "base", "rows"),
        ("delivered", "base", "loan_amount"),
        ("delivered", "base", "monthly_payment"),
        ("base", "stg", "rows"),
        ("base", "stg", "loan_amount"),
        ("stg", "fact_transaction", "amount_signed"),
        ("fact_transaction", "daily_net_balance_change", "rows"),
        ("fact_transaction", "daily_net_balance_change", "posted_amount"),
        ("fact_transaction", "daily_net_balance_change", "days"),
        ("daily_net_balance_change", "dim_account", "posted_amount"),
        ("stg", "dim_customer", "rows"),
        # A view, which a customer's transactions are missing from as soon as he is.
        ("fact_transaction", "transaction_detail", "rows"),
        ("fact_transaction", "transaction_detail", "posted_amount"),
    }


def test_a_bronze_root_that_patterns_would_misread_is_refused(warehouse: Warehouse) -> None:
    """Read as a pattern it would find no file, and an empty warehouse would build without a word."""
    for root in ("bronze[1]", "o'neil"):
        printed = warehouse.run(
            "dbt", "run-operation", "create_bronze", "--vars", json.dumps({"bronze_root": root}), fails=True
        )
        assert f"The bronze root {root} holds" in printed
