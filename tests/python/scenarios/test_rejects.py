"""`tieout rejects export`: rejected rows are exported, corrected, and delivered again."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.python.hard_deliveries import TRANSACTIONS, transaction
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended


def test_rejected_rows_come_back_corrected(warehouse: Warehouse) -> None:
    good = transaction("T1", "A1", "10.00", "2025-01-01 08:00:00")
    warehouse.deliver(
        "2025-01-01",
        "transactions",
        TRANSACTIONS
        + good.replace("10.00", "=10")
        + good.replace("T1", "")
        + 'T3,"A1, or B2",Payment\n'
        + good.replace("T1", "T4"),
    )
    build = ("--select", "+rejected_rows", "base_control__deliveries")
    warehouse.build(*build)
    folder = warehouse.folder / "rejects"
    printed = warehouse.run("tieout", "rejects", "export", str(folder))
    assert "Rejected rows to correct: 3 in 1 files" in printed
    (file,) = (folder / "inbox" / "banking").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    # With the columns that later versions of the contract added.
    rejected = good.replace("10.00", "=10") + good.replace("T1", "") + f'"T3,""A1, or B2"",Payment"{"," * 14}\n'
    assert file.read_text(encoding="utf-8") == (
        TRANSACTIONS.replace("\n", ",record_status,replaces_transaction_id,booking_date\n")
        + rejected.replace("\n", ",,,\n")
    )
    with (folder / "reasons.csv").open(encoding="utf-8", newline="") as reasons:
        assert [(row["line"], row["rejected_line"], row["reasons"]) for row in csv.DictReader(reasons)] == [
            ("2", "2", "amount_not_parsable"),
            ("3", "3", "transaction_id_missing"),
            ("4", "4", "expected 15 fields, found 3"),
        ]
    # As an interrupted refresh leaves it under a rule that no longer rejects the row.
    base = "dev_silver.base_banking__transactions"
    ((kept,),) = warehouse.query(f"select _raw_record from {base} where _source_line = 2")
    warehouse.execute(f"update {base} set _raw_record = null where _source_line = 2")
    older = warehouse.run("tieout", "rejects", "export", str(warehouse.folder / "older"), fails=True)
    assert "line 2 is rejected in the audit, but not in silver" in " ".join(older.split())
    warehouse.execute(f"update {base} set _raw_record = '{kept}' where _source_line = 2")
    # Again changes nothing, and what somebody has begun to correct is not written over.
    warehouse.run("tieout", "rejects", "export", str(folder))
    corrected = TRANSACTIONS + good + good.replace("T1", "T2") + good.replace("T1", "T3")
    file.write_text(corrected, encoding="utf-8")
    refused = warehouse.run("tieout", "rejects", "export", str(folder), fails=True)
    assert "is there already with other content" in refused
    assert file.read_text(encoding="utf-8") == corrected

    # Corrected, all but the first one.
    file.write_text(corrected.replace("10.00", "-10", 1), encoding="utf-8")
    warehouse.run("tieout", "land", str(folder / "inbox"), "--arrived-on", "2025-01-02")
    warehouse.build(*build)
    again = warehouse.folder / "again"
    printed = warehouse.run("tieout", "rejects", "export", str(again))
    assert "Rejected rows to correct: 2 in 2 files" in printed
    names = sorted(path.name for path in (again / "inbox" / "banking").iterdir())
    # The first file has been corrected once, so its next correction is called the second.
    assert file.name.replace(".csv", ".2.csv") in names
    for path in (again / "inbox" / "banking").iterdir():
        path.write_text(TRANSACTIONS + good.replace("10.00", "11.00"), encoding="utf-8")
    warehouse.run("tieout", "land", str(again / "inbox"), "--arrived-on", "2025-01-02")
    warehouse.build(*build)
    assert "Nothing is rejected that is not resolved." in warehouse.run("tieout", "rejects", "export")
    assert warehouse.query("select distinct is_resolved from dev_audit.rejected_rows") == [(True,)]


def test_an_entity_that_is_none_is_not_exported(built_once: Warehouse, tmp_path: Path) -> None:
    printed = built_once.run("tieout", "rejects", "export", str(tmp_path), "--entity", "banking/nothing", fails=True)
    assert printed.startswith("tieout: 'banking/nothing' is not an entity of the bronze contract")
