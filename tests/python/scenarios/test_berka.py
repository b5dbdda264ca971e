"""The data of a real bank from its own files to gold: every row and every cent is accounted for."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.python.berka_sample import BERKA, WITHOUT_LAST_INTEREST, balance_exceptions, needs_berka
from tests.python.warehouse import Warehouse

pytestmark = needs_berka

TRANSACTION_LINES = 49_102
TRANSACTION_AMOUNT = Decimal("315486449.80")  # the sum of the sixth field of trans.asc over its complete lines


@pytest.fixture(scope="module", params=["month", pytest.param("day", marks=pytest.mark.long)])
def bank(new_warehouse: Callable[[str], Warehouse], request: pytest.FixtureRequest) -> Warehouse:
    made = new_warehouse("berka")
    made.run("tieout", "import", "berka", str(BERKA), "--inbox", str(made.inbox), "--by", request.param)
    made.land()
    made.build()
    return made


def test_every_line_is_accepted_rejected_or_a_duplicate(bank: Warehouse) -> None:
    delivered = bank.query(
        """
        select
            sum(delivered_rows), sum(malformed_rows), sum(rejected_rows), sum(duplicate_rows), sum(superseded_rows),
            sum(current_rows), sum(delivered_amount), sum(current_amount), bool_and(is_tied)
        from dev_audit.deliveries
        where entity = 'transactions'
        """
    )
    assert delivered == [
        (TRANSACTION_LINES + 1, 1, 0, 0, 0, TRANSACTION_LINES, TRANSACTION_AMOUNT, TRANSACTION_AMOUNT, True)
    ]
    assert bank.query(
        "select count(*), sum(transaction_amount) from dev_gold.fact_transaction where account_id <> 'unknown'"
    ) == [(TRANSACTION_LINES, TRANSACTION_AMOUNT)]


def test_the_line_that_is_cut_off_is_rejected_with_file_line_and_reason(bank: Warehouse) -> None:
    (reject,) = bank.query("select entity, rejected_by, source_file, source_line, reasons from dev_audit.rejected_rows")
    assert reject[:2] == ("transactions", "landing")
    assert reject[2] == "banking/transactions/dt=1994-03-31/transactions.csv"
    assert reject[4] == "unclosed quote"
    text = (bank.inbox / "1994-03-31" / "banking" / "transactions.csv").read_text(encoding="utf-8")
    assert text.split("\n")[reject[3] - 1] == '3526882;11021;940331;"PRIJE'


def test_every_client_account_and_loan_arrives(bank: Warehouse) -> None:
    for table, key, members in (
        ("dim_customer", "customer_id", 5_369),
        ("dim_account", "account_id", 4_500),
        ("fact_loan", "loan_id", 682),
    ):
        assert bank.value(f"select count(*) from dev_gold.{table} where {key} <> 'unknown'") == members
    assert bank.value("select count(*) from dev_gold.fact_loan where 'unknown' in (account_id, customer_id)") == 0
    assert bank.value("select count(*) from dev_gold.dim_account where customer_id = 'unknown'") == 1


def test_balances_equal_those_of_the_bank_except_after_the_cut_line(bank: Warehouse) -> None:
    columns = ("account_id", "transaction_type", "amount", "transaction_ts", "balance_after")
    transactions = [
        dict(zip(columns, map(str, row), strict=True))
        for row in bank.query(f"select {', '.join(columns)} from dev_silver.stg_banking__transactions")
    ]
    assert len(transactions) == TRANSACTION_LINES
    exceptions = balance_exceptions(transactions)
    assert {int(exception.account_id) for exception in exceptions} == WITHOUT_LAST_INTEREST
    # Gold shows the balance that was compared above.
    summed = {exception.account_id: exception.summed for exception in exceptions}
    shown = dict(bank.query("select account_id, balance from dev_gold.dim_account"))
    assert {account: shown[account] for account in summed} == summed
    assert bank.value("select sum(balance) from dev_gold.dim_account") == bank.value(
        "select sum(amount_signed) from dev_silver.stg_banking__transactions"
    )


def test_every_layer_ties_out(bank: Warehouse) -> None:
    assert bank.query("select * from dev_audit.layer_reconciliation where difference <> 0") == []
    assert bank.value("select count(*) from dev_audit.layer_reconciliation") > 20
