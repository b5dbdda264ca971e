"""What changes in a closed month is recorded in every measure, with the file that caused it.

January is closed in February. In March arrive, all about January: a return, a corrected rate, which a sale in euros
needs too, a corrected unit cost, a corrected cost of a campaign, two corrections that cancel out, and a booking that
moves to another account and day.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.python.hard_deliveries import (
    ACCOUNTS,
    CAMPAIGNS,
    COSTS,
    CUSTOMERS,
    PRODUCTS,
    SALES,
    SALES_WITH_FEES,
    SPEND,
    TRANSACTIONS,
    account,
    customer,
    sale,
    transaction,
)
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

CLOSED, LATER, LAST = "2025-01-31", "2025-02-03", "2025-03-03"
RATES = "currency,rate_date,rate_to_usd,updated_at\n"
BALANCES = "account_id,balance_date,opening_balance,closing_balance,currency,updated_at\n"
SELECTED = ("--select", "+restatements")
RESTATED = (
    "select fact_name, measure, currency_code, regexp_extract(source_file, '[^/]+$'), row_count_change, total_change, "
    "is_redistribution from dev_audit.restatements where month_start = '2025-01-01' order by all"
)


def payment(key: str, owner: str, amount: str, day: str, currency: str = "USD", updated: str = "") -> str:
    row = transaction(key, owner, amount, f"{day} 08:00:00", updated_at=f"{updated or day} 08:00:00")
    return row.replace(",USD,", f",{currency},")


def deliver_first(made: Warehouse) -> None:
    made.deliver(CLOSED, "customers", CUSTOMERS + customer("C1", "Akron", "2025-01-01"))
    made.deliver(CLOSED, "accounts", ACCOUNTS + "".join(account(key, "C1", "2025-01-01") for key in ("A1", "A2")))
    made.deliver(CLOSED, "fx_rates", RATES + "EUR,2025-01-10,1.10,2025-01-10 07:00:00\n")
    made.deliver(
        CLOSED,
        "transactions",
        TRANSACTIONS
        + payment("KEPT", "A1", "1.00", "2025-01-10")
        + payment("EURO", "A1", "100.00", "2025-01-11", "EUR")
        + payment("PLUS", "A1", "50.00", "2025-01-12", "GBP")
        + payment("MINUS", "A1", "50.00", "2025-01-12", "GBP")
        + payment("MOVED", "A1", "7.00", "2025-01-13", "CHF"),
    )
    made.deliver(CLOSED, "daily_balances", BALANCES + "A1,2025-01-11,0,100.00,EUR,2025-01-11 23:00:00\n")
    made.deliver(CLOSED, "products", PRODUCTS + "P1,Kettle,Home,Norvik,10.00,2025-01-01 06:00:00\n")
    made.deliver(CLOSED, "campaigns", CAMPAIGNS + "M1,Kettles,Google Ads,2025-01-01,,500.00,2025-01-01 06:00:00\n")
    made.deliver(CLOSED, "cost_of_goods", COSTS + "P1,2025-01-01,6.00,2025-01-01 06:00:00\n")
    sales = sale("S1", "P1", "2025-01-10 08:00:00") + sale("S2", "P1", "2025-01-20 08:00:00")
    made.deliver(CLOSED, "sales", SALES + sales)
    in_euros = sale("S4", "P1", "2025-01-11 08:00:00").replace("\n", ",,EUR,1.00,,\n")
    made.deliver(CLOSED, "sales", SALES_WITH_FEES + in_euros, ".euros")
    made.deliver(CLOSED, "marketing_spend", SPEND + "M1,2025-01-10,1000,50,25.00,2025-01-10 23:50:00\n")
    made.build(*SELECTED)


def deliver_february(made: Warehouse) -> None:
    made.deliver(LATER, "transactions", TRANSACTIONS + payment("NEXT", "A1", "1.00", "2025-02-01"))
    made.deliver(LATER, "daily_balances", BALANCES + "A1,2025-02-01,0,1.00,EUR,2025-02-01 23:00:00\n")
    made.deliver(LATER, "sales", SALES + sale("S3", "P1", "2025-02-01 08:00:00"))
    made.deliver(LATER, "marketing_spend", SPEND + "M1,2025-02-01,1000,50,1.00,2025-02-01 23:50:00\n")
    made.build(*SELECTED)


def deliver_march(made: Warehouse) -> None:
    back = "S9,OS1,2025-03-02 08:00:00,P1,C1,Online,M1,-1,10.00,-10.00,-1.00,-0.54,0,0,false,2025-03-02 08:00:00\n"
    returned = sale("S2", "P1", "2025-01-20 08:00:00", f"{LAST} 08:00:00", returned="true")
    made.deliver(LAST, "sales", SALES + back + returned, ".returns")
    made.deliver(LAST, "fx_rates", RATES + f"EUR,2025-01-10,1.20,{LAST} 07:00:00\n", ".corrected")
    made.deliver(LAST, "cost_of_goods", COSTS + f"P1,2025-01-01,6.50,{LAST} 06:00:00\n", ".corrected")
    made.deliver(LAST, "marketing_spend", SPEND + f"M1,2025-01-10,1000,50,20.00,{LAST} 06:00:00\n", ".corrected")
    pair = payment("PLUS", "A1", "60.00", "2025-01-12", "GBP", LAST)
    pair += payment("MINUS", "A1", "40.00", "2025-01-12", "GBP", LAST)
    made.deliver(LAST, "transactions", TRANSACTIONS + pair, ".pair")
    made.deliver(
        LAST, "transactions", TRANSACTIONS + payment("MOVED", "A2", "7.00", "2025-01-14", "CHF", LAST), ".moved"
    )
    # A repeat with a later update time changes nothing.
    made.deliver(LAST, "transactions", TRANSACTIONS + payment("KEPT", "A1", "1.00", "2025-01-10", "USD", LAST), ".same")
    # Everything, for the report.
    made.build()


@pytest.fixture(scope="module")
def restated(empty_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    made = empty_warehouse("restated")
    deliver_first(made)
    deliver_february(made)
    assert made.query(RESTATED) == []
    deliver_march(made)
    return made


def rows(warehouse: Warehouse, fact: str) -> list[tuple[Any, ...]]:
    """The restatements of a fact: measure, currency, file, changes of rows and of the total, is_redistribution."""
    return [row[1:] for row in warehouse.query(RESTATED) if row[0] == fact]


def test_a_corrected_rate_restates_converted_amounts(restated: Warehouse) -> None:
    """EUR 100.00 of the day after the rate, at 1.20 instead of 1.10."""
    file, ten = "fx_rates.corrected.csv", Decimal("10.00")
    in_euro = [row for row in rows(restated, "fact_transaction") if row[1] == "EUR"]
    assert in_euro == [
        ("posted_amount_reporting", "EUR", file, 0, -ten, False),
        ("transaction_amount_reporting", "EUR", file, 0, ten, False),
    ]
    assert rows(restated, "fact_daily_balances") == [("closing_balance_reporting", "EUR", file, 0, ten, False)]


def test_changes_that_cancel_out_are_redistributions(restated: Warehouse) -> None:
    found = [row for row in rows(restated, "fact_transaction") if row[1] != "EUR"]
    files = {"CHF": "transactions_0002.moved.csv", "GBP": "transactions.pair.csv"}
    assert [(*row[:2], *row[3:]) for row in found] == [
        (measure, currency, 0, Decimal("0.00"), True)
        for measure in ("posted_amount", "transaction_amount")
        for currency in files
    ]
    assert {(row[1], row[2]) for row in found} == set(files.items())


def test_a_return_a_corrected_cost_and_a_corrected_rate_restate_the_shop(restated: Warehouse) -> None:
    returns, costs, rates = "sales.returns.csv", "cost_of_goods.corrected.csv", "fx_rates.corrected.csv"
    found = rows(restated, "fact_sales")
    assert {row[1:2] + row[3:4] + row[5:] for row in found} == {("USD", 0, False)}
    assert [(row[0], row[2], str(row[4])) for row in found] == [
        # S1 and S4 cost 2 x 0.50 more each; S2 does not count any more. S4 is in euros, at 1.20 instead of 1.10: its
        # cost and its other amounts change by different files.
        ("actual_shipping_cost", rates, "0.41"),
        ("cogs", costs, "2.00"),
        ("cogs", returns, "-12.00"),
        ("discount_amount", rates, "0.20"),
        ("gross_revenue", rates, "2.00"),
        ("net_revenue", rates, "1.80"),
        ("net_revenue", returns, "-18.00"),
        ("payment_fee_amount", rates, "0.10"),
        ("returned_revenue", returns, "18.00"),
        ("shipping_charged_to_customer", rates, "0.59"),
        ("tax_amount", rates, "0.11"),
    ]
    assert rows(restated, "fact_marketing_spend") == [
        ("spend", "USD", "marketing_spend.corrected.csv", 0, Decimal("-5.00"), False)
    ]


def test_the_report_shows_measure_month_amounts_and_file(restated: Warehouse) -> None:
    printed = restated.run("tieout", "check", "--differences", fails=True)
    (line,) = (line for line in printed.splitlines() if "fact_sales.net_revenue" in line and "returns" in line)
    assert line.split() == [
        *("2025-01", "fact_sales.net_revenue", "USD", "55.80", "39.60", "-18.00", "0"),
        f"commerce/sales/dt={LAST}/sales.returns.csv",
    ]
    assert "(same total in other rows)" in printed
    assert "without a delivery" not in printed


def test_a_change_by_hand_has_no_file_and_is_signed_by_measure(restated: Warehouse) -> None:
    before = restated.query(RESTATED)
    restated.execute(
        "update dev_gold.fact_sales set tax_amount_reporting = tax_amount_reporting + 0.01 where order_line_id = 'S1'"
    )
    check = ("dbt", "build", "--select", "monthly_totals", "restatements", "restatements_are_caused_by_files")
    assert "FAIL 1 restatements_are_caused_by_files" in restated.run(*check, fails=True)
    unexplained = ("fact_sales", "tax_amount", "USD", None, 0, Decimal("0.01"), False)
    assert sorted(map(str, restated.query(RESTATED))) == sorted(map(str, [*before, unexplained]))
    revision = restated.value("select max(revision) from dev_audit.monthly_totals")
    name = f"2025-01-01 USD {revision}"
    assert f"add '{name}' to signed_restatements" in " ".join(
        restated.run("tieout", "check", "--differences", fails=True).split()
    )
    test = ("dbt", "test", "--select", "restatements_are_caused_by_files")
    for signed in (name, f"{name} fact_sales.tax_amount"):
        restated.run(*test, "--vars", f'{{"signed_restatements": ["{signed}"]}}')
    restated.run(*test, "--vars", f'{{"signed_restatements": ["{name} fact_sales.cogs"]}}', fails=True)


def test_tables_of_an_earlier_version_get_a_row_for_each_measure(restated: Warehouse) -> None:
    """What was recorded stays, and the first revision with new measures and cells is no restatement."""
    key = "month_start, currency_code, revision"
    restated.execute(
        f"create or replace table dev_audit.monthly_totals as select {key}, last_business_day, "
        "fact_rows as transaction_count, total_amount as amount, -total_amount as posted_amount, _loaded_at "
        "from dev_audit.monthly_totals where fact_name = 'fact_transaction' and measure = 'transaction_amount'"
    )
    restated.execute(
        f"create or replace table dev_audit.restatements as select {key}, source_file, row_count_before, "
        "row_count_after, total_before as amount_before, total_after as amount_after, -total_before as "
        "posted_amount_before, -total_after as posted_amount_after, row_count_change, total_change as amount_change, "
        "-total_change as posted_amount_change, _loaded_at from dev_audit.restatements "
        "where fact_name = 'fact_transaction' and measure = 'transaction_amount'"
    )
    restated.run("dbt", "build", "--select", "monthly_totals", "restatements", "restatements_are_caused_by_files")
    assert restated.query(
        "select measure, currency_code, count(*) from dev_audit.restatements group by all order by all"
    ) == [(measure, currency, 1) for measure in ("posted_amount", "transaction_amount") for currency in ("CHF", "GBP")]
    assert restated.query(
        "select count(distinct fact_name || measure), bool_and(cells is not null) from dev_audit.monthly_totals "
        "where revision = (select max(revision) from dev_audit.monthly_totals)"
    ) == [(17, True)]
