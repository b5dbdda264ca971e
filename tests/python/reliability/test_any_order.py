"""Any order: whatever is delivered when, and whatever is built in between, comes to the same as all of it at once."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st

from tests.python.reliability.checks import Checks
from tests.python.reliability.comparison import check_same
from tests.python.reliability.histories import Bank, histories, put
from tests.python.reliability.tally import SEED, Tally, times
from tests.python.warehouse import Warehouse

NewWarehouse = Callable[[str], Warehouse]


@seed(SEED)
@settings(
    max_examples=times(2, a_round=4),
    deadline=None,
    database=None,
    # To make a history smaller takes as long as to try a hundred others.
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_any_history_comes_to_the_same_as_all_at_once(
    data: st.DataObject,
    bank: Callable[[int], Bank],
    data_tests: Checks,
    new_warehouse: NewWarehouse,
    tally: Tally,
) -> None:
    of_bank = bank(data.draw(st.integers(1, times(1, a_round=3)), label="bank"))
    history = data.draw(histories(of_bank, steps=data.draw(st.integers(3, times(3, a_round=5)), label="steps")))
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
