"""`tieout generate`: the same bytes for the same arguments, and books that balance to the cent."""

from __future__ import annotations

import csv
import gzip
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.contract import load_contract, project_root
from loaders.deliveries import Inbox
from loaders.errors import TieoutError
from loaders.generate import reference
from loaders.generate.command import write
from loaders.generate.loans import monthly_payment
from loaders.generate.settings import Settings
from loaders.generate.transactions import running_balances

DAYS, START, CUSTOMERS, PER_DAY, SEED = 25, "2025-01-10", 500, 600, 7
ARGUMENTS = ["--start", START, "--customers", CUSTOMERS, "--transactions-per-day", PER_DAY]
ENTITIES = tuple(entity.name for entity in load_contract().deliverable() if entity.domain == "banking")


@pytest.fixture(scope="module")
def inbox(tmp_path_factory, read_inbox):
    root = tmp_path_factory.mktemp("generated")
    write(Settings(DAYS, date.fromisoformat(START), CUSTOMERS, PER_DAY, SEED), Inbox(root))
    return read_inbox(root)


@pytest.fixture(scope="module")
def rows(inbox):
    return {entity: inbox.rows(entity) for entity in ENTITIES}


def seed_codes(name: str, column: str) -> list[str]:
    with (project_root() / "seeds" / "reference" / f"{name}.csv").open() as file:
        return [row[column] for row in csv.DictReader(file)]


def signs() -> dict[str, int]:
    names = seed_codes("transaction_types", "transaction_type_name")
    return dict(zip(names, map(int, seed_codes("transaction_types", "amount_sign")), strict=True))


def versions(deliveries, key):
    by_key = defaultdict(list)
    for row in deliveries:
        by_key[row[key]].append(row)
    return by_key


# The same bytes


