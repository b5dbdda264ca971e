"""Incremental equals full refresh, whatever the order, splitting and repetition of deliveries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.python.warehouse import Warehouse, differences

NewWarehouse = Callable[[str], Warehouse]


def day_by_day(warehouse: Warehouse, deliveries: Path, days: list[str]) -> None:
    for day in days:
        one_day = warehouse.folder / f"inbox_{day}"
        one_day.mkdir()
        (one_day / day).symlink_to(deliveries / day)
        warehouse.land(one_day)
        warehouse.build()


def one_by_one_and_at_once(new_warehouse: NewWarehouse, *generate: str) -> tuple[Warehouse, Warehouse]:
    one_by_one, at_once = new_warehouse("one_by_one"), new_warehouse("at_once")
    at_once.run("tieout", "generate", "--inbox", str(at_once.inbox), *generate)
    days = sorted(folder.name for folder in at_once.inbox.iterdir())
    day_by_day(one_by_one, at_once.inbox, days)
    at_once.land()
    at_once.build()
    return one_by_one, at_once


def test_three_days_one_by_one_equal_three_days_at_once(new_warehouse: NewWarehouse) -> None:
    one_by_one, at_once = one_by_one_and_at_once(
        new_warehouse, *"--days 3 --start 2025-01-30 --customers 150 --transactions-per-day 400 --seed 7".split()
    )
    assert one_by_one.value("select count(*) from dev_gold.fact_transaction") == 1200
    assert one_by_one.value("select count(*) from dev_gold.dim_customer_history") > 151
    assert differences(one_by_one, at_once) == {}
    one_by_one.build("--full-refresh")
    assert differences(one_by_one, at_once) == {}
    # Nothing new has arrived, so a further build loads nothing.
    before = one_by_one.value("select max(_built_at) from dev_gold.fact_transaction")
    one_by_one.build()
    assert differences(one_by_one, at_once) == {}
    assert one_by_one.value("select max(_built_at) from dev_gold.fact_transaction") == before


@pytest.mark.long
def test_thirty_days_one_by_one_equal_thirty_days_at_once(new_warehouse: NewWarehouse) -> None:
    one_by_one, at_once = one_by_one_and_at_once(
        new_warehouse, *"--days 30 --start 2025-01-01 --customers 1000 --transactions-per-day 5000 --seed 42".split()
    )
    assert one_by_one.value("select count(*) from dev_gold.fact_transaction") == 150_000
    assert differences(one_by_one, at_once) == {}
    assert one_by_one.value("select count(*) from dev_audit.layer_reconciliation where difference <> 0") == 0
