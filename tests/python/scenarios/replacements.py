"""Deliveries of transactions that other transactions replace. The other one comes earlier, later or again."""

from __future__ import annotations

from decimal import Decimal

from tests.python.hard_deliveries import ACCOUNTS, TRANSACTIONS, account, transaction
from tests.python.scenarios.withdrawals import FIRST, FOURTH, SECOND, THIRD
from tests.python.warehouse import Warehouse

# They share their days with the withdrawals, so their files have another name.
PART = ".replacing"
HEADER = TRANSACTIONS.replace("\n", ",record_status,replaces_transaction_id\n")


def row(key: str, amount: str, day: str, replaces: str = "", status: str = "") -> str:
    made = transaction(key, "A2", amount, f"{FIRST} 08:00:00", updated_at=f"{day} 09:00:00")
    return made.replace("\n", f",{status},{replaces}\n")


DELIVERIES = {
    FIRST: [
        row("PENDING", "10.00", FIRST),
        # Arrives before the one that it replaces.
        row("EARLY", "21.00", FIRST, "OLD"),
        row("CHAIN A", "1.00", FIRST),
        row("WITHDRAWN A", "50.00", FIRST),
        row("CHANGED A", "60.00", FIRST),
        row("REJECTED A", "70.00", FIRST),
    ],
    SECOND: [
        row("POSTED", "11.00", SECOND, "PENDING"),
        row("OLD", "20.00", SECOND),
        row("CHAIN C", "3.00", SECOND, "CHAIN B"),
        row("WITHDRAWN B", "51.00", SECOND, "WITHDRAWN A"),
        row("CHANGED B", "61.00", SECOND, "CHANGED A"),
        row("REJECTED B", "-71.00", SECOND, "REJECTED A"),
        row("ITSELF", "80.00", SECOND, "ITSELF"),
    ],
    THIRD: [
        row("CHAIN B", "2.00", THIRD, "CHAIN A"),
        row("WITHDRAWN B", "51.00", THIRD, "WITHDRAWN A", "deleted"),
        row("CHANGED B", "61.00", THIRD),
        # The pending one once more, after it was posted.
        row("PENDING", "10.00", THIRD),
        row("REJECTED B", "71.00", THIRD, "REJECTED A"),
    ],
}
# A transaction of the next month, which closes January.
NEXT_MONTH = transaction("NEXT", "A2", "5.00", f"{THIRD} 08:00:00")

# What counts after the second day, and in the end.
COUNTED_AT_FIRST = {
    "POSTED": Decimal("11.00"),
    "EARLY": Decimal("21.00"),
    "CHAIN A": Decimal("1.00"),
    "CHAIN C": Decimal("3.00"),
    "WITHDRAWN B": Decimal("51.00"),
    "CHANGED B": Decimal("61.00"),
    "REJECTED A": Decimal("70.00"),
}
COUNTED_IN_THE_END = {
    "POSTED": Decimal("11.00"),
    "EARLY": Decimal("21.00"),
    "CHAIN C": Decimal("3.00"),
    "WITHDRAWN A": Decimal("50.00"),
    "CHANGED A": Decimal("60.00"),
    "CHANGED B": Decimal("61.00"),
    "REJECTED B": Decimal("71.00"),
    "NEXT": Decimal("5.00"),
    "ROUND B": Decimal("1.00"),
}


def deliver_account(made: Warehouse) -> None:
    made.deliver(FIRST, "accounts", ACCOUNTS + account("A2", "C1", f"{FIRST} 07:00:00"), PART)


def deliver_day(made: Warehouse, day: str) -> None:
    made.deliver(day, "transactions", HEADER + "".join(DELIVERIES[day]), PART)


def deliver_circle(made: Warehouse) -> None:
    """Deliver three transactions that replace each other."""
    made.deliver(
        FOURTH,
        "transactions",
        HEADER
        + row("ROUND A", "1.00", FOURTH, "ROUND C")
        + row("ROUND B", "1.00", FOURTH, "ROUND A")
        + row("ROUND C", "1.00", FOURTH, "ROUND B"),
        ".round",
    )


def deliver_opened_circle(made: Warehouse) -> None:
    """Deliver one of the three again, which no longer replaces another one."""
    made.deliver(FOURTH, "transactions", HEADER + row("ROUND C", "1.00", FOURTH), ".opened")
