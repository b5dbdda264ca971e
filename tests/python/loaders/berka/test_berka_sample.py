"""`tieout import berka` on the Berka sample: every line, every cent and every account's balance.

The tests read source and inbox only with the csv module and Decimal.
"""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest

from loaders.berka.command import By, berka
from tests.python.berka_sample import (
    BERKA,
    LAST_DAY,
    SIGN,
    WITHOUT_LAST_INTEREST,
    balance_exceptions,
    last_balances,
    needs_berka,
)
from tests.python.loaders.conftest import InboxReader, ReadInbox, Tieout

Row = dict[str, str]

pytestmark = needs_berka


def source_lines(name: str) -> list[list[str]]:
    """The complete lines of a source file, without its header."""
    lines = (BERKA / f"{name}.asc").read_bytes().decode("ascii").split("\r\n")
    return [next(csv.reader([line], delimiter=";")) for line in lines[1:-1]]


@pytest.fixture(scope="module")
def berka_sample(tmp_path_factory: pytest.TempPathFactory, read_inbox: ReadInbox) -> InboxReader:
    root = tmp_path_factory.mktemp("berka")
    berka(BERKA, inbox=root, by=By.MONTH, compressed=False)
    return read_inbox(root)


@pytest.fixture(scope="module")
def transactions(berka_sample: InboxReader) -> list[Row]:
    return [row for row in berka_sample.rows("transactions") if row["account_id"] is not None]


def test_every_line_and_every_cent_is_delivered(transactions: list[Row]) -> None:
    source = source_lines("trans")
    assert len(transactions) == len(source) == 49_102
    assert sum(Decimal(row["amount"]) for row in transactions) == sum(Decimal(fields[5]) for fields in source)
    assert [(row["transaction_id"], row["amount"], row["balance_after"]) for row in transactions] == [
        (fields[0], fields[5], fields[6]) for fields in source
    ]


def test_credits_are_positive_and_debits_negative(transactions: list[Row]) -> None:
    for row, fields in zip(transactions, source_lines("trans"), strict=True):
        assert SIGN[row["transaction_type"]] == (1 if fields[3] == "PRIJEM" else -1)
        assert bool(row["category"]) == bool(fields[7].strip())
        assert row["transaction_ts"] == f"19{fields[2][:2]}-{fields[2][2:4]}-{fields[2][4:]}"


def test_every_client_account_and_loan_is_delivered(berka_sample: InboxReader) -> None:
    assert {row["customer_id"] for row in berka_sample.rows("customers")} == {
        fields[0] for fields in source_lines("client")
    }
    assert len({row["customer_id"] for row in berka_sample.rows("customers")}) == 5_369
    accounts, loans = berka_sample.rows("accounts"), berka_sample.rows("loans")
    assert len(accounts) == len({row["account_id"] for row in accounts}) == 4_500
    assert len(loans) == len({row["loan_id"] for row in loans}) == 682
    assert all(row["customer_id"] for row in accounts + loans)
    assert sum(Decimal(row["loan_amount"]) for row in loans) == sum(Decimal(line[3]) for line in source_lines("loan"))


def test_cards_create_versions_of_customers(berka_sample: InboxReader) -> None:
    versions = [row["segment"] for row in berka_sample.rows("customers")]
    cards = [fields[2] for fields in source_lines("card")]
    assert versions.count("Affluent") == cards.count("gold")
    assert versions.count("Student") == cards.count("junior")
    assert versions.count("Mass") == 5_369


def test_the_truncated_last_line_is_delivered_and_reported(berka_sample: InboxReader, tieout: Tieout) -> None:
    outcome = tieout("import", "berka", BERKA, "--inbox", berka_sample.root, "--by", "month")
    assert outcome.code == 0
    assert "trans.asc line 49104 is malformed (unclosed quote)" in outcome.err
    assert berka_sample.files("transactions")[-1].read_bytes().endswith(b'\n3526882;11021;940331;"PRIJE\n')


def test_balances_equal_the_sums_except_where_the_sample_ends(transactions: list[Row]) -> None:
    exceptions = balance_exceptions(transactions)
    assert {int(exception.account_id) for exception in exceptions} == WITHOUT_LAST_INTEREST
    assert {exception.last_day for exception in exceptions} == {LAST_DAY}
    # What is missing is a credit: the interest of the month.
    assert all(len(exception.stated) == 1 and exception.stated[0] > exception.summed for exception in exceptions)
    assert balance_exceptions([row for row in transactions if row["transaction_ts"] < LAST_DAY]) == []


def test_the_chain_of_balances_finds_the_last_row_of_a_day() -> None:
    one, two, three = ((Decimal(10), Decimal(110)), (Decimal(-5), Decimal(105)), (Decimal("0.14"), Decimal("105.1")))
    assert last_balances([three, one, two]) == {Decimal("105.1")}
    assert last_balances([one, three]) == set()
