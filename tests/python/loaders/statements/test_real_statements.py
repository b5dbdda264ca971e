"""Files of real banks, which are not in the project; `TIEOUT_STATEMENTS` is the path of their folder.

Each is imported or refused with a sentence.
"""

from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import Path

import pytest

from loaders.contract import PROJECT_ROOT
from tests.python.loaders.statements.conftest import Counter

FOLDER = Path(os.environ.get("TIEOUT_STATEMENTS", PROJECT_ROOT.parent / "shared" / "data" / "statements"))

# Of each file: how many statements prove themselves, how many others are delivered, and what is said.
EXPECTED = {
    "mt940/asnb.txt": (31, 0, ""),
    "mt940/betterplace_sepa_snippet.sta": (1, 0, "a difference of 300.08"),
    "mt940/betterplace_sepa_snippet_broken.sta": (0, 0, "line 6 has a second :25:"),
    "mt940/cmxl_mt940.sta": (3, 0, ""),
    "mt940/jejik_abnamro.sta": (0, 0, "a difference of -2038.00"),
    "mt940/jejik_ing.sta": (0, 0, "a difference of 49.06"),
    "mt940/jejik_knab.sta": (1, 0, "a difference of 4500.00"),
    "mt940/jejik_postfinance.sta": (1, 0, "a difference of 0.20"),
    "mt940/jejik_rabobank-iban.sta": (2, 0, ""),
    "mt940/jejik_sns.sta": (2, 0, ""),
    "mt940/jejik_triodos.sta": (0, 0, "a difference of 111.40"),
    "mt940/mBank_mt940.sta": (1, 0, ""),
    "mt940/mBank_mt942.sta": (0, 0, "an interim report (MT942)"),
    "mt940/self-provided_february_30.sta": (0, 1, "'160230' is a date that does not exist"),
    "mt940/self-provided_multiline.sta": (1, 0, "the entry is outside of a statement"),
    "mt940/self-provided_whitespace.sta": (0, 0, "a difference of 234.01"),
    "ofx/anzcc.ofx": (0, 1, "its balance is of 2017-05-10"),
    "ofx/bank_medium.ofx": (0, 1, ""),
    "ofx/checking.ofx": (0, 1, ""),
    "ofx/fidelity-savings.ofx": (0, 1, "'00000000000115.8331' has more than two decimals"),
    "ofx/multiple_accounts2.ofx": (0, 2, ""),
    "ofx/ofx-v102-empty-tags.ofx": (0, 1, "cannot be read: '' is no date"),
    "ofx/suncorp.ofx": (0, 1, ""),
    "ofx/fail_nice/date_missing.ofx": (0, 1, "there is no booking date (DTPOSTED)"),
    "ofx/fail_nice/decimal_error.ofx": (0, 1, "'$120' is no amount"),
    "ofx/fail_nice/empty_balance.ofx": (0, 1, "there is no amount"),
    "camt053/camt.053.001.02.xml": (1, 0, ""),
    "camt053/camt053_duplicate_same_day.xml": (0, 1, "states no balances"),
    "camt053/camt053_garbled_amount.xml": (0, 0, "'12..34' is no amount"),
    "camt053/camt053_multicurrency.xml": (2, 0, ""),
    "camt053/camt053_no_namespace.xml": (1, 0, ""),
}

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(),
    reason=f"There are no files of real banks in {FOLDER} (TIEOUT_STATEMENTS names another folder).",
)


def test_each_file_is_imported_or_refused_with_a_sentence(counter: Counter) -> None:
    files = {
        path.relative_to(FOLDER).as_posix()
        for form in ("mt940", "ofx", "camt053")
        for path in (FOLDER / form).rglob("*.*")
    }
    assert files == set(EXPECTED)
    for name, (proved, others, sentence) in EXPECTED.items():
        outcome = counter.run(FOLDER / name, "--currency-in-account")
        reasons = [row["reason"] for row in counter.kept("rejects.csv")]
        told = outcome.out + outcome.err + " ".join(reasons)
        assert sentence in told, name
        more = sum(int(found) for found in re.findall(r"Proved:  (\d+) more", outcome.out))
        assert (outcome.out.count("Proved:  statement") + more, outcome.out.count("Unproved:")) == (proved, others), (
            name
        )
    # Opening balance + entries = closing balance, by the delivered rows alone.
    posted: dict[tuple[str, str], Decimal] = {}
    for row in counter.rows("transactions"):
        sign = 1 if row["transaction_type"] == "Deposit" else -1
        day = (row["account_id"], row["booking_date"])
        posted[day] = posted.get(day, Decimal(0)) + sign * Decimal(row["amount"])
    differing = {
        (row["account_id"], row["balance_date"])
        for row in counter.rows("daily_balances")
        if Decimal(row["closing_balance"]) - Decimal(row["opening_balance"])
        != posted.get((row["account_id"], row["balance_date"]), Decimal(0))
    }
    # Only where an entry with a date that does not exist was set aside.
    assert differing == {("12345678/1020304050-EUR", "2016-03-01")}
