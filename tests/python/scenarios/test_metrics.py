"""Metrics are equal to the tables and totals that state the same figures, and a table that states another is found."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from loaders.audit.warehouse import Warehouse as Opened
from loaders.metrics import ties
from loaders.metrics.answers import Metrics
from loaders.metrics.definitions import load_definitions
from loaders.metrics.ties import Compared, compare
from tests.python.warehouse import Warehouse, copied

pytestmark = pytest.mark.extended

# Metrics of tables that no other table repeats, and what they are of the table.
OF_ONE_TABLE = {
    "loan_count": "select count(*) from dev_gold.loan_delinquency",
    "delinquent_count": "select count(*) from dev_gold.loan_delinquency where days_past_due > 0",
    "non_performing_count": "select count(*) from dev_gold.loan_delinquency where is_non_performing",
    "outstanding_amount": "select sum(outstanding_amount) from dev_gold.loan_delinquency",
    "expected_loss": "select sum(expected_loss) from dev_gold.loan_delinquency",
    "requested_amount": "select sum(requested_amount) from dev_gold.fact_loan",
    "decided_count": "select sum(approved_count + rejected_count) from dev_gold.loan_approval_rate",
    "ended_count": "select sum(completed_count + failed_count) from dev_gold.channel_effectiveness",
    "invested_amount_reporting": "select sum(invested_amount_reporting) from dev_gold.investment_performance",
    "returned_amount_reporting": "select sum(returned_amount_reporting) from dev_gold.investment_performance",
    "unconverted_investments": (
        "select sum(unconverted_count) from dev_audit.unconverted_amounts where fact = 'fact_investment'"
    ),
    "closing_balance_reporting": (
        "select sum(total_amount) from dev_audit.monthly_totals where measure = 'closing_balance_reporting'"
    ),
    "converted_balance_days": (
        "select count(distinct balance_date) from dev_gold.fact_daily_balances "
        "where closing_balance_reporting is not null"
    ),
    "transaction_amount_reporting": ("select sum(transaction_amount_reporting) from dev_gold.transaction_features"),
    "contribution": "select sum(contribution) from dev_gold.monthly_income_statement",
    "costed_revenue": "select sum(gross_profit + cogs) from dev_gold.product_profitability",
    "flagged_transactions": "select count(*) from dev_gold.transaction_risk where risk_reasons <> ''",
    "high_risk_transactions": "select count(*) from dev_gold.transaction_detail where is_high_risk",
    "high_risk_amount_reporting": "select sum(amount_reporting) from dev_gold.transaction_detail where is_high_risk",
    "delivered_file_count": "select count(*) from dev_audit.deliveries",
    "rejected_rows": "select count(*) from dev_audit.rejected_rows",
    "rule_failures": "select sum(failed_rows) from dev_audit.data_quality_daily",
    "rejection_count": "select count(*) from dev_audit.rejected_rows",
    "open_rejection_count": "select count(*) from dev_audit.rejected_rows where not is_resolved",
    "expected_delivery_count": "select count(*) from dev_audit.expected_deliveries",
    "late_delivery_count": "select count(*) from dev_audit.expected_deliveries where delivery_status = 'late'",
    "missing_delivery_count": (
        "select count(*) from dev_audit.expected_deliveries where delivery_status in ('missing', 'refused')"
    ),
}


@pytest.fixture(scope="module")
def metrics(faulty_bank: Warehouse) -> Iterator[Metrics]:
    with duckdb.connect(str(faulty_bank.database), read_only=True) as connection:
        yield Metrics(Opened("dev", "dev", "duckdb", "here", connection.cursor()), load_definitions())


@pytest.fixture(scope="module")
def compared(metrics: Metrics) -> list[Compared]:
    return list(compare(metrics))


def test_metrics_are_equal_to_the_tables_and_the_totals_of_the_audit(compared: list[Compared]) -> None:
    assert [of.differences for of in compared if of.differences] == []
    assert all(of.rows > 0 for of in compared)
    assert sum(of.rows * len(of.columns) for of in compared) > 10_000


def test_every_metric_is_compared(metrics: Metrics, compared: list[Compared]) -> None:
    """A difference or a quotient is, if what it is made of is."""
    names = {metric for of in compared for metric, _ in of.columns}
    measures = {of for name in metrics.definitions.metrics for of in metrics.definitions.measures_of(name)}
    assert measures - names == OF_ONE_TABLE.keys() - names
    assert OF_ONE_TABLE.keys() <= measures


@pytest.mark.parametrize("name", OF_ONE_TABLE)
def test_metrics_of_one_table_are_equal_to_it(metrics: Metrics, faulty_bank: Warehouse, name: str) -> None:
    ((expected,),) = faulty_bank.query(OF_ONE_TABLE[name])
    (row,) = metrics.ask([name]).rows
    assert (row.values[name] or 0) == (expected or 0)


def test_a_ratio_that_differs_in_its_last_decimal_or_is_missing_is_found(
    faulty_bank: Warehouse, tmp_path: Path
) -> None:
    planted: dict[tuple[str, str], int] = {}
    with duckdb.connect(str(copied(faulty_bank, tmp_path / "copy").database)) as connection:
        opened = Metrics(Opened("dev", "dev", "duckdb", "here", connection.cursor()), load_definitions())
        for metric in opened.definitions.metrics.values():
            for tie in metric.ties:
                column = tie.columns[metric.name]
                condition = f"{column} is not null and {tie.where or 'true'}"
                table = f"dev_gold.{tie.table}"
                last_decimal = Decimal(1).scaleb(-(tie.decimals or 0))
                for value in (f"{column} + {last_decimal:f}", "null"):
                    planted[tie.table, column] = planted.get((tie.table, column), 0) + 1
                    connection.execute(
                        f"update {table} set {column} = {value} "
                        f"where rowid = (select {'min' if value == 'null' else 'max'}(rowid) from {table} "
                        f"where {condition})"
                    )
        found = {
            (of.table, column): of.different_rows
            for of in compare(opened)
            for _, column in of.columns
            if of.different_rows
        }
    assert len(planted) >= 6
    assert found == planted


def test_every_figure_that_differs_is_counted_and_the_first_ones_are_named(
    faulty_bank: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ties, "_NAMED_ROWS", 5)
    copy = copied(faulty_bank, tmp_path / "copy")
    copy.execute("update dev_gold.daily_transaction_volume set debit_amount = debit_amount + 1")
    with duckdb.connect(str(copy.database), read_only=True) as connection:
        opened = Metrics(Opened("dev", "dev", "duckdb", "here", connection.cursor()), load_definitions())
        found = [of for of in compare(opened) if of.different_rows]
    rows = copy.value("select count(*) from dev_gold.daily_transaction_volume")
    counts = {column: count for of in found for (_, column), count in zip(of.columns, of.different, strict=True)}
    assert {column: count for column, count in counts.items() if count} == {"debit_amount": rows}
    assert [len(of.differences) for of in found] == [5]


def test_a_day_without_a_converted_balance_does_not_lower_the_average(faulty_bank: Warehouse, tmp_path: Path) -> None:
    copy = copied(faulty_bank, tmp_path / "copy")
    copy.execute(
        "update dev_gold.fact_daily_balances set closing_balance_reporting = null where balance_date = "
        "(select min(balance_date) from dev_gold.fact_daily_balances)"
    )
    with duckdb.connect(str(copy.database), read_only=True) as connection:
        opened = Metrics(Opened("dev", "dev", "duckdb", "here", connection.cursor()), load_definitions())
        (row,) = opened.ask(["average_balance"]).rows
    days = copy.value(
        "select avg(total) from (select sum(closing_balance_reporting) as total from dev_gold.fact_daily_balances "
        "where closing_balance_reporting is not null group by balance_date)"
    )
    assert float(row.values["average_balance"]) == pytest.approx(days)
