"""A late row in an old week changes the habits of later weeks, and exactly the transactions that used them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.python.hard_deliveries import ACCOUNTS, CUSTOMERS, TRANSACTIONS, account, customer, transaction
from tests.python.warehouse import LOAD_TIME_COLUMNS, Warehouse

pytestmark = pytest.mark.extended

RATES = "currency,rate_date,rate_to_usd,updated_at\n"
TABLES = ("transaction_habits", "transaction_features", "transaction_risk")
SCORED = ("--select", "+transaction_risk")

# A payment of each customer on each day of this week and on four days of the next one: 10, 11, ... US dollars.
WEEK = date(2025, 1, 6)
DAILY = {f"D{number}": WEEK + timedelta(days=number) for number in range(11)}
# Later payments. The habit of the third one begins with the week, those of the last two begin after it.
LATER = {
    "L1": date(2025, 2, 11),
    "L2": date(2025, 3, 4),
    "L3": date(2025, 4, 8),
    "L4": date(2025, 4, 15),
    "L5": date(2025, 5, 20),
}
NEXT_WEEK = {"D7", "D8", "D9", "D10"}
WITHOUT_RATE = LATER["L2"]
# The rate before is valid for seven days.
WITHOUT_RATES = {WITHOUT_RATE - timedelta(days=number) for number in range(9)}


def payment(key: str, day: date, amount: str, updated_at: str = "", status: str = "Completed") -> str:
    return transaction(key, key[:2], amount, f"{day} 12:00:00", status, updated_at).replace(",USD,", ",EUR,")


def rate(day: date) -> str:
    return f"EUR,{day},1,{day} 00:00:00\n"


def of_both() -> Iterator[tuple[str, date, str]]:
    """Yield key, day and amount of the payments of both customers. The key begins with the account."""
    for owner in ("A1", "A2"):
        for number, (key, day) in enumerate(DAILY.items()):
            yield owner + key, day, f"{10 + number}.00"
        for key, day in LATER.items():
            yield owner + key, day, "40.00"


@pytest.fixture(scope="module")
def bank(empty_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    made = empty_warehouse("bank")
    made.deliver(
        "2025-06-01",
        "customers",
        CUSTOMERS + customer("C1", "Akron", "2025-01-01") + customer("C2", "Akron", "2025-01-01"),
    )
    made.deliver(
        "2025-06-01", "accounts", ACCOUNTS + account("A1", "C1", "2025-01-01") + account("A2", "C2", "2025-01-01")
    )
    days = [WEEK + timedelta(days=number) for number in range(140)]
    made.deliver("2025-06-01", "fx_rates", RATES + "".join(rate(day) for day in days if day not in WITHOUT_RATES))
    made.deliver("2025-06-01", "transactions", TRANSACTIONS + "".join(payment(*row) for row in of_both()))
    made.build(*SCORED)
    return made


def scored_again(warehouse: Warehouse) -> set[str]:
    """Build, and return the transactions that the build has scored, which are the same in both tables."""
    before = warehouse.value("select max(_built_at) from dev_gold.transaction_features")
    warehouse.build(*SCORED)
    features, risks = (
        {key for (key,) in warehouse.query(f"select transaction_id from dev_gold.{table} where _built_at > '{before}'")}
        for table in TABLES[1:]
    )
    assert features == risks
    return features


def content(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of the tables, without load times."""
    found = {}
    for table in TABLES:
        columns = warehouse.query(f"select column_name from duckdb_columns() where table_name = '{table}'")
        compared = ", ".join(name for (name,) in columns if name not in LOAD_TIME_COLUMNS)
        found[table] = warehouse.query(f"select {compared} from dev_gold.{table} order by all")
    return found


def of_first(*keys: str) -> set[str]:
    return {f"A1{key}" for key in keys}


def habit_of(warehouse: Warehouse, key: str) -> tuple[Any, ...]:
    return warehouse.query(
        "select habit_count, cast(typical_amount_reporting as double) "
        f"from dev_gold.transaction_features where transaction_id = '{key}'"
    )[0]


def test_late_rows_change_the_habits_of_their_weeks_and_score_what_used_them(bank: Warehouse) -> None:
    assert scored_again(bank) == set()
    assert habit_of(bank, "A1L1") == (11, 15.0)

    # An amount in an old week is corrected, and the median of the following 13 weeks moves.
    bank.deliver(
        "2025-06-02", "transactions", TRANSACTIONS + payment("A1D1", DAILY["D1"], "19.50", "2025-06-02 01:00:00")
    )
    assert scored_again(bank) == of_first("D1", *NEXT_WEEK, "L1", "L2", "L3")
    assert habit_of(bank, "A1L1") == (11, 16.0)
    assert habit_of(bank, "A1L4") == (6, 19.0)

    # A payment leaves the week, which gets no new row, for a week that then counts for the last payments.
    bank.deliver(
        "2025-06-03",
        "transactions",
        TRANSACTIONS + payment("A1D2", LATER["L3"] + timedelta(days=2), "12.00", "2025-06-03 01:00:00"),
    )
    assert scored_again(bank) == of_first("D2", *NEXT_WEEK, *LATER)
    assert habit_of(bank, "A1L1") == (10, 16.0)
    assert habit_of(bank, "A1L4") == (7, 19.0)

    # A correction that changes neither median nor deviation scores only itself.
    bank.deliver(
        "2025-06-04", "transactions", TRANSACTIONS + payment("A1D0", DAILY["D0"], "9.99", "2025-06-04 01:00:00")
    )
    assert scored_again(bank) == of_first("D0")

    # A payment that was not completed after all is no habit of later weeks.
    failed = payment("A2D3", DAILY["D3"], "13.00", "2025-06-05 01:00:00", "Failed")
    bank.deliver("2025-06-05", "transactions", TRANSACTIONS + failed)
    assert scored_again(bank) == {f"A2{key}" for key in ("D3", *NEXT_WEEK, "L1", "L2", "L3")}

    # The exchange rate of a day arrives late.
    assert habit_of(bank, "A1L3")[0] == 11
    bank.deliver("2025-06-06", "fx_rates", RATES + rate(WITHOUT_RATE))
    late = {f"{owner}{key}" for owner in ("A1", "A2") for key in ("L2", "L3", "L4", "L5")}
    assert scored_again(bank) == late | {"A1D2"}
    assert habit_of(bank, "A1L3")[0] == 12

    incremental = content(bank)
    bank.build("--full-refresh", "--select", *TABLES)
    assert content(bank) == incremental


def test_habits_move_with_the_owner_of_an_account(bank: Warehouse) -> None:
    """A late version of an account, and then a correction in the same run as a new payment."""
    bank.deliver("2025-06-07", "accounts", ACCOUNTS + account("A1", "C2", "2025-03-01"))
    late = {f"{owner}{key}" for owner in ("A1", "A2") for key in ("L2", "L3", "L4", "L5")}
    assert scored_again(bank) == late | {"A1D2"}
    assert bank.query("select distinct subject_id from dev_gold.transaction_features where account_id = 'A1'") != [
        ("C1",)
    ]
    bank.deliver(
        "2025-06-08",
        "transactions",
        TRANSACTIONS
        + payment("A2D4", DAILY["D4"], "30.00", "2025-06-08 01:00:00")
        + payment("A1new", date(2025, 5, 22), "15.00", "2025-06-08 01:00:00"),
    )
    assert {"A2D4", "A1new", "A2L1", "A1L3"} <= scored_again(bank)
    incremental = content(bank)
    bank.build("--full-refresh", "--select", *TABLES)
    assert content(bank) == incremental
