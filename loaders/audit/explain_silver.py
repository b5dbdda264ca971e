"""A record in bronze and silver: its delivered rows, what became of each and why, and the row that counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from loaders.audit import explain_queries
from loaders.audit.console import add, table
from loaders.audit.entities import Record
from loaders.audit.outcomes import WITHDRAWN, outcomes_of, settled_row
from loaders.audit.warehouse import DUCKDB, BronzeIsAwayError, Row, Warehouse, file_and_line_of, literal
from loaders.contract import RECORD_STATUS
from loaders.imports.trace import folder_of_import, is_imported, original_line

MASK = "***"
# What staging adds to the columns of the contract.
_DERIVED = {"transactions": ("amount_signed",)}


@dataclass(frozen=True)
class Delivered:
    """The delivered rows of a record.

    Attributes:
        record: the record.
        rows: its rows in base, those that were accepted first, of these the latest first.
        has_versions: whether the entity has versions.
        replaced_by: the record that replaces it; none if none does.
    """

    record: Record
    rows: list[Row]
    has_versions: bool
    replaced_by: str | None = None

    @property
    def accepted(self) -> list[Row]:
        """The rows that broke no rule."""
        return [row for row in self.rows if not row["failed_rules"]]

    @property
    def winner(self) -> Row:
        """The row that counts."""
        return settled_row(self.accepted, has_versions=self.has_versions)


def delivered_rows(warehouse: Warehouse, record: Record) -> list[Row]:
    """Return the delivered rows of a record, each with its content: its values without the update time."""
    columns = record.entity.columns
    names = [column.name for column in columns if not column.added_by_landing and column.type != "update_time"]
    values = ",\n    ".join(f"{name} as value_{name}" for name in names)
    rows = warehouse.rows(explain_queries.STATES.format(base=record.base, where=record.where(), columns=values))
    return [with_content(row, names) for row in rows]


def with_content(row: Row, names: list[str]) -> Row:
    """Return a row with its content, and its record status."""
    content = tuple(_content(name, row[f"value_{name}"]) for name in names)
    return {**row, "content": content, RECORD_STATUS: row.get(f"value_{RECORD_STATUS}")}


def _content(column: str, value: object) -> object:
    """Return a value as content: of the record status only the deletion counts."""
    return None if column == RECORD_STATUS and value != WITHDRAWN else value


def malformed_lines(warehouse: Warehouse, record: Record | None, key: str) -> list[Row]:
    """Return the malformed lines with the key of a record, or with a key of any entity."""
    values = record.key.values() if record else (key,)
    contains = " and ".join(f"position({literal(value)} in lines.raw_line) > 0" for value in values)
    if record:
        contains += f" and lines.domain = '{record.entity.domain}' and lines.entity = '{record.entity.name}'"
    found = warehouse.rows(explain_queries.MALFORMED.format(contains=contains))
    # T1 is not in a line with T10 or with T1-back.
    words = [re.compile(rf"(?<![\w-]){re.escape(value)}(?![\w-])") for value in values]
    return [row for row in found if all(word.search(row["raw_line"]) for word in words)]


def why_withdrawn(warehouse: Warehouse, delivered: Delivered) -> str:
    """Say why a record is withdrawn."""
    winner = delivered.winner
    name = delivered.record.entity.name.replace("_", " ").removesuffix("s")
    derived = warehouse.rows(explain_queries.DERIVED.format(file=literal(winner["source_file"])))
    if derived:
        return (
            f"The {name} is missing from the full export of {winner['arrived_on']}, which tieout land has "
            f"compared with what was delivered before ({derived[0]['derived_from']})"
        )
    return f"The source has deleted the {name} with this row"


def print_rows(warehouse: Warehouse, delivered: Delivered, out: Console) -> None:
    """Print the delivered rows with what became of each."""
    record = delivered.record
    found = warehouse.rows(
        explain_queries.REJECTED.format(
            domain=literal(record.entity.domain),
            entity=literal(record.entity.name),
            key=literal(record.business_key),
        )
    )
    resolved = {file_and_line_of(row): row for row in found}
    values = _shown_columns(record)
    made = table(
        "1. Delivered rows, as judged in base",
        ("File", "Line", "Arrived", "Loaded", "Updated", *values, "Outcome"),
        numbers=("Line", "Amount"),
    )
    outcomes = iter(outcomes_of(delivered.accepted, delivered.replaced_by, has_versions=delivered.has_versions))
    for row in delivered.rows:
        if row["failed_rules"]:
            outcome = f"rejected: {row['failed_rules'].replace(',', ', ')}"
            correction = resolved.get(file_and_line_of(row))
            if correction and correction["is_resolved"]:
                outcome += f"; resolved by {correction['resolved_by_file']} on {correction['resolved_on']}"
        else:
            outcome = next(outcomes)
        add(
            *(made, row["source_file"], str(row["source_line"]), row["arrived_on"], row["loaded_at"]),
            *(row["updated_at"], *(row[f"value_{column}"] for column in values.values()), outcome),
        )
    out.print(made)


def _shown_columns(record: Record) -> dict[str, str]:
    """Return the columns of a record that are shown beside its files, by their titles."""
    columns = {"Status": record.status, "Amount": record.entity.amount, "Currency": record.currency}
    return {title: column for title, column in columns.items() if column}


def print_originals(warehouse: Warehouse, delivered: Delivered, inbox: Path, out: Console) -> None:
    """Print the lines of the exports that the rows were imported from, or where the exports are."""
    for row in delivered.rows:
        file, line = file_and_line_of(row)
        if not is_imported(str(file)):
            continue
        found = warehouse.rows(explain_queries.DELIVERED_FILE.format(file=literal(str(file))))
        if not found:
            continue
        delivered_file = str(found[0]["delivered_file"])
        original = original_line(inbox, str(row["arrived_on"]), delivered_file, line)
        out.print(
            f"{file} line {line} was imported from {original.shown}."
            if original
            else f"{file} line {line} was imported, but its original is not in {inbox}. It is in the folder "
            f"{folder_of_import(delivered_file)} of the inbox from which the file was landed. Name that inbox with "
            "--inbox.",
            markup=False,
        )


def print_raw_values(warehouse: Warehouse, delivered: Delivered, out: Console, *, unmasked: bool) -> None:
    """Print the values as they landed; those that the contract tags as personal are masked."""
    try:
        raw = [_raw_values(warehouse, delivered.record, row) for row in delivered.rows]
    except BronzeIsAwayError as error:
        out.print(f"2. Raw values cannot be shown. {error}\n", style="yellow", markup=False)
        return
    lines = (f"line {row['source_line']}" for row in delivered.rows)
    made = table("2. Raw values, as they landed", ("Column", *lines))
    for column in delivered.record.entity.columns:
        if not column.added_by_landing:
            hidden = column.pii and not unmasked
            add(made, column.name, *(MASK if hidden and row.get(column.name) else row.get(column.name) for row in raw))
    out.print(made)


def _raw_values(warehouse: Warehouse, record: Record, row: Row) -> Row:
    """Read a row where it landed: in the partition of its day, by the end of the file's path and by its line."""
    path = "filename" if warehouse.engine == DUCKDB else '"$path"'
    name = row["source_file"]
    found = warehouse.rows(
        f"""
        select {", ".join(record.entity.delivered_columns)}
        from {{bronze}}.{record.entity.domain}__{record.entity.name}
        where
            dt = cast('{row["arrived_on"]}' as date)
            and source_line = '{row["source_line"]}'
            and right({path}, {len(name)}) = {literal(name)}
        """  # noqa: S608
    )
    return found[0] if found else {}


