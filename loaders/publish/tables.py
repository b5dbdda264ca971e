"""The tables that may be published, by the YAML beside the models of gold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from loaders.audit.descriptions import gold_tables, plain_text
from loaders.contract import read_yaml
from loaders.errors import TieoutError

FINGERPRINT = "_fingerprint"
# The folder of a table without a day: `part=all`. It is no column of the table.
WHOLE, ALL = "part", "all"


@dataclass(frozen=True)
class Column:
    """A column that is published.

    Attributes:
        name: its name.
        type: its type in the YAML, such as `decimal(18,2)`.
        description: its description on one line.
    """

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class Table:
    """A table of gold that is published.

    Attributes:
        name: its name.
        description: its description on one line.
        columns: all columns but the load times and the fingerprint, which are the warehouse's own.
        day: the column whose values are the partitions, a date; None if the table is one partition.
        has_fingerprint: whether its rows have the fingerprint of these columns.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    day: str | None
    has_fingerprint: bool

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def layout(self) -> list[str]:
        """What decides how files are read: the columns with their types, and the partition column."""
        return [f"{column.name} {column.type}" for column in self.columns] + [f"by {self.day or ALL}"]

    def folder(self, partition: str) -> str:
        """Return the name of the folder of a partition."""
        return f"{self.day or WHOLE}={partition}"


def chosen_tables(names: Sequence[str]) -> list[Table]:
    """Return the tables of these names, or all that analysts may read.

    Raises:
        TieoutError: there is no such table in gold, it has personal data, or its YAML cannot be read.
    """
    files = gold_tables()
    for name in names:
        if name not in files:
            raise TieoutError(
                f"There is no table {name} in gold, and only gold is published. docs/data_dictionary.md lists them."
            )
    tables = []
    for name in dict.fromkeys(names) if names else files:
        model = _model(name, files[name])
        personal = _personal(model)
        if not personal:
            tables.append(_table(model))
        elif names:
            raise TieoutError(
                f"{name} is not published: it has personal data ({', '.join(personal)}). "
                "dim_customer has the pseudonyms of the same customers."
            )
    return tables


def _model(name: str, file: Path) -> dict[str, Any]:
    try:
        model: dict[str, Any] = next(model for model in read_yaml(file)["models"] if model["name"] == name)
        if all(column["data_type"] for column in model["columns"]):
            return model
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise TieoutError(f"{file} does not describe the columns of {name}: {error!r}. Correct the file.") from None
    raise TieoutError(f"{file} has a column of {name} without data_type. Correct the file.")


def _personal(model: dict[str, Any]) -> list[str]:
    """Return the columns with personal data."""
    return [column["name"] for column in model["columns"] if column.get("config", {}).get("meta", {}).get("pii")]


def _table(model: dict[str, Any]) -> Table:
    columns = tuple(
        Column(column["name"], column["data_type"].replace(" ", ""), plain_text(column.get("description") or ""))
        for column in model["columns"]
        if not _is_own(column["name"])
    )
    return Table(
        model["name"],
        plain_text(model.get("description") or ""),
        columns,
        _day(model),
        any(column["name"] == FINGERPRINT for column in model["columns"]),
    )


def _is_own(column: str) -> bool:
    """Return whether a column is the warehouse's own; the fingerprint covers the others (macro built_columns)."""
    return column == FINGERPRINT or (column.startswith("_") and column.endswith("_at"))


def _day(model: dict[str, Any]) -> str | None:
    """Return the partition column: `published_by` of the YAML, else the first date that is never null.

    A dimension is one partition: few of its rows change with a day, and readers join all of it.
    """
    meta = model.get("config", {}).get("meta", {})
    if "published_by" in meta:
        return meta["published_by"] or None
    if model["name"].startswith("dim_"):
        return None
    for column in model["columns"]:
        if column["data_type"] == "date" and {"type": "not_null"} in column.get("constraints", []):
            return str(column["name"])
    return None
