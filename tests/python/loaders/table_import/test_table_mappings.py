"""The mappings of docs/mappings/ and their samples, and the schema by which editors complete a mapping."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from loaders.table_import.schema import SCHEMA, schema
from tests.python.loaders.conftest import read_rows
from tests.python.loaders.table_import.conftest import Desk
from tests.python.warehouse import PROJECT

pytestmark = pytest.mark.extended

MAPPINGS = sorted((PROJECT / "docs" / "mappings").glob("*.yml"))


def test_the_schema_is_up_to_date() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema(), "Run python -m loaders.table_import.schema."


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_the_mappings_fit_the_schema(path: object) -> None:
    validator = jsonschema.Draft7Validator(json.loads(schema()))
    mapping = yaml.safe_load(PROJECT.joinpath(str(path)).read_text(encoding="utf-8"))
    assert list(validator.iter_errors(mapping)) == []
    mapping["columns"]["categorie"] = "x"
    assert [error.validator for error in validator.iter_errors(mapping)] == ["additionalProperties"]


def imported(desk: Desk, mapping: str, sample: str) -> list[dict[str, str]]:
    folder = PROJECT / "docs" / "mappings"
    outcome = desk.run(mapping=folder / f"{mapping}.yml", export=folder / "samples" / sample)
    assert outcome.code == 0, outcome.err
    assert "+ 0 set aside" in outcome.out
    (delivery,) = desk.deliveries()
    return read_rows(delivery)


@pytest.mark.parametrize(
    ("mapping", "sample", "known", "unknown"),
    [
        ("paypal_activity", "paypal_2025-03-31.csv", "Express Checkout Payment", "Gift Card Redemption"),
        ("stripe_balance", "balance_history_2025-03-31.csv", ",charge,", ",climate_order_purchase,"),
    ],
)
def test_a_kind_of_row_that_a_mapping_does_not_know_is_no_sale(
    desk: Desk, tmp_path: Path, mapping: str, sample: str, known: str, unknown: str
) -> None:
    folder = PROJECT / "docs" / "mappings"
    text = (folder / "samples" / sample).read_text(encoding="utf-8")
    assert text.count(known) == 1
    export = tmp_path / sample
    export.write_text(text.replace(known, unknown), encoding="utf-8")
    outcome = desk.run(mapping=folder / f"{mapping}.yml", export=export)
    assert "+ 1 set aside" in outcome.out
    rejected = "".join(path.read_text("utf-8") for path in desk.inbox.rglob("rejects.csv"))
    assert f"channel: '{unknown.strip(',')}' is not among the codes" in rejected


def test_a_bank_with_debit_and_credit_columns(desk: Desk) -> None:
    rows = imported(desk, "bank_debit_credit", "statement_2025-03-31.csv")
    assert [(row["transaction_id"][-13:], row["transaction_type"], row["amount"]) for row in rows] == [
        ("12345678-4711", "Deposit", "2450.00"),
        ("12345678-4712", "Payment", "12.40"),
        ("12345678-4713", "Payment", "12.40"),
        ("12345678-4714", "Payment", "50.00"),
        ("12345678-4715", "Payment", "18.99"),
        ("87654321-4711", "Deposit", "900.00"),
    ]
    assert [row["transaction_ts"] for row in rows[3:5]] == ["2025-03-30 01:30:00", "2025-03-30 22:45:00"]
    assert [row["transaction_status"] for row in rows[3:5]] == ["Completed", "Pending"]
    assert [row["merchant_name"] for row in rows[:2]] == ["", "Corner Shop"]


def test_a_bank_with_decimal_comma_and_lines_before_the_table(desk: Desk) -> None:
    rows = imported(desk, "bank_decimal_comma", "Umsaetze_20250331.csv")
    assert [(row["transaction_type"], row["amount"], row["booking_date"]) for row in rows] == [
        ("Payment", "12.50", "2025-03-27"),
        ("Payment", "12.50", "2025-03-27"),
        ("Deposit", "1200.00", "2025-03-28"),
        ("Payment", "75.00", "2025-03-29"),
        ("Payment", "0.99", "2025-03-30"),
    ]
    assert len({row["transaction_id"] for row in rows}) == 5
    assert [row["category"] for row in rows[1:3]] == ["Brötchen; frisch", 'Miete "April" Wohnung 3']
