"""The rules of each table in words, from the arguments of the generic test `rules`, for the pages of analysts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class TableRules:
    """What holds in a table.

    Attributes:
        columns: by column its rules, in words.
        rows: the rules of several columns: keys, and conditions on rows.
    """

    columns: dict[str, list[str]] = field(default_factory=dict)
    rows: list[str] = field(default_factory=list)

    def add(self, column: str, rule: str) -> None:
        """Add a rule of a column."""
        self.columns.setdefault(column, []).append(rule)


@dataclass(frozen=True)
class Reference:
    """A column that refers to a column of another table, in every row."""

    table: str
    column: str
    to: str
    field: str


def rules_by_table(manifest: dict[str, Any]) -> dict[str, TableRules]:
    """Return the rules by the unique id of the model, seed or snapshot that they are about."""
    return {table: _in_words(arguments) for table, arguments in _arguments(manifest)}


def references(manifest: dict[str, Any]) -> list[Reference]:
    """Return the references that the rules test in every row: those without a condition."""
    return [
        Reference(manifest["nodes"][table]["name"], column, _table(given["to"]), given.get("field", column))
        for table, arguments in _arguments(manifest)
        for column, reference in arguments.get("refers_to", {}).items()
        for given in (reference if isinstance(reference, dict) else {"to": reference},)
        if "where" not in given
    ]


def unique_columns(manifest: dict[str, Any]) -> dict[str, set[str]]:
    """Return, by the name of the table, the columns that the rules test to be unique on their own."""
    return {
        manifest["nodes"][table]["name"]: {key for key in arguments.get("unique", ()) if isinstance(key, str)}
        for table, arguments in _arguments(manifest)
    }


def _arguments(manifest: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the unique id of each table with rules, and the arguments of its test."""
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "rules":
            yield node["attached_node"], node["test_metadata"]["kwargs"]


def _in_words(arguments: dict[str, Any]) -> TableRules:
    rules = TableRules()
    for key in arguments.get("unique", ()):
        columns = [key] if isinstance(key, str) else key["columns"] if isinstance(key, dict) else key
        where = f" where `{key['where']}`" if isinstance(key, dict) else ""
        if len(columns) == 1:
            rules.add(columns[0], f"unique{where}")
        else:
            rules.rows.append(f"One row per {', '.join(f'`{column}`' for column in columns)}{where}.")
    for column in arguments.get("not_null", ()):
        rules.add(column, "not null")
    for column, conditions in arguments.get("columns", {}).items():
        for condition in [conditions] if isinstance(conditions, str) else conditions:
            rules.add(column, condition)
    for name, condition in arguments.get("rows", {}).items():
        rules.rows.append(f"{name.replace('_', ' ').capitalize()}: `{' '.join(condition.split())}`.")
    for column, reference in arguments.get("refers_to", {}).items():
        given = reference if isinstance(reference, dict) else {"to": reference}
        where = f" where `{given['where']}`" if "where" in given else ""
        rules.add(column, f"refers to `{_table(given['to'])}.{given.get('field', column)}`{where}")
    if "contract" in arguments:
        rules.rows.append(f"Keeps the required values and limits of {arguments['contract']} in the bronze contract.")
    if "same_rows_as" in arguments:
        rules.rows.append(f"As many rows as `{_table(arguments['same_rows_as'])}`.")
    return rules


def _table(reference: str) -> str:
    return re.sub(r"^ref\('(\w+)'\)$", r"\1", reference)
