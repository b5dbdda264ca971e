"""Three days of deliveries on both engines: every table of silver, gold and audit is the same, to the last digit."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from redshift_standin.joins import JoinReader
from tests.python.berka_sample import BERKA
from tests.python.forks import CONTRACTS
from tests.python.hard_deliveries import TRANSACTIONS, transaction
from tests.python.scenarios.conftest import new_in
from tests.python.waivers import waiving, with_variables
from tests.python.warehouse import PROJECT, Warehouse
from tests.redshift.deliveries import DAYS
from tests.redshift.parity import build_both, build_part, one_query_of_each_kind, without_times
from tests.redshift.warehouse import SALT, RedshiftWarehouse, duckdb_tables, engine_differences

# The shop delivers for a month longer than the bank, and Berka's customers for longer than its transactions.
WAIVED = (
    "1993-08-01 to 2025-02-01 banking/transactions",
    "2025-01-04 to 2025-02-01 banking/daily_balances",
    "2025-01-04 to 2025-02-01 banking/fx_rates",
)


@pytest.fixture(scope="module")
def on_duckdb(tmp_path_factory: pytest.TempPathFactory, parsed: Path) -> Warehouse:
    made = new_in(tmp_path_factory.mktemp("duckdb"), parsed)
    # Without the checks of contracts, which the builds of test_costs.py make on DuckDB.
    return dataclasses.replace(made, environment={"TIEOUT_PII_SALT": SALT})


@pytest.fixture(scope="module")
def on_redshift(prod: RedshiftWarehouse) -> RedshiftWarehouse:
    return dataclasses.replace(prod, environment={**prod.environment, CONTRACTS: "checked"})


@pytest.fixture(scope="module")
def joins() -> JoinReader:
    return JoinReader()


@pytest.fixture(scope="module")
def build_days(on_redshift: RedshiftWarehouse, on_duckdb: Warehouse, joins: JoinReader) -> Callable[[str], None]:
    """Deliver and build a part of DAYS on both engines, unless it has been built, and compare every table."""
    built: set[str] = set()

    def build(part: str) -> None:
        if part not in built:
            built.add(part)
            build_part(part, on_redshift, on_duckdb, joins)

    return build


@pytest.fixture
def every_day(build_days: Callable[[str], None]) -> None:
    """Build what has not been built. Without the extended tests, the first tests of this file have built everything."""
    for part in DAYS:
        build_days(part)


# The tests of this file depend on their order: days are built on the days before.
@pytest.mark.parametrize("part", DAYS)
def test_every_build_is_the_same_on_both_engines(build_days: Callable[[str], None], part: str) -> None:
    build_days(part)


def test_manifests_of_days_that_were_read_before_are_loaded(on_redshift: RedshiftWarehouse) -> None:
    found = on_redshift.fetch(
        "select arrived_on from prod_silver.base_control__deliveries group by 1 having count(distinct _loaded_at) > 1"
    )
    assert found


def test_the_deliveries_contain_the_difficult_values(on_redshift: RedshiftWarehouse) -> None:
    found = on_redshift.fetch("select rejected_by, reasons, count(*) from prod_audit.rejected_rows group by 1, 2")
    reasons = {reason for by, listed, _ in found for reason in (listed.split(",") if by == "rules" else [listed])}
    assert reasons >= {
        "unclosed quote",
        "record longer than 16,000 bytes",
        "text_too_long",
        "amount_not_parsable",
        "amount_not_positive",
        "transaction_ts_not_parsable",
        "transaction_ts_out_of_calendar",
        "updated_at_not_parsable",
        "updated_at_after_arrival",
        "customer_id_reserved",
        "account_id_missing",
        "currency_unknown",
        "channel_unknown",
        "balance_after_not_parsable",
        "credit_score_not_parsable",
        "signup_date_not_parsable",
        "segment_unknown",
    }
    ((transactions, unknown, versions),) = on_redshift.fetch(
        """
        select
            (select count(*) from prod_gold.fact_transaction),
            (
                select count(*)
                from prod_gold.fact_transaction
                where account_id = 'unknown' and transaction_id not like 'account_id-%'
            ),
            (select count(*) from prod_silver.snap_banking__accounts where dbt_valid_to is not null)
        """
    )
    assert transactions > (7_700 if BERKA.is_dir() else 300)
    assert unknown == 0
    assert versions > 0


def test_the_last_landed_file_of_a_day_wins_on_redshift(on_redshift: RedshiftWarehouse) -> None:
    assert on_redshift.fetch(
        "select transaction_amount from prod_gold.fact_transaction where transaction_id = 'S1'"
    ) == [(Decimal("90.00"),)]


def test_deleted_and_replaced_records_do_not_count_on_redshift(on_redshift: RedshiftWarehouse) -> None:
    found = on_redshift.fetch(
        "select transaction_id from prod_gold.fact_transaction where transaction_id in "
        "('D1', 'D2', 'D3', 'P1', 'P2', 'P3', 'Q1', 'Q2') order by 1"
    )
    assert found == [("Q1",), ("Q2",)]
    outcomes = on_redshift.fetch(
        "select outcome, count(*) from prod_audit.row_outcomes where outcome in ('replaced', 'withdrawn') "
        "and source_file like '%.deleted.csv' group by 1 order by 1"
    )
    assert outcomes == [("replaced", 2), ("withdrawn", 4)]
    assert on_redshift.fetch(
        "select customer_id from prod_gold.dim_customer where is_deleted and customer_id not like 'record_status-%'"
    ) == [("D9",)]


def test_a_forgotten_customer_has_no_personal_data_on_redshift(on_redshift: RedshiftWarehouse) -> None:
    """The values were loaded by the first build, and are compared with those of DuckDB by the second one."""
    tables = ("silver.base_banking__customers", "silver.snap_banking__customers", "gold.dim_customer_pii")
    found = [
        row
        for table in tables
        for row in on_redshift.fetch(
            f"select first_name, last_name, email, address from prod_{table} where customer_id = 'C1'"
        )
    ]
    assert len(found) > 3
    assert {value[:10] for row in found for value in row if value} == {"forgotten "}
    assert on_redshift.fetch("select count(*) from prod_audit.changed_rows") == [(0,)]


def test_the_dbt_tests_of_the_project_pass_on_redshift(on_redshift: RedshiftWarehouse) -> None:
    """Without the unit tests, which `make prod-rehearsal` runs."""
    printed = on_redshift.run("dbt", "test")
    assert "Completed successfully" in printed
    assert int(re.findall(r"PASS=(\d+)", printed)[-1]) > 140


def test_the_audit_commands_print_the_same(
    on_redshift: RedshiftWarehouse, on_duckdb: Warehouse, tmp_path: Path
) -> None:
    both = (waiving(on_redshift, *WAIVED), waiving(on_duckdb, *WAIVED))
    verdicts = [without_times(warehouse.run("tieout", "check")) for warehouse in both]
    assert verdicts[0] == verdicts[1]
    assert any("Everything ties out" in line for line in verdicts[0])
    ((several_states,),) = on_duckdb.query(
        "select min(transaction_id) from (select transaction_id from dev_silver.base_banking__transactions "
        "where _failed_rules = '' group by 1 having count(*) > 1) as repeated"
    )
    ways = [
        without_times(warehouse.run("tieout", "explain", "transactions", str(several_states))) for warehouse in both
    ]
    assert ways[0] == ways[1]
    assert any("it won over" in line for line in ways[0])
    loan = str(on_duckdb.value("select min(loan_id) from dev_gold.dim_loan where is_granted and loan_id <> 'unknown'"))
    for words in (("loan", loan), ("--cell", "campaign_performance", "attributed_net_revenue")):
        explained = [without_times(warehouse.run("tieout", "explain", *words)) for warehouse in both]
        assert explained[0] == explained[1]
        assert len(explained[0]) > 20
    exports = [tmp_path / "redshift", tmp_path / "duckdb"]
    for warehouse, folder in zip(both, exports, strict=True):
        warehouse.run("tieout", "rejects", "export", str(folder))
    files = [{file.name: file.read_text() for file in folder.rglob("*.csv")} for folder in exports]
    assert files[0] == files[1]
    assert len(files[0]) > 2
    printed = on_redshift.run("tieout", "status")
    assert "banking/transactions" in printed
    assert "Longest statements of the last run, by the cluster" in printed


def test_the_report_shows_the_same_figures(
    on_redshift: RedshiftWarehouse, on_duckdb: Warehouse, tmp_path: Path
) -> None:
    folders = [tmp_path / "redshift", tmp_path / "duckdb"]
    for warehouse, folder in zip((on_redshift, on_duckdb), folders, strict=True):
        waiving(warehouse, *WAIVED).run("tieout", "report", "--folder", str(folder))
    run = re.compile(r"run [0-9a-f-]{36} of |dbt \w+, \w+ on \w+|[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:]{8}")
    pages = [{file.name: run.sub("", file.read_text()) for file in folder.glob("*.html")} for folder in folders]
    assert pages[0] == pages[1]
    assert "Everything ties out" in pages[0]["index.html"]


@pytest.mark.extended
@pytest.mark.usefixtures("every_day")
def test_the_docs_site_shows_the_tables_on_redshift(on_redshift: RedshiftWarehouse) -> None:
    """As `make site` does, without the SQL of the tests, which have just run."""
    on_redshift.run(*"dbt docs generate --static --exclude resource_type:test resource_type:unit_test".split())
    site = (on_redshift.folder / "target" / "static_index.html").read_text(encoding="utf-8")
    assert "prod_gold" in site
    assert SALT not in site


def test_sqlfluff_parses_the_queries_that_dbt_generates_for_redshift(
    on_redshift: RedshiftWarehouse, parsed_prod: Path
) -> None:
    """One query of each kind, because `make lint` already parses the SQL of every model as Redshift SQL."""
    queries = one_query_of_each_kind(on_redshift.folder / "target", parsed_prod.with_name("manifest.json"))
    assert len(queries) > 20
    linter = str(Path(sys.executable).with_name("sqlfluff"))
    config = str(PROJECT / "tests" / "lint" / "compiled.cfg")
    command = [linter, "lint", "--config", config, "--ignore-local-config", "--processes", "2", *map(str, queries)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"sqlfluff cannot parse these in the Redshift dialect:\n{done.stdout}{done.stderr}"


@pytest.mark.extended
@pytest.mark.usefixtures("every_day")
def test_a_full_refresh_changes_nothing_on_redshift(on_redshift: RedshiftWarehouse, on_duckdb: Warehouse) -> None:
    """So it is the same as on DuckDB, where the scenarios refresh. Without a new audit the verdict is red."""
    before = on_redshift.tables()
    on_redshift.refresh()
    after = on_redshift.tables()
    assert {name: table.rows for name, table in after.items()} == {name: table.rows for name, table in before.items()}
    found = engine_differences(after, duckdb_tables(on_duckdb))
    assert not found, "The engines differ:\n" + "\n".join(found)


def test_what_is_missing_and_what_a_key_means_is_found_on_both_engines(
    on_redshift: RedshiftWarehouse, on_duckdb: Warehouse
) -> None:
    """The last test: it makes the verdict red."""
    day, refused = "2025-01-06", "transactions.7.csv"
    on_duckdb.deliver(day, "transactions", TRANSACTIONS + transaction("S1", "A9", "90.00", "2025-01-03 08:00:00"))
    on_duckdb.land()
    file = on_duckdb.inbox / day / "banking" / refused
    file.write_text("transaction_id\nS9\n", encoding="utf-8")
    # Its delivery has landed with one row.
    file.with_name("transactions.CSV.ctl").write_text("rows,2\n", encoding="utf-8")
    # The generator delivers changes. So as full exports, they lack nearly all customers.
    exports = with_variables(on_duckdb, full_exports={"banking.customers": True})
    exports.run("tieout", "land", "--allow-refused", str(on_duckdb.inbox))
    on_redshift.show_bronze(on_duckdb.folder / "data" / "bronze")
    build_both(on_redshift, on_duckdb, "--select", "+expected_deliveries", "+refused_files", "+reused_keys")
    verdicts = [without_times(warehouse.run("tieout", "check", fails=True)) for warehouse in (on_redshift, on_duckdb)]
    assert verdicts[0] == verdicts[1]
    printed = " ".join(" ".join(verdicts[0]).split())
    for sentence in (
        "Nothing is withdrawn by the full export of banking/customers of ",
        "Expected deliveries of banking/daily_balances that are missing (daily): 29. 2025-01-04, 2025-01-05,",
        "Expected deliveries of banking/fx_rates that are missing (business days): 19. 2025-01-06, 2025-01-07,",
        f"The file banking/{refused} of {day} was refused",
        f"The file banking/transactions.csv.ctl of {day} was refused, and nothing of it landed: it states 2 rows, but "
        "transactions.csv, which it is about, has 1;",
        "The first is S1, line 2: account_id A9, before A1",
    ):
        assert sentence in printed


@pytest.mark.extended
@pytest.mark.usefixtures("every_day")
def test_the_upgrade_and_another_reporting_currency_are_the_same_on_both_engines(
    on_redshift: RedshiftWarehouse, on_duckdb: Warehouse
) -> None:
    """After the last test, because it leaves balances in another currency than transactions."""
    before = on_redshift.tables()["audit.monthly_totals"].rows
    with on_redshift.stand_in.superuser() as connection, connection.cursor() as cursor:
        for layer, execute in (("dev_audit", on_duckdb.execute), ("prod_audit", cursor.execute)):
            for table in ("monthly_totals", "restatements"):
                execute(f"update {layer}.{table} set measure = replace(measure, '_reporting', '_usd')")
            execute(f"alter table {layer}.monthly_totals drop column reporting_currency")
    assert build_both(on_redshift, on_duckdb, "--select", "monthly_totals")["audit.monthly_totals"].rows == before
    in_euros = ("--full-refresh", "--vars", "reporting_currency: EUR")
    # There is nothing to restate, but both engines read the rates as they are divided.
    # The refreshed fact takes the view with it.
    selected = ("--select", "dim_fx_rate", "fact_daily_balances", "restatements", "future_dated_rows")
    tables = build_both(on_redshift, on_duckdb, *in_euros, *selected)
    rates = tables["gold.dim_fx_rate"]
    currency, rate = (list(rates.columns).index(column) for column in ("currency_code", "rate_to_reporting"))
    assert {row[rate] for row in rates.rows if row[currency] == "EUR"} == {"1.0000000000"}
    assert len({row[rate] for row in rates.rows if row[currency] == "USD"}) > 1
