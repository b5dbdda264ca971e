"""`tieout check` and `tieout status` print what the warehouse holds."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta

import duckdb
import pytest

from loaders.audit import run_queries
from loaders.audit.verdict import read_verdict
from loaders.audit.warehouse import Warehouse as OpenWarehouse
from tests.python.hard_deliveries import TRANSACTIONS, transaction
from tests.python.reliability.checks import rolled_back
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended


@contextlib.contextmanager
def opened_for_damage(copy: Warehouse) -> Iterator[OpenWarehouse]:
    """The warehouse as the commands open it, in a transaction that is rolled back."""
    with rolled_back(copy) as connection:
        yield OpenWarehouse("dev", "dev", "duckdb", "a file", connection)


def test_a_warehouse_that_ties_out_is_signed(built_once: Warehouse) -> None:
    printed = built_once.run("tieout", "check")
    assert "Everything ties out" in printed
    assert "Controller: ____" in printed
    delivered, transactions = built_once.query(
        "select sum(delivered_rows), sum(case when entity = 'transactions' then delivered_rows end) "
        "from dev_audit.deliveries"
    )[0]
    assert f"{delivered:,} rows of 17 entities" in printed
    line = next(line for line in printed.splitlines() if line.strip().startswith("banking/transactions"))
    assert f"{transactions:,}" in line
    reconciliations = built_once.value("select count(*) from dev_audit.layer_reconciliation")
    assert f"{reconciliations:,} reconciliations between layers, all differences 0" in printed
    assert "Reconciliations between layers" not in built_once.run("tieout", "check", "--differences")


UNEXPLAINED = "('banking', 'loans', 'base', 'stg', 'banking/loans/dt=2025-01-01/l.csv', 7, 'L1', '2025-01-01', 5, 1, 0)"
RESTATED = (
    "('fact_transaction', 'posted_amount', '2024-12-01', 'USD', 9, null, false, 1, 0, 5, 0, -1, -5, '2025-01-01')"
)
# Half of the rows of one file. Five of them break a second rule, too few to be named.
SET_ASIDE = (
    "select domain, entity, 'rules', bronze_file, 1000000 + row_number() over (), arrived_on, "
    "case when row_number() over () <= 5 then 'account_id_missing,' else '' end || 'amount_not_parsable', null, '{}', "
    "false, null, null, _loaded_at from (select * from dev_audit.deliveries where entity = 'transactions' and "
    "delivered_rows >= 20 order by bronze_file limit 1), generate_series(1, ((delivered_rows + 1) // 2)::bigint)"
)
RUN_LATER = (
    "select 'later', run_started_at + interval 1 hour, 'run', false, false, engine, target_name, node_id, "
    "resource_type, node_name, 'success', 0, null, 1 from dev_audit.run_history where node_name = 'fact_loan'"
)


def recorded(hours: int, node: str, status: str, *, command: str = "build", name: str = "", resource: str = "") -> str:
    """Return the statement that records a node of a run that began so many hours after all others."""
    node_id = node if resource == "run" else f"model.tieout.{node}"
    return (
        f"insert into dev_audit.run_history select 'run {hours}', max(run_started_at) + interval {hours} hours, "
        f"'{command}', false, false, 'duckdb', 'dev', '{node_id}', '{resource or 'model'}', '{name or node}', "
        f"'{status}', null, null, null from dev_audit.run_history where invocation_id not like 'run %'"
    )


def of_run(hours: int, status: str, *, command: str = "build", name: str = "all nodes") -> str:
    """Return the statement that records the start or the end of a run."""
    return recorded(hours, f"run.{status}", status, command=command, name=name, resource="run")


# Damage to the audit or to what it reads, and the only finding that the verdict must have.
DAMAGE = {
    "update dev_audit.deliveries set is_tied = false, rows_difference = 2 where entity = 'loans'": (
        "Files that do not add up: "
    ),
    "update dev_audit.layer_reconciliation set difference = 0.01 "
    "where to_layer = 'customer_daily_summary' and measure = 'posted_amount_reporting'": (
        "transactions, fact_transaction to customer_daily_summary, posted_amount_reporting: difference +0.01."
    ),
    f"insert into dev_audit.unexplained_rows values {UNEXPLAINED}": (
        "loans rows that differ between base and stg: 1. The oldest is L1, banking/loans/dt=2025-01-01/l.csv line 7."
    ),
    "update dev_audit.scd2_integrity set is_intact = false, gap_count = 3 where history_table = 'dim_loan_history'": (
        "The history dim_loan_history has errors: gap count 3."
    ),
    f"insert into dev_audit.restatements values {RESTATED}": (
        "The closed month 2024-12 changed in USD without a delivery: fact_transaction.posted_amount from 5.00 to 0.00. "
        "Of that, -1 rows and -5.00 have no file."
    ),
    f"insert into dev_audit.rejected_rows {SET_ASIDE}": (
        "Files of transactions of which most rows are set aside for the same reason, amount_not_parsable: 1. The "
    ),
    "delete from dev_audit.deliveries where entity = 'loans'": "Loaded files that are not in the audit: ",
    "delete from dev_silver.base_control__deliveries where entity = 'loans'": "Landed files that are not loaded: ",
    f"insert into dev_audit.run_history {RUN_LATER}": (
        "Tables that were built after the audit: 1, for example fact_loan."
    ),
    "update dev_audit.run_history set status = 'error' where node_name = 'dim_loan'": (
        "The model dim_loan ended with 'error'"
    ),
    "update dev_audit.run_history set status = 'skipped' where node_name = 'dim_loan'": (
        "Nodes that the last build skipped: 1, for example dim_loan."
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_whatever_does_not_tie_out_is_found(built_warehouse_once: Warehouse, damage: str) -> None:
    with opened_for_damage(built_warehouse_once) as warehouse:
        assert read_verdict(warehouse).ties_out
        changed = warehouse.cursor.execute(damage).fetchall()
        assert changed[0][0] > 0
        verdict = read_verdict(warehouse)
        (finding,) = verdict.findings
        assert DAMAGE[damage] in finding


UNFINISHED = " has not ended, so some tables may be older than others."
KILLED = (of_run(1, "started"),)
PART = {"command": "run", "name": "--select dim_loan"}
FAILED = (
    recorded(1, "customer_segments", "error"),
    of_run(1, "ended"),
    *(recorded(2, table, "success") for table in ("layer_totals_banking", "layer_reconciliation")),
    of_run(2, "ended", name="--select path:models/audit"),
)
MENDED = tuple(
    recorded(3, table, "success") for table in ("customer_segments", "layer_totals_banking", "layer_reconciliation")
)
# It compares totals from before the table was built.
COMPARED_ALONE = (recorded(1, "fact_loan", "success"), recorded(2, "layer_reconciliation", "success"))
# What was recorded after everything tied out, and the findings of the verdict.
RECORDED = {
    "a killed run": (KILLED, [UNFINISHED]),
    "a killed run, and a part of it again": (
        (*KILLED, of_run(2, "started", **PART), of_run(2, "ended", **PART)),
        [UNFINISHED],
    ),
    "a killed run, and another killed one": ((*KILLED, of_run(2, "started")), [UNFINISHED, UNFINISHED]),
    "a killed run, and a whole one": ((*KILLED, of_run(2, "started"), of_run(2, "ended")), []),
    "a whole run, and a killed one": ((of_run(1, "ended"), of_run(2, "started")), [UNFINISHED]),
    "a killed part, and the same again": ((of_run(1, "started", **PART), of_run(2, "ended", **PART)), []),
    "a model that fails, and a build of the audit": (FAILED, ["The model customer_segments ended with 'error'"]),
    "it succeeds": ((*FAILED, *MENDED), []),
    "a reconciliation of earlier totals": (
        COMPARED_ALONE,
        ["Tables that were built after the audit: 1, for example fact"],
    ),
    "a build of all nodes no longer has it": ((*FAILED, of_run(3, "ended")), []),
}


@pytest.mark.parametrize("case", RECORDED)
def test_failed_and_killed_runs_are_found_until_they_are_made_good(built_warehouse_once: Warehouse, case: str) -> None:
    statements, expected = RECORDED[case]
    with opened_for_damage(built_warehouse_once) as warehouse:
        for statement in statements:
            warehouse.cursor.execute(statement)
        findings = read_verdict(warehouse).findings
    assert len(findings) == len(expected), findings
    assert all(part in finding for part, finding in zip(expected, findings, strict=True))


def test_a_table_that_later_runs_left_out_is_noted(built_warehouse_once: Warehouse) -> None:
    older = "update dev_audit.run_history set run_started_at = run_started_at - interval 1 day where node_name = '{}'"
    with opened_for_damage(built_warehouse_once) as warehouse:
        before = read_verdict(warehouse).notes
        warehouse.cursor.execute(older.format("customer_spend"))
        verdict = read_verdict(warehouse)
    assert verdict.ties_out
    (noted,) = set(verdict.notes) - set(before)
    assert "last built before the last file was loaded: 1, for example customer_spend." in noted


def test_a_full_proof_that_did_not_compare_the_rows_does_not_count(built_warehouse_once: Warehouse) -> None:
    proved = "update dev_audit.run_history set is_full_proof = true where node_name = 'row_outcomes'"
    later = recorded(1, "row_outcomes", "success").replace("false, false", "false, true")
    compared = (recorded(1, "differing_files", "success"), recorded(1, "unexplained_rows", "success"))
    with opened_for_damage(built_warehouse_once) as warehouse:
        warehouse.cursor.execute(proved)

        def proved_at() -> datetime:
            found: datetime = warehouse.row(run_queries.FULL_PROOF)["proved_at"]
            return found

        first = proved_at()
        warehouse.cursor.execute(later)
        assert proved_at() == first
        warehouse.cursor.execute(compared[0])
        assert proved_at() == first
        warehouse.cursor.execute(compared[1])
        assert proved_at() == first + timedelta(hours=1)


@pytest.fixture(scope="module")
def built_warehouse_once(built_once: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A copy for this module, to be damaged in transactions that are rolled back."""
    folder = tmp_path_factory.mktemp("audited") / "copy"
    shutil.copytree(built_once.folder, folder)
    return Warehouse(folder)


