"""The business time zone decides dates, a booking date decides before it, and daylight saving is right.

The bank keeps its books in New York, the shop in Tokyo. What the second build adds lies before and after what it finds.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.python.hard_deliveries import (
    ACCOUNTS,
    CUSTOMERS,
    INTERACTIONS,
    PRODUCTS,
    SALES,
    TRANSACTIONS,
    account,
    customer,
    sale,
    transaction,
)
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

FIRST, SECOND = "2025-11-10", "2025-11-11"
HEADER = TRANSACTIONS.replace("\n", ",record_status,replaces_transaction_id,booking_date\n")
BALANCES = "account_id,balance_date,opening_balance,closing_balance,currency,updated_at\n"
LOCATIONS = "location_id,country,state,city,latitude,longitude,updated_at\n"
ZONES = {
    "business_time_zones": {"banking": "America/New_York", "commerce": "Asia/Tokyo"},
    "expected_deliveries": {"banking": "none", "commerce": "none"},
}
IN_ZONES = ("--vars", json.dumps(ZONES))
# What is built anew in the end, to compare it with what two builds have made.
REBUILT = (
    *("stg_banking__transactions", "fact_transaction", "transaction_features", "transaction_habits"),
    *("transaction_risk", "daily_transaction_totals", "daily_net_balance_change", "fact_customer_interactions"),
)


def row(key: str, amount: str, at: str, booked_on: str = "", deleted_at: str = "") -> str:
    made = transaction(key, "A1", amount, at, updated_at=deleted_at or f"{FIRST} 08:00:00")
    return made.replace(",,\n", f",,L1,{'deleted' if deleted_at else ''},,{booked_on}\n")


@pytest.fixture(scope="module")
def in_zones(new_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    made = new_warehouse("zones")
    made.deliver(
        FIRST,
        "customers",
        CUSTOMERS
        + customer("C1", "Akron", "2025-01-01 08:00:00")
        # In the evening of 31 January in New York, and on the next day there.
        + customer("C1", "Boston", "2025-02-01 03:00:00")
        # From midnight in New York on.
        + customer("C2", "Akron", "2025-01-01")
        + customer("C2", "Boston", "2025-02-01"),
    )
    made.deliver(
        FIRST,
        "accounts",
        ACCOUNTS + account("A1", "C1", "2025-01-01 08:00:00") + account("A2", "C2", "2025-01-01"),
    )
    # From midnight in Tokyo on.
    kettles = (
        "P1,Kettle,Home and Kitchen,Norvik,10.00,2025-01-01",
        "P1,Kettle 2,Home and Kitchen,Norvik,12.00,2025-01-31",
    )
    made.deliver(FIRST, "products", PRODUCTS + "".join(f"{kettle}\n" for kettle in kettles))
    made.deliver(FIRST, "locations", LOCATIONS + f"L1,US,NY,New York,40.7,-74.0,{FIRST} 08:00:00\n")
    made.deliver(
        FIRST,
        "daily_balances",
        BALANCES
        + "".join(
            f"{of},USD,{FIRST} 08:00:00\n"
            for of in ("A1,2025-01-31,100.00,89.00", "A2,2025-01-31,9,9", "A2,2025-02-01,9,9")
        ),
    )
    made.deliver(
        FIRST,
        "customer_interactions",
        INTERACTIONS
        + f"TIMED,C1,Online,Complaint,2025-02-01 02:30:00,60,,true,{FIRST} 08:00:00\n"
        + f"DATED,C1,Online,Complaint,2025-02-01,60,,true,{FIRST} 08:00:00\n",
    )
    made.deliver(
        FIRST,
        "sales",
        SALES
        + sale("TIMED", "P1", "2025-01-31 15:30:00", f"{FIRST} 08:00:00", "")
        + sale("DATED", "P1", "2025-01-31", f"{FIRST} 08:00:00", "")
        + sale("BACK", "P1", "2025-01-30 14:30:00", "2025-03-01", "", "true"),
    )
    made.deliver(
        FIRST,
        "transactions",
        HEADER
        + row("EVENING", "10.00", "2025-01-31T21:30-05:00")
        + row("MIDNIGHT", "20.00", "2025-02-01T00:00-05:00")
        + row("DATED", "40.00", "2025-02-01")
        + row("BOOKED", "80.00", "2025-01-31T20:00-05:00", "2025-02-03")
        + row("NO DAY", "160.00", "2025-01-31T20:00-05:00", "2025-02-30")
        # Clocks go from 2 to 3 on 9 March, and from 2 back to 1 on 2 November.
        + row("BEFORE SUMMER", "1.00", "2025-03-09T04:30Z")
        + row("AFTER SUMMER", "2.00", "2025-11-03T04:30Z")
        + row("TWICE 1", "4.00", "2025-11-02T05:30Z")
        + row("GONE", "32.00", "2025-11-05T12:00Z")
        # The second build adds a use of the account before each of these. Its date is two days away, or five.
        + row("NEXT USE", "8.00", "2025-03-10T04:15Z")
        + row("NEXT BOOKED", "16.00", "2025-03-20T12:00Z", "2025-03-25"),
    )
    made.build(*IN_ZONES)
    made.deliver(SECOND, "customers", CUSTOMERS + customer("C1", "Chicago", "2025-02-01 05:00:00"), ".late")
    made.deliver(
        SECOND,
        "transactions",
        HEADER
        + row("LATE", "1.00", "2025-01-31T22:00-05:00")
        + row("TWICE 2", "4.00", "2025-11-02T06:30Z")
        + row("GONE", "32.00", "2025-11-05T12:00Z", deleted_at=f"{SECOND} 08:00:00")
        + row("FIRST USE", "8.00", "2025-03-09T04:45Z")
        + row("FIRST OF TWO", "16.00", "2025-03-20T11:00Z"),
        ".late",
    )
    made.build(*IN_ZONES)
    return made


def ordered(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    return warehouse.query(f"{sql} order by all")


def test_dates_are_those_of_the_business_time_zone(in_zones: Warehouse) -> None:
    assert ordered(
        in_zones,
        "select transaction_date::text, event_date::text, date_id, transaction_id from dev_gold.fact_transaction",
    ) == [
        ("2025-01-31", "2025-01-31", 20250131, "EVENING"),
        ("2025-01-31", "2025-01-31", 20250131, "LATE"),
        ("2025-02-01", "2025-02-01", 20250201, "DATED"),
        ("2025-02-01", "2025-02-01", 20250201, "MIDNIGHT"),
        ("2025-02-03", "2025-01-31", 20250203, "BOOKED"),
        ("2025-03-08", "2025-03-08", 20250308, "BEFORE SUMMER"),
        ("2025-03-08", "2025-03-08", 20250308, "FIRST USE"),
        ("2025-03-10", "2025-03-10", 20250310, "NEXT USE"),
        ("2025-03-20", "2025-03-20", 20250320, "FIRST OF TWO"),
        ("2025-03-25", "2025-03-20", 20250325, "NEXT BOOKED"),
        ("2025-11-02", "2025-11-02", 20251102, "AFTER SUMMER"),
        ("2025-11-02", "2025-11-02", 20251102, "TWICE 1"),
        ("2025-11-02", "2025-11-02", 20251102, "TWICE 2"),
    ]
    assert in_zones.query(
        "select transaction_ts::text from dev_gold.fact_transaction where transaction_id in ('EVENING', 'BOOKED') "
        "order by 1"
    ) == [("2025-02-01 01:00:00",), ("2025-02-01 02:30:00",)]
    assert in_zones.query("select business_key, reasons from dev_audit.rejected_rows") == [
        ("NO DAY", "booking_date_not_parsable")
    ]
    assert ordered(
        in_zones, "select interaction_id, interaction_date::text, date_id from dev_gold.fact_customer_interactions"
    ) == [("DATED", "2025-02-01", 20250201), ("TIMED", "2025-01-31", 20250131)]
    assert ordered(in_zones, "select order_line_id, sold_date::text, sold_month::text from dev_gold.fact_sales") == [
        ("BACK", "2025-01-30", "2025-01-01"),
        ("DATED", "2025-01-31", "2025-01-01"),
        ("TIMED", "2025-02-01", "2025-02-01"),
    ]


def test_months_and_days_have_the_totals_of_these_dates(in_zones: Warehouse) -> None:
    assert ordered(
        in_zones,
        "select month_start::text, fact_rows, total_amount from dev_audit.monthly_totals "
        "where fact_name = 'fact_transaction' and measure = 'transaction_amount' "
        "qualify row_number() over (partition by month_start, currency_code order by revision desc) = 1",
    ) == [
        ("2025-01-01", 2, Decimal("11.00")),
        ("2025-02-01", 3, Decimal("140.00")),
        ("2025-03-01", 5, Decimal("49.00")),
        ("2025-11-01", 3, Decimal("10.00")),
    ]
    assert ordered(
        in_zones,
        "select transaction_date::text, net_change from dev_gold.daily_net_balance_change "
        "where transaction_date < '2025-03-01'",
    ) == [
        ("2025-01-31", Decimal("-11.00")),
        ("2025-02-01", Decimal("-60.00")),
        ("2025-02-03", Decimal("-80.00")),
    ]
    # The late file of the second build has changed January and March, and nothing else has.
    assert ordered(in_zones, "select distinct month_start::text, source_file from dev_audit.restatements") == [
        (month, f"banking/transactions/dt={SECOND}/transactions.late.csv") for month in ("2025-01-01", "2025-03-01")
    ]


def test_a_balance_ties_out_by_the_day_of_the_bank(in_zones: Warehouse) -> None:
    assert in_zones.query(
        "select posted_amount, difference, is_tied from dev_audit.balance_reconciliation "
        "where balance_date = '2025-01-31' order by 1"
    ) == [(Decimal("-11.00"), Decimal("0.00"), True), (Decimal("0.00"), Decimal("0.00"), True)]
    # The customer as of midnight in New York.
    assert ordered(
        in_zones,
        "select account_id, balance_date::text, city "
        "from dev_gold.fact_daily_balances join dev_gold.dim_customer_history using (customer_sk)",
    ) == [("A1", "2025-01-31", "Boston"), ("A2", "2025-01-31", "Akron"), ("A2", "2025-02-01", "Boston")]
    assert "Everything ties out" in in_zones.run("tieout", "check")


def test_what_has_a_date_only_is_of_the_beginning_of_that_day(in_zones: Warehouse) -> None:
    """Midnight in New York, when the customer moved to Chicago, and not midnight in UTC, the evening before."""
    assert ordered(
        in_zones,
        "select transaction_id, city "
        "from dev_gold.fact_transaction join dev_gold.dim_customer_history using (customer_sk) "
        "where transaction_id in ('EVENING', 'LATE', 'DATED', 'MIDNIGHT') union all "
        "select 'contact ' || interaction_id, city "
        "from dev_gold.fact_customer_interactions join dev_gold.dim_customer_history using (customer_sk)",
    ) == [
        ("DATED", "Chicago"),
        ("EVENING", "Akron"),
        ("LATE", "Boston"),
        ("MIDNIGHT", "Chicago"),
        ("contact DATED", "Chicago"),
        ("contact TIMED", "Akron"),
    ]


def test_a_version_with_a_date_only_begins_with_that_day(in_zones: Warehouse) -> None:
    assert ordered(
        in_zones,
        "select order_line_id, product_name, returned_on::text "
        "from dev_gold.fact_sales join dev_gold.dim_product_history using (product_sk)",
    ) == [("BACK", "Kettle", "2025-03-01"), ("DATED", "Kettle 2", None), ("TIMED", "Kettle 2", None)]


HOURS = (
    "select transaction_id, hour_of_day, time_of_day, is_night, transaction_date::text, seconds_since_previous_use "
    "from dev_gold.transaction_features where transaction_id in ({})"
)


def test_hours_are_local_and_neighbours_are_found_whatever_their_dates(in_zones: Warehouse) -> None:
    assert ordered(in_zones, HOURS.format("'EVENING', 'TWICE 1', 'TWICE 2', 'DATED'")) == [
        ("DATED", None, None, None, "2025-02-01", None),
        ("EVENING", 21, "Evening", False, "2025-01-31", 5400),
        ("TWICE 1", 1, "Night", True, "2025-11-02", None),
        ("TWICE 2", 1, "Night", True, "2025-11-02", 3600),
    ]
    # A day of 23 hours lies between the dates of the first two.
    assert ordered(in_zones, HOURS.format("'NEXT USE', 'NEXT BOOKED'")) == [
        ("NEXT BOOKED", 8, "Morning", False, "2025-03-20", 3600),
        ("NEXT USE", 0, "Night", True, "2025-03-10", 84600),
    ]


def contents(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    """All columns but the times of loading and building, by table."""
    columns = "columns(name -> not regexp_matches(name, '^_.*_at$'))"
    return {
        table: ordered(
            warehouse, f"select {columns} from {'dev_silver' if table.startswith('stg') else 'dev_gold'}.{table}"
        )
        for table in REBUILT
    }


def test_incremental_is_full_refresh_and_another_time_zone_needs_one(in_zones: Warehouse) -> None:
    before = contents(in_zones)
    in_zones.build("--full-refresh", "--select", *REBUILT, *IN_ZONES)
    assert contents(in_zones) == before
    in_zones.build("--select", "stg_banking__transactions")
    printed = " ".join(in_zones.run("tieout", "check", fails=True).split())
    assert "stg_banking__transactions (variable business_time_zones: banking)" in printed
    assert "Run dbt build --full-refresh --select stg_banking__transactions+" in printed


@pytest.mark.parametrize(
    ("zones", "because"),
    [
        (
            {"banking": "America/NewYork"},
            "business_time_zones: 'America/NewYork', the time zone of banking, is no time zone",
        ),
        (
            {"bank": "UTC"},
            "business_time_zones: 'bank' is no domain of the bronze contract. Write banking or commerce.",
        ),
    ],
)
def test_a_wrong_time_zone_is_an_error_that_names_it(in_zones: Warehouse, zones: object, because: str) -> None:
    variables = json.dumps({"business_time_zones": zones})
    printed = in_zones.run("dbt", "compile", "--select", "stg_banking__transactions", "--vars", variables, fails=True)
    assert because in " ".join(printed.split())
