"""Incremental builds equal a full refresh, in any order and splitting of deliveries."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterable

import pytest

from tests.python.differences import differences
from tests.python.optimizer import OPTIMIZER
from tests.python.warehouse import Warehouse

NewWarehouse = Callable[[str], Warehouse]


def at_once(new_warehouse: NewWarehouse, *generate: str) -> Warehouse:
    """Generate deliveries with faults and fraud, land them and build everything at once."""
    made = new_warehouse("at_once")
    made.run("tieout", "generate", "--inbox", str(made.inbox), *generate)
    made.run("tieout", "land", "--allow-refused", str(made.inbox))
    made.build()
    return made


def arrival_days(warehouse: Warehouse) -> list[str]:
    return sorted(folder.name for folder in warehouse.inbox.iterdir())


def step_by_step(warehouse: Warehouse, delivered: Warehouse, steps: Iterable[Iterable[str]]) -> None:
    """In each step, land the deliveries of some days of another warehouse and build."""
    for number, days in enumerate(steps):
        if number:
            warehouse.build_step()
        inbox = warehouse.folder / f"inbox_{number}"
        inbox.mkdir()
        for day in days:
            (inbox / day).symlink_to(delivered.inbox / day)
        warehouse.run("tieout", "land", "--allow-refused", str(inbox))
    warehouse.build()


def test_five_days_in_three_steps_equal_a_full_refresh(new_warehouse: NewWarehouse) -> None:
    """Two whole days arrive late, and single late rows on the other days."""
    delivered, refreshed = new_warehouse("delivered"), new_warehouse("refreshed")
    # As a user builds, so that the results with and without the optimizer are compared too.
    in_steps = dataclasses.replace(new_warehouse("in_steps"), environment={OPTIMIZER: "on"})
    delivered.run(
        *("tieout", "generate", "--inbox", str(delivered.inbox)),
        *"--days 5 --start 2025-01-29 --customers 150 --transactions-per-day 300 --seed 7".split(),
        *"--faults 0.1 --fraud 0.02".split(),
    )
    first, second, third, fourth, fifth = arrival_days(delivered)
    step_by_step(in_steps, delivered, [[first], [third, fifth], [second, fourth]])
    assert in_steps.value("select count(*) from dev_gold.fact_transaction") > 1500
    assert in_steps.value("select count(*) from dev_gold.dim_customer_history") > 151
    assert in_steps.value("select count(distinct rejected_by) from dev_audit.rejected_rows") == 2
    shutil.copytree(in_steps.folder, refreshed.folder, dirs_exist_ok=True)
    refreshed.refresh()
    assert differences(in_steps, refreshed) == {}
    # Nothing new has arrived, so another build loads nothing.
    before = in_steps.value("select max(_built_at) from dev_gold.fact_transaction")
    in_steps.build()
    assert differences(in_steps, refreshed) == {}
    assert in_steps.value("select max(_built_at) from dev_gold.fact_transaction") == before


@pytest.mark.long
def test_ninety_days_one_by_one_equal_ninety_days_at_once_and_a_full_refresh(new_warehouse: NewWarehouse) -> None:
    """All entities, with faults and fraud. The bank is small because 90 dbt commands already take long."""
    whole, one_by_one = (
        at_once(
            new_warehouse,
            *"--days 90 --start 2025-01-01 --customers 60 --transactions-per-day 60 --seed 42".split(),
            *"--faults 0.05 --fraud 0.01".split(),
        ),
        new_warehouse("one_by_one"),
    )
    step_by_step(one_by_one, whole, [[day] for day in arrival_days(whole)])
    assert one_by_one.value("select count(distinct _arrived_on) from dev_silver.base_banking__transactions") == 90
    assert differences(one_by_one, whole) == {}
    assert one_by_one.value("select count(*) from dev_audit.layer_reconciliation where difference <> 0") == 0
    one_by_one.build("--full-refresh")
    assert differences(one_by_one, whole) == {}
