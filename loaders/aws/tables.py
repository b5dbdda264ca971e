"""The tables of the Glue catalog, derived from the bronze contract, and what may become of those that are there."""

from __future__ import annotations

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

_SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
# The SerDe's own escape character is the backslash, and it drops every one; given a quote in its place, it takes the
# backslash again. No value in bronze holds a control character other than the tab: landing replaces them.
_DIALECT = {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\u0001"}
_HEADER = "skip.header.line.count"


def table_name(entity: Entity) -> str:
    """Return the name of an entity's table, the `identifier` of its source."""
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


def partition(entity: Entity, root: S3Root, day: str) -> PartitionInputTypeDef:
    """Define the partition of an arrival day, YYYY-MM-DD."""
    return {
        "Values": [day],
        "StorageDescriptor": _storage(entity, f"{_location(entity, root)}{PARTITION}={day}/"),
    }


def is_partition(entity: Entity, root: S3Root, found: PartitionTypeDef) -> bool:
    """Tell whether a partition in the catalog is what it should be, its columns aside."""
    wanted = partition(entity, root, found["Values"][0])
    return _reading(found.get("StorageDescriptor", {})) == _reading(wanted["StorageDescriptor"])


def added_columns(entity: Entity, root: S3Root, found: TableTypeDef) -> list[str]:
    """Return the columns that the contract has at the end and a table in the catalog lacks.

    Raises:
        TieoutError: the table differs from the contract in any other way.
    """
    wanted = table(entity, root)
    storage = found.get("StorageDescriptor", {})
    name = f"{found['DatabaseName']}.{found['Name']}"
    columns = storage.get("Columns", [])
    for number, column in enumerate(columns):
        _compare_column(name, number, column, entity.bronze_columns)
    is_ = _reading(storage) | _header(found) | _partition_keys(found)
    for what, expected in (_reading(wanted["StorageDescriptor"]) | _header(wanted) | _partition_keys(wanted)).items():
        if is_[what] != expected:
            raise TieoutError(
                f"{name} has the {what} {is_[what]!r}, bronze needs {expected!r}: drop the table, which leaves its "
                "files where they are, and run `tieout catalog` again, or name another --database."
            )
    return list(entity.bronze_columns[len(columns) :])


def _compare_column(name: str, number: int, column: ColumnOutputTypeDef, contract: tuple[str, ...]) -> None:
    expected = contract[number] if number < len(contract) else None
    if column["Name"] == expected and column.get("Type") == "string":
        return
    if column["Name"] == expected:
        problem = f"column {expected} is {column.get('Type')}, and bronze is text (string)"
    elif expected is None:
        problem = f"the contract has lost column {column['Name']}"
    else:
        problem = f"column {number + 1} is {column['Name']}, and the contract says {expected}"
    raise TieoutError(
        f"{name}: {problem}. Files that landed keep their columns, so a contract may get new ones at the end and "
        "nothing else: put the contract back and add what is new at the end of the entity."
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
    """Return where files lie and how they are read, in what decides it."""
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