def test_other_processes_write_the_same_bytes(inbox, read_inbox, tmp_path):
    command = [sys.executable, "-c", "from loaders.cli import main; main()", "generate", *ARGUMENTS, "--days", DAYS]
    processes = [
        subprocess.Popen(
            [str(part) for part in [*command, "--seed", SEED, "--inbox", tmp_path / hash_seed]],
            cwd=project_root(),
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": time_zone, "POLARS_MAX_THREADS": threads},
        )
        for hash_seed, time_zone, threads in (("0", "Asia/Tokyo", "1"), ("4711", "America/New_York", "4"))
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert read_inbox(tmp_path / "0").digests() == inbox.digests()
    assert read_inbox(tmp_path / "4711").digests() == inbox.digests()


def test_a_longer_run_begins_as_a_shorter_one(inbox, read_inbox, tieout, tmp_path):
    assert tieout("generate", "--inbox", tmp_path, *ARGUMENTS, "--days", 3, "--seed", SEED).code == 0
    short = read_inbox(tmp_path).digests()
    assert len({name[:10] for name in short}) == 3
    assert short.items() <= inbox.digests().items()


def test_another_seed_gives_other_data(inbox, read_inbox, tieout, tmp_path):
    assert tieout("generate", "--inbox", tmp_path, *ARGUMENTS, "--days", 2, "--seed", SEED + 1).code == 0
    other = read_inbox(tmp_path).digests()
    assert all(inbox.digests()[name] != digest for name, digest in other.items() if name in inbox.digests())


def test_the_same_run_again_leaves_all_files_alone(read_inbox, tieout, tmp_path):
    small = ["generate", "--inbox", tmp_path, "--customers", 5, "--transactions-per-day", 5]
    assert tieout(*small, "--days", 2).code == 0
    before = {file: file.stat().st_mtime_ns for file in read_inbox(tmp_path).files()}
    again = tieout(*small, "--days", 3)
    assert again.code == 0
    assert f"{len(before)} stood there already" in again.out
    assert {file: file.stat().st_mtime_ns for file in before} == before


@pytest.mark.parametrize("kind", [[], ["--gzip"]])
def test_other_content_is_never_written_over(read_inbox, tieout, tmp_path, kind):
    small = ["generate", "--inbox", tmp_path, "--customers", 5, "--transactions-per-day", 5, "--days", 1, *kind]
    assert tieout(*small, "--seed", 1).code == 0
    before = read_inbox(tmp_path).digests()
    refused = tieout(*small, "--seed", 2)
    assert refused.code == 1
    assert "exists already with other content" in refused.err
    assert "Traceback" not in refused.err
    assert read_inbox(tmp_path).digests() == before


def test_a_delivery_does_not_stand_there_both_compressed_and_plain(read_inbox, tieout, tmp_path):
    small = ["generate", "--inbox", tmp_path, "--customers", 5, "--transactions-per-day", 5, "--days", 1]
    assert tieout(*small).code == 0
    before = read_inbox(tmp_path).digests()
    refused = tieout(*small, "--gzip")
    assert refused.code == 1
    assert "compressed and plain" in refused.err
    assert read_inbox(tmp_path).digests() == before


def test_compressed_files_hold_the_same_lines_and_no_time(inbox, read_inbox, tieout, tmp_path):
    assert tieout("generate", "--inbox", tmp_path, *ARGUMENTS, "--days", 2, "--seed", SEED, "--gzip").code == 0
    files = read_inbox(tmp_path).files()
    assert files
    for file in files:
        packed = file.read_bytes()
        assert packed[4:8] == bytes(4)
        assert gzip.decompress(packed) == (inbox.root / file.relative_to(tmp_path)).with_suffix("").read_bytes()
    assert tieout("generate", "--inbox", tmp_path, *ARGUMENTS, "--days", 2, "--seed", SEED, "--gzip").code == 0


# The files


def test_files_keep_the_contract_and_the_dialect(inbox):
    contract = load_contract()
    for file in inbox.files():
        content = file.read_bytes()
        entity = contract.entity(file.parts[-2], file.stem)
        assert content.split(b"\n")[0].decode() == ",".join(entity.delivered_columns)
        assert content.endswith(b"\n")
        assert b"\r" not in content
        assert not re.search(rb'(^|,)""(,|$)', content, re.MULTILINE)  # what is empty has no quotes
        width = {len(row) for row in csv.reader(content.decode("utf-8").splitlines())}
        assert width == {len(entity.delivered_columns)}
    assert {file.parts[-3] for file in inbox.files()} == {
        (date.fromisoformat(START) + timedelta(days=day)).isoformat() for day in range(DAYS)
    }
    assert not [file for file in inbox.root.rglob("*") if file.is_file() and file.suffix != ".csv"]


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
def test_codes_are_those_of_the_seeds(rows, entity, column, seed, seed_column):
    assert {row[column] for row in rows[entity]} <= set(seed_codes(seed, seed_column))


def test_merchant_names_test_the_quoting(rows):
    names = {row["merchant_name"] for row in rows["transactions"]}
    assert any("," in name for name in names)
    assert any('"' in name for name in names)


def test_customers_are_believable(rows):
    for row in rows["customers"]:
        assert row["country"] == "US"
        assert 300 <= int(row["credit_score"]) <= 850
        assert row["signup_date"] <= row["updated_at"][:10] <= row["dt"]
        assert date.fromisoformat(row["signup_date"]) - date.fromisoformat(row["date_of_birth"]) > timedelta(365 * 18)
        assert re.fullmatch(r"[a-z]+\.[a-z]+\.\d+@example\.com", row["email"])


# Versions and references


@pytest.mark.parametrize(
    ("entity", "key"), [("customers", "customer_id"), ("accounts", "account_id"), ("loans", "loan_id")]
)
def test_a_change_is_later_and_changes_something(rows, entity, key):
    changed = 0
    for history in versions(rows[entity], key).values():
        for before, after in pairwise(history):
            changed += 1
            assert before["updated_at"] < after["updated_at"]
            assert after["updated_at"][:10] == after["dt"]
            assert [c for c in before if c not in {"dt", "updated_at"} and before[c] != after[c]]
    assert changed


def test_every_day_has_new_and_changed_customers(rows):
    first_seen = {}
    for row in rows["customers"]:
        first_seen.setdefault(row["customer_id"], row["dt"])
    new = Counter(first_seen.values())
    assert new.pop(START) == CUSTOMERS
    assert len(new) == DAYS - 1
    changed = {row["dt"] for row in rows["customers"] if row["dt"] > first_seen[row["customer_id"]]}
    assert len(changed) == DAYS - 1


def test_references_are_known_when_they_arrive(rows):
    customers = {}
    for row in rows["customers"]:
        customers.setdefault(row["customer_id"], row)
    accounts, held = {}, Counter()
    for row in rows["accounts"]:
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
    for row in rows["loans"]:
        account = accounts[row["account_id"]]
        assert (account["customer_id"], account["currency"]) == (row["customer_id"], row["currency"])
        assert account["dt"] <= row["dt"]
        assert account["opened_date"] <= row["start_date"] <= row["dt"]
        assert account["updated_at"] < row["updated_at"]
    for row in rows["transactions"]:
        account = accounts[row["account_id"]]
        assert account["currency"] == row["currency"]
        assert account["dt"] <= row["dt"]
        assert account["updated_at"] < row["transaction_ts"]


def test_only_active_accounts_move(rows):
    history = versions(rows["accounts"], "account_id")
    assert {"Active", "Dormant", "Frozen", "Closed"} == {row["account_status"] for row in rows["accounts"]}
    for row in rows["transactions"]:
        known = [version for version in history[row["account_id"]] if version["updated_at"] <= row["updated_at"]]
        assert known[-1]["account_status"] == "Active"


# Transactions


def test_exactly_so_many_new_transactions_a_day(rows):
    new, settled = Counter(), Counter()
    seen = set()
    for row in rows["transactions"]:
        (settled if row["transaction_id"] in seen else new)[row["dt"]] += 1
        seen.add(row["transaction_id"])
    assert set(new.values()) == {PER_DAY}
    assert len(new) == DAYS
    assert len(settled) == DAYS - 1


def test_amounts_are_positive_with_two_decimals(rows):
    for row in rows["transactions"]:
        assert re.fullmatch(r"\d+\.\d\d", row["amount"])
        assert Decimal(row["amount"]) > 0
        if row["currency"] == "JPY":
            assert row["amount"].endswith(".00")
    assert {row["currency"] for row in rows["transactions"]} == {"USD", "EUR", "JPY"}


def test_payments_name_merchant_and_category_and_nobody_else_does(rows):
    for row in rows["transactions"]:
        is_payment = row["transaction_type"] == "Payment"
        assert bool(row["merchant_name"]) == bool(row["category"]) == is_payment
        # The bank's own bookings of instalments are withdrawals with a counterparty.
        if not row["counterparty_account"].startswith("TIEO-L"):
            assert bool(row["counterparty_account"]) == (row["transaction_type"] == "Transfer")


def test_pending_transactions_settle_once_within_two_days(rows):
    last_day = (date.fromisoformat(START) + timedelta(days=DAYS - 1)).isoformat()
    statuses = Counter()
    for history in versions(rows["transactions"], "transaction_id").values():
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


def test_balances_are_the_sums_of_completed_transactions(rows):
    """Recomputed from the files alone, in Decimal, in the order of completion."""
    sign = signs()
    balances: dict[str, Decimal] = defaultdict(Decimal)
    for row in sorted(rows["transactions"], key=lambda row: (row["updated_at"].ljust(26, "0"), row["transaction_id"])):
        if row["transaction_status"] == "Completed":
            balances[row["account_id"]] += sign[row["transaction_type"]] * Decimal(row["amount"])
            assert Decimal(row["balance_after"]) == balances[row["account_id"]]
            assert re.fullmatch(r"-?\d+\.\d\d", row["balance_after"])
        else:
            assert row["balance_after"] == ""
    assert sum(balance < 0 for balance in balances.values()) < 0.1 * len(balances)


def test_no_account_completes_two_transactions_at_once(rows):
    completed = [row for row in rows["transactions"] if row["transaction_status"] == "Completed"]
    assert len({(row["account_id"], row["updated_at"]) for row in completed}) == len(completed)


def test_an_account_begins_with_a_deposit(rows):
    cards = {row["account_id"] for row in rows["accounts"] if row["account_type"] == "Credit Card"}
    first = {}
    for row in rows["transactions"]:
        if row["account_id"] not in cards:
            first.setdefault(row["account_id"], row)
    assert {(row["transaction_type"], row["transaction_status"]) for row in first.values()} == {
        ("Deposit", "Completed")
    }


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-(10**12), 10**12)), max_size=60))
def test_running_balances_equal_a_plain_loop(postings):
    start = np.arange(6) * 100
    balances = start.copy()
    account = np.array([place for place, _ in postings], np.int64)
    signed = np.array([cents for _, cents in postings], np.int64)
    after = running_balances(balances, account, signed)
    plain = start.tolist()
    for (place, cents), result in zip(postings, after.tolist(), strict=True):
        plain[place] += cents
        assert result == plain[place]
    assert balances.tolist() == plain


