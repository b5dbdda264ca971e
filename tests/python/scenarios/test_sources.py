"""What sources really do: corrections on the same day, update times in the future, dollars without rates, weekends."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.python.hard_deliveries import ACCOUNTS, CUSTOMERS, TRANSACTIONS, account, customer, transaction
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

FRIDAY, SATURDAY, WEEKS_LATER = "2025-01-10", "2025-01-11", "2025-02-10"
RATES = "currency,rate_date,rate_to_usd,updated_at\n"
AMOUNTS = (
    "select transaction_id, transaction_amount, transaction_amount_reporting from dev_gold.fact_transaction "
    "where transaction_id like '{}%' order by 1"
)


def on(day: str, key: str, amount: str, currency: str = "USD", updated_at: str = "") -> str:
    row = transaction(key, "A1", amount, f"{day} 08:00:00", updated_at=updated_at)
    return row.replace(",USD,", f",{currency},")


@pytest.fixture(scope="module")
def delivered(empty_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    """A morning and a noon of the same arrival day, each built."""
    made = empty_warehouse("delivered")
    made.deliver(FRIDAY, "customers", CUSTOMERS + customer("C1", "Akron", f"{FRIDAY} 07:00:00"))
    made.deliver(FRIDAY, "customers", CUSTOMERS + customer("C1", "Boston", f"{FRIDAY} 07:00:00"), ".corrected")
    made.deliver(FRIDAY, "accounts", ACCOUNTS + account("A1", "C1", f"{FRIDAY} 07:00:00"))
    made.deliver(FRIDAY, "fx_rates", RATES + f"EUR,{FRIDAY},1.10,{FRIDAY} 07:00:00\n")
    made.deliver(
        FRIDAY,
        "transactions",
        TRANSACTIONS
        + on(FRIDAY, "T1", "100.00")
        + on(FRIDAY, "R1", "-5.00")
        + on(FRIDAY, "F1", "1.00", updated_at="2025-01-10 09:00:00"),
    )
    made.deliver(FRIDAY, "transactions", TRANSACTIONS + on(FRIDAY, "T2", "20.00"), ".9")
    made.build()

    made.deliver(FRIDAY, "transactions", TRANSACTIONS + on(FRIDAY, "T1", "90.00"), ".2")
    made.deliver(FRIDAY, "transactions", TRANSACTIONS + on(FRIDAY, "T2", "21.00"), ".10")
    # A typing error in the year, and one of the real updates after it.
    made.deliver(
        FRIDAY, "transactions", TRANSACTIONS + on(FRIDAY, "F1", "2.00", updated_at="2205-01-10 10:00:00"), ".v2"
    )
    made.deliver(
        FRIDAY, "transactions", TRANSACTIONS + on(FRIDAY, "F1", "3.00", updated_at="2025-01-10 11:00:00"), ".v3"
    )
    # "CORR" comes before "corrected" in the alphabet.
    made.deliver(FRIDAY, "customers", CUSTOMERS + customer("C1", "Cleveland", f"{FRIDAY} 07:00:00"), ".CORR")
    made.run("tieout", "rejects", "export", str(made.folder / "rejects"))
    (file,) = (made.folder / "rejects" / "inbox" / "banking").iterdir()
    file.write_text(file.read_text(encoding="utf-8").replace("-5.00", "5.00"), encoding="utf-8")
    made.run("tieout", "land", str(made.folder / "rejects" / "inbox"), "--arrived-on", FRIDAY)
    # There is no new rate, and a file with only the header says so.
    made.deliver(WEEKS_LATER, "fx_rates", RATES)
    made.deliver(
        WEEKS_LATER,
        "transactions",
        TRANSACTIONS
        + on(SATURDAY, "E1", "100.00", "EUR")
        + on("2025-01-17", "E2", "100.00", "EUR")
        + on("2025-01-18", "E3", "100.00", "EUR")
        + on(SATURDAY, "E4", "7.00", "CZK")
        # A typing error in the year of the booking.
        + on("2035-02-10", "D1", "8.00", updated_at=f"{WEEKS_LATER} 08:00:00"),
    )
    made.build()
    return made


def facts(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    """All columns but the times of loading and building."""
    columns = "columns(name -> not regexp_matches(name, '^_.*_at$'))"
    return warehouse.query(f"select {columns} from dev_gold.fact_transaction order by all")


def check_order(warehouse: Warehouse) -> None:
    amounts = {key: amount for key, amount, _ in warehouse.query(AMOUNTS.format(""))}
    assert (amounts["T1"], amounts["T2"], amounts["F1"]) == (Decimal("90.00"), Decimal("21.00"), Decimal("3.00"))
    assert warehouse.query("select city from dev_silver.stg_banking__customers") == [("Cleveland",)]


def test_the_last_landed_file_of_a_day_wins_whatever_its_name(delivered: Warehouse) -> None:
    check_order(delivered)


def test_a_reject_that_is_corrected_on_its_own_day_is_resolved(delivered: Warehouse) -> None:
    assert delivered.query(
        "select business_key, reasons, is_resolved from dev_audit.rejected_rows order by business_key"
    ) == [("F1", "updated_at_after_arrival", True), ("R1", "amount_not_positive", True)]
    printed = delivered.run("tieout", "rejects", "export", str(delivered.folder / "again"))
    assert "Nothing is rejected that is not resolved" in printed


def test_dollars_need_no_rate_and_a_weekend_has_the_rate_of_friday(delivered: Warehouse) -> None:
    assert delivered.query(AMOUNTS.format("T")) == [
        ("T1", Decimal("90.00"), Decimal("90.00")),
        ("T2", Decimal("21.00"), Decimal("21.00")),
    ]
    assert delivered.query(AMOUNTS.format("E")) == [
        ("E1", Decimal("100.00"), Decimal("110.00")),
        ("E2", Decimal("100.00"), Decimal("110.00")),
        ("E3", Decimal("100.00"), None),
        ("E4", Decimal("7.00"), None),
    ]
    assert delivered.query(
        "select min(delivered_rate_date)::text, max(rate_date)::text, count(*), sum(is_carried_forward::int) "
        "from dev_gold.dim_fx_rate"
    ) == [(FRIDAY, "2025-01-17", 8, 7)]


def test_the_verdict_counts_what_could_not_be_converted(delivered: Warehouse) -> None:
    printed = " ".join(delivered.run("tieout", "check").split())
    assert "Everything ties out" in printed
    for currency, amount, oldest in (("CZK", "7.00", SATURDAY), ("EUR", "100.00", "2025-01-18")):
        assert (
            f"Rows of fact_transaction without an amount in USD: 1, {amount} {currency}, the oldest from {oldest}."
        ) in printed


def test_a_row_that_is_dated_after_its_arrival_is_listed_and_noted(delivered: Warehouse) -> None:
    assert delivered.query(
        "select fact, happened_on::text, arrived_on::text, amount from dev_audit.future_dated_rows"
    ) == [("fact_transaction", "2035-02-10", WEEKS_LATER, Decimal("8.00"))]
    printed = " ".join(delivered.run("tieout", "check").split())
    assert "Rows of fact_transaction that are dated after they arrived: 1, from 2035-02-10 to 2035-02-10." in printed
    # It makes nobody churned.
    assert delivered.query("select as_of_date::text, is_churned from dev_gold.customer_segments") == [
        ("2025-01-18", False)
    ]


def test_a_run_that_reads_no_rows_is_refused(delivered: Warehouse) -> None:
    """It would close all versions, empty gold and record zero for closed months."""
    before = delivered.value("select count(*) from dev_silver.snap_banking__customers where dbt_valid_to is null")
    printed = " ".join(delivered.run("dbt", "build", "--empty", fails=True).split())
    assert "This warehouse is in use, and --empty would close the versions" in printed
    after = delivered.value("select count(*) from dev_silver.snap_banking__customers where dbt_valid_to is null")
    assert after == before > 0


def test_a_late_rate_converts_what_was_carried_forward(delivered: Warehouse) -> None:
    delivered.deliver("2025-02-11", "fx_rates", RATES + f"EUR,{SATURDAY},1.20,2025-02-11 07:00:00\n")
    delivered.build()
    expected = [("E1", Decimal("120.00")), ("E2", Decimal("120.00")), ("E3", Decimal("120.00")), ("E4", None)]
    assert [(key, usd) for key, _, usd in delivered.query(AMOUNTS.format("E"))] == expected
    incremental = facts(delivered)
    delivered.build("--full-refresh", "--select", "+fact_transaction")
    check_order(delivered)
    assert facts(delivered) == incremental
    assert len(incremental) == 9
