"""`tieout explain` answers for every entity: all delivered rows and their outcomes, versions, and rows of gold."""

from __future__ import annotations

import contextlib
import io
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from loaders.audit.entities import Record, find_record
from loaders.audit.explain import explain_record
from loaders.audit.explain_silver import with_content
from loaders.audit.outcomes import outcomes_of
from loaders.audit.warehouse import Row
from loaders.audit.warehouse import Warehouse as OpenWarehouse
from loaders.contract import Entity, load_contract
from loaders.errors import TieoutError
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

ENTITIES = load_contract().deliverable()
WITH_VERSIONS = {"customers", "accounts", "loans", "merchants", "products"}


@pytest.fixture(scope="module")
def faulty(faulty_bank: Warehouse) -> Iterator[OpenWarehouse]:
    """The warehouse with all kinds of faults, open for reading."""
    with contextlib.chdir(faulty_bank.folder), duckdb.connect(str(faulty_bank.database), read_only=True) as connection:
        yield OpenWarehouse("dev", "dev", "duckdb", "a file", connection)


def explained(warehouse: OpenWarehouse, *words: str) -> str:
    """Return what the command prints, on one line."""
    out = Console(file=io.StringIO(), width=1000)
    explain_record(warehouse, list(words), out, Path("inbox"), unmasked=False)
    return " ".join(out.file.getvalue().split())  # type: ignore[attr-defined]


def accepted_rows(warehouse: OpenWarehouse, entity: Entity) -> dict[tuple[object, ...], list[Row]]:
    """Return all accepted rows of an entity by key, the latest first, with the outcome that the audit gives them."""
    names = [column.name for column in entity.columns if not column.added_by_landing and column.type != "update_time"]
    rows = warehouse.rows(
        f"""
        select
            base.updated_at, base._source_file as source_file, base._source_line as source_line,
            base._arrived_on as arrived_on, outcomes.outcome, outcomes.kept_source_file, outcomes.kept_source_line,
            {", ".join(f"base.{name} as value_{name}" for name in names)}
        from {{silver}}.{Record(entity, {}).base} as base
        inner join {{audit}}.row_outcomes as outcomes
            on
                outcomes.domain = '{entity.domain}' and outcomes.entity = '{entity.name}'
                and outcomes.source_file = base._source_file and outcomes.source_line = base._source_line
        where base._failed_rules = ''
        order by updated_at desc, base._arrived_on desc, base._source_file desc, base._source_line desc
        """
    )
    by_key: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        by_key[tuple(row[f"value_{column}"] for column in entity.key)].append(with_content(row, names))
    return by_key


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_every_row_of_an_entity_is_explained(faulty: OpenWarehouse, entity: Entity) -> None:
    """Outcomes are those of the audit, which works them out in SQL; and the key with most rows is shown with all."""
    by_key = accepted_rows(faulty, entity)
    for rows in by_key.values():
        replaced_by = "another" if any(row["outcome"] == "replaced" for row in rows) else None
        outcomes = outcomes_of(rows, replaced_by, has_versions=entity.name in WITH_VERSIONS)
        assert [outcome.replace(":", "").replace(",", "").split()[0] for outcome in outcomes] == [
            row["outcome"] for row in rows
        ]
        for row, outcome in zip(rows, outcomes, strict=True):
            if row["outcome"] == "duplicate" and "with" not in outcome:
                assert f"duplicate of {row['kept_source_file']} line {row['kept_source_line']}" in outcome

    # All rows of the key with the most rows, and all tables of gold that hold them.
    key, rows = max(by_key.items(), key=lambda item: (item[1][0]["outcome"] == "current", len(item[1])))
    printed = explained(faulty, entity.name, *(str(value) for value in key))
    for row in rows:
        assert f"{row['source_file']} {row['source_line']} " in printed
    assert f"3. In stg: the latest row File Line Loaded {''}" in printed
    for table in Record(entity, {}).tables(faulty):
        assert f"In {table}" in printed
    assert (f"What was known when, in snap_{entity.domain}__{entity.name}" in printed) == (entity.name in WITH_VERSIONS)
    assert "According to base" not in printed


@pytest.mark.parametrize(
    ("words", "entity", "key"),
    [
        (("loan payment", "P1"), "loan_payments", {"payment_id": "P1"}),
        (("banking.loans", "L1"), "loans", {"loan_id": "L1"}),
        (("Sale", "O1"), "sales", {"order_line_id": "O1"}),
        (("interaction", "I1"), "customer_interactions", {"interaction_id": "I1"}),
        (("fx_rate", "EUR", "2025-01-30"), "fx_rates", {"currency": "EUR", "rate_date": "2025-01-30"}),
        (
            ("daily_balances", "balance_date=2025-01-30", "account_id=A1"),
            "daily_balances",
            {"account_id": "A1", "balance_date": "2025-01-30"},
        ),
    ],
)
def test_a_record_is_named_by_its_entity_and_key(
    faulty: OpenWarehouse, words: tuple[str, ...], entity: str, key: dict[str, str]
) -> None:
    record = find_record(faulty, list(words))
    assert record is not None
    assert (record.entity.name, record.key) == (entity, key)


def test_a_key_alone_finds_its_entity(faulty: OpenWarehouse) -> None:
    for name in ("loans", "customers", "sales"):
        entity = next(entity for entity in ENTITIES if entity.name == name)
        key = faulty.row(f"select min({entity.key[0]}) as id from {{silver}}.{Record(entity, {}).stg}")["id"]
        record = find_record(faulty, [key])
        assert record is not None
        assert (record.entity.name, record.business_key) == (name, key)
    assert find_record(faulty, ["nobody's"]) is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("loanz", "L1"), "'loanz' is no entity; did you mean loans"),
        (
            ("daily_balances", "A1"),
            "The key of daily_balances is account_id, balance_date: tieout explain",
        ),
        (("daily_balances", "A1", "today"), "balance_date is a date, such as 2025-01-18, not 'today'."),
        (("customers", "C9999999"), "dev has loaded no row of customers with the customer id 'C9999999'."),
        (("customers", "C00000011"), "Keys that look like it: C0"),
        (("nobody",), "A key of several columns needs its entity"),
    ],
)
def test_a_record_that_is_not_there_is_a_sentence(faulty: OpenWarehouse, words: tuple[str, ...], says: str) -> None:
    with pytest.raises(TieoutError) as error:
        explained(faulty, *words)
    assert says in str(error.value)


def test_a_withdrawn_record_says_so(faulty: OpenWarehouse) -> None:
    gone = faulty.row(
        "select min(business_key) as id from {audit}.row_outcomes "
        "where entity = 'loan_payments' and outcome = 'withdrawn'"
    )["id"]
    printed = explained(faulty, "loan_payment", gone)
    assert "The source has deleted the loan payment with this row, so it is withdrawn" in printed
    assert "In fact_loan_payment" not in printed
    assert "counted in" not in printed
