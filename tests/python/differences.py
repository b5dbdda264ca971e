"""How the tables of two warehouses differ."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import duckdb

from tests.python.warehouse import LOAD_TIME_COLUMNS, PERSISTENT_TABLES, SNAPSHOT_LINEAGE_COLUMNS, Warehouse


def differences(
    one: Warehouse, other: Warehouse, may_differ: Mapping[str, frozenset[str]] = MappingProxyType({})
) -> dict[str, tuple[int, int]]:
    """Compare all silver, gold and audit tables, except load-time columns and persistent tables.

    Of a snapshot, only the rows that are valid today are compared: earlier ones depend on the order of loading.

    Args:
        one: the first warehouse.
        other: the second warehouse.
        may_differ: further columns that are not compared, by table.

    Returns:
        The tables that differ, each with the number of rows that only the first and only the second warehouse has.
    """
    found = {}
    with duckdb.connect() as connection:
        for name, warehouse in (("one", one), ("other", other)):
            connection.execute(f"attach '{warehouse.database}' as {name} (read_only)")
        tables = {
            name: {
                tuple(row)
                for row in connection.execute(
                    "select schema_name, table_name from duckdb_tables() "
                    f"where database_name = '{name}' and schema_name in ('dev_silver', 'dev_gold', 'dev_audit')"
                ).fetchall()
            }
            for name in ("one", "other")
        }
        assert tables["one"] == tables["other"]
        assert len(tables["one"]) > 30, "the warehouses have not been built"
        for schema, table in sorted(tables["one"]):
            if table in PERSISTENT_TABLES:
                continue
            is_snapshot = table.startswith("snap_")
            ignored = LOAD_TIME_COLUMNS | may_differ.get(table, frozenset())
            ignored |= SNAPSHOT_LINEAGE_COLUMNS if is_snapshot else frozenset()
            columns = [
                row[0]
                for row in connection.execute(
                    "select column_name from duckdb_columns() "
                    f"where database_name = 'one' and schema_name = '{schema}' and table_name = '{table}'"
                ).fetchall()
                if row[0] not in ignored
            ]
            selected = ", ".join(f'"{column}"' for column in columns)
            where = "where dbt_valid_to is null" if is_snapshot else ""
            only = [
                connection.execute(
                    f"select count(*) from (select {selected} from {here}.{schema}.{table} {where} "
                    f"except all select {selected} from {there}.{schema}.{table} {where})"
                ).fetchall()[0][0]
                for here, there in (("one", "other"), ("other", "one"))
            ]
            if any(only):
                found[f"{schema}.{table}"] = (only[0], only[1])
    return found
