"""The persistent tables of the audit: changes of closed months, resolved rows, and runs."""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.python.hard_deliveries import TRANSACTIONS, transaction
from tests.python.warehouse import BUILD_WITHOUT_TESTS, Warehouse

pytestmark = pytest.mark.extended

RESTATEMENT_CHECK = ("monthly_totals", "restatements", "restatements_are_caused_by_files")
RESTATEMENTS = (
    "select month_start::varchar, revision, regexp_extract(source_file, '[^/]+$'), row_count_change, total_change "
    "from dev_audit.restatements where measure = 'posted_amount' order by all"
)
REJECTED = (
    "select source_line, business_key, regexp_extract(resolved_by_file, '[^/]+$'), resolved_on::varchar "
    "from dev_audit.rejected_rows order by source_file, source_line"
)


@pytest.mark.long
def test_closed_months_change_by_deliveries_or_not_at_all(warehouse: Warehouse) -> None:
    def build(*options: str) -> None:
        warehouse.run("dbt", *BUILD_WITHOUT_TESTS, "--select", "+restatements", *options)

    january = transaction("T1", "A1", "10.00", "2025-01-30 08:00:00")
    warehouse.deliver("2025-01-31", "transactions", TRANSACTIONS + january)
    build()
    # On the last of January it is open, so what comes next is no restatement.
    warehouse.deliver("2025-01-31", "transactions", TRANSACTIONS + january.replace("T1", "T2"), ".evening")
    build()
    warehouse.deliver(
        "2025-02-01", "transactions", TRANSACTIONS + transaction("T3", "A1", "5.00", "2025-02-01 08:00:00")
    )
    build()
    assert warehouse.query(RESTATEMENTS) == []

    warehouse.deliver("2025-02-02", "transactions", TRANSACTIONS + january.replace("T1", "T4"), ".late")
    corrected = transaction("T1", "A1", "12.50", "2025-01-30 08:00:00", updated_at="2025-02-02 08:00:00")
    warehouse.deliver("2025-02-02", "transactions", TRANSACTIONS + corrected, ".corrected")
    build()
    by_files = [
        ("2025-01-01", 4, "transactions.late.csv", 1, Decimal("-10.00")),
        ("2025-01-01", 4, "transactions_0002.corrected.csv", 0, Decimal("-2.50")),
    ]
    assert warehouse.query(RESTATEMENTS) == by_files
    # A run that died between the two tables is made good by the next one, and a full refresh changes nothing.
    warehouse.execute("delete from dev_audit.restatements")
    build()
    build("--full-refresh")
    assert warehouse.query(RESTATEMENTS) == by_files

    warehouse.execute(
        "update dev_gold.fact_transaction set posted_amount = posted_amount - 0.01 where transaction_id = 'T2'"
    )
    printed = warehouse.run("dbt", "build", "--select", *RESTATEMENT_CHECK, fails=True)
    assert "FAIL 1 restatements_are_caused_by_files" in printed
    unexplained = ("2025-01-01", 5, None, 0, Decimal("-0.01"))
    assert warehouse.query(RESTATEMENTS) == [*by_files, unexplained]
    # It stays until somebody signs it.
    warehouse.run("dbt", "build", "--select", *RESTATEMENT_CHECK, fails=True)
    signed = '{"signed_restatements": ["2025-01-01 USD 5"]}'
    warehouse.run("dbt", "build", "--select", *RESTATEMENT_CHECK, "--vars", signed)


def test_rejected_rows_are_resolved_by_corrected_deliveries(warehouse: Warehouse) -> None:
    good = transaction("T1", "A1", "10.00", "2025-01-01 08:00:00")
    warehouse.deliver(
        "2025-01-01",
        "transactions",
        TRANSACTIONS + good.replace("10.00", "-1") + good.replace("T1", "") + "T3,A1,Payment\n",
    )
    corrections = hashlib.md5(b"banking/transactions/dt=2025-01-01/transactions.csv").hexdigest()[:12]
    name = f"transactions.corrects-{corrections}"
    build = (*BUILD_WITHOUT_TESTS, "--select", "+rejected_rows")
    warehouse.run("dbt", *build)
    assert warehouse.query(REJECTED) == [(2, "T1", None, None), (3, None, None, None), (4, None, None, None)]

    # One of the two without a key is not enough.
    two = TRANSACTIONS + good + good.replace("T1", "T2")
    warehouse.deliver("2025-01-02", "transactions", two, name.removeprefix("transactions"))
    warehouse.run("dbt", *build)
    assert warehouse.query(REJECTED) == [
        (2, "T1", f"{name}.csv", "2025-01-02"),
        (3, None, None, None),
        (4, None, None, None),
    ]
    warehouse.deliver("2025-01-03", "transactions", two + good.replace("T1", "T3"), name.removeprefix("transactions"))
    warehouse.run("dbt", *build)
    assert warehouse.query(REJECTED) == [
        (2, "T1", f"{name}.csv", "2025-01-02"),
        (3, None, f"{name}.csv", "2025-01-03"),
        (4, None, f"{name}.csv", "2025-01-03"),
    ]


def test_every_run_leaves_its_trace(built_warehouse: Warehouse) -> None:
    runs = "select command, resource_type, node_name, status from dev_audit.run_history"
    built = built_warehouse.value(
        f"select count(*) from ({runs}) where command = 'build' and resource_type = 'model' and status = 'success'"
    )
    assert built == built_warehouse.value(
        "select count(*) - 1 from information_schema.tables "
        "where table_schema in ('dev_silver', 'dev_gold', 'dev_audit') and table_name not like 'snap_%' "
        "and table_name not in (select node_name from dev_audit.run_history where resource_type = 'seed')"
    ), "every table is a model, the salt excepted"
    # Without its table, and where the run fails.
    built_warehouse.execute("drop table dev_audit.run_history")
    built_warehouse.execute("alter table dev_silver.currencies rename to gone")
    built_warehouse.run("dbt", "run", "--select", "dim_currency", "dim_channel", fails=True)
    failed = [
        ("run", "model", "dim_channel", "success"),
        ("run", "model", "dim_currency", "error"),
        ("run", "run", "--select dim_channel dim_currency", "ended"),
    ]
    assert sorted(built_warehouse.query(runs)) == failed
    built_warehouse.run("dbt", "test", "--select", "dim_channel_rules")
    built_warehouse.run("dbt", "compile", "--select", "dim_channel")
    built_warehouse.run("dbt", "run-operation", "create_bronze")
    tested = [*failed, ("test", "test", "dim_channel_rules", "pass")]
    assert sorted(built_warehouse.query(runs)) == tested
    # Killed, after the clock was set back by a day.
    built_warehouse.execute("update dev_audit.run_history set run_started_at = run_started_at + interval 1 day")
    before = built_warehouse.value("select max(run_started_at) from dev_audit.run_history")
    killed = built_warehouse.start("dbt", "run", "--select", "dim_channel")
    while killed.is_alive() and "START sql" not in built_warehouse.output.read_text():
        time.sleep(0.02)
    killed.kill()
    killed.join()
    started = ("run", "run", "--select dim_channel", "started")
    assert sorted(built_warehouse.query(runs)) == sorted([*tested, started])
    assert built_warehouse.value("select max(run_started_at) from dev_audit.run_history") - before == timedelta(
        microseconds=1
    )
