"""Repeats add no version, a late-arriving version splits one, and a correction merges them again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.python.differences import differences
from tests.python.hard_deliveries import ACCOUNTS, CUSTOMERS, TRANSACTIONS, account, customer, transaction
from tests.python.reliability.comparison import BATCHES
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

VERSIONS = (
    "select city, cast(updated_at as varchar) from dev_gold.dim_customer_history "
    "where customer_id = 'C1' order by updated_at"
)
CITIES = (
    "select fact_transaction.transaction_id, dim_customer_history.city from dev_gold.fact_transaction "
    "inner join dev_gold.dim_customer_history using (customer_sk) order by fact_transaction.transaction_id"
)
OUTCOMES = (
    "select arrived_on, duplicate_rows, superseded_rows, current_rows from dev_audit.deliveries "
    "where entity = 'customers' order by arrived_on"
)
JAN = "2025-01-{:02} 08:00:00"

# The source exports all customers every day, and only the update time changes. On the fourth day it delivers an older
# version that was missing, and on the fifth day it corrects that version.
DAYS = [
    ("2025-01-11", customer("C1", "Akron", JAN.format(1))),
    ("2025-01-12", customer("C1", "Akron", JAN.format(3))),
    ("2025-01-13", customer("C1", "Akron", JAN.format(5))),
    ("2025-01-14", customer("C1", "Boston", JAN.format(2))),
    ("2025-01-15", customer("C1", "Akron", JAN.format(2))),
]
FIRST_REPEAT = 1


def deliver_facts(warehouse: Warehouse) -> None:
    warehouse.deliver("2025-01-11", "accounts", ACCOUNTS + account("A1", "C1", JAN.format(1)))
    moments = {f"T{day}": f"2025-01-{day:02} 09:00:00" for day in (1, 2, 3, 5)}
    rows = "".join(transaction(key, "A1", "1.00", moment) for key, moment in moments.items())
    warehouse.deliver("2025-01-11", "transactions", TRANSACTIONS + rows)


def test_repeats_add_no_version_and_late_versions_split_one(empty_warehouse: Callable[[str], Warehouse]) -> None:
    day_by_day = empty_warehouse("day_by_day")
    deliver_facts(day_by_day)
    versions, cities = [], []
    for number, (day, row) in enumerate(DAYS):
        day_by_day.deliver(day, "customers", CUSTOMERS + row)
        if number == FIRST_REPEAT:
            continue  # built with the second repeat
        day_by_day.build()
        versions.append(day_by_day.query(VERSIONS))
        cities.append([city for _, city in day_by_day.query(CITIES)])
        assert day_by_day.value("select count(*) from dev_audit.layer_reconciliation where difference <> 0") == 0
        assert day_by_day.value("select count(*) from dev_audit.unexplained_rows") == 0
        assert day_by_day.value("select bool_and(is_intact) from dev_audit.scd2_integrity") is True

    one_version = [("Akron", JAN.format(1))]
    three_versions = [("Akron", JAN.format(1)), ("Boston", JAN.format(2)), ("Akron", JAN.format(3))]
    assert versions == [one_version, one_version, three_versions, one_version]
    assert cities == [["Akron"] * 4, ["Akron"] * 4, ["Akron", "Boston", "Akron", "Akron"], ["Akron"] * 4]

    at_once = empty_warehouse("at_once")
    deliver_facts(at_once)
    for day, row in reversed(DAYS):
        at_once.deliver(day, "customers", CUSTOMERS + row)
    at_once.build()
    assert differences(day_by_day, at_once, may_differ=BATCHES) == {}

    # The first file delivered the current version, the others only duplicates.
    assert [row[1:] for row in at_once.query(OUTCOMES)] == [(0, 0, 1), (1, 0, 0), (1, 0, 0), (1, 0, 0), (1, 0, 0)]
