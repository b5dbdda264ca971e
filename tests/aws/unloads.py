"""UNLOAD for the stand-in: writes the result of the query as Redshift does, into the local double of S3.

One file for each partition, in a folder named after its value, without the partition column; and the verbose manifest.
Compression and the number of files differ from Redshift's.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from loaders.aws.session import S3Root
from redshift_standin import StandIn
from redshift_standin.unload import Unload
from tests.aws.double import AwsDouble

# By the type's number in PostgreSQL.
_TYPES = {16: "boolean", 20: "bigint", 21: "smallint", 23: "integer", 1082: "date", 1114: "timestamp"}
_NUMERIC = 1700


def unloads_to(stand_in: StandIn, aws: AwsDouble, roles: list[str | None]) -> Callable[[Unload], None]:
    """Return a function that writes the files of an unload.

    Args:
        stand_in: runs the query, in a transaction of its own.
        aws: has the bucket.
        roles: is extended by the role of each unload.
    """

    def write(unload: Unload) -> None:
        roles.append(unload.role)
        root = S3Root.parse(unload.target.rstrip("/"))
        if aws.keys(root.bucket, root.prefix) and not unload.may_overwrite:
            raise FileExistsError(f"{unload.target} is not empty")
        with stand_in.superuser() as connection, connection.cursor() as cursor, TemporaryDirectory() as folder:
            cursor.execute(unload.query)
            columns = {column.name: _type(column) for column in cursor.description or ()}
            entries = []
            for path, rows in _parquet(columns, cursor.fetchall(), unload.partitioned_by, Path(folder) / "out"):
                key = root.key(str(path.relative_to(Path(folder) / "out")).replace("data_", "000_part_0"))
                aws.client("s3").put_object(Bucket=root.bucket, Key=key, Body=path.read_bytes())
                meta = {"content_length": path.stat().st_size, "record_count": rows}
                entries.append({"url": f"s3://{root.bucket}/{key}", "meta": meta})
        manifest = {"entries": entries, "author": {"name": "Amazon Redshift"}}
        aws.client("s3").put_object(Bucket=root.bucket, Key=root.key("manifest"), Body=json.dumps(manifest).encode())

    return write


def _type(column: Any) -> str:
    if column.type_code == _NUMERIC:
        return f"decimal({column.precision},{column.scale})"
    return _TYPES.get(column.type_code, "varchar")


def _parquet(
    columns: dict[str, str], rows: list[tuple[Any, ...]], partitioned_by: tuple[str, ...], folder: Path
) -> list[tuple[Path, int]]:
    """Write rows, and return each file with the number of its rows."""
    # DuckDB reads a file much faster than it takes rows from Python.
    unloaded = folder.with_suffix(".json")
    with unloaded.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(dict(zip(columns, row, strict=True)), default=str) + "\n")
    with duckdb.connect() as connection:
        listed = ", ".join(f"'{name}': '{type_}'" for name, type_ in columns.items())
        connection.execute(
            f"copy (from read_json('{unloaded}', format = 'newline_delimited', columns = {{{listed}}})) to '{folder}' "
            f"(format parquet, partition_by ({', '.join(partitioned_by)}))"
        )
        found = connection.execute(f"select file_name, num_rows from parquet_file_metadata('{folder}/**/*.parquet')")
        return [(Path(path), rows) for path, rows in found.fetchall()]
