"""Deliveries of records that the source deletes with a row, brings back, and deletes again."""

from __future__ import annotations

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
from tests.python.warehouse import Warehouse

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


# A transaction of the next month, which closes January.
NEXT_MONTH = on(THIRD, "LATER", "3.00", FOURTH)


def deliver_nothing_else(made: Warehouse, day: str) -> None:
    """Deliver the other files that are expected on a day, without rows."""
    made.deliver(day, "daily_balances", BALANCES)
    made.deliver(day, "sales", SALES)


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
    deliver_nothing_else(made, THIRD)


def deliver_second_deletion(made: Warehouse) -> None:
    """Delete what has come back. January is closed by then."""
    made.deliver(
        FOURTH,
        "transactions",
        with_status(TRANSACTIONS, (on(FIRST, "BACK", "100.00", FOURTH), "deleted")),
        ".deleted",
    )
