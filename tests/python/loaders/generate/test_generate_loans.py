"""`tieout generate`: applications, loans and instalments."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.generate.applications import PRODUCTS, Product
from loaders.generate.loan_payments import instalment, months_later
from loaders.generate.loans import monthly_payment
from loaders.generate.settings import Settings
from loaders.generate.simulation import _Bank, simulate
from loaders.generate.tables import days_since_1970
from tests.python.loaders.generate.bank import ENTITIES, Delivered
from tests.python.loaders.generate.conftest import BANK_WITH_FRAUD, HONEST_BANK

pytestmark = pytest.mark.extended

DAYS, START, SEED = BANK_WITH_FRAUD.days, BANK_WITH_FRAUD.start, BANK_WITH_FRAUD.seed
LAST = START + timedelta(days=DAYS - 1)
CENT = Decimal("0.01")


def test_the_monthly_payment_repays_the_loan(honest_bank: Delivered) -> None:
    for row in honest_bank.rows("loans"):
        rate, months = Decimal(row["interest_rate"]) / 1200, int(row["term_months"])
        payment, owed = Decimal(row["monthly_payment"]), Decimal(row["loan_amount"])
        coin = Decimal(1) if row["currency"] == "JPY" else CENT
        assert payment % coin == 0
        for _ in range(months):
            owed = owed * (1 + rate) - payment
        # The payment is rounded by at most half a coin, and this error grows like an annuity.
        assert abs(owed) <= coin / 2 * ((1 + rate) ** months - 1) / rate + Decimal("0.0001")


def test_the_monthly_payment_of_a_textbook_example() -> None:
    assert monthly_payment(100_000, Decimal("6.00"), 360, decimals=2) == Decimal("599.55")
    assert monthly_payment(100_000, Decimal("6.00"), 360, decimals=0) == Decimal(600)


def test_about_every_tenth_customer_borrows(honest_bank: Delivered) -> None:
    borrowers = {row["customer_id"] for row in honest_bank.rows("loans")}
    customers = honest_bank.history["customers"]
    assert 0.03 * HONEST_BANK.customers < len(borrowers) <= 0.11 * len(customers)
    assert len(honest_bank.history["loans"]) == len(borrowers)


def test_the_amortisation_schedule_is_correct_to_the_cent(bank: Delivered) -> None:
    """Interest and principal of each instalment are correct, and no debt is left after the last one."""
    instalments = defaultdict(list)
    for row in bank.latest["loan_payments"].values():
        instalments[row["loan_id"]].append(row)
    closed = 0
    for (loan_id,), loan in bank.latest["loans"].items():
        owed, rate = Decimal(loan["loan_amount"]), Decimal(loan["interest_rate"])
        coin = Decimal(1) if loan["currency"] == "JPY" else CENT
        started = days_since_1970(date.fromisoformat(loan["start_date"]))
        for number, row in enumerate(sorted(instalments[loan_id], key=lambda row: row["payment_id"]), 1):
            due = months_later(np.array([started]), np.array([number]))[0]
            assert days_since_1970(date.fromisoformat(row["due_date"])) == due
            interest = (owed * rate / 1200).quantize(coin, ROUND_HALF_UP)
            is_last = number == int(loan["term_months"])
            principal = owed if is_last else Decimal(loan["monthly_payment"]) - interest
            assert (Decimal(row["interest_amount"]), Decimal(row["principal_amount"])) == (interest, principal)
            assert Decimal(row["payment_amount"]) == interest + principal
            owed -= principal
        if number == int(loan["term_months"]):
            assert owed == 0
            closed += 1
    assert closed


@given(st.data(), st.sampled_from(PRODUCTS), st.sampled_from([1, 100]))
def test_the_last_instalment_repays_the_rest_of_any_loan(data: st.DataObject, product: Product, coin: int) -> None:
    amount = data.draw(st.integers(*product.amounts))
    rate = data.draw(st.integers(*(int(percent * 100) for percent in product.rates)))
    months = data.draw(st.sampled_from(product.terms))
    monthly = rate / 120_000
    owed = amount * 100 * (1 if coin == 1 else 150)  # 150 yen per dollar
    regular = round(owed * monthly / (1 - (1 + monthly) ** -months) / coin) * coin
    for number in range(1, months + 1):
        arrays = [np.array([value]) for value in (owed, regular, rate, coin, number == months)]
        interest, principal = (int(part[0]) for part in instalment(*arrays))
        assert interest >= 0
        assert principal > 0
        owed -= principal
    assert owed == 0
    assert abs(interest + principal - regular) < max(1000 * coin, regular)


def test_instalments_are_due_and_later_paid_or_missed(bank: Delivered) -> None:
    for versions in bank.history["loan_payments"].values():
        assert len(versions) <= 2
        for row in versions:
            is_paid = row["payment_status"] in {"Paid", "Late"}
            assert bool(row["paid_date"]) == bool(row["days_late"]) == is_paid
            if is_paid:
                late = date.fromisoformat(row["paid_date"]) - date.fromisoformat(row["due_date"])
                assert late.days == int(row["days_late"])
                assert (late.days > 0) == (row["payment_status"] == "Late")
                assert row["paid_date"] < row["dt"]
        first = versions[0]
        if first["dt"] > START.isoformat():
            assert (first["payment_status"], first["due_date"]) == ("Due", first["dt"])
        if len(versions) == 2:
            assert versions[1]["payment_status"] != "Due"


def test_instalments_and_payouts_are_transactions(bank: Delivered) -> None:
    """An instalment is paid on the day of its transaction, unless the transaction failed."""
    paid = {
        (row["loan_id"], row["paid_date"]): row for row in bank.latest["loan_payments"].values() if row["paid_date"]
    }
    collected: Counter[tuple[str, str]] = Counter()
    for row in bank.latest["transactions"].values():
        day = row["transaction_ts"][:10]
        if row["counterparty_account"].startswith("TIEO-L"):
            loan = bank.latest["loans"][row["counterparty_account"].removeprefix("TIEO-"),]
            assert row["account_id"] == loan["account_id"]
            if row["transaction_type"] == "Transfer":
                assert row["amount"] == loan["loan_amount"]
                assert date.fromisoformat(loan["start_date"]) == date.fromisoformat(day) - timedelta(days=1)
                assert loan["loan_type"] in {"Personal", "Student"}
            elif row["transaction_status"] == "Completed" and day < LAST.isoformat():
                assert paid[loan["loan_id"], day]["payment_amount"] == row["amount"]
            elif row["transaction_status"] == "Failed":
                assert (loan["loan_id"], day) not in paid
            collected[row["transaction_type"], row["transaction_status"]] += 1
    assert collected["Withdrawal", "Completed"] > 10
    assert collected["Transfer", "Completed"] > 0


def test_instalments_that_always_fail_are_missed() -> None:
    bank = _Bank(Settings(1, START, 2000, 0, SEED))
    payments, statuses = bank._payments, set()
    for number in range(70):
        day = START + timedelta(days=number)
        changed = payments.change(day, bank._loans)
        statuses |= {(row["payment_status"], row["days_late"]) for row in changed.to_dicts() if number > 60}
        payments.postpone(day, payments.paid_on(day)["key"].to_numpy())
    assert statuses == {("Due", None), ("Missed", None)}


def test_every_instalment_that_was_due_is_delivered(bank: Delivered) -> None:
    count = Counter(row["loan_id"] for row in bank.latest["loan_payments"].values())
    for (loan_id,), loan in bank.latest["loans"].items():
        if loan["loan_status"] != "Defaulted":
            started = days_since_1970(date.fromisoformat(loan["start_date"]))
            months = np.arange(1, int(loan["term_months"]) + 1)
            due = months_later(np.full(len(months), started), months) <= days_since_1970(LAST)
            assert count[loan_id] == due.sum()


def test_approved_applications_become_loans(bank: Delivered) -> None:
    loans = {row["application_id"]: row for row in bank.latest["loans"].values()}
    assert len(loans) == len(bank.latest["loans"])
    for (application_id,), row in bank.latest["loan_applications"].items():
        loan = loans.get(application_id)
        assert (row["application_status"] == "Pending") == (row["decided_date"] == "")
        if loan:
            assert row["application_status"] == "Approved"
            assert row["applied_date"] < row["decided_date"] < loan["start_date"]
            assert all(
                row[column] == loan[loan_column]
                for column, loan_column in [
                    ("customer_id", "customer_id"),
                    ("product", "product"),
                    ("loan_type", "loan_type"),
                    ("requested_amount", "loan_amount"),
                    ("currency", "currency"),
                    ("term_months", "term_months"),
                ]
            )
        elif row["application_status"] == "Approved":
            assert date.fromisoformat(row["decided_date"]) > LAST - timedelta(days=5)
    first = [versions[0] for versions in bank.history["loan_applications"].values()]
    assert {row["application_status"] for row in first if row["dt"] > START.isoformat()} == {"Pending"}


def test_bad_grades_are_rejected_more_often() -> None:
    day = next(simulate(Settings(1, START, 20_000, 0, SEED)))
    shares = (
        day.deliveries[ENTITIES["loan_applications"]]
        .group_by("grade")
        .agg((pl.col("application_status") == "Rejected").mean().alias("rejected"))
        .sort("grade")["rejected"]
    )
    assert shares.is_sorted()
    assert shares[0] < 0.15 < 0.5 < shares[-1]
