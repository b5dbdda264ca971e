"""`tieout generate --fraud`: incidents and their labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from loaders.deliveries import Inbox
from loaders.generate.command import write
from loaders.generate.fraud.typologies import TYPOLOGIES
from tests.python.loaders.conftest import ReadInbox, Tieout
from tests.python.loaders.generate.bank import Delivered, Row
from tests.python.loaders.generate.conftest import BANK_WITH_FRAUD

pytestmark = pytest.mark.extended

SMALL_BANK = ["generate", "--days", 3, "--customers", 50, "--transactions-per-day", 200, "--fraud", 0.2]


def incidents(bank: Delivered, typology: str) -> list[list[Row]]:
    """The transactions of each incident of a typology."""
    parts: dict[str, list[Row]] = defaultdict(list)
    for label in bank.labels:
        if label["typology"] == typology:
            parts[label["incident_id"]].append(bank.latest["transactions"][label["transaction_id"],])
    assert parts
    return list(parts.values())


def seconds(transactions: list[Row]) -> float:
    """The time between the first and the last transaction."""
    times = sorted(datetime.fromisoformat(row["transaction_ts"]) for row in transactions)
    return (times[-1] - times[0]).total_seconds()


def dollars(bank: Delivered, transaction: Row) -> float:
    rate = bank.latest["fx_rates"][transaction["currency"], transaction["transaction_ts"][:10]]["rate_to_usd"]
    return float(transaction["amount"]) * float(rate)


def test_labels_refer_to_delivered_transactions(bank: Delivered) -> None:
    assert {label["typology"] for label in bank.labels} == set(TYPOLOGIES)
    assert len({label["transaction_id"] for label in bank.labels}) == len(bank.labels)
    typologies: dict[str, set[str]] = defaultdict(set)
    for label in bank.labels:
        transaction = bank.latest["transactions"][label["transaction_id"],]
        account = bank.latest["accounts"][label["account_id"],]
        assert transaction["account_id"] == label["account_id"]
        assert account["customer_id"] == label["customer_id"]
        assert transaction["transaction_ts"][:10] == label["date"]
        typologies[label["incident_id"]].add(label["typology"])
    assert all(len(names) == 1 for names in typologies.values())
    ordinary = bank.settings.transactions_per_day * bank.settings.days
    assert 0.4 < len(bank.labels) / (bank.settings.fraud * ordinary) < 2


def test_card_testing_makes_tiny_payments_and_then_a_large_one(bank: Delivered) -> None:
    for transactions in incidents(bank, "card_testing"):
        amounts = [dollars(bank, row) for row in transactions]
        assert seconds(transactions) < 15 * 60
        assert sum(amount < 5 for amount in amounts) == len(amounts) - 1 >= 8
        assert max(amounts) > 300


def test_impossible_travel_uses_a_card_in_two_countries_within_an_hour(bank: Delivered) -> None:
    for transactions in incidents(bank, "impossible_travel"):
        locations = [bank.latest["locations"][row["location_id"],] for row in transactions]
        assert len({location["country"] for location in locations}) == 2
        assert seconds(transactions) < 3600


def test_structuring_deposits_just_below_the_reporting_limit(bank: Delivered) -> None:
    for transactions in incidents(bank, "structuring"):
        assert {row["transaction_type"] for row in transactions} == {"Deposit"}
        assert all(8_900 < dollars(bank, row) < 10_000 for row in transactions)
        assert seconds(transactions) < 5 * 86_400


def test_account_takeover_changes_the_contact_data_and_withdraws_at_night(bank: Delivered) -> None:
    for transactions in incidents(bank, "account_takeover"):
        owner = bank.latest["accounts"][transactions[0]["account_id"],]["customer_id"]
        contacts = {(version["email"], version["phone"]) for version in bank.history["customers"][owner,]}
        assert len(contacts) > 1
        assert all(int(row["transaction_ts"][11:13]) < 6 for row in transactions)
        assert {row["transaction_type"] for row in transactions} == {"Withdrawal"}


def test_fan_in_sends_many_transfers_to_one_account(bank: Delivered) -> None:
    for transactions in incidents(bank, "fan_in"):
        ((mule, _),) = Counter(row["account_id"] for row in transactions).most_common(1)
        received = [row for row in transactions if row["account_id"] == mule and row["transaction_type"] == "Transfer"]
        assert len(received) >= 8


def test_fan_out_sends_many_withdrawals(bank: Delivered) -> None:
    for transactions in incidents(bank, "fan_out"):
        assert sum(row["transaction_type"] == "Withdrawal" for row in transactions) >= 8


def test_fraud_is_in_addition_to_the_requested_transactions(bank: Delivered) -> None:
    new = Counter(row["dt"] for row in bank.rows("transactions") if row["dt"] == row["transaction_ts"][:10])
    fraud = Counter(label["date"] for label in bank.labels)
    assert {count - fraud[day] for day, count in new.items()} == {bank.settings.transactions_per_day}


def test_without_fraud_there_are_no_labels(tieout: Tieout, tmp_path: Path) -> None:
    assert tieout("generate", "--inbox", tmp_path / "inbox", "--days", 2, "--customers", 5).code == 0
    assert not (tmp_path / "truth").exists()


def test_the_first_days_of_a_longer_run_equal_a_shorter_run(
    bank: Delivered, read_inbox: ReadInbox, tmp_path: Path
) -> None:
    labels = tmp_path / "truth" / "fraud.csv"
    write(replace(BANK_WITH_FRAUD, days=6), Inbox(tmp_path / "inbox"))
    assert read_inbox(tmp_path / "inbox").digests().items() <= bank.inbox.digests().items()
    shorter = labels.read_bytes()
    assert (bank.inbox.root.parent / "truth" / "fraud.csv").read_bytes().startswith(shorter)
    # A longer run extends the file; a shorter one leaves it unchanged.
    write(replace(BANK_WITH_FRAUD, days=8), Inbox(tmp_path / "inbox"))
    longer = labels.read_bytes()
    assert longer.startswith(shorter)
    assert len(longer) > len(shorter)
    write(replace(BANK_WITH_FRAUD, days=6), Inbox(tmp_path / "inbox"))
    assert labels.read_bytes() == longer


def test_labels_of_another_run_are_not_overwritten(tieout: Tieout, tmp_path: Path) -> None:
    truth = ["--truth", tmp_path / "labels"]
    assert tieout(*SMALL_BANK, *truth, "--inbox", tmp_path / "a").code == 0
    before = (tmp_path / "labels" / "fraud.csv").read_bytes()
    assert before.count(b"\n") > 1
    refused = tieout(*SMALL_BANK, *truth, "--inbox", tmp_path / "b", "--seed", 1)
    assert refused.code == 1
    assert "exists already with the labels of another run" in refused.err
    assert (tmp_path / "labels" / "fraud.csv").read_bytes() == before


def test_labels_are_never_written_to_the_inbox(tieout: Tieout, tmp_path: Path) -> None:
    refused = tieout(*SMALL_BANK, "--truth", tmp_path / "inbox" / "truth", "--inbox", tmp_path / "inbox")
    assert refused.code == 1
    assert "is inside the inbox" in refused.err
