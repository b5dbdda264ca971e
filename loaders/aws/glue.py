"""A database of the Glue catalog: reading and writing its tables and partitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from loaders.aws.errors import aws_errors, error_code
from loaders.aws.session import S3Root
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
        """Use a database; `create` creates it."""
        self._client = client
        self.database = database

    def create(self) -> None:
        """Create the database.

        Raises:
            TieoutError: AWS refuses the request or cannot be reached. The other methods raise the same.
        """
        with aws_errors(self.database):
            self._client.create_database(
                DatabaseInput={"Name": self.database, "Description": "Bronze of Tieout: landed files, as text."}
            )

    def tables(self) -> dict[str, TableTypeDef] | None:
        """Return the tables by name; None if the database does not exist."""
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
        """Create the table of an entity."""
        with aws_errors(self._name(entity)):
            self._client.create_table(DatabaseName=self.database, TableInput=table(entity, root))

    def extend_table(self, entity: Entity, root: S3Root, found: TableTypeDef) -> None:
        """Add the new columns of the contract to a table; Glue refuses if the table has changed since it was read."""
        extended = table(entity, root)
        extended["Parameters"] = {**found.get("Parameters", {}), **extended.get("Parameters", {})}
        with aws_errors(self._name(entity)):
            self._client.update_table(DatabaseName=self.database, TableInput=extended, VersionId=found["VersionId"])

    def partitions(self, entity: Entity, root: S3Root, files: Counter[str] | None = None) -> dict[str, bool]:
        """Return, by day, whether the partition describes the entity's files of that day, and their number if given."""
        with aws_errors(self._name(entity)):
            pages = self._client.get_paginator("get_partitions").paginate(
                DatabaseName=self.database, TableName=table_name(entity), ExcludeColumnSchema=True
            )
            return {
                found["Values"][0]: is_partition(entity, root, found, files)
                for page in pages
                for found in page["Partitions"]
            }

    def create_partitions(
        self, entity: Entity, root: S3Root, days: Sequence[str], files: Counter[str] | None = None
    ) -> None:
        """Add partitions; a partition that another run has just added is not an error."""
        for some in _batched(days):
            with aws_errors(self._name(entity)):
                answer = self._client.batch_create_partition(
                    DatabaseName=self.database,
                    TableName=table_name(entity),
                    PartitionInputList=[partition(entity, root, day, files) for day in some],
                )
            for error in answer.get("Errors", []):
                self._expect(error["ErrorDetail"], "AlreadyExistsException", entity)

    def update_partitions(
        self, entity: Entity, root: S3Root, days: Sequence[str], files: Counter[str] | None = None
    ) -> None:
        """Replace the description of partitions."""
        for some in _batched(days):
            with aws_errors(self._name(entity)):
                answer = self._client.batch_update_partition(
                    DatabaseName=self.database,
                    TableName=table_name(entity),
                    Entries=[
                        {"PartitionValueList": [day], "PartitionInput": partition(entity, root, day, files)}
                        for day in some
                    ],
                )
            for error in answer.get("Errors", []):
                self._expect(error["ErrorDetail"], None, entity)

    def _expect(self, error: ErrorDetailTypeDef, expected: str | None, entity: Entity) -> None:
        if error.get("ErrorCode") != expected:
            raise TieoutError(
                f"Glue refused a partition of {self._name(entity)}: {error.get('ErrorCode')}, "
                f"{error.get('ErrorMessage')}. Correct this, then run `tieout catalog` again."
            )

    def _name(self, entity: Entity) -> str:
        return f"{self.database}.{table_name(entity)}"


def _batched(days: Sequence[str]) -> Iterator[Sequence[str]]:
    return (days[start : start + _PARTITIONS_A_REQUEST] for start in range(0, len(days), _PARTITIONS_A_REQUEST))