# Loans


def test_instalments_pay_the_loan_off(rows):
    for row in rows["loans"]:
        rate, months = Decimal(row["interest_rate"]) / 1200, int(row["term_months"])
        payment, owed = Decimal(row["monthly_payment"]), Decimal(row["loan_amount"])
        coin = Decimal(1) if row["currency"] == "JPY" else Decimal("0.01")
        assert payment % coin == 0
        for _ in range(months):
            owed = owed * (1 + rate) - payment
        # The payment is rounded by half a coin at most, and that grows as an annuity does.
        assert abs(owed) <= coin / 2 * ((1 + rate) ** months - 1) / rate + Decimal("0.0001")


def test_an_instalment_by_the_book():
    assert monthly_payment(100_000, Decimal("6.00"), 360, decimals=2) == Decimal("599.55")
    assert monthly_payment(100_000, Decimal("6.00"), 360, decimals=0) == Decimal(600)


def test_about_every_tenth_customer_borrows(rows):
    borrowers = {row["customer_id"] for row in rows["loans"]}
    assert 0.03 * CUSTOMERS < len(borrowers) <= 0.11 * len({row["customer_id"] for row in rows["customers"]})
    assert len({row["loan_id"] for row in rows["loans"]}) == len(borrowers)


# Edges and errors


