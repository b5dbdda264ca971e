"""Silver that was changed by hand is found until it is made anew, and a snapshot is mended as the message says."""

from __future__ import annotations

import pytest

from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended


def test_a_refresh_of_other_tables_does_not_prove_what_was_changed_by_hand(built_warehouse: Warehouse) -> None:
    key = built_warehouse.value("select min(transaction_id) from dev_silver.stg_banking__transactions")
    for table in ("base_banking__transactions", "stg_banking__transactions"):
        built_warehouse.execute(f"update dev_silver.{table} set merchant_id = 'M9' where transaction_id = '{key}'")
    built_warehouse.build("--full-refresh", "--select", "base_banking__loans+")
    printed = " ".join(built_warehouse.run("tieout", "check", fails=True).split())
    assert "transactions rows that differ between loaded and base: " in printed
    proofs = "select count(*) from dev_audit.run_history where node_name = 'row_outcomes' and is_full_proof"
    assert built_warehouse.value(proofs) == 0


def test_a_changed_version_of_a_snapshot_is_deleted_and_comes_back(built_warehouse: Warehouse) -> None:
    changed = "from dev_silver.snap_banking__merchants where merchant_name = 'Nobody'"
    built_warehouse.execute(
        "update dev_silver.snap_banking__merchants set merchant_name = 'Nobody' where dbt_valid_to is null and "
        "merchant_id = (select min(merchant_id) from dev_silver.snap_banking__merchants)"
    )
    built_warehouse.build()
    printed = " ".join(built_warehouse.run("tieout", "check", fails=True).split())
    assert "snap_banking__merchants rows that were changed after the run that wrote them: 1." in printed
    assert "delete the changed versions that are current, and run dbt build, or restore a backup" in printed
    assert built_warehouse.value(f"select count(*) {changed}") == 1
    built_warehouse.execute(f"delete {changed}")
    built_warehouse.build()
    assert "Everything ties out" in built_warehouse.run("tieout", "check")
