"""Late, early, repeated, corrected and broken deliveries give the same warehouse in any order as a full refresh."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from tests.python.data_tests import DataTests, failing_data_tests
from tests.python.differences import differences
from tests.python.hard_deliveries import HARD_DELIVERIES, SHOP_DELIVERIES
from tests.python.reliability.comparison import BATCHES
from tests.python.scenarios.shop import check_both_parts, check_first_part
from tests.python.warehouse import Warehouse

NewWarehouse = Callable[[str], Warehouse]

# The shop's deliveries arrive with the first and the last ones of the bank.
AS_ARRIVED = (
    [*HARD_DELIVERIES[:2], *SHOP_DELIVERIES[0]],
    [*HARD_DELIVERIES[2:], *SHOP_DELIVERIES[1]],
)
# The newest arrival days are loaded first, and the repeated file before the one it repeats.
_BANK_BACKWARDS = HARD_DELIVERIES[::-1]
BACKWARDS = (
    [*_BANK_BACKWARDS[:5], *SHOP_DELIVERIES[1]],
    [*_BANK_BACKWARDS[5:], *SHOP_DELIVERIES[0]],
)


def test_hard_deliveries_in_any_order_equal_a_full_refresh(empty_warehouse: NewWarehouse) -> None:
    in_steps, refreshed, backwards = (empty_warehouse(name) for name in ("in_steps", "refreshed", "backwards"))
    for number, step in enumerate(AS_ARRIVED):
        for delivery in step:
            in_steps.deliver(*delivery)
        in_steps.build()
        if number == 0:
            check_first_part(in_steps)
    check_bank(in_steps)
    check_both_parts(in_steps)
    assert in_steps.value("select count(*) from dev_audit.layer_reconciliation where difference <> 0") == 0
    assert in_steps.value("select bool_and(is_tied) from dev_audit.deliveries") is True

    shutil.copytree(in_steps.folder, refreshed.folder, dirs_exist_ok=True)
    refreshed.refresh()
    assert differences(in_steps, refreshed) == {}

    for number, step in enumerate(BACKWARDS):
        for delivery in step:
            backwards.deliver(*delivery)
        backwards.build_step() if number == 0 else backwards.build()
    assert differences(backwards, refreshed, may_differ=BATCHES) == {}


def check_bank(warehouse: Warehouse) -> None:
    """Check the figures of HARD_DELIVERIES, stated by hand."""
    gold = warehouse.query(
        "select transaction_id, account_id, customer.city, date_id, posted_amount from dev_gold.fact_transaction "
        "join dev_gold.dim_customer_history as customer using (customer_sk) order by 1"
    )
    assert [(row[0], row[1], row[2], row[3], str(row[4])) for row in gold] == [
        ("T1", "A1", "Boston", 20250101, "-10.00"),
        ("T2", "A1", "Akron", 20250101, "-20.00"),
        ("T3", "A9", "Akron", 20250101, "-30.00"),
        ("T5", "A1", "Cleveland", 20250102, "-50.00"),
    ]
    days = warehouse.query("select date_id, transaction_count from dev_gold.daily_transaction_volume order by 1")
    assert days == [(20250101, 3), (20250102, 1)]
    assert warehouse.value("select balance from dev_gold.dim_account where account_id = 'A1'") == -80
    assert warehouse.value("select account_status from dev_gold.dim_account where account_id = 'A1'") == "Dormant"
    assert warehouse.query("select loan_id, loan_status from dev_gold.dim_loan where is_granted order by 1") == [
        ("L1", "Paid Off"),
        ("unknown", "Unknown"),
    ]
    assert warehouse.query("select loan_id, loan_status from dev_gold.fact_loan") == [("L1", "Approved")]
    rejected = warehouse.query(
        "select source_line, rejected_by, reasons from dev_audit.rejected_rows where domain = 'banking' order by all"
    )
    assert rejected == [
        (4, "landing", "unclosed quote"),
        (5, "rules", "amount_not_positive"),
        (6, "rules", "amount_not_parsable,transaction_ts_not_parsable,transaction_status_unknown"),
    ]


def test_a_row_that_a_new_rule_rejects_leaves_gold(built_warehouse: Warehouse, data_tests: DataTests) -> None:
    customers = "select customer_id from dev_gold.dim_customer where customer_id <> 'unknown' order by 1"
    (rejected,), *others = built_warehouse.query(customers)
    # A full refresh under a stricter rule leaves base like this, and its rows get new fingerprints.
    built_warehouse.execute(
        "update dev_silver.base_banking__customers set _failed_rules = 'stricter', _raw_record = '{}' "
        f"where customer_id = '{rejected}'"
    )
    built_warehouse.execute("delete from dev_audit.row_outcomes where entity = 'customers'")
    built_warehouse.build("--full-refresh", "--exclude", "base_banking__customers")
    assert built_warehouse.query(customers) == others
    assert built_warehouse.value("select count(*) from dev_audit.layer_reconciliation where difference <> 0") == 0
    assert failing_data_tests(built_warehouse, data_tests) == set()