def print_staged(warehouse: Warehouse, delivered: Delivered, out: Console) -> None:
    """Print the row that counts, as staging has it."""
    record = delivered.record
    columns = _shown_columns(record)
    columns |= {name.replace("_", " ").capitalize(): name for name in _DERIVED.get(record.entity.name, ())}
    staged = warehouse.rows(
        explain_queries.STAGED.format(
            stg=record.stg, where=record.where(), columns="".join(f",\n    {column}" for column in columns.values())
        )
    )
    made = table("3. In stg: the latest row", ("File", "Line", "Loaded", *columns), numbers=("Line", "Amount"))
    for row in staged:
        add(
            *(made, row["source_file"], str(row["source_line"]), row["loaded_at"]),
            *(row[column] for column in columns.values()),
        )
    out.print(made)
    print_disagreement("stg", record, staged, delivered.winner, out)


def print_disagreement(layer: str, record: Record, rows: list[Row], winner: Row | None, out: Console) -> None:
    """Print a warning if a layer does not hold the row that it should have according to base, or none."""
    expected = [file_and_line_of(winner)] if winner else []
    if [file_and_line_of(row) for row in rows] != expected:
        name = record.entity.name.replace("_", " ").removesuffix("s")
        must = (
            f"must contain {winner['source_file']} line {winner['source_line']} exactly once"
            if winner
            else f"must not contain the {name}"
        )
        out.print(
            f"According to base, {layer} {must}. Run dbt build. If the message remains, run tieout check.\n",
            style="bold red",
            markup=False,
        )
