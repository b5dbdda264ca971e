"""Late, early, repeated, corrected and broken deliveries: in any order they come to the same as all at once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.python.hard_deliveries import (
    ACCOUNTS,
    CUSTOMERS,
    HARD_DELIVERIES,
    TRANSACTIONS,
    account,
    customer,
    transaction,
)
from tests.python.warehouse import Warehouse, differences

NewWarehouse = Callable[[str], Warehouse]


@pytest.fixture(scope="module")
def hard_at_once(new_warehouse: NewWarehouse) -> Warehouse:
    at_once = new_warehouse("hard_at_once")
    for delivery in HARD_DELIVERIES:
        at_once.deliver(*delivery)
    at_once.build()
    return at_once


# Backwards, the newest arrival day is loaded first, and the redelivery before what it repeats.
@pytest.mark.parametrize("order", ["as_arrived", "backwards"])
def test_hard_deliveries_in_any_order_equal_all_at_once(
    new_warehouse: NewWarehouse, hard_at_once: Warehouse, order: str
) -> None:
    one_by_one, at_once = new_warehouse(order), hard_at_once
    deliveries = HARD_DELIVERIES if order == "as_arrived" else HARD_DELIVERIES[::-1]
    for step in (deliveries[:2], deliveries[2:3], deliveries[3:5], deliveries[5:]):
        for delivery in step:
            one_by_one.deliver(*delivery)
        one_by_one.build()

    assert differences(one_by_one, at_once) == {}
    gold = one_by_one.query(
        "select transaction_id, account_id, customer.city, date_id, posted_amount from dev_gold.fact_transaction "
        "join dev_gold.dim_customer_history as customer using (customer_sk) order by 1"
    )
    assert [(row[0], row[1], row[2], row[3], str(row[4])) for row in gold] == [
        ("T1", "A1", "Boston", 20250101, "-10.00"),
        ("T2", "A1", "Akron", 20250101, "-20.00"),
        ("T3", "A9", "Akron", 20250101, "-30.00"),
        ("T5", "A1", "Cleveland", 20250102, "-50.00"),
    ]
    days = one_by_one.query("select date_id, transaction_count from dev_gold.daily_transaction_volume order by 1")
    assert days == [(20250101, 3), (20250102, 1)]
    assert one_by_one.value("select balance from dev_gold.dim_account where account_id = 'A1'") == -80
    assert one_by_one.value("select account_status from dev_gold.dim_account where account_id = 'A1'") == "Dormant"
    assert one_by_one.query("select loan_id, loan_status from dev_gold.dim_loan where is_granted order by 1") == [
        ("L1", "Paid Off"),
        ("unknown", "Unknown"),
    ]
    assert one_by_one.query("select loan_id, loan_status from dev_gold.fact_loan") == [("L1", "Approved")]
    reasons = one_by_one.query("select source_line, rejected_by, reasons from dev_audit.rejected_rows order by all")
    assert reasons == [
        (4, "landing", "unclosed quote"),
        (5, "rules", "amount_not_positive"),
        (6, "rules", "amount_not_parsable,transaction_ts_not_parsable,transaction_status_unknown"),
    ]
    assert one_by_one.value("select count(*) from dev_audit.layer_reconciliation where difference <> 0") == 0
    assert one_by_one.value("select bool_and(is_tied) from dev_audit.deliveries") is True


def test_what_could_stop_gold_is_kept_or_put_aside(warehouse: Warehouse) -> None:
    """Amounts that overflow a sum, times before and after all intervals, currencies other than the account's."""
    most = "9999999999999999.99"
    day = "2025-01-01"
    warehouse.deliver(day, "accounts", ACCOUNTS + account("A1", "C1", f"{day} 07:00:00"))
    warehouse.deliver(
        day,
        "customers",
        CUSTOMERS
        + customer("C1", "Akron", f"{day} 07:00:00")
        + customer("C1", "Boston", "1850-01-01")
        + customer("C1", "Cleveland", "9999-12-31T12:00:00Z"),
    )
    warehouse.deliver(
        day,
        "transactions",
        TRANSACTIONS
        + transaction("T1", "A1", most, f"{day} 08:00:00")
        + transaction("T2", "A1", most, f"{day} 09:00:00")
        + transaction("T3", "A1", "7.00", f"{day} 10:00:00").replace("USD", "EUR")
        + transaction("T4", "A2", "8.00", f"{day} 11:00:00"),
    )
    warehouse.run("dbt", "build", "--exclude-resource-type", "unit_test")
    assert warehouse.value("select balance from dev_gold.dim_account where account_id = 'A1'") == -2 * Decimal(most)
    assert warehouse.query("select city from dev_gold.dim_customer_history where customer_id = 'C1'") == [("Akron",)]
    assert warehouse.query("select reasons from dev_audit.rejected_rows") == [("updated_at_out_of_range",)] * 2
    assert warehouse.query(
        "select amount_set_aside, difference from dev_audit.layer_reconciliation where to_layer = 'dim_account' "
        "and measure = 'balance'"
    ) == [(-15, 0)]


def test_a_state_that_new_rules_reject_leaves_gold(warehouse: Warehouse) -> None:
    day = "2025-01-01"
    warehouse.deliver(
        day,
        "customers",
        CUSTOMERS + customer("C1", "Akron", f"{day} 07:00:00") + customer("C2", "Boston", f"{day} 07:00:00"),
    )
    warehouse.build()
    # As a full refresh under a stricter rule leaves it: base rejects C2.
    warehouse.execute(
        "update dev_silver.base_banking__customers set _failed_rules = 'stricter', _raw_record = '{}' "
        "where customer_id = 'C2'"
    )
    warehouse.run("dbt", "build", "--full-refresh", "--exclude", "base_banking__customers", "resource_type:unit_test")
    assert warehouse.query("select customer_id from dev_gold.dim_customer order by 1") == [("C1",), ("unknown",)]
    assert warehouse.value("select count(*) from dev_audit.layer_reconciliation where difference <> 0") == 0
