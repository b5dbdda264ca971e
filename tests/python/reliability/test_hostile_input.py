"""Hostile files and values land, are rejected with a reason, or are refused with a message, and all counts tie.

All of them are landed together and built by one `dbt build`, which none of them may stop.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

import pytest

from loaders.contract import load_contract
from tests.python.conftest import BronzeFolder
from tests.python.data_tests import DataTests, failing_data_tests
from tests.python.hard_deliveries import TRANSACTIONS
from tests.python.reliability.hostile_file import PERSON, HostileFile, file_name
from tests.python.reliability.hostile_files import FILES, GOOD, NAMES_LEFT_OUT
from tests.python.reliability.hostile_rows import delivered, extreme_rows, hostile_rows, value_deliveries
from tests.python.reliability.hostile_values import COLUMNS, EXTREMES, MOST, TOGETHER, TOGETHER_COLUMN
from tests.python.reliability.tally import Tally
from tests.python.warehouse import DOMAINS, Warehouse

DAY = "2025-01-02"
# Arrival days that are valid dates although they cannot be right.
FIRST_DAY, LAST_DAY = "0001-01-01", "9999-12-31"
LONGEST = f"transactions.{'x' * 233}.csv"
TOO_LONG = f"transactions.{'x' * 234}.csv"
PII = {
    entity.name: {column.name for column in entity.columns if column.pii} for entity in load_contract().deliverable()
}


CASES = [
    *((entity, column) for entity in COLUMNS for column in COLUMNS[entity]),
    *((entity, TOGETHER_COLUMN) for entity in TOGETHER),
]


@dataclass(frozen=True)
class Hostile:
    """The hostile files and values after landing and building.

    Attributes:
        warehouse: the warehouse.
        landed: the output of `tieout land`.
    """

    warehouse: Warehouse
    landed: str

    @cached_property
    def paths(self) -> dict[str, str]:
        """The bronze file of each delivered file of DAY; '' if it was refused."""
        rows = self.warehouse.query(
            f"select delivered_file, coalesce(bronze_file, '') from dev_audit.deliveries where arrived_on = '{DAY}'"
        )
        return {str(delivered_file): str(path) for delivered_file, path in rows}

    def bronze_file(self, entity: str, name: str) -> str:
        return self.paths[f"{DOMAINS[entity]}/{name}"]

    @cached_property
    def deliveries(self) -> dict[str, dict[str, object]]:
        """The rows of dev_audit.deliveries by delivered file."""
        columns = (
            "delivered_rows, malformed_rows, rejected_rows, duplicate_rows, superseded_rows, current_rows, is_tied, "
            "delivery_status, refusal_reason"
        )
        rows = self.warehouse.query(f"select delivered_file, {columns} from dev_audit.deliveries")
        return {str(row[0]): dict(zip(columns.split(", "), row[1:], strict=True)) for row in rows}

    @cached_property
    def base(self) -> dict[str, dict[int, dict[str, object]]]:
        """The rows of base for the hostile values, by entity and line."""
        found = {}
        for entity in COLUMNS:
            columns = ["_source_line", "_failed_rules", *COLUMNS[entity]]
            rows = self.warehouse.query(
                f"select {', '.join(columns)} from dev_silver.base_{DOMAINS[entity]}__{entity} "
                f"where _source_file = '{self.bronze_file(entity, f'{entity}.values.csv')}'"
            )
            found[entity] = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
        return found

    @cached_property
    def set_aside(self) -> dict[str, dict[int, tuple[str, str, str | None]]]:
        """Who rejected the row, why, and its raw values, by file and line."""
        found: dict[str, dict[int, tuple[str, str, str | None]]] = defaultdict(dict)
        for file, line, by, reasons, raw in self.warehouse.query(
            "select source_file, source_line, rejected_by, reasons, raw_record from dev_audit.rejected_rows"
        ):
            found[file][line] = (by, reasons, raw)
        return found

    @cached_property
    def facts(self) -> dict[str, dict[int, tuple[str, str]]]:
        """The keys and amounts of the transactions in gold, by file and line."""
        found: dict[str, dict[int, tuple[str, str]]] = defaultdict(dict)
        for file, line, key, amount in self.warehouse.query(
            "select _source_file, _source_line, transaction_id, transaction_amount from dev_gold.fact_transaction"
        ):
            found[file][line] = (key, str(amount))
        return found


def named(name: str) -> str:
    file = FILES[name]
    return f"{file.entity}.{file_name(name)}{file.suffix}"


@pytest.fixture(scope="module")
def hostile(new_warehouse: Callable[[str], Warehouse]) -> Hostile:
    made = new_warehouse("hostile")

    def put(entity: str, name: str, content: bytes, day: str = DAY) -> None:
        path = made.inbox / day / DOMAINS[entity] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    for name, file in FILES.items():
        put(file.entity, named(name), file.content)
    for entity, part, text in value_deliveries():
        put(entity, f"{entity}{part}.csv", text.encode())
    for day in (FIRST_DAY, LAST_DAY):
        put(
            "transactions",
            f"transactions.{day}.csv",
            delivered("transactions", extreme_rows("transactions")[:1]).encode(),
            day,
        )
    folder = made.inbox / DAY / "banking"
    secret = made.folder / "secret.csv"
    secret.write_text(TRANSACTIONS + f"{PERSON}\n")
    for name in NAMES_LEFT_OUT:
        (folder / name).write_text(TRANSACTIONS + GOOD)
    (folder / "transactions.folder.csv").mkdir()
    (folder / "transactions.link.csv").symlink_to(secret)
    (folder / "transactions.lost.csv").symlink_to(made.folder / "nowhere")
    (folder / "transactions.device.csv").symlink_to("/dev/zero")
    os.mkfifo(folder / "transactions.pipe.csv")
    (folder / LONGEST).write_text(TRANSACTIONS + GOOD.replace("x1", "longest"))
    (folder / TOO_LONG).write_text(TRANSACTIONS + GOOD)
    landed = made.run("tieout", "land", str(made.inbox), fails=True)
    made.build()
    return Hostile(made, landed)


def test_the_warehouse_ties_out_and_passes_all_data_tests(hostile: Hostile, data_tests: DataTests) -> None:
    differences = "select * from dev_audit.layer_reconciliation where difference <> 0"
    assert hostile.warehouse.query(differences) == []
    assert [name for name, row in hostile.deliveries.items() if not row["is_tied"]] == []
    BronzeFolder(hostile.warehouse.folder / "data" / "bronze").check_manifests()
    assert failing_data_tests(hostile.warehouse, data_tests) == set()


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_lands_or_is_refused_and_its_counts_tie(hostile: Hostile, tally: Tally, name: str) -> None:
    file: HostileFile = FILES[name]
    found = hostile.deliveries[f"{DOMAINS[file.entity]}/{named(name)}"]
    path = hostile.bronze_file(file.entity, named(name))
    assert found["is_tied"]
    assert re.search(file.refused, str(found["refusal_reason"] or "")), found["refusal_reason"]
    assert found["delivery_status"] == ("refused" if file.refused else "landed")
    counts = [
        found[f"{what}_rows"] for what in ("delivered", "malformed", "rejected", "duplicate", "superseded", "current")
    ]
    assert counts == [file.delivered, len(file.malformed), len(file.rejected), 0, 0, len(file.good)]
    set_aside = {line: ("landing", reason) for line, reason in file.malformed.items()}
    set_aside |= {line: ("rules", reasons) for line, reasons in file.rejected.items()}
    assert {line: row[:2] for line, row in hostile.set_aside[path].items()} == set_aside
    assert hostile.facts[path] == {line: (key, "10.00") for line, key in file.good.items()}
    assert (named(name) in hostile.landed) == bool(file.refused), "only a refused file is named in the output"
    tally.add("bad files tried", 1)


@pytest.mark.parametrize("name", NAMES_LEFT_OUT)
def test_a_file_with_a_hostile_name_is_left_out_with_a_message(hostile: Hostile, tally: Tally, name: str) -> None:
    shown = name.encode("utf-8", "backslashreplace").decode()
    shown = "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in shown)
    (line,) = [line for line in hostile.landed.splitlines() if f"/banking/{shown} was left out" in line]
    assert line.startswith("tieout: ")
    assert re.search(NAMES_LEFT_OUT[name], line)
    tally.add("bad files tried", 1)


def test_links_folders_and_pipes_are_left_out_and_the_longest_name_lands(hostile: Hostile) -> None:
    for name, reason in (
        ("folder", "it is not a file"),
        ("link", "it is a link"),
        ("lost", "it is a link"),
        ("device", "it is a link"),
        ("pipe", "it is not a file"),
    ):
        assert f"/banking/transactions.{name}.csv was left out: {reason}" in hostile.landed
    assert f"/banking/{TOO_LONG} was left out: its name is longer than 250 characters" in hostile.landed
    landed = hostile.warehouse.query(
        "select delivered_file, bronze_file from dev_audit.deliveries "
        "where entity = 'transactions' and delivery_status = 'landed'"
    )
    assert {name.removeprefix("banking/") for name, _ in landed} == {
        *(named(name) for name, file in FILES.items() if file.entity == "transactions" and not file.refused),
        *(f"transactions.{what}.csv" for what in ("values", "extremes", FIRST_DAY, LAST_DAY)),
        LONGEST,
    }
    bronze = hostile.warehouse.folder / "data" / "bronze"
    files = {str(path.relative_to(bronze)) for path in (bronze / "banking" / "transactions").glob("dt=*/*")}
    assert files == {path for _, path in landed}
    assert {path.name for path in bronze.iterdir()} == {".lock", "banking", "commerce", "control"}
    assert hostile.facts[hostile.bronze_file("transactions", LONGEST)] == {2: ("longest", "10.00")}


@pytest.mark.parametrize(("entity", "column"), CASES)
def test_a_hostile_value_is_kept_or_rejected(hostile: Hostile, entity: str, column: str) -> None:
    rows = {line: row for line, row in enumerate(hostile_rows(entity), 2) if row.column == column}
    base = hostile.base[entity]
    found = {line: (row["_failed_rules"], row.get(column)) for line, row in base.items() if line in rows}
    # Base keeps the text of an unknown code.
    is_code = COLUMNS[entity].get(column) == "listed"
    expected = {line: (row.reason, row.values[column] if is_code else row.expected) for line, row in rows.items()}
    assert {line: pair for line, pair in found.items() if pair != expected[line]} == {}
    assert found.keys() == expected.keys()


@pytest.mark.parametrize("entity", COLUMNS)
def test_rejected_rows_keep_their_raw_values_as_masked_json(hostile: Hostile, entity: str) -> None:
    rows = {line: row for line, row in enumerate(hostile_rows(entity), 2) if row.reason}
    found = hostile.set_aside[hostile.bronze_file(entity, f"{entity}.values.csv")]
    assert found.keys() == rows.keys()
    for line, (by, reasons, raw) in found.items():
        values = {name: value.strip(" \t") or None for name, value in rows[line].values.items()}
        masked = {name: "***" if value and name in PII[entity] else value for name, value in values.items()}
        assert (by, reasons, json.loads(raw or "")) == ("rules", rows[line].reason, masked)


@pytest.mark.parametrize("entity", COLUMNS)
def test_extreme_values_are_accepted(hostile: Hostile, entity: str) -> None:
    found = hostile.deliveries[f"{DOMAINS[entity]}/{entity}.extremes.csv"]
    assert (found["delivered_rows"], found["malformed_rows"], found["rejected_rows"]) == (len(EXTREMES[entity]), 0, 0)


def test_amounts_with_too_many_digits_in_dollars_are_not_converted(hostile: Hostile) -> None:
    found = hostile.warehouse.query(
        "select distinct currency_code, transaction_date, transaction_amount, transaction_amount_reporting "
        "from dev_gold.fact_transaction join dev_gold.dim_currency using (currency_id) "
        "where transaction_id like 'extreme-%'"
    )
    most, cent = Decimal(MOST), Decimal("0.01")
    then, now, later = date(1971, 1, 1), date(2025, 1, 1), date(2049, 12, 31)
    rated = {
        ("EUR", now, cent): Decimal("1000000.00"),  # by a rate of 99,999,999.9999999999
        ("EUR", then, cent): cent,
        ("JPY", now, most): Decimal("1000000.00"),
        ("JPY", now, cent): Decimal("0.00"),
        ("JPY", later, cent): Decimal("0.03"),
        # US dollars need no rate.
        **{("USD", day, amount): amount for day in (then, now, later) for amount in (most, cent)},
    }
    assert {row[:3]: row[3] for row in found} == {
        (currency, day, amount): rated.get((currency, day, amount))
        for currency in ("EUR", "JPY", "USD")
        for day in (then, now, later)
        for amount in (most, cent)
    }


def test_no_personal_value_appears_outside_of_silver(hostile: Hostile) -> None:
    assert PERSON.lower() not in hostile.landed.lower()
    columns = hostile.warehouse.query(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where schema_name in ('dev_gold', 'dev_audit') and data_type = 'VARCHAR' and table_name <> 'dim_customer_pii'"
    )
    assert len(columns) > 100
    searches = [
        f"select '{table}.{column}' from {schema}.{table} where contains(lower({column}), '{PERSON.lower()}')"
        for schema, table, column in columns
    ]
    assert hostile.warehouse.query(" union ".join(searches)) == []
    for path in (hostile.warehouse.folder / "data" / "bronze" / "control" / "deliveries").rglob("*.csv"):
        assert PERSON.lower().encode() not in path.read_bytes().lower()
