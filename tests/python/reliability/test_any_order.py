"""Any order of deliveries and builds gives the same warehouse as all deliveries at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, assume, given, note, seed, settings
from hypothesis import strategies as st

from tests.python.data_tests import DataTests
from tests.python.hard_deliveries import ACCOUNTS, CUSTOMERS, TRANSACTIONS, account, customer, transaction
from tests.python.reliability.comparison import check_same
from tests.python.reliability.histories import Bank, histories, put
from tests.python.reliability.tally import ROUNDS, SEED, Tally, times
from tests.python.warehouse import Warehouse

NewWarehouse = Callable[[str], Warehouse]
LOCATIONS = "location_id,country,state,city,latitude,longitude,updated_at\n"
STAGING = ("+stg_banking__transactions", "+stg_banking__locations")
HOMES = {"C1": "Home of C1", "C2": "Home of C2"}


def location(key: str, latitude: int) -> str:
    return f"{key},US,Ohio,Akron,{latitude},-80,2025-01-{latitude - 39:02}\n"


# In `make test`, test_hard_deliveries.py and others deliver in several orders that are chosen by hand.
@pytest.mark.long
@seed(SEED)
@settings(
    max_examples=times(1, a_round=4),
    deadline=None,
    database=None,
    # Shrinking a history takes as long as trying a hundred others.
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_any_history_gives_the_same_warehouse_as_all_at_once(
    data: st.DataObject,
    bank: Callable[[int], Bank],
    data_tests: DataTests,
    new_warehouse: NewWarehouse,
    tally: Tally,
) -> None:
    deliveries = bank(data.draw(st.integers(1, times(1, a_round=3)), label="bank"))
    # Hypothesis begins with the simplest history, which other tests cover: skip it.
    assume(data.draw(st.integers(0, 9), label="is not the simplest"))
    history = data.draw(histories(deliveries, steps=data.draw(st.integers(3, 6 if ROUNDS else 3), label="steps")))
    step_by_step, at_once = new_warehouse("step_by_step"), new_warehouse("at_once")
    note(f"{step_by_step.folder} step by step:\n{''.join(map(str, history))}and at once: {at_once.folder}")
    for number, step in enumerate(history):
        put(step_by_step, f"inbox_{number}", step.files)
        for command in step.commands:
            step_by_step.run("dbt", *command)
    put(at_once, "inbox_whole", [file for step in history for file in step.files])
    at_once.build()

    tally.add("deliveries tried", sum(len(step.files) for step in history))
    tally.add("builds run", 1 + sum(len(step.commands) for step in history))
    check_same(step_by_step, at_once, data_tests, tally)


@pytest.mark.long
def test_selected_builds_miss_no_row_and_no_cause_of_a_restatement(warehouse: Warehouse) -> None:
    """Tables that are built before their parents catch up later, and every restatement names its file."""
    everything = ("--select", "+transaction_features", "+restatements")

    def payment(key: str, owner: str, day: str) -> str:
        return transaction(key, owner, "10.00", f"{day} 08:00:00").replace(",,\n", ",,There\n")

    warehouse.deliver(
        "2025-02-01", "accounts", ACCOUNTS + account("A1", "C1", "2025-01-01") + account("A2", "C2", "2025-01-01")
    )
    homes = [customer(key, "Akron", "2025-01-01").replace(",\n", f",{home}\n") for key, home in HOMES.items()]
    warehouse.deliver("2025-02-01", "customers", CUSTOMERS + "".join(homes))
    warehouse.deliver("2025-02-01", "locations", LOCATIONS + location("There", 40) + location("Home of C2", 41))
    first = payment("T1", "A1", "2025-01-30") + payment("T2", "A2", "2025-02-01")
    warehouse.deliver("2025-02-01", "transactions", TRANSACTIONS + first)
    warehouse.build(*everything)
    # A closed month changes while the audit is not built. The next build of the audit finds two changes.
    warehouse.deliver("2025-02-02", "transactions", TRANSACTIONS + payment("T3", "A2", "2025-01-30"))
    warehouse.build(*everything, "--exclude", "path:models/audit")
    warehouse.deliver("2025-02-03", "transactions", TRANSACTIONS + payment("T4", "A2", "2025-01-30"))
    # The home of one customer arrives, and the home of another one moves.
    warehouse.deliver("2025-02-03", "locations", LOCATIONS + location("Home of C1", 42) + location("Home of C2", 43))
    warehouse.build("--select", *STAGING, "dim_location", "transaction_features", "monthly_totals")
    warehouse.build(*everything)
    assert warehouse.query(
        "select transaction_id, distance_from_home_km > 0 from dev_gold.transaction_features order by 1"
    ) == [(key, True) for key in ("T1", "T2", "T3", "T4")]
    assert warehouse.query(
        "select source_file, row_count_change from dev_audit.restatements where measure = 'posted_amount' order by 1"
    ) == [(f"banking/transactions/dt=2025-02-0{day}/transactions.csv", 1) for day in (2, 3)]
