"""A bank's own files, imported, landed and built: facts have the sums of exports and the balances of statements.

One warehouse has all: exports by a mapping, exports by mappings that were proposed, and statements of other accounts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.python.loaders.statements.written import IBAN, mt940
from tests.python.scenarios import newcomer
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

MAPPING = """\
entity: banking/transactions
files: {arrival_day: {in_name: "export-([0-9-]+)"}}
table: {delimiter: ;}
numbers: {decimal: ",", grouping: "."}
dates: {formats: ["%d.%m.%Y"]}
money: {column: Betrag}
columns:
  transaction_id: {hash_of: all, scope: [account_id]}
  account_id: {constant: A1}
  transaction_type: {by_sign: {credit: Deposit, debit: Payment}}
  amount: {money: without_sign}
  currency: {constant: USD}
  transaction_ts: Tag
  transaction_status: {constant: Completed}
"""
# The 3rd of January is in both exports, and the 2nd has two equal rows.
FIRST = "Tag;Text;Betrag\n02.01.2025;Brot;-2,50\n02.01.2025;Brot;-2,50\n03.01.2025;Lohn;1.200,00\n"
SECOND = "Tag;Text;Betrag\n03.01.2025;Lohn;1.200,00\n04.01.2025;Miete;-700,10\n05.01.2025;kaputt\n"


COFFEE = ":61:2501030103D2,50NTRF\n:86:COFFEE\n"
# Two pages of a day with three equal entries, a statement that overlaps both, and one with an unreadable entry.
STATEMENTS = {
    "1.sta": mt940("C250102EUR10,", COFFEE + COFFEE, "C250103EUR5,", number="1/1", page="FM")
    + mt940("C250103EUR5,", f"{COFFEE}:61:2501050104C7,NTRF\n", "C250104EUR9,50", number="1/2", page="MF"),
    "2.sta": mt940("C250102EUR10,", f"{COFFEE * 3}:61:2501050104C7,NTRF\n", "C250105EUR9,50", number="2/1"),
    "3.sta": mt940("D250104EUR1,", ":61:250105D1,NTRF\n:61:250106Dx,NTRF\n", "D250106EUR5,", account="B2"),
}


@pytest.fixture(scope="module")
def edited_lines() -> dict[str, int]:
    """How many lines of each proposed mapping the newcomer has edited."""
    return {}


@pytest.fixture(scope="module")
def imported(new_warehouse: Callable[[str], Warehouse], edited_lines: dict[str, int]) -> Warehouse:
    made = new_warehouse("imported")
    for each in newcomer.EXPORTS:
        edited_lines[each.file] = newcomer.import_as_newcomer(made, each)
    (made.folder / "bank.yml").write_text(MAPPING, encoding="utf-8")
    for day, text in (("2025-01-03", FIRST), ("2025-01-06", SECOND)):
        export = made.folder / f"export-{day}.csv"
        export.write_text(text, encoding="utf-8")
        made.run("tieout", "import", "table", str(made.folder / "bank.yml"), str(export), "--inbox", str(made.inbox))
    for name, text in STATEMENTS.items():
        (made.folder / name).write_text(text, encoding="utf-8")
    files = [str(made.folder / name) for name in STATEMENTS]
    made.run("tieout", "import", "statements", *files, "--inbox", str(made.inbox))
    made.land()
    made.build()
    return made


def test_statements_tie_to_their_balances(imported: Warehouse) -> None:
    days = imported.query(
        "select delivered_account_id, balance_date::text, opening_balance, posted_amount, closing_balance, difference "
        f"from dev_audit.balance_reconciliation where delivered_account_id in ('B2', '{IBAN}') order by 1, 2"
    )
    iban, cents = IBAN, Decimal
    assert days == [
        ("B2", "2025-01-05", cents(-1), cents(-1), cents(-2), cents(0)),
        # An entry was set aside: it is what is missing on its day.
        ("B2", "2025-01-06", cents(-2), cents(0), cents(-5), cents(-3)),
        (iban, "2025-01-03", cents(10), cents("-7.50"), cents("2.50"), cents(0)),
        (iban, "2025-01-04", cents("2.50"), cents(7), cents("9.50"), cents(0)),
        (iban, "2025-01-05", cents("9.50"), cents(0), cents("9.50"), cents(0)),
    ]
    # Booking date and value date both arrive, and facts find their account and its customer.
    assert imported.query(
        "select transaction_date::text, event_date::text, account_id, customer_id from dev_gold.fact_transaction "
        "where amount_signed = 7"
    ) == [("2025-01-04", "2025-01-05", iban, iban)]


def test_the_verdict_is_green(imported: Warehouse) -> None:
    printed = imported.run("tieout", "check")
    assert "Everything ties out" in printed
    assert (
        "the bank's balances differ from the transactions (not known: a late or unreadable transaction): 1" in printed
    )


def test_an_entry_leads_back_to_the_statement(imported: Warehouse) -> None:
    key = imported.value("select transaction_id from dev_gold.fact_transaction where amount_signed = 7")
    explained = imported.run("tieout", "explain", key, "--inbox", str(imported.inbox))
    found = re.findall(r"was imported from .*/original/(.*? line \d+)", explained)
    assert sorted(found) == ["1.sta line 17", "2.sta line 11"]


def test_a_newcomer_edits_few_lines_of_a_proposed_mapping_and_every_cent_arrives(
    imported: Warehouse, edited_lines: dict[str, int]
) -> None:
    assert len(edited_lines) == 5
    assert {file: count for file, count in edited_lines.items() if count > newcomer.MOST_EDITS} == {}
    found = imported.query(
        "select delivered_account_id, count(*), sum(amount_signed) from dev_gold.fact_transaction group by 1"
    )
    sums = {account: (rows, amount) for account, rows, amount in found}
    for export in newcomer.EXPORTS:
        assert {account: sums.get(account) for account in export.accounts} == export.accounts


def test_the_original_of_an_import_is_named_although_it_is_in_another_inbox(imported: Warehouse) -> None:
    key = imported.value("select transaction_id from dev_gold.fact_transaction where delivered_account_id = 'CARD-1'")
    explained = imported.run("tieout", "explain", str(key), "--inbox", str(imported.folder / "another"))
    told = " ".join(explained.split())
    assert f"was imported, but its original is not in {imported.folder / 'another'}." in told
    assert re.search(
        r"in the folder \.imports/banking/transactions\.karte_20250106-karte_20250106-[0-9a-f]{8} of", told
    )
    explained = imported.run("tieout", "explain", str(key), "--inbox", str(imported.inbox))
    assert re.search(r"original/karte_20250106.xlsx sheet 'Umsätze' row [456]\.", " ".join(explained.split()))


def test_overlapping_exports_count_once_and_equal_rows_twice(imported: Warehouse) -> None:
    assert imported.query(
        "select count(*), sum(amount_signed) from dev_gold.fact_transaction where delivered_account_id = 'A1'"
    ) == [(4, Decimal("494.90"))]
    salary = imported.value("select transaction_id from dev_gold.fact_transaction where amount_signed = 1200")
    explained = imported.run("tieout", "explain", salary, "--inbox", str(imported.inbox))
    assert sorted(re.findall(r"was imported from .*/original/(.*? line \d+)", explained)) == [
        "export-2025-01-03.csv line 4",
        "export-2025-01-06.csv line 2",
    ]
    malformed = (imported.folder / "data" / "bronze" / "control" / "malformed_lines").glob("*/*.csv")
    text = "".join(path.read_text("utf-8") for path in malformed)
    assert "export-2025-01-06.csv line 4: expected 3 fields, found 2: 05.01.2025;kaputt" in text
    assert "3.sta line 6: the line is no entry" in text
