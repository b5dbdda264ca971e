"""The contract grows by a column: what is loaded stays as it is, nothing is rebuilt, and files of both kinds load."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.python.differences import differences
from tests.python.hard_deliveries import ACCOUNTS, CUSTOMERS, TRANSACTIONS, account, customer, transaction
from tests.python.project.copies import copied, tieout
from tests.python.project.recipes import recipe
from tests.python.scenarios.conftest import new_in
from tests.python.warehouse import Warehouse

SECRET = "850101/1234"
HISTORY = "select customer_sk, valid_from, valid_to, _loaded_at from dev_gold.dim_customer_history order by customer_sk"
SNAPSHOT = (
    "select dbt_scd_id, dbt_valid_from, dbt_valid_to, _row_hash from dev_silver.snap_banking__customers order by 1"
)


def put(inbox: Path, day: int, name: str, text: str) -> None:
    file = inbox / f"2025-01-0{day}" / "banking" / f"{name}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return copied(tmp_path / "project")


def warehouse_of(project: Path, folder: Path, parsed: Path) -> Warehouse:
    """Make an empty warehouse. dbt parses what differs from a parsed project."""
    folder.mkdir()
    return dataclasses.replace(new_in(folder, parsed), environment={"TIEOUT_PROJECT": str(project)}, project=project)


def test_a_new_column_needs_no_full_refresh(project: Path, tmp_path: Path, parsed: Path) -> None:
    """Three days of yesterday's contract, then one of today's, and a late file of yesterday's."""
    warehouse = warehouse_of(project, tmp_path / "warehouse", parsed)
    for day in (1, 2, 3):
        moment = f"2025-01-0{day} 08:00:00"
        put(
            warehouse.inbox,
            day,
            "customers",
            CUSTOMERS + customer("C1", f"City {day}", moment) + customer(f"C1{day}", "Akron", moment),
        )
        put(warehouse.inbox, day, "accounts", ACCOUNTS + account(f"A{day}", "C1", moment))
        put(warehouse.inbox, day, "transactions", TRANSACTIONS + transaction(f"T{day}", f"A{day}", "1.00", moment))
    tieout(warehouse, "land", str(warehouse.inbox))
    warehouse.build_step()
    history, snapshot = warehouse.query(HISTORY), warehouse.query(SNAPSHOT)
    assert len(history) == 7

    for edit in recipe("Add a column"):
        edit.apply(project)
    row = customer("C1", "City 4", "2025-01-04 08:00:00").replace("\n", f",,{SECRET}\n")
    put(warehouse.inbox, 4, "customers", CUSTOMERS.replace("\n", ",record_status,national_id\n") + row)
    put(warehouse.inbox, 4, "customers.late", CUSTOMERS + customer("C11", "Dayton", "2025-01-01 20:00:00"))
    tieout(warehouse, "land", str(warehouse.inbox))
    warehouse.build()

    # What was known stays word for word; two versions are new.
    assert len(warehouse.query(SNAPSHOT)) == len(snapshot) + 2
    assert set(snapshot) <= set(warehouse.query(SNAPSHOT))
    ended = {row[0] for row in history} - {row[0] for row in history if row in warehouse.query(HISTORY)}
    assert len(ended) == 2, "only the versions that the new ones follow have ended"
    missing = "select missing_columns from dev_silver.base_control__deliveries where delivered_file like '%customers%' "
    assert warehouse.query(missing + "order by arrived_on, delivered_file") == [
        ("record_status",),
        ("record_status",),
        ("record_status",),
        (None,),
        ("record_status, national_id",),
    ]
    assert warehouse.query("select national_id from dev_silver.stg_banking__customers order by customer_id") == [
        (SECRET,),
        (None,),
        (None,),
        (None,),
    ]
    (shown,) = warehouse.query("select national_id from dev_gold.dim_customer where customer_id = 'C1'")[0]
    assert len(shown) == 16
    assert shown != SECRET
    assert warehouse.value("select count(*) from dev_audit.layer_reconciliation where difference <> 0") == 0
    assert warehouse.value("select count(*) from dev_audit.unexplained_rows") == 0

    at_once = warehouse_of(project, tmp_path / "at_once", warehouse.folder / "target" / "partial_parse.msgpack")
    tieout(at_once, "land", str(warehouse.inbox))
    at_once.build()
    # Three files landed when the contract had no such column, so their manifests cannot name it.
    assert differences(warehouse, at_once) == {"dev_silver.base_control__deliveries": (3, 3)}