def test_the_smallest_bank_lives_long(read_inbox, tieout, tmp_path):
    small = ["--customers", 1, "--transactions-per-day", 3, "--days", 40, "--start", "2024-02-01"]
    assert tieout("generate", "--inbox", tmp_path, *small).code == 0
    reader = read_inbox(tmp_path)
    assert len({row["transaction_id"] for row in reader.rows("transactions")}) == 120


def test_days_without_transactions_have_no_file(read_inbox, tieout, tmp_path):
    assert tieout("generate", "--inbox", tmp_path, "--transactions-per-day", 0, "--days", 2, "--customers", 9).code == 0
    assert read_inbox(tmp_path).files("transactions") == []
    assert len(read_inbox(tmp_path).files("customers")) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--days", 0], "--days must be at least 1"),
        (["--customers", 0], "--customers must be at least 1"),
        (["--transactions-per-day", -1], "--transactions-per-day must be at least 0"),
        (["--seed", -1], "--seed must be at least 0"),
        (["--start", "yesterday"], "'yesterday' is no date"),
        (["--start", "2025-02-30"], "'2025-02-30' is no date"),
        (["--start", "0001-01-01"], "must lie between"),
        (["--start", "2049-12-29", "--days", 2], "must lie between"),
        (["--days", 10**9], "must lie between"),
    ],
)
def test_bad_arguments_end_in_a_sentence(tieout, tmp_path, arguments, words):
    outcome = tieout("generate", "--inbox", tmp_path, *arguments)
    assert outcome.code == 1
    assert words in outcome.err
    assert outcome.err.startswith("tieout: ")
    assert not list(tmp_path.iterdir())


def test_a_word_for_a_number_is_a_usage_error(tieout, tmp_path):
    assert tieout("generate", "--inbox", tmp_path, "--days", "many").code == 2


def test_an_inbox_that_cannot_be_written_is_told(tieout, tmp_path):
    (tmp_path / "file").write_text("")
    outcome = tieout("generate", "--inbox", tmp_path / "file" / "inbox", "--days", 1, "--customers", 1)
    assert outcome.code == 1
    assert "cannot be written" in outcome.err


def test_a_missing_seed_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(reference, "project_root", lambda: tmp_path)
    reference._seed.cache_clear()
    try:
        with pytest.raises(TieoutError, match="transaction_types"):
            reference.transaction_signs(("Deposit",))
        (tmp_path / "seeds" / "reference").mkdir(parents=True)
        (tmp_path / "seeds" / "reference" / "transaction_types.csv").write_text(
            "transaction_type_name,amount_sign\nDeposit,1\n"
        )
        with pytest.raises(TieoutError, match="Payment"):
            reference.transaction_signs(("Deposit", "Payment"))
    finally:
        reference._seed.cache_clear()


@pytest.mark.parametrize("damage", [b"", b"no gzip at all", None])
def test_a_damaged_compressed_delivery_counts_as_other_content(read_inbox, tieout, tmp_path, damage):
    small = ["generate", "--inbox", tmp_path, "--customers", 5, "--transactions-per-day", 5, "--days", 1, "--gzip"]
    assert tieout(*small).code == 0
    file = read_inbox(tmp_path).files("customers")[0]
    packed = file.read_bytes()
    damaged = packed[:10] + b"\xff" * 20 + packed[30:] if damage is None else damage
    file.write_bytes(damaged)
    outcome = tieout(*small)
    assert (outcome.code, "other content" in outcome.err) == (1, True)
    assert file.read_bytes() == damaged
