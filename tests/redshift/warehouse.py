"""A warehouse on the stand-in, and how it is compared with one on DuckDB."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from loaders.publish.tables import Table as PublishedTable
from redshift_standin import StandIn
from tests.python.published import parquet
from tests.python.warehouse import LOAD_TIME_COLUMNS, PROJECT, Warehouse
from tests.redshift import bronze

SALT = "grains that only tests know"
EXPORTER = "arn:aws:iam::123456789012:role/exporter"
_SHOWN_ROWS = 3
_OF_THE_ENGINE = LOAD_TIME_COLUMNS | {"_fingerprint", "cells", "hash_check"}
# These tables record the runs of one engine, so they differ. Only Redshift has run_lock and masked_columns.
_RUN_TABLES = "('run_history', 'rule_fingerprints', 'run_lock', 'masked_columns')"
Rows = Counter[tuple[str | None, ...]]


@dataclass(frozen=True)
class Table:
    """The columns of a table with their types, and its rows with every value as text."""

    columns: dict[str, str]
    rows: Rows


@dataclass(frozen=True, kw_only=True)
class RedshiftWarehouse(Warehouse):
    """The prod target of the project, on the stand-in. Bronze is loaded from another warehouse."""

    stand_in: StandIn

    @classmethod
    def on(
        cls, stand_in: StandIn, folder: Path, parsed: Path | None = None, project: Path = PROJECT
    ) -> RedshiftWarehouse:
        """Create a warehouse with roles and bronze schema.

        Args:
            stand_in: the server.
            folder: an empty folder for the files of dbt.
            parsed: the file in which dbt keeps the parsed project, so that it does not parse it again.
            project: the dbt project.
        """
        environment = stand_in.environment() | {"TIEOUT_PII_SALT": SALT}
        made = cls(folder, "prod", environment, project, stand_in=stand_in)
        if parsed:
            made.reuse_parsed(parsed)
        made.run("dbt", "run-operation", "create_bronze")
        made.run("dbt", "run-operation", "create_roles")
        return made

    def reuse_parsed(self, parsed: Path) -> None:
        """Give dbt a parsed project of the same target. Other connection settings do not invalidate it."""
        (self.folder / "target").mkdir()
        shutil.copy(parsed, self.folder / "target")

    def show_bronze(self, root: Path) -> int:
        """Load the new files below a bronze root into the external schema, and return their number."""
        return bronze.load(self.stand_in, root, "prod_bronze")

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """Query PostgreSQL directly, bypassing the proxy."""
        with self.stand_in.superuser() as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def tables(self) -> dict[str, Table]:
        """Read all tables of silver, gold and audit, except those that record runs, by layer and name."""
        found = self.fetch(
            "select table_schema, table_name, column_name, data_type, numeric_precision, numeric_scale "
            "from information_schema.columns where table_schema ~ '^prod_(silver|gold|audit)$' "
            f"and table_name not in {_RUN_TABLES} order by 1, 2, 3"
        )
        columns: dict[tuple[str, str], dict[str, str]] = {}
        for schema, table, column, type_, precision, scale in found:
            full = f"decimal({precision},{scale})" if type_ == "numeric" else _TYPES.get(type_, type_)
            columns.setdefault((schema, table), {})[column] = full
        return {
            f"{schema.removeprefix('prod_')}.{table}": Table(
                types, Counter(self.fetch(f'select {_texts(types, "text")} from {schema}."{table}"'))
            )
            for (schema, table), types in columns.items()
        }


_TYPES = {
    "character varying": "varchar",
    "text": "varchar",
    "timestamp without time zone": "timestamp",
}


def duckdb_tables(warehouse: Warehouse) -> dict[str, Table]:
    """Read the same tables of a warehouse on DuckDB, by layer and name."""
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:
        columns: dict[tuple[str, str], dict[str, str]] = {}
        for schema, table, column, type_ in connection.execute(
            "select schema_name, table_name, column_name, lower(data_type) from duckdb_columns() "
            "where regexp_matches(schema_name, '^dev_(silver|gold|audit)$') "
            f"and table_name not in {_RUN_TABLES} order by 1, 2, 3"
        ).fetchall():
            columns.setdefault((schema, table), {})[column] = type_
        return {
            f"{schema.removeprefix('dev_')}.{table}": Table(
                types,
                Counter(connection.execute(f'select {_texts(types, "varchar")} from {schema}."{table}"').fetchall()),
            )
            for (schema, table), types in columns.items()
        }


def _texts(types: dict[str, str], text: str) -> str:
    return ", ".join(
        # Load times and fingerprints differ between the engines. Whether one is null (dbt_valid_to) must not.
        f'cast("{column}" is null as {text})' if column in _OF_THE_ENGINE else f'cast("{column}" as {text})'
        for column in types
    )


def published_differs(warehouse: RedshiftWarehouse, table: PublishedTable, files: list[Path]) -> bool:
    """Return whether the files of a published table have other rows than the table."""
    here, there = (", ".join(f"cast({name} as {text})" for name in table.names) for text in ("text", "varchar"))
    rows = Counter(warehouse.fetch(f"select {here} from prod_gold.{table.name}"))
    if not files:
        return bool(rows)
    with duckdb.connect() as connection:
        return rows != Counter(connection.execute(f"select {there} from {parquet(files, table)}").fetchall())


def engine_differences(redshift: dict[str, Table], duckdb_: dict[str, Table]) -> list[str]:
    """Compare the tables of two engines to the last digit; return a message for each difference, with the model."""
    found = [f"{name} exists on DuckDB only" for name in sorted(duckdb_.keys() - redshift.keys())]
    found += [f"{name} exists on Redshift only" for name in sorted(redshift.keys() - duckdb_.keys())]
    for name in sorted(redshift.keys() & duckdb_.keys()):
        here, there = redshift[name], duckdb_[name]
        if here.columns != there.columns:
            types = sorted(set(here.columns.items()) ^ set(there.columns.items()))
            found.append(f"{name}: columns or their types differ: {types}")
            continue
        if here.rows.items() == there.rows.items():
            continue  # This comparison is several times faster than the differences.
        for only, engine in ((here.rows - there.rows, "Redshift"), (there.rows - here.rows, "DuckDB")):
            if only:
                shown = [dict(zip(here.columns, row, strict=True)) for row in list(only)[:_SHOWN_ROWS]]
                found.append(f"{name}: {only.total()} rows on {engine} only, such as {shown}")
    return found
