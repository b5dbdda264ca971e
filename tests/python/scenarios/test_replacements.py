"""A transaction that another one replaces does not count, whichever of the two arrives first."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.python.hard_deliveries import ACCOUNTS, CUSTOMERS, TRANSACTIONS, account, customer, transaction
from tests.python.warehouse import Warehouse, differences

FIRST, SECOND, THIRD, FOURTH = "2025-01-10", "2025-01-11", "2025-02-12", "2025-02-13"
HEADER = TRANSACTIONS.replace("\n", ",record_status,replaces_transaction_id\n")


def row(key: str, amount: str, day: str, replaces: str = "", status: str = "") -> str:
    made = transaction(key, "A1", amount, f"{FIRST} 08:00:00", updated_at=f"{day} 09:00:00")
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


def deliver(made: Warehouse, day: str) -> None:
    made.deliver(day, "transactions", HEADER + "".join(DELIVERIES[day]))


def begin(made: Warehouse) -> None:
    made.deliver(FIRST, "customers", CUSTOMERS + customer("C1", "Akron", f"{FIRST} 07:00:00"))
    made.deliver(FIRST, "accounts", ACCOUNTS + account("A1", "C1", f"{FIRST} 07:00:00"))


@pytest.fixture(scope="module")
def replaced(new_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    made = new_warehouse("replaced")
    begin(made)
    for day in (FIRST, SECOND):
        deliver(made, day)
        made.build()
    return made


def counted(warehouse: Warehouse) -> dict[str, Decimal]:
    return dict(warehouse.query("select transaction_id, transaction_amount from dev_gold.fact_transaction"))


def outcomes(warehouse: Warehouse, outcome: str) -> list[str]:
    found = warehouse.query(
        f"select business_key from dev_audit.row_outcomes where outcome = '{outcome}' and entity = 'transactions' "
        "order by 1"
    )
    return [key for (key,) in found]


def test_only_the_replacing_transaction_counts(replaced: Warehouse) -> None:
    assert counted(replaced) == {
        "POSTED": Decimal("11.00"),
        "EARLY": Decimal("21.00"),
        "CHAIN A": Decimal("1.00"),
        "CHAIN C": Decimal("3.00"),
        "WITHDRAWN B": Decimal("51.00"),
        "CHANGED B": Decimal("61.00"),
        "REJECTED A": Decimal("70.00"),
    }
    assert replaced.value("select balance from dev_gold.dim_account where account_id = 'A1'") == Decimal("-218.00")


def test_replaced_rows_are_an_outcome_with_their_money(replaced: Warehouse) -> None:
    assert outcomes(replaced, "replaced") == ["CHANGED A", "OLD", "PENDING", "WITHDRAWN A"]
    assert replaced.query(
        "select sum(replaced_rows)::int, sum(replaced_amount), sum(current_rows)::int, sum(rejected_rows)::int "
        "from dev_audit.deliveries where entity = 'transactions'"
    ) == [(4, Decimal("140.00"), 7, 2)]
    assert replaced.query("select business_key, reasons from dev_audit.rejected_rows order by 1") == [
        ("ITSELF", "replaces_transaction_id_is_own_key"),
        ("REJECTED B", "amount_not_positive"),
    ]
    assert "Everything ties out" in " ".join(replaced.run("tieout", "check").split())


def test_explain_shows_both_directions(replaced: Warehouse) -> None:
    pending = " ".join(replaced.run("tieout", "explain", "PENDING").split())
    assert "It is replaced by POSTED: 11.00 USD" in pending
    assert "so it is in no fact and no total" in pending
    assert "must" not in pending
    posted = " ".join(replaced.run("tieout", "explain", "POSTED").split())
    assert "It replaces PENDING: 10.00 USD" in posted


def test_a_replacement_that_is_withdrawn_or_changed_brings_the_transaction_back(
    replaced: Warehouse, new_warehouse: Callable[[str], Warehouse]
) -> None:
    """And the result does not depend on the order and number of builds. January is closed: the files are named."""
    replaced.deliver(FOURTH, "transactions", TRANSACTIONS + transaction("LATER", "A1", "5.00", f"{THIRD} 08:00:00"))
    replaced.build()
    deliver(replaced, THIRD)
    replaced.build()
    expected = {
        "POSTED": Decimal("11.00"),
        "EARLY": Decimal("21.00"),
        "CHAIN C": Decimal("3.00"),
        "WITHDRAWN A": Decimal("50.00"),
        "CHANGED A": Decimal("60.00"),
        "CHANGED B": Decimal("61.00"),
        "REJECTED B": Decimal("71.00"),
        "LATER": Decimal("5.00"),
    }
    assert counted(replaced) == expected
    assert outcomes(replaced, "replaced") == ["CHAIN A", "CHAIN B", "OLD", "PENDING", "REJECTED A"]
    assert replaced.query(
        "select source_file, row_count_change, amount_change, posted_amount_change from dev_audit.restatements"
    ) == [(f"banking/transactions/dt={THIRD}/transactions.csv", 0, Decimal("59.00"), Decimal("-59.00"))]
    assert "Everything ties out" in " ".join(replaced.run("tieout", "check").split())

    backwards = new_warehouse("replaced_backwards")
    begin(backwards)
    for day in (THIRD, SECOND):
        deliver(backwards, day)
        backwards.build()
    backwards.deliver(FOURTH, "transactions", TRANSACTIONS + transaction("LATER", "A1", "5.00", f"{THIRD} 08:00:00"))
    deliver(backwards, FIRST)
    backwards.build()
    assert counted(backwards) == expected
    assert differences(replaced, backwards) == {}
    backwards.build("--full-refresh")
    assert differences(replaced, backwards) == {}


def test_transactions_that_replace_each_other_are_a_finding(replaced: Warehouse) -> None:
    replaced.deliver(
        FOURTH,
        "transactions",
        HEADER
        + row("ROUND A", "1.00", FOURTH, "ROUND C")
        + row("ROUND B", "1.00", FOURTH, "ROUND A")
        + row("ROUND C", "1.00", FOURTH, "ROUND B"),
        ".round",
    )
    replaced.build()
    printed = " ".join(replaced.run("tieout", "check", fails=True).split())
    assert (
        "Transactions that replace each other in a circle, so that none of them counts: 3. The first is ROUND A"
        in printed
    )
    replaced.deliver(FOURTH, "transactions", HEADER + row("ROUND C", "1.00", FOURTH), ".opened")
    replaced.build()
    assert "Everything ties out" in " ".join(replaced.run("tieout", "check").split())
    assert {key for key in counted(replaced) if key.startswith("ROUND")} == {"ROUND B"}
