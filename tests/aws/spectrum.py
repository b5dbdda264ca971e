"""Redshift Spectrum for the stand-in: external schemas show the S3 objects in the partitions of the Glue catalog.

A partition that is not in the catalog is invisible, and so is an object that was not pushed. Lines are parsed as the
SerDe of the table parses them.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from redshift_standin import StandIn
from tests.aws.double import AwsDouble
from tests.redshift import bronze

_SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"


def show_catalog(stand_in: StandIn, aws: AwsDouble) -> int:
    """Update the external schemas, and return the number of objects that they show."""
    shown = 0
    with stand_in.superuser() as connection, connection.cursor() as cursor:
        cursor.execute("select schemaname, databasename from rs.external_schemas")
        for schema, database in cursor.fetchall():
            for page in aws.client("glue").get_paginator("get_tables").paginate(DatabaseName=database):
                for table in page["TableList"]:
                    shown += _show_table(cursor, aws, schema, table)
    return shown


def _show_table(cursor: Any, aws: AwsDouble, schema: str, table: Mapping[str, Any]) -> int:
    assert table["PartitionKeys"] == [{"Name": "dt", "Type": "date"}]
    columns = [column["Name"] for column in table["StorageDescriptor"]["Columns"]]
    assert {column["Type"] for column in table["StorageDescriptor"]["Columns"]} == {"string"}
    header_lines = int(table["Parameters"].get("skip.header.line.count", 0))
    name = f'{schema}."{table["Name"]}"'
    bronze.make_table(cursor, name, columns)
    bronze.show_partitions(
        cursor,
        schema,
        table["Name"],
        {partition["Values"][0]: partition.get("Parameters", {}) for partition in _partitions(aws, table)},
    )
    there = dict(_objects(aws, table))
    known = bronze.paths(cursor, name)
    for path in known - there.keys():
        cursor.execute(f"""delete from {name} where "$path" = '{path}'""")
    for path in sorted(there.keys() - known):
        day, storage = there[path]
        assert storage["SerdeInfo"]["SerializationLibrary"] == _SERDE
        lines = _text(aws, path).removesuffix("\n").split("\n")[header_lines:]
        rows = (open_csv(line, **storage["SerdeInfo"]["Parameters"]) for line in lines)
        copied = "header\n" + "".join(_copied(row, len(columns)) for row in rows)
        bronze.copy(cursor, name, columns, io.StringIO(copied), day, path)
    return len(there)


def _objects(aws: AwsDouble, table: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, Mapping[str, Any]]]]:
    """Yield the URI of every object in the table's partitions, with day and storage descriptor of its partition."""
    for partition in _partitions(aws, table):
        location = partition["StorageDescriptor"]["Location"]
        bucket, prefix = location.removeprefix("s3://").split("/", 1)
        for key in aws.keys(bucket, prefix):
            yield f"{location}{key}", (partition["Values"][0], partition["StorageDescriptor"])


def _partitions(aws: AwsDouble, table: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    pages = aws.client("glue").get_paginator("get_partitions")
    for page in pages.paginate(DatabaseName=table["DatabaseName"], TableName=table["Name"]):
        yield from page["Partitions"]


def _text(aws: AwsDouble, path: str) -> str:
    bucket, key = path.removeprefix("s3://").split("/", 1)
    content = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return (gzip.decompress(content) if key.endswith(".gz") else content).decode()


def _copied(row: Sequence[str], columns: int) -> str:
    """Write a row for PostgreSQL. As in the SerDe, extra values are dropped and missing values are null."""
    values = ['"' + value.replace('"', '""') + '"' for value in row[:columns]]
    return ",".join(values + [bronze.NULL] * (columns - len(values))) + "\n"


def open_csv(line: str, separatorChar: str = ",", quoteChar: str = '"', escapeChar: str = '"') -> list[str]:  # noqa: N803
    """Split a line as the parser of the SerDe (opencsv 2.3) does, including its treatment of malformed CSV."""
    # If the escape character is a quote, the default of the SerDe, the SerDe uses the default of the parser.
    escape = "\\" if escapeChar == '"' else escapeChar
    fields: list[str] = []
    field = ""
    in_quotes = False
    position = 0
    while position < len(line):
        character, following = line[position], line[position + 1 : position + 2]
        if character == escape:
            # The escape character is dropped, whatever follows.
            if in_quotes and following in (quoteChar, escape):
                field += following
                position += 1
        elif character == quoteChar:
            if in_quotes and following == quoteChar:
                field += quoteChar
                position += 1
            else:
                if position > 2 and line[position - 1] != separatorChar and following not in ("", separatorChar):
                    field = "" if field.isspace() else field + quoteChar
                in_quotes = not in_quotes
        elif character == separatorChar and not in_quotes:
            fields.append(field)
            field = ""
        else:
            field += character
        position += 1
    return [*fields, field]
