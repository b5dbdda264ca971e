"""`tieout check --live` sees what was changed after the last run; and a file that was copied answers like the first."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer

from loaders.audit import check, explain, status
from loaders.audit.cells import CELLS
from loaders.audit.compiled import Compiled
from loaders.audit.live import live_findings, live_queries
from loaders.audit.warehouse import DUCKDB
from loaders.audit.warehouse import Warehouse as OpenWarehouse
from redshift_standin.statements import Statements
from tests.python.forks import FORKS
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

# Changes after the last run, one of each kind, and the table that must be named.
CHANGES = {
    "update dev_gold.fact_sales set gross_revenue = gross_revenue + 0.01 where order_line_id = "
    "(select min(order_line_id) from dev_gold.fact_sales)": "fact_sales",
    "delete from dev_silver.base_banking__loans where loan_id = "
    "(select min(loan_id) from dev_silver.base_banking__loans)": "base_banking__loans",
    "update dev_silver.stg_banking__investments set investment_type = 'Gold' where investment_id = "
    "(select min(investment_id) from dev_silver.stg_banking__investments)": "stg_banking__investments",
    "update dev_gold.dim_location set city = 'Atlantis' where location_id = "
    "(select max(location_id) from dev_gold.dim_location where location_id <> 'unknown')": "dim_location",
    "update dev_gold.loan_delinquency set expected_loss = expected_loss + 0.01": "loan_delinquency",
    "delete from dev_gold.customer_balance_trend where customer_id = "
    "(select min(customer_id) from dev_gold.customer_balance_trend)": "customer_balance_trend",
    "update dev_silver.snap_banking__merchants set merchant_name = 'Nobody' where merchant_id = "
    "(select min(merchant_id) from dev_silver.snap_banking__merchants)": "snap_banking__merchants",
}


class RecordingCursor:
    """A cursor that keeps the statements that it runs."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.statements: list[str] = []

    @property
    def description(self) -> Any:
        """The columns of the result."""
        return self.connection.description

    def execute(self, operation: str) -> Any:
        """Keep a statement and run it."""
        self.statements.append(operation)
        return self.connection.execute(operation)

    def fetchall(self) -> Any:
        """Return the rows of the result."""
        return self.connection.fetchall()


