"""The Berka sample, and facts about it. The data is not in the project; `TIEOUT_BERKA` is the path of its folder."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from loaders.contract import project_root

BERKA = Path(os.environ.get("TIEOUT_BERKA", project_root().parent / "shared" / "data" / "berka"))
SIGN = {"Deposit": 1, "Transfer": 1, "Withdrawal": -1, "Payment": -1}

# The source rounds balances to tenths, but not amounts. So a sum of amounts differs from the balance by some cents.
CHAIN_TOLERANCE = Decimal("0.11")
DRIFT_TOLERANCE = Decimal("1.00")

LAST_DAY = "1994-03-31"
# The sample is truncated within its last day. The interest of these accounts is missing from it.
WITHOUT_LAST_INTEREST = {
    2867,
    2876,
    2880,
    2881,
    2884,
    2894,
    2895,
    2896,
    2902,
    2907,
    2925,
    2926,
    2932,
    2933,
    2938,
    2940,
    2951,
    2958,
    2962,
    2970,
    2974,
    10451,
    10738,
    10940,
    11013,
    11021,
    11065,
    11135,
}

needs_berka = pytest.mark.skipif(
    not (BERKA / "trans.asc").is_file(), reason=f"no Berka data in {BERKA}; set TIEOUT_BERKA to its folder"
)


@dataclass(frozen=True)
class BalanceException:
    """An account whose transactions do not add up to the balance after its last one.

    Attributes:
        account_id: the account.
        last_day: the day of its last transaction.
        summed: the sum of the signed amounts.
        stated: the possible last balances in the source; none if the rows of the day have no consistent order.
    """

    account_id: str
    last_day: str
    summed: Decimal
    stated: tuple[Decimal, ...]


def balance_exceptions(transactions: list[dict[str, str]]) -> list[BalanceException]:
    """Compare each account's sum of signed amounts with the source's balance after its last transaction.

    Rows of one day have no order. An order is possible if each balance less its amount is the balance before it. The
    last balances of all possible orders must equal the sum.
    """
    by_account: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in transactions:
        by_account[row["account_id"]].append(row)
    exceptions = []
    for account_id, rows in by_account.items():
        summed = sum((SIGN[row["transaction_type"]] * Decimal(row["amount"]) for row in rows), Decimal(0))
        last_day = max(row["transaction_ts"] for row in rows)[:10]
        day = [
            (SIGN[row["transaction_type"]] * Decimal(row["amount"]), Decimal(row["balance_after"]))
            for row in rows
            if row["transaction_ts"].startswith(last_day)
        ]
        stated = tuple(sorted(last_balances(day)))
        if not stated or any(abs(balance - summed) >= DRIFT_TOLERANCE for balance in stated):
            exceptions.append(BalanceException(account_id, last_day, summed, stated))
    return sorted(exceptions, key=lambda exception: int(exception.account_id))


def last_balances(day: list[tuple[Decimal, Decimal]], before: Decimal | None = None) -> set[Decimal]:
    """Return the possible balances at the end of a day, whose rows are (signed amount, balance after it)."""
    if not day:
        return set() if before is None else {before}
    result: set[Decimal] = set()
    for position, (signed, balance) in enumerate(day):
        if before is None or abs(balance - signed - before) < CHAIN_TOLERANCE:
            result |= last_balances(day[:position] + day[position + 1 :], balance)
    return result
