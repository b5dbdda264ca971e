"""Personal data leaves silver masked only, whatever becomes of the row that holds it."""

from __future__ import annotations

from tests.python.hard_deliveries import CUSTOMERS, TRANSACTIONS
from tests.python.warehouse import Warehouse

RESTRICTED = "dim_customer_pii"


def customer(key: str, rest: str = "US,Mass,700,2020-01-01,2025-01-01 08:00:00,\n") -> str:
    return (
        f"{key},FirstOf{key},LastOf{key},mail.{key}@example.com,+1-{key},1980-02-29,StreetOf{key} 1,Akron,Ohio,{rest}"
    )


def test_no_table_of_gold_or_audit_shows_a_person(warehouse: Warehouse) -> None:
    warehouse.deliver(
        "2025-01-01",
        "customers",
        CUSTOMERS
        + customer("Accepted")
        + customer("Rejected", "US,Nobody,9e2,2020-13-01,never,\n")
        + customer("Quoting").replace("FirstOfQuoting", '"First""Of\\Quoting\\"').replace("US,Mass", "US,None")
        + customer("Superseded")
        + customer("Superseded", "US,Mass,700,2020-01-01,2025-01-01 09:00:00,\n")
        + customer("TooShort", "US\n")
        + '"'
        + customer("CutOff"),
    )
    warehouse.deliver(
        "2025-01-01",
        "transactions",
        TRANSACTIONS
        + "T1,A1,Payment,1.00,USD,2025-01-01 08:00:00,Online,Completed,,,BankOfAccepted/123,,,,\n"
        + "T2,A1,Payment,abc,USD,2025-01-01 08:00:00,Online,Completed,,,BankOfRejected/456,,,,\n",
    )
    warehouse.build()

    # It is all there, in silver and behind the wall.
    (names,) = warehouse.query(f"select list(first_name order by first_name) from dev_gold.{RESTRICTED}")[0]
    assert names == ["FirstOfAccepted", "FirstOfSuperseded"]
    assert warehouse.value("select count(*) from dev_audit.rejected_rows") == 5
    assert (
        warehouse.value("select count(*) from dev_silver.base_banking__customers where _raw_record like '%LastOf%'")
        == 2
    )

    marks = ("FirstOf", 'First"Of', "Of\\", "LastOf", "mail.", "+1-", "1980-02", "StreetOf", "BankOf")
    columns = warehouse.query(
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
    assert warehouse.query(" union ".join(searches)) == []
