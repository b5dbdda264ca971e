"""What the source deletes is withdrawn by a row, counted as such, and can come back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.python.hard_deliveries import (
    ACCOUNTS,
    CUSTOMERS,
    LOANS,
    PRODUCTS,
    SALES,
    TRANSACTIONS,
    account,
    customer,
    loan,
    sale,
    transaction,
)
from tests.python.warehouse import Warehouse, differences

BALANCES = "account_id,balance_date,opening_balance,closing_balance,currency,updated_at\n"
FIRST, SECOND, THIRD, FOURTH = "2025-01-10", "2025-01-11", "2025-02-12", "2025-02-13"


def with_status(header: str, *rows: tuple[str, str]) -> str:
    """Return a delivery with the record status at the end of each row."""
    # Transactions have another column of the same contract version.
    names, end = (
        (",record_status,replaces_transaction_id", ",") if "transaction_id" in header else (",record_status", "")
    )
    lines = [row.replace("\n", f",{status}{end}\n") for row, status in rows]
    return header.replace("\n", f"{names}\n") + "".join(lines)


def on(day: str, key: str, amount: str, updated_at: str) -> str:
    return transaction(key, "A1", amount, f"{day} 08:00:00", updated_at=f"{updated_at} 09:00:00")


def deliver_first(made: Warehouse) -> None:
    made.deliver(
        FIRST,
        "customers",
        CUSTOMERS + customer("C1", "Akron", f"{FIRST} 07:00:00") + customer("C2", "Boston", f"{FIRST} 07:00:00"),
    )
    made.deliver(FIRST, "accounts", ACCOUNTS + account("A1", "C1", f"{FIRST} 07:00:00"))
    made.deliver(FIRST, "loans", LOANS + loan("L1", "A1", "C1", "Active", f"{FIRST} 07:00:00"))
    made.deliver(FIRST, "products", PRODUCTS + f"P1,Kettle,Home and Kitchen,,10.00,{FIRST} 06:00:00\n")
    made.deliver(
        FIRST,
        "transactions",
        TRANSACTIONS
        + on(FIRST, "KEPT", "1.00", FIRST)
        + on(FIRST, "GONE", "10.00", FIRST)
        + on(FIRST, "BACK", "100.00", FIRST)
        + on("2025-01-09", "ALONE", "7.00", FIRST),
    )
    made.deliver(FIRST, "sales", SALES + sale("S1", "P1", f"{FIRST} 08:00:00") + sale("S2", "P1", f"{FIRST} 09:00:00"))
    made.deliver(
        FIRST,
        "daily_balances",
        BALANCES + f"A1,{FIRST},0.00,-111.00,USD,{FIRST} 23:00:00\nA1,{SECOND},-111.00,-111.00,USD,{FIRST} 23:00:00\n",
    )


def deliver_deletions(made: Warehouse) -> None:
    made.deliver(
        SECOND,
        "transactions",
        with_status(
            TRANSACTIONS,
            (on(FIRST, "GONE", "10.00", SECOND), "deleted"),
            (on(FIRST, "BACK", "100.00", SECOND), "DELETED"),
            (on("2025-01-09", "ALONE", "7.00", SECOND), "deleted"),
            # Its first row arrives later.
            (on(FIRST, "LATE", "40.00", SECOND), "deleted"),
            (on(FIRST, "WRONG", "5.00", SECOND), "removed"),
        ),
    )
    made.deliver(
        SECOND, "customers", with_status(CUSTOMERS, (customer("C2", "Boston", f"{SECOND} 07:00:00"), "deleted"))
    )
    made.deliver(SECOND, "accounts", with_status(ACCOUNTS, (account("A1", "C1", f"{SECOND} 07:00:00"), "deleted")))
    made.deliver(
        SECOND, "loans", with_status(LOANS, (loan("L1", "A1", "C1", "Active", f"{SECOND} 07:00:00"), "deleted"))
    )
    made.deliver(
        SECOND,
        "sales",
        with_status(SALES, (sale("S2", "P1", f"{FIRST} 09:00:00", f"{SECOND} 09:00:00"), "deleted")),
    )
    made.deliver(
        SECOND,
        "daily_balances",
        with_status(BALANCES, (f"A1,{SECOND},-111.00,-111.00,USD,{SECOND} 23:00:00\n", "deleted")),
    )


def deliver_return(made: Warehouse) -> None:
    made.deliver(
        THIRD,
        "transactions",
        with_status(
            TRANSACTIONS,
            (on(FIRST, "BACK", "100.00", THIRD), "reinstated"),
            # Older than its deletion.
            (on(FIRST, "LATE", "40.00", FIRST), ""),
        ),
    )
    made.deliver(THIRD, "accounts", ACCOUNTS + account("A1", "C1", f"{THIRD} 07:00:00"))


@pytest.fixture(scope="module")
def deleted(new_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    made = new_warehouse("deleted")
    deliver_first(made)
    made.build()
    deliver_deletions(made)
    made.build()
    return made


def gold(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    return warehouse.query(f"{sql} order by all")


def outcomes(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.query(
        "select entity, business_key, control_amount from dev_audit.row_outcomes "
        "where outcome = 'withdrawn' order by all"
    )


def test_a_deleted_record_leaves_facts_and_totals(deleted: Warehouse) -> None:
    assert gold(deleted, "select transaction_id from dev_gold.fact_transaction") == [("KEPT",)]
    for table in ("transaction_features", "transaction_risk", "transaction_detail"):
        assert gold(deleted, f"select transaction_id from dev_gold.{table}") == [("KEPT",)], table
    assert gold(deleted, "select transaction_date::text, net_change from dev_gold.daily_net_balance_change") == [
        (FIRST, Decimal("-1.00"))
    ]
    assert gold(deleted, "select order_line_id from dev_gold.fact_sales") == [("S1",)]
    assert gold(deleted, "select sum(net_revenue) from dev_gold.product_profitability") == [(Decimal("18.00"),)]
    assert gold(deleted, "select balance_date::text from dev_gold.fact_daily_balances") == [(FIRST,)]


def test_dimensions_keep_a_deleted_record_and_say_so(deleted: Warehouse) -> None:
    assert gold(deleted, "select customer_id, is_deleted from dev_gold.dim_customer") == [
        ("C1", False),
        ("C2", True),
        ("unknown", False),
    ]
    assert gold(deleted, "select account_id, balance, is_deleted from dev_gold.dim_account") == [
        ("A1", Decimal("-1.00"), True),
        ("unknown", Decimal("0.00"), False),
    ]
    assert gold(
        deleted,
        "select valid_to::date::text, is_deleted from dev_gold.dim_customer_history where customer_id = 'C2'",
    ) == [(SECOND, False), ("9999-12-31", True)]
    loans = gold(deleted, "select loan_id, is_deleted from dev_gold.dim_loan where loan_id <> 'unknown'")
    assert loans == [("L1", True)]
    assert gold(deleted, "select loan_id from dev_gold.loan_delinquency") == []
    assert gold(deleted, "select loan_id from dev_gold.fact_loan") == []


def test_withdrawn_rows_are_an_outcome_with_their_money(deleted: Warehouse) -> None:
    assert outcomes(deleted) == [
        ("accounts", "A1", None),
        ("customers", "C2", None),
        ("daily_balances", f"A1/{SECOND}", Decimal("-111.00")),
        ("loans", "L1", Decimal("1200.00")),
        ("sales", "S2", Decimal("20.00")),
        ("transactions", "ALONE", Decimal("7.00")),
        ("transactions", "BACK", Decimal("100.00")),
        ("transactions", "GONE", Decimal("10.00")),
        ("transactions", "LATE", Decimal("40.00")),
    ]
    assert deleted.query(
        "select sum(withdrawn_rows)::int, sum(withdrawn_amount), sum(superseded_rows)::int, sum(current_rows)::int "
        "from dev_audit.deliveries where entity = 'transactions'"
    ) == [(4, Decimal("157.00"), 3, 1)]
    assert deleted.query("select business_key, reasons from dev_audit.rejected_rows") == [
        ("WRONG", "record_status_not_parsable")
    ]
    printed = " ".join(deleted.run("tieout", "check").split())
    assert "Everything ties out" in printed


def test_explain_says_that_a_transaction_is_withdrawn(deleted: Warehouse) -> None:
    printed = " ".join(deleted.run("tieout", "explain", "GONE").split())
    assert "withdrawn: it won over 1" in printed
    assert "The source has deleted the transaction with this row" in printed
    assert "must" not in printed


def test_a_later_row_brings_a_record_back(deleted: Warehouse, new_warehouse: Callable[[str], Warehouse]) -> None:
    """And the result does not depend on the order and number of builds. January is closed: the files are named."""
    deliver_return(deleted)
    deleted.build()
    assert gold(deleted, "select transaction_id, transaction_amount from dev_gold.fact_transaction") == [
        ("BACK", Decimal("100.00")),
        ("KEPT", Decimal("1.00")),
    ]
    assert ("transactions", "LATE", Decimal("40.00")) in outcomes(deleted)
    assert gold(
        deleted, "select valid_from::date::text, is_deleted from dev_gold.dim_account_history where account_id = 'A1'"
    ) == [("1900-01-01", False), (SECOND, True), (THIRD, False)]
    deleted.deliver(FOURTH, "transactions", TRANSACTIONS + on(THIRD, "LATER", "3.00", FOURTH))
    deleted.build()
    deleted.deliver(
        FOURTH,
        "transactions",
        with_status(TRANSACTIONS, (on(FIRST, "BACK", "100.00", FOURTH), "deleted")),
        ".deleted",
    )
    deleted.build()
    assert deleted.query(
        "select source_file, row_count_change, amount_change, posted_amount_change from dev_audit.restatements"
    ) == [
        (f"banking/transactions/dt={FOURTH}/transactions_0002.deleted.csv", -1, Decimal("-100.00"), Decimal("100.00"))
    ]
    printed = " ".join(deleted.run("tieout", "check").split())
    assert "Everything ties out" in printed

    backwards = new_warehouse("backwards")
    deliver_return(backwards)
    deliver_deletions(backwards)
    backwards.build()
    backwards.deliver(FOURTH, "transactions", TRANSACTIONS + on(THIRD, "LATER", "3.00", FOURTH))
    backwards.deliver(
        FOURTH,
        "transactions",
        with_status(TRANSACTIONS, (on(FIRST, "BACK", "100.00", FOURTH), "deleted")),
        ".deleted",
    )
    deliver_first(backwards)
    backwards.build()
    assert differences(deleted, backwards) == {}
    deleted.build("--full-refresh")
    assert differences(deleted, backwards) == {}
