"""The generator against Faker, called for each value of each row."""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from pathlib import Path

from faker import Faker

from benchmarks.bank import Bank
from benchmarks.results import Ratio, Section
from benchmarks.work import Work
from loaders.contract import load_contract

_FAKER_ROWS = 20_000
_FEWEST_ROWS = 500
_TYPES = ("Deposit", "Withdrawal", "Payment", "Transfer")


def generator(work: Work) -> Section:
    """Compare rows a second of whole days with those of single transactions."""
    size = work.million
    bank = Bank(work.folder / "generated", size)
    generated = bank.generate()
    rows = sum(_rows(file) for file in (bank.folder / "inbox").glob("*/*/*.csv"))
    faker_rows = max(_FEWEST_ROWS, round(_FAKER_ROWS * min(1, work.scale)))
    seconds = _seconds_of_faker(work.folder / "faker.csv", faker_rows)
    rate, faker_rate = rows / generated.seconds, faker_rows / seconds
    section = Section("The generator against Faker row by row", ("generator", "rows", "seconds", "rows a second"))
    section.rows += [
        ("tieout generate, all entities", f"{rows:,}", f"{generated.seconds:.1f}", f"{rate:,.0f}"),
        ("Faker, transactions only", f"{faker_rows:,}", f"{seconds:.1f}", f"{faker_rate:,.0f}"),
    ]
    section.ratios.append(Ratio("rows a second: Faker row by row / tieout generate", faker_rate / rate))
    section.notes.append(
        "Both write CSV files with the columns of the contract. The generator also keeps balances, histories and keys "
        "consistent; Faker draws each value by itself, and its rows have no balances and refer to no other entity."
    )
    return section


def _rows(file: Path) -> int:
    """Return the number of lines without the header."""
    with file.open("rb") as content:
        return sum(1 for _ in content) - 1


def _seconds_of_faker(file: Path, rows: int) -> float:
    """Write transactions, each value drawn by Faker."""
    # The columns of later contracts are optional, and the generator leaves them empty.
    columns = load_contract().entity("banking", "transactions").headers()[1]
    faker = Faker("en_US")
    faker.seed_instance(42)
    began = time.perf_counter()
    with file.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.DictWriter(sink, columns)
        writer.writeheader()
        writer.writerows(_drawn(faker, columns) for _ in range(rows))
    return time.perf_counter() - began


def _drawn(faker: Faker, columns: Sequence[str]) -> dict[str, object]:
    at = faker.date_time_between("-30d", "now").isoformat(sep=" ", timespec="seconds")
    drawn: dict[str, object] = {
        "transaction_id": faker.uuid4(),
        "account_id": faker.bban(),
        "transaction_type": faker.random_element(_TYPES),
        "amount": faker.pydecimal(right_digits=2, min_value=1, max_value=5000),
        "currency": faker.currency_code(),
        "transaction_ts": at,
        "channel": faker.random_element(("online", "branch", "atm", "mobile")),
        "transaction_status": faker.random_element(("Completed", "Pending", "Failed")),
        "merchant_name": faker.company(),
        "category": faker.word(),
        "counterparty_account": faker.iban(),
        "balance_after": faker.pydecimal(right_digits=2, min_value=1, max_value=50_000),
        "updated_at": at,
        "merchant_id": faker.bothify("M######"),
        "location_id": faker.bothify("L######"),
    }
    return {column: drawn[column] for column in columns}
