"""Two exports of a bank, imported by a mapping, landed and built: the facts have the sums of the exports."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from tests.python.warehouse import Warehouse

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


def test_overlapping_exports_count_once_and_equal_rows_twice(new_warehouse: Callable[[str], Warehouse]) -> None:
    made = new_warehouse("imported")
    (made.folder / "bank.yml").write_text(MAPPING, encoding="utf-8")
    for day, text in (("2025-01-03", FIRST), ("2025-01-06", SECOND)):
        export = made.folder / f"export-{day}.csv"
        export.write_text(text, encoding="utf-8")
        made.run("tieout", "import", "table", str(made.folder / "bank.yml"), str(export), "--inbox", str(made.inbox))
    assert "2 landed" in made.land()
    made.build()
    assert made.query("select count(*), sum(amount_signed) from dev_gold.fact_transaction") == [(4, Decimal("494.90"))]
    salary = made.value("select transaction_id from dev_gold.fact_transaction where amount_signed = 1200")
    explained = made.run("tieout", "explain", salary, "--inbox", str(made.inbox))
    assert sorted(re.findall(r"was imported from .*/original/(.*? line \d+)", explained)) == [
        "export-2025-01-03.csv line 4",
        "export-2025-01-06.csv line 2",
    ]
    (malformed,) = (made.folder / "data" / "bronze" / "control" / "malformed_lines").glob("*/*.csv")
    assert "export-2025-01-06.csv line 4: expected 3 fields, found 2: 05.01.2025;kaputt" in malformed.read_text("utf-8")
