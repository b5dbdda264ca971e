"""What the source deletes is withdrawn by a row, counted as such, and can come back.

And a transaction that another one replaces does not count, whichever of the two arrives first.

Both share the builds of one warehouse: deletions are of account A1, replacements of account A2. The tests run in the
order of the builds.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.python.differences import differences
from tests.python.hard_deliveries import TRANSACTIONS
from tests.python.reliability.comparison import BATCHES
from tests.python.scenarios import replacements, withdrawals
from tests.python.scenarios.replacements import COUNTED_AT_FIRST, COUNTED_IN_THE_END
from tests.python.scenarios.withdrawals import FIRST, FOURTH, SECOND, THIRD
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended


def deliver_first(made: Warehouse) -> None:
    withdrawals.deliver_first(made)
    replacements.deliver_account(made)
    replacements.deliver_day(made, FIRST)


def deliver_second(made: Warehouse) -> None:
    withdrawals.deliver_deletions(made)
    replacements.deliver_day(made, SECOND)


def deliver_next_month(made: Warehouse) -> None:
    made.deliver(FOURTH, "transactions", TRANSACTIONS + withdrawals.NEXT_MONTH + replacements.NEXT_MONTH)
    withdrawals.deliver_nothing_else(made, FOURTH)
    replacements.deliver_circle(made)


def deliver_changes_of_a_closed_month(made: Warehouse) -> None:
    withdrawals.deliver_second_deletion(made)
    replacements.deliver_opened_circle(made)


@pytest.fixture(scope="module")
def second_day(empty_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    made = empty_warehouse("withdrawn_and_replaced")
    deliver_first(made)
    made.build_step()
    deliver_second(made)
    made.build()
    return made


@pytest.fixture(scope="module")
def next_month(second_day: Warehouse) -> Warehouse:
    """The same warehouse after the next build: January is closed, and the circle is not yet opened."""
    withdrawals.deliver_return(second_day)
    deliver_next_month(second_day)
    second_day.build()
    return second_day


@pytest.fixture(scope="module")
def in_the_end(next_month: Warehouse) -> Warehouse:
    """The same warehouse after the last build, in which files change a closed month."""
    replacements.deliver_day(next_month, THIRD)
    deliver_changes_of_a_closed_month(next_month)
    next_month.build()
    return next_month


def ordered(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    return warehouse.query(f"{sql} order by all")


def counted(warehouse: Warehouse) -> dict[str, Decimal]:
    return dict(warehouse.query("select transaction_id, transaction_amount from dev_gold.fact_transaction"))


def withdrawn(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return ordered(
        warehouse,
        "select entity, business_key, control_amount from dev_audit.row_outcomes where outcome = 'withdrawn'",
    )


def replaced(warehouse: Warehouse) -> list[str]:
    found = ordered(
        warehouse,
        "select business_key from dev_audit.row_outcomes where outcome = 'replaced' and entity = 'transactions'",
    )
    return [key for (key,) in found]


def printed(warehouse: Warehouse, *command: str, fails: bool = False) -> str:
    return " ".join(warehouse.run("tieout", *command, fails=fails).split())


def test_a_deleted_record_leaves_facts_and_totals(second_day: Warehouse) -> None:
    transactions = [(key,) for key in sorted(["KEPT", *COUNTED_AT_FIRST])]
    for table in ("fact_transaction", "transaction_features", "transaction_risk", "transaction_detail"):
        assert ordered(second_day, f"select transaction_id from dev_gold.{table}") == transactions, table
    assert ordered(
        second_day,
        "select account_id, transaction_date::text, net_change from dev_gold.daily_net_balance_change",
    ) == [("A1", FIRST, Decimal("-1.00")), ("A2", FIRST, Decimal("-218.00"))]
    assert ordered(second_day, "select order_line_id from dev_gold.fact_sales") == [("S1",)]
    assert ordered(second_day, "select sum(net_revenue) from dev_gold.product_profitability") == [(Decimal("18.00"),)]
    assert ordered(second_day, "select balance_date::text from dev_gold.fact_daily_balances") == [(FIRST,)]


def test_dimensions_keep_a_deleted_record_and_say_so(second_day: Warehouse) -> None:
    assert ordered(second_day, "select customer_id, is_deleted from dev_gold.dim_customer") == [
        ("C1", False),
        ("C2", True),
        ("unknown", False),
    ]
    assert ordered(second_day, "select account_id, posted_amount, is_deleted from dev_gold.dim_account") == [
        ("A1", Decimal("-1.00"), True),
        ("A2", Decimal("-218.00"), False),
        ("unknown", Decimal("0.00"), False),
    ]
    assert ordered(
        second_day,
        "select valid_to::date::text, is_deleted from dev_gold.dim_customer_history where customer_id = 'C2'",
    ) == [(SECOND, False), ("9999-12-31", True)]
    loans = ordered(second_day, "select loan_id, is_deleted from dev_gold.dim_loan where loan_id <> 'unknown'")
    assert loans == [("L1", True)]
    assert ordered(second_day, "select loan_id from dev_gold.loan_delinquency") == []
    assert ordered(second_day, "select loan_id from dev_gold.fact_loan") == []


def test_only_the_replacing_transaction_counts(second_day: Warehouse) -> None:
    assert counted(second_day) == {"KEPT": Decimal("1.00"), **COUNTED_AT_FIRST}


def test_withdrawn_and_replaced_rows_are_outcomes_with_their_money(second_day: Warehouse) -> None:
    assert withdrawn(second_day) == [
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
    assert replaced(second_day) == ["CHANGED A", "OLD", "PENDING", "WITHDRAWN A"]
    # The files of the deletions, and those of the replacements.
    assert second_day.query(
        "select sum(withdrawn_rows)::int, sum(withdrawn_amount), sum(superseded_rows)::int, sum(replaced_rows)::int, "
        "sum(replaced_amount), sum(current_rows)::int, sum(rejected_rows)::int "
        "from dev_audit.deliveries where entity = 'transactions' "
        f"group by contains(bronze_file, '{replacements.PART}') order by contains(bronze_file, '{replacements.PART}')"
    ) == [
        (4, Decimal("157.00"), 3, 0, Decimal("0.00"), 1, 1),
        (0, Decimal("0.00"), 0, 4, Decimal("140.00"), 7, 2),
    ]
    assert ordered(second_day, "select business_key, reasons from dev_audit.rejected_rows") == [
        ("ITSELF", "replaces_transaction_id_is_own_key"),
        ("REJECTED B", "amount_not_positive"),
        ("WRONG", "record_status_not_parsable"),
    ]
    assert "Everything ties out" in printed(second_day, "check")


def test_explain_says_that_a_transaction_is_withdrawn(second_day: Warehouse) -> None:
    gone = printed(second_day, "explain", "GONE")
    assert "withdrawn: it won over 1" in gone
    assert "The source has deleted the transaction with this row" in gone
    assert "must" not in gone


def test_explain_shows_both_directions_of_a_replacement(second_day: Warehouse) -> None:
    pending = printed(second_day, "explain", "PENDING")
    assert "It is replaced by POSTED: 11.00 USD" in pending
    assert "so it is in no fact and no total" in pending
    assert "must" not in pending
    assert "It replaces PENDING: 10.00 USD" in printed(second_day, "explain", "POSTED")


def test_a_later_row_brings_a_record_back(next_month: Warehouse) -> None:
    assert counted(next_month) == {
        "BACK": Decimal("100.00"),
        "KEPT": Decimal("1.00"),
        "LATER": Decimal("3.00"),
        "NEXT": Decimal("5.00"),
        **COUNTED_AT_FIRST,
    }
    assert ("transactions", "LATE", Decimal("40.00")) in withdrawn(next_month)
    assert ordered(
        next_month,
        "select valid_from::date::text, is_deleted from dev_gold.dim_account_history where account_id = 'A1'",
    ) == [("1900-01-01", False), (SECOND, True), (THIRD, False)]


def test_transactions_that_replace_each_other_are_a_finding(next_month: Warehouse) -> None:
    assert (
        "Transactions that replace each other in a circle, so that none of them counts: 3. The first is ROUND A"
        in printed(next_month, "check", fails=True)
    )


def test_a_replacement_that_is_withdrawn_or_changed_brings_the_transaction_back(in_the_end: Warehouse) -> None:
    assert counted(in_the_end) == {"KEPT": Decimal("1.00"), "LATER": Decimal("3.00"), **COUNTED_IN_THE_END}
    assert replaced(in_the_end) == ["CHAIN A", "CHAIN B", "OLD", "PENDING", "REJECTED A", "ROUND A", "ROUND C"]


def test_files_that_change_a_closed_month_are_named(in_the_end: Warehouse) -> None:
    third, fourth = (f"banking/transactions/dt={day}/transactions" for day in (THIRD, FOURTH))
    assert ordered(
        in_the_end,
        "select source_file, row_count_change, total_change, is_redistribution from dev_audit.restatements "
        "where measure = 'posted_amount' and month_start = '2025-01-01'",
    ) == [
        (f"{third}_0002.replacing.csv", 0, Decimal("-59.00"), False),
        (f"{fourth}_0003.deleted.csv", -1, Decimal("100.00"), False),
        (f"{fourth}_0004.opened.csv", 1, Decimal("-1.00"), False),
    ]
    assert "Everything ties out" in printed(in_the_end, "check")


def test_the_order_and_number_of_builds_do_not_matter(
    in_the_end: Warehouse, empty_warehouse: Callable[[str], Warehouse]
) -> None:
    backwards = empty_warehouse("backwards")
    withdrawals.deliver_return(backwards)
    replacements.deliver_day(backwards, THIRD)
    deliver_second(backwards)
    backwards.build_step()
    deliver_next_month(backwards)
    deliver_changes_of_a_closed_month(backwards)
    deliver_first(backwards)
    backwards.build()
    assert counted(backwards) == counted(in_the_end)
    assert differences(in_the_end, backwards, may_differ=BATCHES) == {}
    in_the_end.refresh()
    assert differences(in_the_end, backwards, may_differ=BATCHES) == {}
