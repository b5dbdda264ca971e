"""For every account and day, opening balance + posted amounts = closing balance, and the last one is the balance.

The bank delivers balances in `daily_balances` and postings in `transactions`, and the two must agree. Where rows are
missing they differ by exactly the missing amounts. To check this, late rows are withheld and rejected rows are not
delivered again, so each difference can be computed from the truth file.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from tests.python.delivered import SIGNS
from tests.python.warehouse import Warehouse

NewWarehouse = Callable[[str], Warehouse]
AccountDay = tuple[str, date]

LAST_DAY = "2025-02-01"  # the fourth of six days; what arrives later is withheld
YEAR = "--days 365 --start 2025-01-01 --customers 100 --transactions-per-day 100 --seed 11".split()
YEAR_FAULTS = "--faults 0.05 --fraud 0.01".split()


@dataclass(frozen=True)
class Withheld:
    """A good line that never reached the warehouse.

    Attributes:
        effect: the effect of the fault: `late`, `rejected` or `malformed`.
        entity: `transactions` or `daily_balances`.
        values: its values by column.
    """

    effect: str
    entity: str
    values: dict[str, str]

    @property
    def updated_at(self) -> datetime:
        return datetime.fromisoformat(self.values["updated_at"])

    @property
    def account_day(self) -> AccountDay:
        moment = self.values["transaction_ts" if self.entity == "transactions" else "balance_date"]
        return self.values["account_id"], datetime.fromisoformat(moment).date()

    @property
    def key(self) -> str | AccountDay:
        return self.values["transaction_id"] if self.entity == "transactions" else self.account_day

    @property
    def change(self) -> Decimal:
        """By how much it changes the balance."""
        if self.entity == "daily_balances":
            return Decimal(self.values["closing_balance"]) - Decimal(self.values["opening_balance"])
        is_posted = self.values["transaction_status"] == "Completed"
        return SIGNS[self.values["transaction_type"]] * Decimal(self.values["amount"]) * is_posted


def read_truth(folder: Path) -> list[dict[str, str]]:
    with (folder / "truth" / "faults.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def differences(warehouse: Warehouse) -> dict[AccountDay, Decimal]:
    """Return the change of balance minus the posted amounts of each account and day, where that is not 0.

    Accounts are named by their delivered key, so they may arrive later. Accounts that never arrive are left out.
    """
    return {
        (str(account), day): difference
        for account, day, difference in warehouse.query(
            "select account, day, cast(sum(change) as decimal(38, 2)) as difference from ("
            "select delivered_account_id as account, balance_date as day, closing_balance - opening_balance as change "
            "from dev_gold.fact_daily_balances union all "
            "select delivered_account_id, transaction_date, -posted_amount from dev_gold.fact_transaction"
            ") where not starts_with(account, 'NOSUCH-') group by account, day having difference <> 0"
        )
    }


def check_balances(warehouse: Warehouse) -> int:
    """Check all accounts and days of a warehouse with complete deliveries, and return their number."""
    assert differences(warehouse) == {}
    days = (
        "with days as (select account_id, balance_date, opening_balance, closing_balance, "
        "lag(closing_balance, 1, 0) over account_days as closing_before, "
        "lag(balance_date) over account_days as date_before "
        "from dev_gold.fact_daily_balances where account_id <> 'unknown' "
        "window account_days as (partition by account_id order by balance_date)), "
        "used as (select account_id, min(transaction_date) as first_used from dev_gold.fact_transaction group by 1), "
        "spans as (select account_id, min(balance_date) as first_day, max(balance_date) as last_day, "
        "max_by(closing_balance, balance_date) as last_closing from days group by 1) "
    )
    for broken in (
        # Each day opens with the closing balance of the day before, and no day is missing.
        "from days where opening_balance <> closing_before",
        "from days where balance_date <> date_before + 1",
        # The days run from the account's first transaction to the last day of all.
        "from used full join spans using (account_id) "
        "where first_used is distinct from first_day and account_id <> 'unknown'",
        "from spans where last_day <> (select max(balance_date) from days)",
        # The last closing balance is the balance of the account, and the sum of what was posted.
        "from dev_gold.dim_account left join spans using (account_id) "
        "where (balance, posted_amount) <> (coalesce(last_closing, 0), coalesce(last_closing, 0)) "
        "and account_id <> 'unknown'",
    ):
        assert warehouse.query(f"{days} select * {broken}") == []
    return int(warehouse.value(f"{days} select count(*) from days"))


def check_orphans(warehouse: Warehouse, truth: list[dict[str, str]]) -> None:
    """Check that exactly the rows whose account never arrives have the unknown member, by count and amount."""
    for entity, table, amount in (
        ("transactions", "fact_transaction", "transaction_amount"),
        ("daily_balances", "fact_daily_balances", "closing_balance"),
    ):
        effects = {"unknown_member", "reused_key"}
        orphans = [row for row in truth if row["entity"] == entity and row["effect"] in effects]
        unknown = f"from dev_gold.{table} where account_id = 'unknown'"
        assert orphans
        assert warehouse.query(f"select count(*), sum({amount}) {unknown}") == [
            (len(orphans), sum(Decimal(row["amount"]) for row in orphans))
        ]


def deliver_without_repeats(source: Path, target: Path, last_day: str) -> list[Withheld]:
    """Copy a faulty inbox up to a day, without withdrawn rows and the good ones after rejected and malformed ones.

    Returns these rows, and the late rows that arrive after that day.
    """
    dropped: defaultdict[Path, set[int]] = defaultdict(set)
    withheld = []
    truth = read_truth(source)
    for row in truth:
        if row["entity"] not in {"transactions", "daily_balances"} or row["due_on"] > last_day:
            continue
        file = inbox_file(source, row["file"])
        lines = file.read_bytes().split(b"\n")[:-1]
        if row["kind"] == "withdrawn":
            # It may be deleted after that day, so it is left out.
            dropped[file].add(int(row["line"]))
            continue
        if row["effect"] == "late" and row["arrived_on"] > last_day:
            faulty = {int(other["line"] or 0) for other in truth if other["file"] == row["file"]}
            good = [number for number in range(2, len(lines) + 1) if number not in faulty]
            numbers = good if row["kind"] == "late_file" else [int(row["line"])]
        elif row["effect"] in {"rejected", "malformed"}:
            numbers = [int(row["line"]) + 1]
            dropped[file].update(numbers)
        else:
            continue
        for number in numbers:
            header, values = csv.reader([lines[0].decode(), lines[number - 1].decode()])
            withheld.append(Withheld(row["effect"], row["entity"], dict(zip(header, values, strict=True))))
            key = withheld[-1].key
            assert row["key"] in {"", key if isinstance(key, str) else f"{key[0]}/{key[1]}"}
    for day in sorted(folder for folder in (source / "inbox").iterdir() if folder.name <= last_day):
        for file in day.glob("banking/*.csv"):
            lines = file.read_bytes().split(b"\n")
            kept = [line for number, line in enumerate(lines, 1) if number not in dropped[file]]
            copy = target / day.name / "banking" / file.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(b"\n".join(kept))
    return withheld


def inbox_file(folder: Path, bronze_file: str) -> Path:
    """Return the delivered file. In bronze, the second file of a day has a number."""
    domain, _, day, name = bronze_file.split("/")
    return folder / "inbox" / day.removeprefix("dt=") / domain / name.replace("_0002.", ".")


def explained(warehouse: Warehouse, withheld: list[Withheld]) -> dict[AccountDay, Decimal]:
    """Return the differences that the withheld rows cause.

    Each is the change of the newest withheld version minus the change in gold, which has an older version or none.
    """
    gold: dict[str | AccountDay, tuple[datetime, Decimal]] = {
        str(key): (updated_at, change)
        for key, updated_at, change in warehouse.query(
            "select transaction_id, updated_at, posted_amount from dev_gold.fact_transaction"
        )
    }
    gold |= {
        (str(account), day): (updated_at, change)
        for account, day, updated_at, change in warehouse.query(
            "select delivered_account_id, balance_date, updated_at, closing_balance - opening_balance "
            "from dev_gold.fact_daily_balances"
        )
    }
    never = (datetime.min, Decimal(0))
    found: defaultdict[AccountDay, Decimal] = defaultdict(Decimal)
    newest = {row.key: row for row in sorted(withheld, key=lambda row: row.updated_at)}
    for key, row in newest.items():
        updated_at, change = gold.get(key, never)
        if row.updated_at > updated_at:
            found[row.account_day] += (row.change - change) * (1 if row.entity == "transactions" else -1)
    return {account_day: difference for account_day, difference in found.items() if difference}


def check_differences(new_warehouse: NewWarehouse, source: Path, last_day: str) -> set[tuple[str, str]]:
    """Check that the withheld rows explain every difference of an account and day, to the cent.

    Returns the entity and the fault's effect of the rows that cause the differences.
    """
    warehouse = new_warehouse("without_repeats")
    withheld = deliver_without_repeats(source, warehouse.inbox, last_day)
    warehouse.run("tieout", "land", "--allow-refused", str(warehouse.inbox))
    warehouse.build("--select", "+fact_transaction", "+fact_daily_balances")
    found = differences(warehouse)
    assert found == explained(warehouse, withheld)
    return {(row.entity, row.effect) for row in withheld if row.account_day in found}


def test_balances_tie_without_faults(built_once: Warehouse) -> None:
    assert built_once.value("select count(*) from dev_gold.fact_daily_balances where account_id = 'unknown'") == 0
    assert check_balances(built_once) > 150


def test_balances_tie_after_all_late_rows_have_arrived(faulty_bank: Warehouse) -> None:
    assert check_balances(faulty_bank) > 2000
    check_orphans(faulty_bank, read_truth(faulty_bank.folder))


def test_missing_rows_explain_every_difference(new_warehouse: NewWarehouse, faulty_bank: Warehouse) -> None:
    missing = check_differences(new_warehouse, faulty_bank.folder, LAST_DAY)
    assert missing == set(product(("transactions", "daily_balances"), ("late", "rejected", "malformed")))


@pytest.mark.long
@pytest.mark.parametrize("faults", [[], YEAR_FAULTS], ids=["without_faults", "with_faults"])
def test_balances_of_a_year_tie(new_warehouse: NewWarehouse, faults: list[str]) -> None:
    year = new_warehouse("year")
    year.run("tieout", "generate", *YEAR, *faults, "--inbox", str(year.inbox))
    year.run("tieout", "land", "--allow-refused", str(year.inbox))
    year.build()
    assert year.value("select count(distinct balance_date) from dev_gold.fact_daily_balances") == 365
    assert check_balances(year) > 40_000
    if faults:
        check_orphans(year, read_truth(year.folder))
        missing = check_differences(new_warehouse, year.folder, "2025-10-31")
        # Few late rows arrive after that day.
        assert missing >= set(product(("transactions", "daily_balances"), ("rejected", "malformed")))
