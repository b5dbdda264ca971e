"""A database of the Glue catalog: its tables and partitions, read in pages and written in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from loaders.aws.session import S3Root, aws_errors, error_code
from loaders.aws.tables import is_partition, partition, table, table_name
from loaders.contract import Entity
from loaders.errors import TieoutError

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import ErrorDetailTypeDef, TableTypeDef

_PARTITIONS_A_REQUEST = 100


class Catalog:
    """A database of the Glue catalog."""

    def __init__(self, client: GlueClient, database: str) -> None:
        """Use a database, which `create` makes."""
        self._client = client
        self.database = database

    def create(self) -> None:
        """Make the database.

        Raises:
            TieoutError: AWS refuses or cannot be reached; so do the other methods.
        """
        with aws_errors(self.database):
            self._client.create_database(
                DatabaseInput={"Name": self.database, "Description": "Bronze of Tieout: landed files, as text."}
            )

    def tables(self) -> dict[str, TableTypeDef] | None:
        """Return the tables by name; None where there is no such database."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        with aws_errors(self.database):
            try:
                pages = self._client.get_paginator("get_tables").paginate(DatabaseName=self.database)
                return {found["Name"]: found for page in pages for found in page["TableList"]}
            except ClientError as error:
                if error_code(error) == "EntityNotFoundException":
                    return None
                raise

    def create_table(self, entity: Entity, root: S3Root) -> None:
        """Make the table of an entity."""
        with aws_errors(self._place(entity)):
            self._client.create_table(DatabaseName=self.database, TableInput=table(entity, root))

    def extend_table(self, entity: Entity, root: S3Root, found: TableTypeDef) -> None:
        """Give a table the columns of the contract, unless it has changed since it was found."""
        extended = table(entity, root)
        extended["Parameters"] = {**found.get("Parameters", {}), **extended.get("Parameters", {})}
        with aws_errors(self._place(entity)):
            self._client.update_table(DatabaseName=self.database, TableInput=extended, VersionId=found["VersionId"])

    def partitions(self, entity: Entity, root: S3Root) -> dict[str, bool]:
        """Tell of each partition's day whether it describes the entity's files of that day."""
        with aws_errors(self._place(entity)):
            pages = self._client.get_paginator("get_partitions").paginate(
                DatabaseName=self.database, TableName=table_name(entity), ExcludeColumnSchema=True
            )
            return {
                found["Values"][0]: is_partition(entity, root, found) for page in pages for found in page["Partitions"]
            }

    def create_partitions(self, entity: Entity, root: S3Root, days: Sequence[str]) -> None:
        """Add partitions; one that someone else has added meanwhile is as good."""
        for some in _batched(days):
            with aws_errors(self._place(entity)):
                answer = self._client.batch_create_partition(
                    DatabaseName=self.database,
                    TableName=table_name(entity),
                    PartitionInputList=[partition(entity, root, day) for day in some],
                )
            for error in answer.get("Errors", []):
                self._expect(error["ErrorDetail"], "AlreadyExistsException", entity)

    def update_partitions(self, entity: Entity, root: S3Root, days: Sequence[str]) -> None:
        """Describe partitions anew."""
        for some in _batched(days):
            with aws_errors(self._place(entity)):
                answer = self._client.batch_update_partition(
                    DatabaseName=self.database,
                    TableName=table_name(entity),
                    Entries=[
                        {"PartitionValueList": [day], "PartitionInput": partition(entity, root, day)} for day in some
                    ],
                )
            for error in answer.get("Errors", []):
                self._expect(error["ErrorDetail"], None, entity)

    def _expect(self, error: ErrorDetailTypeDef, expected: str | None, entity: Entity) -> None:
        if error.get("ErrorCode") != expected:
            raise TieoutError(
                f"Glue refused a partition of {self._place(entity)}: {error.get('ErrorCode')}, "
                f"{error.get('ErrorMessage')}. Put that right, then run `tieout catalog` again."
            )

    def _place(self, entity: Entity) -> str:
        return f"{self.database}.{table_name(entity)}"


def _batched(days: Sequence[str]) -> Iterator[Sequence[str]]:
    return (days[start : start + _PARTITIONS_A_REQUEST] for start in range(0, len(days), _PARTITIONS_A_REQUEST))
