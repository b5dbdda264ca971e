"""Extreme values do not stop a build, and personal values leave silver only masked."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.python.data_tests import DataTests, failing_data_tests
from tests.python.hard_deliveries import ACCOUNTS, CUSTOMERS, TRANSACTIONS, account, customer, transaction
from tests.python.warehouse import Warehouse

DAY = "2025-01-01"
MOST = "9999999999999999.99"
RESTRICTED = "dim_customer_pii"


def person(key: str, rest: str = "US,Mass,700,2020-01-01,2025-01-01 08:00:00,\n") -> str:
    """Return a customer whose personal values can be searched for."""
    return (
        f"{key},FirstOf{key},LastOf{key},mail.{key}@example.com,+1-{key},1980-02-29,StreetOf{key} 1,Akron,Ohio,{rest}"
    )


@pytest.fixture(scope="module")
def built(empty_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    made = empty_warehouse("values")
    made.deliver(DAY, "accounts", ACCOUNTS + account("A1", "C1", f"{DAY} 07:00:00"))
    # Times before and after all validity intervals.
    made.deliver(
        DAY,
        "customers",
        CUSTOMERS
        + customer("C1", "Akron", f"{DAY} 07:00:00")
        + customer("C1", "Boston", "1850-01-01")
        + customer("C1", "Cleveland", "9999-12-31T12:00:00Z"),
        ".extreme",
    )
    # Amounts whose sum overflows the type of the column, and currencies that are not the account's.
    made.deliver(
        DAY,
        "transactions",
        TRANSACTIONS
        + transaction("T1", "A1", MOST, f"{DAY} 08:00:00")
        + transaction("T2", "A1", MOST, f"{DAY} 09:00:00")
        + transaction("T3", "A1", "7.00", f"{DAY} 10:00:00").replace("USD", "EUR")
        + transaction("T4", "A2", "8.00", f"{DAY} 11:00:00"),
        ".extreme",
    )
    made.deliver(
        DAY,
        "customers",
        CUSTOMERS
        + person("Accepted")
        + person("Rejected", "US,Nobody,9e2,2020-13-01,never,\n")
        + person("Quoting").replace("FirstOfQuoting", '"First""Of\\Quoting\\"').replace("US,Mass", "US,None")
        + person("Superseded")
        + person("Superseded", "US,Mass,710,2020-01-01,2025-01-01 09:00:00,\n")
        + person("TooShort", "US\n")
        + '"'
        + person("CutOff"),
        ".personal",
    )
    made.deliver(
        DAY,
        "transactions",
        TRANSACTIONS
        + "P1,A3,Payment,1.00,USD,2025-01-01 08:00:00,Online,Completed,,,BankOfAccepted/123,,,,\n"
        + "P2,A3,Payment,abc,USD,2025-01-01 08:00:00,Online,Completed,,,BankOfRejected/456,,,,\n",
        ".personal",
    )
    made.build()
    return made


def test_extreme_values_reach_gold_or_are_set_aside(built: Warehouse, data_tests: DataTests) -> None:
    assert built.value("select balance from dev_gold.dim_account where account_id = 'A1'") == -2 * Decimal(MOST)
    assert built.query("select city from dev_gold.dim_customer_history where customer_id = 'C1'") == [("Akron",)]
    assert built.query(
        "select reasons from dev_audit.rejected_rows where ends_with(source_file, 'customers.extreme.csv')"
    ) == [("updated_at_out_of_range",), ("updated_at_out_of_range",)]
    # T3, T4 and P1.
    assert built.query(
        "select amount_set_aside, difference from dev_audit.layer_reconciliation where to_layer = 'dim_account' "
        "and measure = 'posted_amount'"
    ) == [(-16, 0)]
    assert failing_data_tests(built, data_tests) == set()


def test_gold_and_audit_show_no_personal_value(built: Warehouse) -> None:
    # Silver and the restricted table have the values.
    (names,) = built.query(
        f"select list(first_name order by first_name) from dev_gold.{RESTRICTED} where first_name like 'FirstOf%'"
    )[0]
    assert names == ["FirstOfAccepted", "FirstOfSuperseded"]
    assert (
        built.value("select count(*) from dev_audit.rejected_rows where ends_with(source_file, '.personal.csv')") == 5
    )
    assert built.value("select count(*) from dev_silver.base_banking__customers where _raw_record like '%LastOf%'") == 2

    marks = ("FirstOf", 'First"Of', "Of\\", "LastOf", "mail.", "+1-", "1980-02", "StreetOf", "BankOf")
    columns = built.query(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where schema_name in ('dev_gold', 'dev_audit') and data_type in ('VARCHAR', 'DATE') "
        # The calendar has every day.
        f"and table_name not in ('{RESTRICTED}', 'dim_date')"
    )
    assert len(columns) > 100
    searches = [
        f"select '{table}.{column}', '{mark}' from {schema}.{table} where contains(cast({column} as varchar), '{mark}')"
        for schema, table, column in columns
        for mark in marks
    ]
    assert built.query(" union ".join(searches)) == []