def test_a_restatement_that_is_signed_is_no_finding(built_warehouse_once: Warehouse) -> None:
    with opened_for_damage(built_warehouse_once) as warehouse:
        warehouse.cursor.execute(f"insert into dev_audit.restatements values {RESTATED}")
        assert not read_verdict(warehouse).ties_out
        for signed in ("2024-12-01 USD 9", "2024-12-01 USD 9 fact_transaction.posted_amount"):
            assert read_verdict(warehouse, frozenset({signed})).ties_out
        # What was signed under the name of an earlier version remains signed.
        warehouse.cursor.execute("update dev_audit.restatements set measure = 'posted_amount_reporting'")
        signed = "2024-12-01 USD 9 fact_transaction.posted_amount_usd"
        assert read_verdict(warehouse, frozenset({signed})).ties_out


def test_the_command_fails_with_what_it_finds(built_warehouse: Warehouse) -> None:
    staged = "dev_silver.stg_banking__transactions"
    built_warehouse.execute(f"delete from {staged} where transaction_id = (select min(transaction_id) from {staged})")
    built_warehouse.run("dbt", "run", "--select", "path:models/audit")
    printed = built_warehouse.run("tieout", "check", fails=True)
    assert "It does not tie out:" in printed
    gone = built_warehouse.value("select min(business_key) from dev_audit.unexplained_rows where to_layer = 'stg'")
    assert f"transactions rows that differ between base and stg: 1. The oldest is {gone}, " in printed
    assert "Controller" not in printed
    built_warehouse.deliver("2025-01-09", "transactions", TRANSACTIONS + transaction("T1", "A1", "1.00", "2025-01-09"))
    assert "Landed files that are not loaded: 1, the oldest from 2025-01-09" in built_warehouse.run(
        "tieout", "check", "--differences", fails=True
    )


