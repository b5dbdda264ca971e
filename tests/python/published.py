"""Reading what was published as its readers do: by the manifests, or by the Glue catalog."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from loaders.publish.tables import Table
from tests.aws.double import AwsDouble


def manifests(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the manifests in a folder by table."""
    return {path.parent.name: json.loads(path.read_text()) for path in sorted(folder.glob("*/_manifest.json"))}


def parquet(files: Sequence[str | Path], table: Table) -> str:
    """Return an SQL expression for the rows of a published table."""
    listed = ", ".join(f"'{file}'" for file in files)
    types = f", hive_types = {{'{table.day}': date}}" if table.day else ""
    return (
        f"(select {', '.join(table.names)} from read_parquet([{listed}], hive_partitioning = true{types}, "
        "union_by_name = true))"
    )


def catalog(aws: AwsDouble, database: str) -> dict[str, dict[str, str]]:
    """Return the location of each partition by table and value; a table without partitions has one without value."""
    glue = aws.client("glue")
    found = {}
    for page in glue.get_paginator("get_tables").paginate(DatabaseName=database):
        for table in page["TableList"]:
            if table["PartitionKeys"]:
                pages = glue.get_paginator("get_partitions").paginate(DatabaseName=database, TableName=table["Name"])
                partitions = [partition for page in pages for partition in page["Partitions"]]
                found[table["Name"]] = {
                    partition["Values"][0]: partition["StorageDescriptor"]["Location"] for partition in partitions
                }
            else:
                found[table["Name"]] = {"": table["StorageDescriptor"]["Location"]}
    return found


def download(aws: AwsDouble, bucket: str, folder: Path) -> None:
    """Copy all objects of a bucket into a folder."""
    for key, content in aws.objects(bucket).items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def in_catalog(aws: AwsDouble, bucket: str, database: str, folder: Path) -> dict[str, list[Path]]:
    """Return the files of each table as Athena finds them, in a folder with a copy of the bucket."""
    return {
        table: [
            path
            for location in partitions.values()
            for path in sorted((folder / location.removeprefix(f"s3://{bucket}/")).glob("*"))
        ]
        for table, partitions in catalog(aws, database).items()
    }


def differing(connection: duckdb.DuckDBPyConnection, relation: str, files: Sequence[Path], table: Table) -> list[Any]:
    """Return the columns whose types differ, or the rows that only the table or only the files have."""
    if not files:
        return connection.execute(f"select * from {relation} limit 3").fetchall()
    read = parquet(files, table)
    columns = ", ".join(table.names)
    here = connection.sql(f"select {columns} from {relation}")
    there = connection.sql(f"select * from {read}")
    found: list[Any] = [
        (name, one, other)
        for name, one, other in zip(here.columns, here.types, there.types, strict=True)
        if one != other
    ]
    for one, other in ((here, there), (there, here)):
        found += one.except_(other).limit(3).fetchall()
    return found
