"""What the tests of the Glue catalog share."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from loaders.aws.session import S3Root
from loaders.contract import Column, Contract, Entity, load_contract
from tests.aws.double import AwsDouble

TABLES = len(load_contract().entities)
DAYS = ("2025-01-01", "2025-01-02")
ACCOUNTS = load_contract().entity("banking", "accounts")


def deliver(aws: AwsDouble, root: S3Root, *days: str) -> None:
    """Put manifests of some days into S3."""
    for day in days:
        key = root.key(f"control/deliveries/dt={day}/batch.csv")
        aws.client("s3").put_object(Bucket=root.bucket, Key=key, Body=b"manifest")


def found(aws: AwsDouble, database: str) -> dict[str, Any]:
    """Return tables and partitions without their times."""
    client = aws.client("glue")
    times = ("CreateTime", "UpdateTime", "CreationTime")
    tables = {table["Name"]: table for table in client.get_tables(DatabaseName=database)["TableList"]}
    for name, table in tables.items():
        partitions = client.get_partitions(DatabaseName=database, TableName=name)["Partitions"]
        table["partitions"] = {
            part["Values"][0]: {key: value for key, value in part.items() if key not in times} for part in partitions
        }
    return {
        name: {key: value for key, value in table.items() if key not in times and key != "VersionId"}
        for name, table in tables.items()
    }


def changed(entity: Entity, columns: Callable[[tuple[Column, ...]], tuple[Column, ...]]) -> Contract:
    """Return the project's contract with other columns for one entity."""
    entities = dict(load_contract().entities)
    entities[entity.domain, entity.name] = dataclasses.replace(entity, columns=columns(entity.columns))
    return Contract(entities)


def new_column(name: str) -> Column:
    return Column(name, added_by_landing=False, is_money=False, pii=None, type="text(256)", since=2)