@pytest.fixture(scope="module")
def copy(built_once: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A copy of the built warehouse under another name, with its bronze beside it."""
    folder = tmp_path_factory.mktemp("travelled")
    shutil.copytree(built_once.folder / "data" / "bronze", folder / "data" / "bronze")
    shutil.copy(built_once.database, folder / "data" / "tieout.duckdb")
    (folder / "target").mkdir()
    shutil.copy(built_once.folder / "target" / "partial_parse.msgpack", folder / "target")
    return Warehouse(folder)


@pytest.fixture(scope="module")
def environment(copy: Warehouse) -> Iterator[pytest.MonkeyPatch]:
    """The environment and the folder of the commands, in this process: dbt compiles once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in copy.variables().items():
            patch.setenv(name, value)
        patch.delenv("TIEOUT_BRONZE_ROOT", raising=False)
        patch.chdir(copy.folder)
        yield patch


def write_queries(folder: Path, environment: dict[str, str], file: Path) -> None:
    """Write what `check --live` asks, in a process that has imported dbt already."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    file.write_text(json.dumps([asdict(query) for query in live_queries(None)]), encoding="utf-8")


@pytest.fixture(scope="module")
def queries(copy: Warehouse, environment: pytest.MonkeyPatch) -> list[Compiled]:
    """What `check --live` asks."""
    file = copy.folder / "queries.json"
    process = FORKS.Process(target=write_queries, args=(copy.folder, copy.variables(), file))
    process.start()
    process.join()
    found = [Compiled(**query) for query in json.loads(file.read_text(encoding="utf-8"))]
    environment.setattr(check, "live_queries", lambda _: found)
    return found


@pytest.fixture
def renamed(copy: Warehouse, environment: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file under another name, which the commands are told."""
    path = copy.database.with_name("march 2025.duckdb")
    copy.database.rename(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIEOUT_DUCKDB_PATH", str(path))
        yield path
    path.rename(copy.database)


def test_every_table_that_runs_make_anew_is_asked(queries: list[Compiled], copy: Warehouse) -> None:
    """All tables of gold are asked for: those that keep rows by their fingerprints, the others by their queries."""
    tables = copy.query(
        "select table_name, max(case when column_name = '_fingerprint' then 1 else 0 end) from duckdb_columns() "
        "where schema_name = 'dev_gold' and table_name in (select table_name from duckdb_tables()) group by table_name"
    )
    asked = {query.name for query in queries if query.folder == "marts"}
    assert {table for table, keeps_rows in tables if not keeps_rows} - asked == {"dim_date"}


def test_changes_after_the_last_run_are_red(
    queries: list[Compiled], copy: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    before = copy.database.read_bytes()
    try:
        copy.execute(";".join(CHANGES))
        check.command(target="dev", differences=True)
        assert "Everything ties out" in capsys.readouterr().out, "the last build does not know of the changes"
        with pytest.raises(typer.Exit) as ended:
            check.command(target="dev", differences=True, live=True)
    finally:
        copy.database.write_bytes(before)
    assert ended.value.exit_code == 1
    # A line of the output is as wide as the page, so sentences are broken.
    findings = " ".join(capsys.readouterr().out.split()).split("- Live: ")[1:]
    for table in CHANGES.values():
        assert any(re.search(rf"\b{table}\b", finding) for finding in findings), table
    assert all("dbt build" in finding for finding in findings)


def test_a_row_that_is_there_twice_is_red(queries: list[Compiled], copy: Warehouse) -> None:
    """Each table that has cells, and each one that is kept from run to run, is named if one of its rows is doubled."""
    tables = copy.query(
        "select tables.schema_name, tables.table_name, bool_or(columns.column_name = '_fingerprint') "
        "from duckdb_tables() as tables inner join duckdb_columns() as columns using (schema_name, table_name) "
        "where (tables.schema_name = 'dev_gold' or tables.table_name like 'base_control__%') "
        "and tables.estimated_size > 0 group by all"
    )
    celled = {cell.table for cell in CELLS}
    planted = {(schema, table) for schema, table, is_kept in tables if is_kept or table in celled | {"dim_date"}}
    # A view has no rows of its own, and no line of the deliveries is malformed.
    assert celled - {table for _, table in planted} == {"transaction_detail"}
    assert ("dev_silver", "base_control__deliveries") in planted
    before = copy.database.read_bytes()
    try:
        with duckdb.connect(str(copy.database)) as connection:
            for schema, table in sorted(planted):
                connection.execute(f"insert into {schema}.{table} select * from {schema}.{table} limit 1")
            cursor = RecordingCursor(connection)
            found = list(live_findings(OpenWarehouse("dev", "dev", DUCKDB, str(copy.database), cursor), queries))
    finally:
        copy.database.write_bytes(before)
    for _, table in planted:
        assert any(re.search(rf"\b{table}\b", finding) for finding in found), table
    (doubled,) = [finding for finding in found if "keys of customer_spend that" in finding]
    assert re.search(r"more than one row has: 1\. .* transaction_date 2025-\S+, customer_id C\d+, in 2 rows", doubled)
    # Redshift is sent the same statements.
    sent = [sql for sql in cursor.statements if "as missing_count" in sql or "having count(*) > 1" in sql]
    assert len(sent) > 2
    for sql in sent:
        Statements().translate(sql)


def test_a_copied_file_answers_every_query_and_command(
    queries: list[Compiled], renamed: Path, copy: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    with duckdb.connect(str(renamed), read_only=True) as connection:
        views = connection.execute(
            "select schema_name || '.' || view_name, sql from duckdb_views() where not internal"
        ).fetchall()
        macros = connection.execute(
            "select function_name, macro_definition from duckdb_functions() where not internal"
        ).fetchall()
        assert len(views) > 20
        for name, sql in [*views, *macros]:
            assert "tieout." not in sql, f"{name} has the name of the database in it"
        for name, _ in views:
            connection.execute(f"select * from {name}").fetchall()
    # Attached to another file, as an analyst would.
    with duckdb.connect() as connection:
        connection.execute(f"attach '{renamed}' as march (read_only)")
        assert connection.execute("select count(*) from march.dev_gold.transaction_detail").fetchone() == (400,)

    transaction_id = "T20250101-000001"
    check.command(target="dev", live=True)
    status.command(target="dev", watch=False)
    explain.command([transaction_id], target="dev")
    explain.command(["daily_transaction_volume", "debit_amount"], target="dev", cell=True)
    printed = " ".join(capsys.readouterr().out.split())
    assert "march 2025.duckdb" in printed
    assert "Note: Asked live: " in printed
    assert "Everything ties out" in printed
    assert f"transaction_id {transaction_id}" in printed
    assert "figures are what the table has" in printed


def test_a_file_without_its_bronze_says_what_it_cannot(
    queries: list[Compiled], copy: Warehouse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(copy.database, tmp_path / "laptop.duckdb")
    with contextlib.chdir(tmp_path), pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIEOUT_DUCKDB_PATH", "laptop.duckdb")
        check.command(target="dev", differences=True)
        explain.command(["T20250101-000001"], target="dev")
    printed = " ".join(capsys.readouterr().out.split())
    assert "Whether files have landed that are not loaded is not known here." in printed
    assert "Everything ties out" in printed
    assert "Raw values cannot be shown. laptop.duckdb reads bronze from data/bronze" in printed
    assert "5. The gold rows that it is counted in" in printed
