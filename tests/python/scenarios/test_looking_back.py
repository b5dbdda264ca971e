"""Tables that look back: late corrections change the days and months after them and leave no stale rows."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.python.differences import differences
from tests.python.warehouse import Warehouse

NewWarehouse = Callable[[str], Warehouse]

LATE = "2025-02-20"


def late_rows(inbox: Path, entity: str) -> Iterator[dict[str, str]]:
    """Yield the rows of the first days as if the source changed them a month later."""
    # Some entities are not delivered every day.
    for delivered in sorted(inbox.glob(f"*/banking/{entity}.csv"))[:6]:
        with delivered.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield row | {"updated_at": f"{LATE} 01:00:00"}


def corrections(inbox: Path) -> tuple[dict[str, list[dict[str, str]]], ...]:
    """Correct transactions, balances, interactions and rates so that later days change in every way.

    Returns the rows that arrive before each of three runs, by entity.
    """
    transactions = []
    spent = [row for row in late_rows(inbox, "transactions") if row["merchant_id"]]
    one_customer = spent[0]["account_id"]
    for number, row in enumerate(spent):
        if row["account_id"] == one_customer:
            # The account spent nothing after all: its days must disappear or shrink.
            transactions.append(row | {"transaction_status": "Failed"})
        elif number % 7 == 0:
            transactions.append(row | {"amount": f"{float(row['amount']) * 20:.2f}"})
        elif number % 7 == 1:
            # Into a month without other rows, whose rates arrive last.
            transactions.append(row | {"transaction_ts": "2024-11-30 10:00:00"})
    balances = [
        row | {"opening_balance": "0.00", "closing_balance": "123.45"}
        for number, row in enumerate(late_rows(inbox, "daily_balances"))
        if number % 5 == 0
    ]
    interactions = [
        row | {"interaction_ts": "2024-12-31 23:00:00"}
        for number, row in enumerate(late_rows(inbox, "customer_interactions"))
        if number % 2 == 0
    ]
    rates = {row["currency"]: row | {"rate_date": "2024-11-30"} for row in late_rows(inbox, "fx_rates")}
    return (
        {"transactions": transactions},
        {"daily_balances": balances, "customer_interactions": interactions},
        {"fx_rates": list(rates.values())},
    )


def deliver(warehouse: Warehouse, day: str, entity: str, rows: list[dict[str, str]]) -> None:
    file = warehouse.folder / f"{entity}.csv"
    with file.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.DictWriter(sink, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    warehouse.deliver(day, entity, file.read_text(encoding="utf-8"), ".late")


@pytest.mark.long
def test_late_corrections_reach_all_tables_that_look_back(new_warehouse: NewWarehouse) -> None:
    one_by_one, at_once = new_warehouse("one_by_one"), new_warehouse("at_once")
    at_once.run(
        *"tieout generate --days 12 --start 2025-01-24 --customers 25 --transactions-per-day 150 --seed 11".split(),
        "--inbox",
        str(at_once.inbox),
    )
    late = corrections(at_once.inbox)
    days = sorted(folder.name for folder in at_once.inbox.iterdir())
    # Several days per run, so that windows begin and end at different days of a run.
    for part in (days[:6], days[6:9], days[9:]):
        for day in part:
            one_day = one_by_one.folder / f"inbox_{day}"
            one_day.mkdir()
            (one_day / day).symlink_to(at_once.inbox / day)
            one_by_one.land(one_day)
        one_by_one.build_step()
    before = one_by_one.value("select count(*) from dev_gold.customer_spend where normal_spend_reporting is not null")
    assert isinstance(before, int)
    assert before > 50

    for run in late:
        for entity, rows in run.items():
            deliver(one_by_one, LATE, entity, rows)
            deliver(at_once, LATE, entity, rows)
        one_by_one.build_step()
    one_by_one.build()
    at_once.land()
    at_once.build()
    assert differences(one_by_one, at_once) == {}
    one_by_one.refresh()
    assert differences(one_by_one, at_once) == {}

    # The corrections had their intended effect.
    assert one_by_one.value("select count(*) from dev_gold.customer_spend_monthly where date_id = 20241101") != 0
    assert one_by_one.value("select count(*) from dev_gold.channel_effectiveness where date_id = 20241201") != 0
    assert one_by_one.value("select count(*) from dev_gold.customer_spend where is_over_normal") != 0
