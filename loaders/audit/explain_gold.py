"""A record in gold: its versions, its rows in facts and dimensions, and the figures that it counts in."""

from __future__ import annotations

from rich.console import Console

from loaders.audit import explain_queries
from loaders.audit.cells import cells_of
from loaders.audit.console import add, shown_name, table
from loaders.audit.entities import Record
from loaders.audit.explain_silver import Delivered, print_disagreement
from loaders.audit.explain_transaction import fact_rows, print_fact
from loaders.audit.warehouse import Warehouse


def print_versions(warehouse: Warehouse, record: Record, number: int, out: Console) -> None:
    """Print the versions of a record: when each was valid, and when the warehouse knew it."""
    made = table(
        f"{number}. What was known when, in {record.snapshot}",
        ("Updated", "Known from", "Known to", "File", "Line"),
        numbers=("Line",),
    )
    for row in warehouse.rows(explain_queries.SNAPSHOT.format(snapshot=record.snapshot, where=record.where())):
        add(
            *(made, row["updated_at"], row["known_from"], row["known_to"]),
            *(row["source_file"], str(row["source_line"])),
        )
    out.print(made)


def print_gold(
    warehouse: Warehouse, delivered: Delivered, tables: list[str], number: int, out: Console, *, counts: bool
) -> None:
    """Print the rows of a record in the tables of gold, then the figures that it counts in.

    Args:
        warehouse: the warehouse.
        delivered: the record.
        tables: the tables that hold it.
        number: the number of the first heading.
        out: where it is printed.
        counts: whether the record counts; a withdrawn or replaced one must be in no fact.
    """
    record = delivered.record
    conditions: dict[str, str] = {}
    for name in tables:
        columns = warehouse.columns(f"{{gold}}.{name}")
        where = record.where_in(columns, "facts")
        if where is None:
            continue
        conditions[name] = where
        if name == "fact_transaction" and counts:
            (transaction_id,) = record.key.values()
            facts = fact_rows(warehouse, transaction_id)
            print_fact(facts, number, out)
            print_disagreement(name, record, facts, delivered.winner, out)
            number += 1
            continue
        rows = warehouse.rows(f"select * from {{gold}}.{name} as facts where {where}{_in_order(name)}")  # noqa: S608
        if "_source_line" in columns:
            lines = [{"source_file": row["_source_file"], "source_line": row["_source_line"]} for row in rows]
            print_disagreement(name, record, lines, delivered.winner if counts else None, out)
        if rows:
            _print_row(name, rows, number, out)
            number += 1
    if counts:
        _print_cells(warehouse, record, conditions, number, out)


def _in_order(name: str) -> str:
    return " order by facts.valid_from" if name.endswith("_history") else ""


def _print_row(name: str, rows: list[dict[str, object]], number: int, out: Console) -> None:
    """Print rows of a table: the columns of one row below each other, several rows beside each other."""
    made = table(f"{number}. In {name}", ("Column", *("Value" if len(rows) == 1 else "Version" for _ in rows)))
    for column in rows[0]:
        if not column.startswith("_"):
            add(made, column, *(shown_name(column, row[column]) for row in rows))
    out.print(made)


def _print_cells(warehouse: Warehouse, record: Record, conditions: dict[str, str], number: int, out: Console) -> None:
    entity = f"{record.entity.domain}.{record.entity.name}"
    made = table(
        f"{number}. The gold rows that it is counted in",
        ("Table", "Cell", "Measure", "It adds", "The cell"),
        numbers=("It adds", "The cell"),
    )
    for fact, where in conditions.items():
        for cell, row in cells_of(warehouse, fact, where):
            if cell.rows.entity != entity:
                continue
            key = ", ".join(f"{column} {row[column]}" for column in cell.keys)
            changed = [name for name in cell.measures if row.get(f"added_{name}")]
            for position, measure in enumerate(changed):
                first = (cell.table, key) if position == 0 else ("", "")
                add(made, *first, measure, row[f"added_{measure}"], row[measure])
    if made.row_count:
        out.print(made)
        out.print("tieout explain --cell TABLE COLUMN=VALUE... MEASURE shows all rows of a cell.", markup=False)
