"""`tieout explain` shows a transaction from the line of its file to the gold rows that it is counted in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import duckdb
import pytest

from loaders.audit.cells import cells_of
from loaders.audit.outcomes import outcomes_of, why
from loaders.audit.warehouse import Warehouse as OpenWarehouse
from loaders.audit.warehouse import literal
from tests.python.hard_deliveries import TRANSACTIONS, transaction
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended


@contextlib.contextmanager
def opened(warehouse: Warehouse) -> Iterator[OpenWarehouse]:
    """The warehouse as the commands open it. Read-only, because other processes read it too."""
    with contextlib.chdir(warehouse.folder), duckdb.connect(str(warehouse.database), read_only=True) as connection:
        yield OpenWarehouse("dev", "dev", "duckdb", "a file", connection)


def test_a_transaction_is_explained_from_file_to_gold(warehouse: Warehouse) -> None:
    first = transaction("T1", "A1", "10.00", "2025-01-01 08:00:00")
    later = transaction("T1", "A1", "12.00", "2025-01-01 08:00:00", updated_at="2025-01-02 09:00:00")
    day_one = TRANSACTIONS + first + first.replace("10.00", "ten") + first + "T1,cut off\nT10,cut off\n"
    warehouse.deliver("2025-01-01", "transactions", day_one)
    warehouse.deliver("2025-01-02", "transactions", TRANSACTIONS + later + transaction("T2", "A1", "x", "2025-01-02"))
    warehouse.build()
    printed = " ".join(warehouse.run("tieout", "explain", "T1").split())
    file = "banking/transactions/dt=2025-01-01/transactions.csv"
    assert f"{file} line 5 contains this id and did not land: expected 15 fields, found 2." in printed
    # T10 is another id.
    assert printed.count("contains this id") == 1
    assert "current: it won over 2" in printed
    assert (
        "superseded by the current row: its update time 2025-01-02 09:00:00 is later than 2025-01-01 08:00:00"
        in printed
    )
    assert f"duplicate of {file} line 4: all else is equal, and its line 4 comes after 2" in printed
    assert "rejected: amount_not_parsable; resolved by" in printed
    assert "transaction_id T1 T1 T1 T1" in printed
    assert "amount 12.00 10.00 10.00 ten" in printed
    assert "account_id unknown A1 has not been delivered" in printed
    assert "daily_transaction_totals transaction_date 2025-01-01, currency_id 1 transaction_count 1 1" in printed
    assert "debit_amount 12.00 12.00" in printed

    rejected = warehouse.run("tieout", "explain", "T2")
    assert "Every delivered row broke rules" in rejected
    assert "In stg" not in rejected
    unknown = warehouse.run("tieout", "explain", "T'\\{nobody}", fails=True)
    assert unknown.startswith("tieout: dev has loaded no row with the key 'T'\\{nobody}'")


@pytest.mark.parametrize(
    ("column", "winner", "other", "reason"),
    [
        ("updated_at", 2, 1, "its update time 2 is later than 1"),
        ("arrived_on", 2, 1, "the update times are equal, and it arrived later, on 2, not 1"),
        ("source_file", "b", "a", "update time and arrival day are equal, and its file b comes after a"),
        ("source_line", 3, 2, "all else is equal, and its line 3 comes after 2"),
    ],
)
def test_the_first_difference_is_the_reason(column: str, winner: object, other: object, reason: str) -> None:
    columns = ("updated_at", "arrived_on", "source_file", "source_line")
    position = columns.index(column)
    won = {name: winner if index == position else index for index, name in enumerate(columns)}
    # What comes after the deciding column does not matter.
    lost = {name: other if index == position else index + (index > position) for index, name in enumerate(columns)}
    assert why(won, lost) == reason


def test_a_row_sent_again_with_the_same_content_is_a_duplicate() -> None:
    rows = [
        {"updated_at": day, "content": content, "arrived_on": arrived, "source_file": "a.csv", "source_line": line}
        for day, content, arrived, line in ((4, "ten", 4, 6), (3, "ten", 3, 5), (2, "nine", 2, 4), (1, "ten", 1, 3))
    ]
    assert outcomes_of(rows) == [
        "current: it won over 3",
        "duplicate of a.csv line 6: that row has the same content and a later update time, 4",
        "superseded by the current row: its update time 4 is later than 2",
        "superseded by the current row: its update time 4 is later than 1",
    ]


def test_personal_values_are_shown_on_request_only(faulty_bank: Warehouse) -> None:
    found = faulty_bank.query(
        "select transaction_id, counterparty_account from dev_silver.stg_banking__transactions "
        "where counterparty_account is not null order by 1 limit 1"
    )
    ((transaction_id, counterparty),) = found
    assert str(counterparty) not in faulty_bank.run("tieout", "explain", str(transaction_id))
    assert str(counterparty) in faulty_bank.run("tieout", "explain", str(transaction_id), "--unmasked")


def test_the_cells_of_one_transaction_are_found(faulty_bank: Warehouse) -> None:
    with opened(faulty_bank) as warehouse:
        (row,) = warehouse.rows("select min(transaction_id) as id from {gold}.fact_transaction where posted_amount < 0")
        of_row = f"facts.transaction_id = {literal(row['id'])}"
        found = {cell.table: values for cell, values in cells_of(warehouse, "fact_transaction", of_row)}
        assert {"daily_transaction_totals", "transaction_risk", "channel_effectiveness"} <= found.keys()
        assert found["daily_transaction_totals"]["added_transaction_count"] == 1
        nobody = "facts.transaction_id = 'nobody'"
        assert cells_of(warehouse, "fact_transaction", nobody) == []


@pytest.mark.parametrize("text", ["plain", "it's", "a\\b", "{braces}", "';--", "\\'"])
def test_texts_are_literals_of_both_engines(text: str) -> None:
    sql = f"select {literal(text)}".format()
    assert duckdb.sql(sql).fetchall() == [(text,)]
    assert "\\" not in sql
