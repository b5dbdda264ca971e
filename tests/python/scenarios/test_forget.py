"""A customer asks to be forgotten: personal data is gone from bronze and the warehouse, and everything ties out."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.python.differences import differences
from tests.python.forgetting import BIRTHDAYS, DAY, DELIVERIES, MARK, NEXT_DAY, columns_with, texts_of_bronze
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

COUNTS = (
    "select domain, entity, business_key, source_file, source_line, updated_at, control_amount, outcome, is_repeat "
    "from dev_audit.row_outcomes order by all"
)
FACTS = "select columns(name -> not regexp_matches(name, '^_.*_at$')) from dev_gold.fact_transaction order by all"
VERSIONS = (
    "select customer_id, customer_sk, birth_year, city, segment, updated_at, valid_from, valid_to, is_current "
    "from dev_gold.dim_customer_history order by all"
)
STATES = (
    "select customer_id, updated_at, city, _source_file, _source_line, dbt_valid_from, dbt_valid_to, dbt_scd_id "
    "from dev_silver.snap_banking__customers order by all"
)
# What the snapshot keeps of the state that the file of the next day corrected, if it is loaded a day later.
CORRECTED_STATE = (
    "insert into dev_silver.snap_banking__customers by name "
    "select columns(name -> not regexp_matches(name, '^_(failed|raw)')), "
    "'closed' as dbt_scd_id, _loaded_at as dbt_updated_at, _loaded_at as dbt_valid_from, _loaded_at as dbt_valid_to "
    "from dev_silver.base_banking__customers "
    f"where city = 'Akron' and customer_id = 'C1' and updated_at = '{DAY} 08:00:00'"
)
REJECTED = "select source_file, source_line, reasons, is_resolved from dev_audit.rejected_rows order by all"
MEMORIES = (
    "select * exclude (_loaded_at) from dev_audit.monthly_totals order by all",
    "select * from dev_audit.restatements order by all",
    "select columns(name -> name not in ('bronze_sha256', '_fingerprint')) from dev_silver.base_control__deliveries "
    "order by all",
)
KEPT = (COUNTS, FACTS, VERSIONS, STATES, REJECTED, *MEMORIES)
PSEUDONYMS = "select unnest([first_name, last_name, email, phone, address]) from dev_gold.dim_customer_history where {}"


@dataclass
class Forgotten:
    """A warehouse whose customer C1 was forgotten, and what it had before."""

    warehouse: Warehouse
    before: list[list[tuple[Any, ...]]]
    pseudonyms: tuple[str, ...]
    printed: str


@pytest.fixture(scope="module")
def forgotten(empty_warehouse: Callable[[str], Warehouse]) -> Forgotten:
    made = empty_warehouse("forgotten")
    for day, entity, text, part in DELIVERIES:
        made.deliver(day, entity, text, part)
    made.build()
    made.execute(CORRECTED_STATE)
    layers = {column.split(".")[0] for column in columns_with(made, (MARK,))}
    assert layers == {"dev_bronze", "dev_silver", "dev_gold"}
    before = [made.query(sql) for sql in KEPT]
    pseudonyms = {text for (text,) in made.query(PSEUDONYMS.format("customer_id = 'C1'"))}
    others = {text for (text,) in made.query(PSEUDONYMS.format("customer_id <> 'C1'"))}
    printed = made.run("tieout", "forget", "C1", "--reason", "request 17", "--by", "Ada")
    made.build()
    return Forgotten(made, before, tuple(sorted(pseudonyms - others)), printed)


def test_no_value_of_the_customer_is_left(forgotten: Forgotten) -> None:
    texts = (MARK, *BIRTHDAYS, *forgotten.pseudonyms)
    assert len(forgotten.pseudonyms) > 5
    # dim_date has every day.
    found = [column for column in columns_with(forgotten.warehouse, texts) if ".dim_date." not in column]
    assert found == []
    bronze = texts_of_bronze(forgotten.warehouse.folder / "data" / "bronze")
    assert [name for name, text in bronze.items() if any(mark in text for mark in texts)] == []


def test_keys_amounts_versions_and_what_the_audit_remembers_stay(forgotten: Forgotten) -> None:
    assert [forgotten.warehouse.query(sql) for sql in KEPT] == forgotten.before
    assert forgotten.warehouse.query(
        "select counterparty_account from dev_silver.base_banking__transactions where account_id = 'A2'"
    ) == [("Other Bank 3",)]
    assert forgotten.warehouse.query("select email from dev_gold.dim_customer_pii where customer_id = 'C2'") == [
        ("ann@example.com",)
    ]


def test_everything_ties_out(forgotten: Forgotten) -> None:
    printed = " ".join(forgotten.warehouse.run("tieout", "check").split())
    assert "Everything ties out" in printed
    assert forgotten.warehouse.query("select count(*) from dev_audit.changed_rows") == [(0,)]


def test_the_audit_says_who_was_forgotten_when_by_whom_and_why(forgotten: Forgotten) -> None:
    assert "60 values" in forgotten.printed
    assert f"{NEXT_DAY}/banking/customers.csv" in forgotten.printed
    assert forgotten.warehouse.query(
        "select distinct customer_id, forgotten_by, reason from dev_audit.forgotten_persons"
    ) == [("C1", "Ada", "request 17")]
    assert forgotten.warehouse.query(
        "select bronze_file, overwritten_rows from dev_audit.forgotten_persons where domain = 'banking' order by all"
    ) == [
        ("banking/customers/dt=2025-01-10/customers.csv", 7),
        ("banking/customers/dt=2025-01-11/customers.csv", 2),
        ("banking/transactions/dt=2025-01-10/transactions.csv", 2),
        ("banking/transactions/dt=2025-01-11/transactions.csv", 2),
    ]


def test_it_equals_a_full_refresh(forgotten: Forgotten) -> None:
    made = forgotten.warehouse
    copy = Warehouse(made.folder.parent / "incremental")
    shutil.copytree(made.folder, copy.folder)
    made.build("--full-refresh")
    assert differences(copy, made) == {}