def test_status_shows_freshness_sizes_runs_and_models(built_once: Warehouse) -> None:
    printed = built_once.run("tieout", "status")
    for text in ("Freshness", "banking/transactions", "2025-01-04", "dev_gold", "dbt build", "Slowest models", " MB."):
        assert text in printed


def test_a_warehouse_that_cannot_be_read_is_a_sentence(warehouse: Warehouse) -> None:
    for command in (("check",), ("status",), ("explain", "T1"), ("rejects", "export")):
        printed = warehouse.run("tieout", *command, fails=True)
        assert printed == (
            "tieout: There is no warehouse at data/tieout.duckdb: build it first (make build, or dbt build), or run "
            "this from the folder that dbt runs in.\n"
        )
    assert "does not have a target named 'nowhere'" in warehouse.run(
        "tieout", "check", "--target", "nowhere", fails=True
    )
    assert "REDSHIFT_HOST" in warehouse.run("tieout", "check", "--target", "prod", fails=True)
    duckdb.connect(str(warehouse.database)).close()
    printed = warehouse.run("tieout", "check", fails=True)
    assert printed.startswith("tieout: data/tieout.duckdb cannot be read: ")
    assert "run dbt build" in printed or "dbt build." in printed
    with duckdb.connect(str(warehouse.database)):
        printed = warehouse.run("tieout", "status", fails=True)
    assert printed == (
        "tieout: data/tieout.duckdb is being written, probably by a build. Wait until it has finished.\n"
    )
