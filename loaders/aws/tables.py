"""The tables of the Glue catalog, derived from the bronze contract, and how an existing table may differ from it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

from loaders.aws.session import S3Root
from loaders.contract import Entity
from loaders.errors import TieoutError

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import (
        ColumnOutputTypeDef,
        ColumnTypeDef,
        PartitionInputTypeDef,
        PartitionTypeDef,
        SerDeInfoOutputTypeDef,
        StorageDescriptorOutputTypeDef,
        StorageDescriptorTypeDef,
        TableInputTypeDef,
        TableTypeDef,
    )

PARTITION = "dt"

# The parameter of a partition with the number of its files, by which the warehouse knows that one was added
# (macros/bronze/bronze_days.sql).
FILES = "tieout.files"

_SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
# The default escape character of the SerDe is the backslash, and the SerDe drops every escape character. With a quote
# as escape character it uses the backslash again. A control character is safe: landing replaces all except the tab.
_DIALECT = {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\u0001"}
_HEADER = "skip.header.line.count"


def table_name(entity: Entity) -> str:
    """Return the name of an entity's table, which is the `identifier` of its dbt source."""
    return f"{entity.domain}__{entity.name}"


def table(entity: Entity, root: S3Root) -> TableInputTypeDef:
    """Define the external table of an entity: its columns in the contract's order, all text, partitioned by day."""
    return {
        "Name": table_name(entity),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "csv", _HEADER: "1"},
        "PartitionKeys": [{"Name": PARTITION, "Type": "date"}],
        "StorageDescriptor": _storage(entity, _location(entity, root)),
    }


def partition(entity: Entity, root: S3Root, day: str, files: Counter[str] | None = None) -> PartitionInputTypeDef:
    """Define the partition of an arrival day, YYYY-MM-DD, with the number of its files if that is given by day."""
    made: PartitionInputTypeDef = {
        "Values": [day],
        "StorageDescriptor": _storage(entity, f"{_location(entity, root)}{PARTITION}={day}/"),
    }
    if files is not None:
        made["Parameters"] = {FILES: str(files[day])}
    return made


def is_partition(entity: Entity, root: S3Root, found: PartitionTypeDef, files: Counter[str] | None = None) -> bool:
    """Return whether a partition in the catalog is correct, apart from its columns."""
    wanted = partition(entity, root, found["Values"][0], files)
    counted = {} if files is None else {FILES: found.get("Parameters", {}).get(FILES)}
    return (
        _reading(found.get("StorageDescriptor", {})) == _reading(wanted["StorageDescriptor"])
        and wanted.get("Parameters", {}) == counted
    )


def added_columns(entity: Entity, root: S3Root, found: TableTypeDef) -> list[str]:
    """Return the columns at the end of the contract that a table in the catalog lacks.

    Raises:
        TieoutError: the table differs from the contract in any other way.
    """
    wanted = table(entity, root)
    storage = found.get("StorageDescriptor", {})
    name = f"{found['DatabaseName']}.{found['Name']}"
    columns = storage.get("Columns", [])
    for number, column in enumerate(columns):
        _compare_column(name, number, column, entity.bronze_columns)
    found_there = _reading(storage) | _header(found) | _partition_keys(found)
    for what, expected in (_reading(wanted["StorageDescriptor"]) | _header(wanted) | _partition_keys(wanted)).items():
        if found_there[what] != expected:
            raise TieoutError(
                f"{name} has the {what} {found_there[what]!r}, but bronze needs {expected!r}. Drop the table, which "
                "does not delete its files, and run `tieout catalog` again, or give another --database."
            )
    return list(entity.bronze_columns[len(columns) :])


def _compare_column(name: str, number: int, column: ColumnOutputTypeDef, contract: tuple[str, ...]) -> None:
    expected = contract[number] if number < len(contract) else None
    if column["Name"] == expected and column.get("Type") == "string":
        return
    if column["Name"] == expected:
        problem = f"column {expected} has the type {column.get('Type')}, but every column of bronze is a string"
    elif expected is None:
        problem = f"the contract no longer has the column {column['Name']}"
    else:
        problem = f"column {number + 1} is {column['Name']}, but {expected} in the contract"
    raise TieoutError(
        f"{name}: {problem}. Landed files do not change, so the only possible change of a contract is a new column at "
        "the end of an entity. Restore the contract, and add new columns at the end."
    )


def _location(entity: Entity, root: S3Root) -> str:
    return root.address(f"{entity.domain}/{entity.name}/")


def _storage(entity: Entity, location: str) -> StorageDescriptorTypeDef:
    columns: list[ColumnTypeDef] = [{"Name": name, "Type": "string"} for name in entity.bronze_columns]
    return {
        "Columns": columns,
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "Location": location,
        "SerdeInfo": {"SerializationLibrary": _SERDE, "Parameters": dict(_DIALECT)},
    }


def _reading(storage: StorageDescriptorTypeDef | StorageDescriptorOutputTypeDef) -> dict[str, str | None]:
    """Return the location of the files and the properties that decide how they are read."""
    serde = cast("SerDeInfoOutputTypeDef", storage.get("SerdeInfo", {}))
    parameters = serde.get("Parameters", {})
    return {
        "location": storage.get("Location", "").rstrip("/"),
        "SerDe": serde.get("SerializationLibrary"),
        **{name: parameters.get(name) for name in _DIALECT},
    }


def _header(found: TableTypeDef | TableInputTypeDef) -> dict[str, str | None]:
    return {_HEADER: found.get("Parameters", {}).get(_HEADER)}


def _partition_keys(found: TableTypeDef | TableInputTypeDef) -> dict[str, str | None]:
    return {"partition keys": ", ".join(f"{key['Name']} {key.get('Type')}" for key in found.get("PartitionKeys", []))}
