"""Published tables in the Glue catalog: Parquet, with their descriptions, a partition for each day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from loaders.aws.errors import aws_errors, error_code
from loaders.errors import TieoutError
from loaders.publish.manifest import Partition
from loaders.publish.places import S3Place
from loaders.publish.tables import ALL, Table

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import StorageDescriptorTypeDef, TableInputTypeDef

_A_REQUEST = 25  # the most that Glue deletes with one request; it creates and updates 100
_COMMENT_BYTES, _DESCRIPTION_BYTES = 255, 2048
_NAMES = {"integer": "int", "varchar": "string"}
_FORMAT = "org.apache.hadoop.hive.ql.io.parquet"


class PublishedCatalog:
    """A database of the Glue catalog for published tables."""

    def __init__(self, client: GlueClient, database: str, place: S3Place) -> None:
        """Describe the tables of a place in a database."""
        self._client = client
        self.database = database
        self._place = place

    def create(self) -> None:
        """Create the database if there is none.

        Raises:
            TieoutError: AWS refuses the request or cannot be reached.
        """
        from botocore.exceptions import ClientError  # noqa: PLC0415

        with aws_errors(self.database):
            try:
                self._client.get_database(Name=self.database)
            except ClientError as error:
                if error_code(error) != "EntityNotFoundException":
                    raise
                self._client.create_database(
                    DatabaseInput={"Name": self.database, "Description": "Gold of Tieout, published as Parquet."}
                )

    def show(self, table: Table, partitions: dict[str, Partition]) -> int:
        """Describe a table and its partitions as they are, and nothing else; return the number of changes.

        Each partition changes at once, from all its old files to all its new ones.

        Raises:
            TieoutError: AWS refuses a request or cannot be reached. The next call completes the changes.
        """
        with aws_errors(f"{self.database}.{table.name}"):
            changes = self._show_table(table, partitions)
            return changes + (self._show_partitions(table, partitions) if table.day else 0)

    def _show_table(self, table: Table, partitions: dict[str, Partition]) -> int:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        wanted = self._table(table, partitions)
        try:
            found = self._client.get_table(DatabaseName=self.database, Name=table.name)["Table"]
        except ClientError as error:
            if error_code(error) != "EntityNotFoundException":
                raise
            self._client.create_table(DatabaseName=self.database, TableInput=wanted)
            return 1
        if _part_of(wanted, found):
            return 0
        if _keys(wanted) != _keys(found):
            # Glue cannot change partition keys.
            raise TieoutError(
                f"{self.database}.{table.name} is partitioned by {_keys(found) or 'nothing'}, but now by "
                f"{_keys(wanted) or 'nothing'}. Drop the table, which does not delete its files, and publish again."
            )
        self._client.update_table(DatabaseName=self.database, TableInput=wanted)
        return 1

    def _show_partitions(self, table: Table, partitions: dict[str, Partition]) -> int:
        pages = self._client.get_paginator("get_partitions").paginate(DatabaseName=self.database, TableName=table.name)
        found = {partition["Values"][0]: partition for page in pages for partition in page["Partitions"]}
        wanted: dict[str, Any] = {
            value: {"Values": [value], "StorageDescriptor": self._storage(table, partition.folder)}
            for value, partition in partitions.items()
        }
        new = [value for value in wanted if value not in found]
        wrong = [value for value in wanted if value in found and not _part_of(wanted[value], found[value])]
        gone = [value for value in found if value not in wanted]
        of_table: dict[str, Any] = {"DatabaseName": self.database, "TableName": table.name}
        for some in _batches(new):
            answer: Any = self._client.batch_create_partition(
                **of_table, PartitionInputList=[wanted[value] for value in some]
            )
            self._expect(table, answer)
        for some in _batches(wrong):
            answer = self._client.batch_update_partition(
                **of_table,
                Entries=[{"PartitionValueList": [value], "PartitionInput": wanted[value]} for value in some],
            )
            self._expect(table, answer)
        for some in _batches(gone):
            answer = self._client.batch_delete_partition(
                **of_table, PartitionsToDelete=[{"Values": [value]} for value in some]
            )
            self._expect(table, answer)
        return len(new) + len(wrong) + len(gone)

    def _expect(self, table: Table, answer: Any) -> None:
        for error in answer.get("Errors", []):
            detail = error["ErrorDetail"]
            raise TieoutError(
                f"Glue refused a partition of {self.database}.{table.name}: {detail.get('ErrorCode')}, "
                f"{detail.get('ErrorMessage')}. Correct this, then publish again."
            )

    def _table(self, table: Table, partitions: dict[str, Partition]) -> TableInputTypeDef:
        folder = f"{table.name}/"
        if not table.day:
            folder = partitions[ALL].folder if ALL in partitions else f"{table.name}/_empty"
        keys = [column for column in _columns(table) if column["Name"] == table.day]
        return {
            "Name": table.name,
            "TableType": "EXTERNAL_TABLE",
            "Description": _cut(table.description, _DESCRIPTION_BYTES),
            "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
            "PartitionKeys": keys,
            "StorageDescriptor": self._storage(table, folder),
        }

    def _storage(self, table: Table, folder: str) -> StorageDescriptorTypeDef:
        return {
            "Columns": [column for column in _columns(table) if column["Name"] != table.day],
            "InputFormat": f"{_FORMAT}.MapredParquetInputFormat",
            "OutputFormat": f"{_FORMAT}.MapredParquetOutputFormat",
            "Location": self._place.address(folder.rstrip("/")) + "/",
            "SerdeInfo": {"SerializationLibrary": f"{_FORMAT}.serde.ParquetHiveSerDe"},
        }


def _columns(table: Table) -> list[Any]:
    return [
        {"Name": column.name, "Type": _type(column.type), "Comment": _cut(column.description, _COMMENT_BYTES)}
        for column in table.columns
    ]


def _type(of_model: str) -> str:
    """Return the type of Glue: `varchar(256)` is a string, decimals, dates and timestamps keep their names."""
    name = re.sub(r"^varchar\(\d+\)$", "varchar", of_model)
    return _NAMES.get(name, name)


def _cut(text: str, size: int) -> str:
    """Cut a text at a word so that it has at most so many bytes."""
    if len(text.encode()) <= size:
        return text
    kept = text.encode()[: size - 4].decode(errors="ignore")
    return f"{kept.rsplit(' ', 1)[0]} ..."


def _keys(table: Any) -> str:
    return ", ".join(f"{key['Name']} {key.get('Type')}" for key in table.get("PartitionKeys", []))


def _part_of(wanted: Any, found: Any) -> bool:
    """Return whether everything that is wanted was found; AWS adds times, and other tools add parameters."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(_part_of(value, found.get(name)) for name, value in wanted.items())
    if isinstance(wanted, list):
        return wanted == (found or []) or (
            isinstance(found, list)
            and len(wanted) == len(found)
            and all(_part_of(one, other) for one, other in zip(wanted, found, strict=True))
        )
    return bool(wanted == found)


def _batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + _A_REQUEST] for start in range(0, len(values), _A_REQUEST))
