"""A bank that reports in euros: right figures under honest names, from a warehouse that has had amounts in dollars.

The first build is one of an earlier version, with columns that end in _usd. The second one moves to the new names and
to the euro at once, the third one gets a corrected rate of the euro.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests.python.hard_deliveries import ACCOUNTS, CUSTOMERS, SALES, TRANSACTIONS, account, customer, sale, transaction
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

FIRST, LAST = "2025-02-03", "2025-02-04"
RATES = "currency,rate_date,rate_to_usd,updated_at\n"
BALANCES = "account_id,balance_date,opening_balance,closing_balance,currency,updated_at\n"
INVESTMENTS = (
    "investment_id,account_id,investment_type,investment_amount,investment_return,currency,investment_date,updated_at\n"
)
CONVERTED = {
    "fact_transaction": ("transaction_amount", "posted_amount"),
    "fact_daily_balances": ("closing_balance",),
}
FACTS = "select transaction_id, transaction_amount_reporting from dev_gold.fact_transaction order by 1"


def in_currency(currency: str) -> tuple[str, str]:
    nothing_expected = {"banking": "none", "commerce": "none"}
    return "--vars", json.dumps({"reporting_currency": currency, "expected_deliveries": nothing_expected})


IN_EUR, IN_USD = in_currency("EUR"), in_currency("USD")


def payment(key: str, amount: str, currency: str, day: str) -> str:
    row = transaction(key, "A1", amount, f"{day} 08:00:00", updated_at=f"{FIRST} 07:00:00")
    return row.replace(",USD,", f",{currency},")


def rate(currency: str, day: str, to_usd: str, updated_on: str = FIRST) -> str:
    return f"{currency},{day},{to_usd},{updated_on} 07:00:00\n"


def make_earlier_version(made: Warehouse) -> None:
    """Name columns and measures as the version before did, which did not record the currency."""
    for table, amounts in CONVERTED.items():
        for amount in amounts:
            made.execute(f"alter table dev_gold.{table} rename column {amount}_reporting to {amount}_usd")
    made.execute("delete from dev_audit.rule_fingerprints where rule_name = 'reporting_currency'")
    made.execute("update dev_audit.monthly_totals set measure = replace(measure, '_reporting', '_usd')")
    made.execute("alter table dev_audit.monthly_totals drop column reporting_currency")
    made.execute(
        "insert into dev_audit.restatements values ('fact_transaction', 'posted_amount_usd', '2024-12-01', 'EUR', 1, "
        "'late.csv', false, 1, 0, 5, 0, -1, -5, '2025-01-01')"
    )


@dataclass(frozen=True)
class Bank:
    """What is looked at.

    Attributes:
        warehouse: after the third build.
        refused: what a build without a full refresh printed on the warehouse of the earlier version.
        upgraded: the amounts of transactions after the second build.
    """

    warehouse: Warehouse
    refused: str
    upgraded: list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def bank(new_warehouse: Callable[[str], Warehouse]) -> Bank:
    made = new_warehouse("euros")
    made.deliver(FIRST, "customers", CUSTOMERS + customer("C1", "Akron", "2025-01-01"))
    made.deliver(FIRST, "accounts", ACCOUNTS + account("A1", "C1", "2025-01-01").replace("USD", "EUR"))
    made.deliver(
        FIRST,
        "fx_rates",
        RATES
        + rate("EUR", "2025-01-10", "1.10")
        + rate("CHF", "2025-01-10", "1.21")
        + rate("CHF", "2025-01-20", "1.25")
        + rate("EUR", "2025-02-01", "1.20"),
    )
    made.deliver(
        FIRST,
        "transactions",
        TRANSACTIONS
        + payment("DOLLAR", "100.00", "USD", "2025-01-10")
        + payment("DOLLAR ON A DAY WITHOUT A RATE", "33.33", "USD", "2025-01-12")
        + payment("EURO WITHOUT A RATE", "100.00", "EUR", "2025-01-20")
        + payment("FRANC", "50.00", "CHF", "2025-01-12")
        + payment("FRANC WITHOUT A RATE OF THE EURO", "10.00", "CHF", "2025-01-20")
        + payment("CROWN", "7.00", "CZK", "2025-01-10")
        + payment("FEBRUARY", "12.00", "USD", "2025-02-01"),
    )
    made.deliver(
        FIRST,
        "daily_balances",
        BALANCES + f"A1,2025-01-11,0,110.00,USD,{FIRST} 07:00:00\n" + f"A1,2025-02-01,0,1,EUR,{FIRST}\n",
    )
    made.deliver(
        FIRST,
        "investments",
        INVESTMENTS
        + f"I1,A1,Bonds,10000.00,-500.00,CZK,2014-12-24,{FIRST} 07:00:00\n"
        + f"OLDER THAN ITS RATE,A1,Bonds,110.00,11.00,USD,2014-12-24,{FIRST} 07:00:00\n",
    )
    made.deliver(
        FIRST, "sales", SALES + sale("S1", "P1", "2025-01-10 08:00:00") + sale("S2", "P1", "2025-02-01 08:00:00")
    )
    made.build("--select", "+restatements", *IN_USD)
    make_earlier_version(made)
    refused = made.run("dbt", "run", "--select", "fact_transaction", *IN_USD, fails=True)
    made.build("--full-refresh", *IN_EUR)
    upgraded = made.query(FACTS)
    made.deliver(LAST, "fx_rates", RATES + rate("EUR", "2025-01-10", "1.00", LAST), ".corrected")
    made.deliver(LAST, "transactions", TRANSACTIONS + payment("LATE", "6.00", "USD", "2025-02-02"))
    made.build(*IN_EUR)
    return Bank(made, refused, upgraded)


def test_a_build_on_columns_of_an_earlier_version_says_what_to_run(bank: Bank) -> None:
    printed = " ".join(bank.refused.split())
    assert "fact_transaction has columns from an earlier version: " in printed
    assert "_usd is now " in printed
    assert "Run dbt build --full-refresh once." in printed
    # It ends before it reaches a model.
    assert "START sql" not in printed


def test_amounts_are_in_euros(bank: Bank) -> None:
    """Dollars at 1 / 1.10, francs at 1.21 / 1.10; the rate of the euro holds for seven days after 10 January."""
    amounts = {
        "CROWN": None,
        "DOLLAR": Decimal("90.91"),
        "DOLLAR ON A DAY WITHOUT A RATE": Decimal("30.30"),
        "EURO WITHOUT A RATE": Decimal("100.00"),
        "FEBRUARY": Decimal("10.00"),
        "FRANC": Decimal("55.00"),
        "FRANC WITHOUT A RATE OF THE EURO": None,
    }
    assert dict(bank.upgraded) == amounts
    # The corrected rate of the euro changes amounts in all other currencies, and those of its days only.
    assert dict(bank.warehouse.query(FACTS)) == {
        **amounts,
        "DOLLAR": Decimal("100.00"),
        "DOLLAR ON A DAY WITHOUT A RATE": Decimal("33.33"),
        "FRANC": Decimal("60.50"),
        "LATE": Decimal("5.00"),
    }


def test_totals_are_in_euros(bank: Bank) -> None:
    spent = (
        "select transaction_date::text, debit_amount_reporting, unconverted_count from dev_gold.customer_daily_summary"
    )
    assert bank.warehouse.query(f"{spent} order by 1") == [
        ("2025-01-10", Decimal("100.00"), 1),
        ("2025-01-12", Decimal("93.83"), 0),
        ("2025-01-20", Decimal("100.00"), 1),
        ("2025-02-01", Decimal("10.00"), 0),
        ("2025-02-02", Decimal("5.00"), 0),
    ]
    assert bank.warehouse.query("select currency_code from dev_gold.dim_currency where is_reporting_currency") == [
        ("EUR",)
    ]


def test_months_are_restated_by_files_and_by_nothing_else(bank: Bank) -> None:
    """January was closed when columns, names of measures and the currency changed."""
    assert bank.warehouse.query(
        "select distinct revision, measure, reporting_currency, total_amount from dev_audit.monthly_totals "
        "where fact_name = 'fact_daily_balances' and month_start = '2025-01-01' order by all"
    ) == [
        (1, "closing_balance", "USD", Decimal("110.00")),
        (1, "closing_balance_reporting", "USD", Decimal("110.00")),
        (2, "closing_balance_reporting", "EUR", Decimal("100.00")),
        (3, "closing_balance_reporting", "EUR", Decimal("110.00")),
    ]
    file = f"banking/fx_rates/dt={LAST}/fx_rates.corrected.csv"
    assert bank.warehouse.query(
        "select fact_name, measure, currency_code, revision, total_change, source_file from dev_audit.restatements "
        "where source_file <> 'late.csv' order by all"
    ) == [
        ("fact_daily_balances", "closing_balance_reporting", "USD", 3, Decimal("10.00"), file),
        ("fact_transaction", "posted_amount_reporting", "CHF", 3, Decimal("-5.50"), file),
        ("fact_transaction", "posted_amount_reporting", "USD", 3, Decimal("-12.12"), file),
        ("fact_transaction", "transaction_amount_reporting", "CHF", 3, Decimal("5.50"), file),
        ("fact_transaction", "transaction_amount_reporting", "USD", 3, Decimal("12.12"), file),
    ]


def test_an_earlier_restatement_has_the_new_name_of_its_measure(bank: Bank) -> None:
    measure = "select measure from dev_audit.restatements where source_file = 'late.csv'"
    assert bank.warehouse.query(measure) == [("posted_amount_reporting",)]


def test_everything_ties_out_and_the_check_names_what_is_not_converted(bank: Bank) -> None:
    printed = " ".join(bank.warehouse.run("tieout", "check").split())
    assert "Everything ties out" in printed
    assert (
        "Rows of fact_transaction without an amount in EUR: 1, 7.00 CZK, the oldest from 2025-01-10. Deliver the "
        "exchange rates of CZK and EUR."
    ) in printed
    assert "Rows of fact_transaction without an amount in EUR: 1, 10.00 CHF, the oldest from 2025-01-20." in printed
    assert "Rows of fact_investment without an amount in EUR: 1, 10,000.00 CZK, the oldest from 2014-12-24." in printed
    assert bank.warehouse.query(
        "select investment_count, invested_amount_reporting, unconverted_count from dev_gold.investment_performance"
    ) == [(2, Decimal("110.00"), 1)]
    assert "EUR, at the rate of the day" in bank.warehouse.run("tieout", "explain", "FRANC")


@pytest.mark.parametrize(
    ("currency", "because"),
    [
        ("eur", "reporting_currency: 'eur' is no currency code. Write the three capital letters of ISO 4217"),
        ("XYZ", "reporting_currency: the seed currencies does not have XYZ. Add it to seeds/reference/currencies.csv"),
    ],
)
def test_a_wrong_currency_is_an_error_that_names_it(bank: Bank, currency: str, because: str) -> None:
    select = ("--full-refresh", "--select", "dim_currency")
    printed = bank.warehouse.run("dbt", "run", *select, *in_currency(currency), fails=True)
    assert because in " ".join(printed.split())


def test_a_run_does_not_add_dollars_to_euros(bank: Bank) -> None:
    printed = bank.warehouse.run("dbt", "run", "--select", "fact_transaction", *IN_USD, fails=True)
    assert (
        "fact_transaction has amounts in EUR, and the variable reporting_currency is USD. Run dbt build --full-refresh"
    ) in " ".join(printed.split())
    # Nor does a full refresh of a part, if it records the totals of months.
    printed = bank.warehouse.run(
        *("dbt", "run", "--full-refresh", "--select", "fact_transaction", "monthly_totals"), *IN_USD, fails=True
    )
    assert re.search("fact_(daily_balances|sales) has amounts in EUR", " ".join(printed.split()))


def test_the_check_names_tables_in_another_currency(bank: Bank) -> None:
    columns = "columns(name -> not regexp_matches(name, '^_.*_at$'))"
    stored = f"select {columns} from dev_gold.fact_transaction order by all"
    before = bank.warehouse.query(stored)
    bank.warehouse.run("dbt", "run", "--full-refresh", "--select", "fact_transaction", *IN_EUR)
    assert bank.warehouse.query(stored) == before
    bank.warehouse.run("dbt", "run", "--full-refresh", "--select", "dim_currency", "fact_transaction", *IN_USD)
    printed = " ".join(bank.warehouse.run("tieout", "check", fails=True).split())
    assert "fact_daily_balances has amounts in EUR, and the reporting currency is USD." in printed
    assert "fact_transaction has amounts in" not in printed
