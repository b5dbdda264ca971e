"""Changes by hand of one value in each business column of silver and gold, and what the audit names of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from tests.python.reliability.checks import Checks
from tests.python.warehouse import LOAD_TIME_COLUMNS, SNAPSHOT_LINEAGE_COLUMNS, Warehouse

# Columns that say when a row was loaded, built or known. They are no business values.
TIMES = LOAD_TIME_COLUMNS | {"dbt_valid_from", "dbt_valid_to", "dbt_updated_at", "dbt_scd_id"}
# Derived columns of stg. They are in no other layer under their name, so the difference is in the sums.
IN_SUMS = {
    "stg_banking__transactions": {"transaction_date", "amount_signed", "is_replaced"},
    "stg_banking__customer_interactions": {"interaction_date"},
    "stg_commerce__sales": {"sold_date"},
}
# How a value of a type is changed.
CHANGES = {
    "varchar": "coalesce({0}, '') || 'x'",
    "boolean": "not coalesce({0}, false)",
    "date": "coalesce({0}, date '2025-01-01') + 1",
    "timestamp": "coalesce({0}, timestamp '2025-01-01') + interval 1 day",
}
NUMBER = "coalesce({0}, 0) + 1"
# The tables of the audit that name a change.
NAMING = ("dev_audit.unexplained_rows", "dev_audit.layer_reconciliation")


@dataclass(frozen=True)
class Cell:
    """A value to change: the column of a table, and the row.

    Attributes:
        relation: the table with its schema.
        column: the column.
        type: its type.
        row: DuckDB's number of the row.
    """

    relation: str
    column: str
    type: str
    row: int

    @property
    def table(self) -> str:
        return self.relation.partition(".")[2]

    @property
    def change(self) -> str:
        value = CHANGES.get(self.type, NUMBER).format(self.column)
        return f"update {self.relation} set {self.column} = {value} where rowid = {self.row}"


def kept_tables(warehouse: Warehouse) -> list[str]:
    """Return the tables of silver and gold that keep rows from one run to the next. A run rebuilds all others."""
    manifest = json.loads((warehouse.folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    return sorted(
        f"{node['schema']}.{node['alias']}"
        for node in manifest["nodes"].values()
        if node["schema"] in ("dev_silver", "dev_gold")
        and (node["resource_type"] == "snapshot" or node["config"]["materialized"] == "incremental")
    )


def cells(connection: duckdb.DuckDBPyConnection, relation: str) -> Iterator[Cell]:
    """Yield a cell of each business column, each in another row as far as there are rows."""
    schema, table = relation.split(".")
    columns = connection.execute(
        "select column_name, lower(data_type) from duckdb_columns() where schema_name = ? and table_name = ?",
        [schema, table],
    ).fetchall()
    # From the first row in base, from the last in other tables: a change that both have is no difference between them.
    order = "rowid"
    if any(column == "_source_line" for column, _ in columns):
        order = "_source_file, _source_line" if table.startswith("base_") else "_source_file desc, _source_line desc"
    rows = [row for (row,) in connection.execute(f"select rowid from {relation} order by {order}").fetchall()]
    ignored = TIMES | {"_fingerprint"} | (SNAPSHOT_LINEAGE_COLUMNS if table.startswith("snap_") else frozenset())
    business = [(column, type_) for column, type_ in columns if column not in ignored]
    for number, (column, type_) in enumerate(business if rows else []):
        row = rows[number % len(rows)]
        if column == "_failed_rules":
            # An accepted row without a raw record cannot be listed as rejected, so the build would fail.
            (row,) = connection.execute(f"select min(rowid) from {relation} where _failed_rules <> ''").fetchall()[0]
        elif column in IN_SUMS.get(table, ()):
            # A withdrawn row is in no sum.
            (row,) = connection.execute(
                f"select rowid from {relation} where record_status is distinct from 'deleted' "
                f"order by rowid desc limit 1 offset {sorted(IN_SUMS[table]).index(column)}"
            ).fetchall()[0]
        if row is not None:
            yield Cell(relation, column, type_, row)


def rounds(connection: duckdb.DuckDBPyConnection, tables: list[str]) -> list[list[Cell]]:
    """Return the cells of all tables in rounds, each with at most one cell of a row."""
    made: list[list[Cell]] = []
    for table in tables:
        times: Counter[int] = Counter()
        for cell in cells(connection, table):
            if times[cell.row] == len(made):
                made.append([])
            made[times[cell.row]].append(cell)
            times[cell.row] += 1
    return made


def missed(connection: duckdb.DuckDBPyConnection, checks: Checks, planted: list[Cell]) -> list[str]:
    """Change the cells, build the audit, and return the columns whose change it does not name."""
    files = {cell: _file_and_line(connection, cell) for cell in planted}
    for cell in planted:
        connection.execute(cell.change)
    checks.leading_to(*NAMING).rebuild(connection, {cell.relation for cell in planted})
    found = Found.read(connection)
    of_table = Counter(cell.table for cell in planted)
    return [
        f"{cell.relation}.{cell.column}" for cell in planted if not found.names(cell, files[cell], of_table[cell.table])
    ]


FileAndLine = tuple[str, int] | None


def _file_and_line(connection: duckdb.DuckDBPyConnection, cell: Cell) -> FileAndLine:
    """Return the file and line of a cell's row; none in a table that adds rows up."""
    try:
        query = f"select _source_file, _source_line from {cell.relation} where rowid = {cell.row}"
        found = connection.execute(query).fetchall()[0]
    except duckdb.BinderException:
        return None
    return found[0], found[1]


@dataclass(frozen=True)
class Found:
    """What the audit names.

    Attributes:
        rows: the layer, file and line of each unexplained row.
        built: by table, the number of rows that were changed after the run that wrote them.
        reconciliations: the tables before and after of reconciliations with a difference.
    """

    rows: frozenset[tuple[str, str, int]]
    built: Counter[str]
    reconciliations: frozenset[tuple[str, str]]

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection) -> Found:
        rows = connection.execute(
            "select to_layer, source_file, source_line, from_layer from dev_audit.unexplained_rows"
        ).fetchall()
        differing = connection.execute(
            "select from_layer, to_layer from dev_audit.layer_reconciliation where difference <> 0"
        ).fetchall()
        built = Counter(row[0] for row in rows if row[3] == "built")
        return cls(frozenset(row[:3] for row in rows), built, frozenset(differing))

    def names(self, cell: Cell, file_and_line: FileAndLine, changed_rows: int) -> bool:
        """Whether the audit names the row of a cell, or the sum that a derived column is in.

        changed_rows: how many rows of the table were changed.
        """
        if cell.column in IN_SUMS.get(cell.table, ()):
            return any(before == "stg" for before, _ in self.reconciliations)
        layer = cell.table
        if cell.table.startswith("base_") and not cell.table.startswith("base_control__"):
            layer = "base"
        elif cell.table.endswith("_versions"):
            layer = "versions"
        elif cell.table.startswith("stg_"):
            layer = "stg"
        elif file_and_line is None or cell.column in ("_source_file", "_source_line"):
            # These rows are named by their keys, or by the changed file and line.
            return self.built[layer] == changed_rows
        return file_and_line is not None and (layer, *file_and_line) in self.rows
