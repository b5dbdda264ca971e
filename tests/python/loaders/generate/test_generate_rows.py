"""`tieout generate`: codes, versions, references and transactions of a bank without fraud."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.python.loaders.generate.bank import Delivered, Row, seed_codes, signs
from tests.python.loaders.generate.conftest import HONEST_BANK

pytestmark = pytest.mark.extended

DAYS, START = HONEST_BANK.days, str(HONEST_BANK.start)


@pytest.mark.parametrize(
    ("entity", "column", "seed", "seed_column"),
    [
        ("customers", "segment", "bank_segments", "customer_segment"),
        ("accounts", "account_type", "account_types", "account_type"),
        ("accounts", "account_status", "account_statuses", "account_status"),
        ("accounts", "currency", "currencies", "currency_code"),
        ("transactions", "transaction_type", "transaction_types", "transaction_type_name"),
        ("transactions", "channel", "channels", "channel_name"),
        ("transactions", "transaction_status", "transaction_statuses", "transaction_status"),
        ("transactions", "currency", "currencies", "currency_code"),
        ("loans", "loan_type", "loan_types", "loan_type"),
        ("loans", "loan_status", "loan_statuses", "loan_status"),
    ],
)
def test_codes_are_in_the_seeds(honest_bank: Delivered, entity: str, column: str, seed: str, seed_column: str) -> None:
    assert {row[column] for row in honest_bank.rows(entity)} <= set(seed_codes(seed, seed_column))


def test_some_merchant_names_need_quotes_in_csv(honest_bank: Delivered) -> None:
    names = {row["merchant_name"] for row in honest_bank.rows("transactions")}
    assert any("," in name for name in names)
    assert any('"' in name for name in names)


def test_customers_are_plausible(honest_bank: Delivered) -> None:
    for row in honest_bank.rows("customers"):
        assert row["country"] == "US"
        assert 300 <= int(row["credit_score"]) <= 850
        assert row["signup_date"] <= row["updated_at"][:10] <= row["dt"]
        assert date.fromisoformat(row["signup_date"]) - date.fromisoformat(row["date_of_birth"]) > timedelta(365 * 18)
        assert re.fullmatch(r"[a-z]+\.[a-z]+\.\d+@example\.com", row["email"])


@pytest.mark.parametrize("entity", ["customers", "accounts", "loans"])
def test_each_version_is_later_than_the_one_before_and_differs(honest_bank: Delivered, entity: str) -> None:
    changed = 0
    for history in honest_bank.history[entity].values():
        for before, after in pairwise(history):
            changed += 1
            assert before["updated_at"] < after["updated_at"]
            assert after["updated_at"][:10] == after["dt"]
            assert [c for c in before if c not in {"dt", "updated_at"} and before[c] != after[c]]
    assert changed


def test_every_day_has_new_and_changed_customers(honest_bank: Delivered) -> None:
    first_seen: dict[str, str] = {}
    for row in honest_bank.rows("customers"):
        first_seen.setdefault(row["customer_id"], row["dt"])
    new = Counter(first_seen.values())
    assert new.pop(START) == HONEST_BANK.customers
    assert len(new) == DAYS - 1
    changed = {row["dt"] for row in honest_bank.rows("customers") if row["dt"] > first_seen[row["customer_id"]]}
    assert len(changed) == DAYS - 1


def test_rows_refer_only_to_rows_that_have_arrived(honest_bank: Delivered) -> None:
    customers: dict[str, Row] = {}
    for row in honest_bank.rows("customers"):
        customers.setdefault(row["customer_id"], row)
    accounts: dict[str, Row] = {}
    held: Counter[str] = Counter()
    for row in honest_bank.rows("accounts"):
        if row["account_id"] not in accounts:
            accounts[row["account_id"]] = row
            held[row["customer_id"]] += 1
            if held[row["customer_id"]] == 1:
                assert row["account_type"] == "Checking"
            owner = customers[row["customer_id"]]
            assert owner["dt"] <= row["dt"]
            assert owner["updated_at"] < row["updated_at"]
            assert owner["signup_date"] <= row["opened_date"] <= row["dt"]
    assert set(held) == set(customers)
    assert set(held.values()) <= {1, 2, 3}
    for row in honest_bank.rows("loans"):
        account = accounts[row["account_id"]]
        assert (account["customer_id"], account["currency"]) == (row["customer_id"], row["currency"])
        assert account["dt"] <= row["dt"]
        assert account["opened_date"] <= row["start_date"] <= row["dt"]
        assert account["updated_at"] < row["updated_at"]
    for row in honest_bank.rows("transactions"):
        account = accounts[row["account_id"]]
        assert account["currency"] == row["currency"]
        assert account["dt"] <= row["dt"]
        assert account["updated_at"] < row["transaction_ts"]


def test_only_active_accounts_have_transactions(honest_bank: Delivered) -> None:
    history = honest_bank.history["accounts"]
    assert {"Active", "Dormant", "Frozen", "Closed"} == {row["account_status"] for row in honest_bank.rows("accounts")}
    for row in honest_bank.rows("transactions"):
        known = [version for version in history[row["account_id"],] if version["updated_at"] <= row["updated_at"]]
        assert known[-1]["account_status"] == "Active"


def test_each_day_has_exactly_the_requested_number_of_new_transactions(honest_bank: Delivered) -> None:
    new: Counter[str] = Counter()
    settled: Counter[str] = Counter()
    seen = set()
    for row in honest_bank.rows("transactions"):
        (settled if row["transaction_id"] in seen else new)[row["dt"]] += 1
        seen.add(row["transaction_id"])
    assert set(new.values()) == {HONEST_BANK.transactions_per_day}
    assert len(new) == DAYS
    assert len(settled) == DAYS - 1


def test_amounts_are_positive_with_two_decimals(honest_bank: Delivered) -> None:
    for row in honest_bank.rows("transactions"):
        assert re.fullmatch(r"\d+\.\d\d", row["amount"])
        assert Decimal(row["amount"]) > 0
        if row["currency"] == "JPY":
            assert row["amount"].endswith(".00")
    assert {row["currency"] for row in honest_bank.rows("transactions")} == {"USD", "EUR", "JPY"}


def test_only_payments_have_merchant_and_category_and_only_transfers_a_counterparty(honest_bank: Delivered) -> None:
    for row in honest_bank.rows("transactions"):
        is_payment = row["transaction_type"] == "Payment"
        assert bool(row["merchant_name"]) == bool(row["category"]) == is_payment
        # Instalments are withdrawals, with the loan as the counterparty.
        if not row["counterparty_account"].startswith("TIEO-L"):
            assert bool(row["counterparty_account"]) == (row["transaction_type"] == "Transfer")


def test_pending_transactions_settle_once_within_two_days(honest_bank: Delivered) -> None:
    last_day = (date.fromisoformat(START) + timedelta(days=DAYS - 1)).isoformat()
    statuses: Counter[str] = Counter()
    for history in honest_bank.history["transactions"].values():
        statuses[history[0]["transaction_status"]] += 1
        if history[0]["transaction_status"] != "Pending":
            assert len(history) == 1
            assert history[0]["updated_at"] == history[0]["transaction_ts"]
            continue
        due = date.fromisoformat(history[0]["dt"]) + timedelta(days=2)
        if len(history) == 1:
            assert due.isoformat() > last_day
            continue
        before, after = history
        assert date.fromisoformat(before["dt"]) < date.fromisoformat(after["dt"]) <= due
        assert after["transaction_status"] in {"Completed", "Failed"}
        assert before["updated_at"] < after["updated_at"]
        differing = {column for column in before if before[column] != after[column]}
        assert differing <= {"dt", "updated_at", "transaction_status", "balance_after"}
    assert 0.94 < statuses["Completed"] / statuses.total() < 0.98
    assert 0.02 < statuses["Pending"] / statuses.total() < 0.04


def test_balances_are_sums_of_completed_transactions(honest_bank: Delivered) -> None:
    """The sums are computed from the files, in Decimal, in the order of completion."""
    sign = signs()
    balances: dict[str, Decimal] = defaultdict(Decimal)
    for row in sorted(
        honest_bank.rows("transactions"), key=lambda row: (row["updated_at"].ljust(26, "0"), row["transaction_id"])
    ):
        if row["transaction_status"] == "Completed":
            balances[row["account_id"]] += sign[row["transaction_type"]] * Decimal(row["amount"])
            assert Decimal(row["balance_after"]) == balances[row["account_id"]]
            assert re.fullmatch(r"-?\d+\.\d\d", row["balance_after"])
        else:
            assert row["balance_after"] == ""
    assert sum(balance < 0 for balance in balances.values()) < 0.1 * len(balances)


def test_transactions_of_an_account_complete_at_different_times(honest_bank: Delivered) -> None:
    completed = [row for row in honest_bank.rows("transactions") if row["transaction_status"] == "Completed"]
    assert len({(row["account_id"], row["updated_at"]) for row in completed}) == len(completed)


def test_the_first_transaction_of_an_account_is_a_deposit(honest_bank: Delivered) -> None:
    cards = {row["account_id"] for row in honest_bank.rows("accounts") if row["account_type"] == "Credit Card"}
    first: dict[str, Row] = {}
    for row in honest_bank.rows("transactions"):
        if row["account_id"] not in cards:
            first.setdefault(row["account_id"], row)
    assert {(row["transaction_type"], row["transaction_status"]) for row in first.values()} == {
        ("Deposit", "Completed")
    }
