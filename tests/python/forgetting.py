"""A person whose values stand in every way in which bronze can have them, and the search for them afterwards."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import duckdb

from tests.python.hard_deliveries import ACCOUNTS, CUSTOMERS, TRANSACTIONS, account
from tests.python.warehouse import Warehouse

DAY, NEXT_DAY = "2025-01-10", "2025-01-11"
MARK = "Zqmark"
# A replaced date keeps its year, so with two years no replacement can be the other birthday by chance.
BIRTHDAYS = ("1987-03-14", "1986-03-14", "14.03.1987")


def person(
    key: str, number: int, updated_at: str, *, city: str = "Akron", segment: str = "Mass", born: str = BIRTHDAYS[0]
) -> str:
    """A customer whose values are all marked, and differ by the number."""
    names = f'{MARK} First{number},"{MARK}, ""Last"" {number}",{MARK}{number}@example.com,+1 {MARK} {number}'
    return f"{key},{names},{born},{number} {MARK} Street,{city},Ohio,US,{segment},700,2020-01-01,{updated_at},\n"


def other(key: str, updated_at: str) -> str:
    return f"{key},Ann,Lee,ann@example.com,,1980-02-29,1 Main St,Boston,Ohio,US,Mass,700,2020-01-01,{updated_at},\n"


def booking(key: str, owner: str, amount: str, counterparty: str, updated_at: str = "") -> str:
    said = f"{amount},USD,{DAY} 08:00:00,Online,Completed,Shop,Dining,{counterparty}"
    return f"{key},{owner},Payment,{said},,{updated_at},,\n"


TOO_LONG = person("C1", 5, f"{DAY} 08:04:00").replace(f"{MARK} First5", f"{MARK} " * 200)
# (arrival day, entity, text, part of the name).
DELIVERIES = [
    (
        DAY,
        "customers",
        CUSTOMERS
        + other("C2", f"{DAY} 07:00:00")
        + person("C1", 1, f"{DAY} 07:00:00")
        + person("C1", 2, f"{DAY} 08:00:00")  # a new version, by its identifiers alone
        + person("C1", 2, f"{DAY} 08:01:00")  # a repeat
        + person("C1", 3, f"{DAY} 08:02:00", segment="Nobody")  # rejected
        + person("C1", 4, f"{DAY} 08:03:00", born=BIRTHDAYS[2])  # rejected: the date cannot be parsed
        + TOO_LONG  # rejected
        + person("", 2, f"{DAY} 08:05:00")  # rejected: it has no key
        + f"C1,{MARK} malformed\n",
        "",
    ),
    (DAY, "accounts", ACCOUNTS + account("A1", "C1", f"{DAY} 07:00:00") + account("A2", "C2", f"{DAY} 07:00:00"), ""),
    (
        DAY,
        "transactions",
        TRANSACTIONS
        + booking("T1", "A1", "100.00", f"{MARK} Bank 1")
        + booking("T2", "A1", "-5.00", f"{MARK} Bank 2")  # rejected
        + booking("T3", "A2", "7.00", "Other Bank 3")
        + f"T4,A1,{MARK} malformed\n"
        + "T5,A2,Other malformed\n",
        "",
    ),
    (
        NEXT_DAY,
        "transactions",
        TRANSACTIONS
        + booking("T1", "A1", "100.00", f"{MARK} Bank 1", f"{NEXT_DAY} 08:00:00")  # a repeat
        + booking("T6", "A1", "1.00", f"{MARK} Bank 6"),
        "",
    ),
    (
        NEXT_DAY,
        "customers",
        CUSTOMERS
        + person("C1", 2, f"{DAY} 08:00:00", city="Boston")  # a correction
        + person("C1", 2, f"{NEXT_DAY} 08:00:00", born=BIRTHDAYS[1]),  # only the date of birth is another one
        "",
    ),
]


def texts_of_bronze(root: Path) -> dict[str, str]:
    """Return the text of every file below a bronze root, hidden ones included."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            text = gzip.decompress(content) if path.suffix == ".gz" else content
            found[path.relative_to(root).as_posix()] = text.decode()
    return found


def columns_with(warehouse: Warehouse, texts: tuple[str, ...]) -> list[str]:
    """Return the columns of a warehouse, in all tables and views, in which one of several texts stands."""
    found = []
    # The views of bronze have paths relative to the folder in which dbt runs.
    with contextlib.chdir(warehouse.folder), duckdb.connect(str(warehouse.database), read_only=True) as connection:
        columns = connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where not internal and schema_name like 'dev%' order by all"
        ).fetchall()
        for schema, table, column in columns:
            conditions = " or ".join(f"contains(\"{column}\"::varchar, '{text}')" for text in texts)
            (count,) = connection.execute(f'select count(*) from {schema}."{table}" where {conditions}').fetchall()[0]
            if count:
                found.append(f"{schema}.{table}.{column}")
    return found
