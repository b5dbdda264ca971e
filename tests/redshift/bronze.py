"""Bronze in the stand-in, as an external schema on the Glue catalog shows it."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from loaders.aws.tables import FILES
from loaders.contract import load_contract
from loaders.forget.tombstones import TOMBSTONES, day_of, tombstones_of
from loaders.landing.manifests import CONTROL, MANIFESTS
from redshift_standin import StandIn

_BUCKET = "s3://tieout-bronze/prefix"
# Null in the text that PostgreSQL copies. No value in bronze can contain it. An empty value is an empty text, not null.
NULL = "\x01"


def load(stand_in: StandIn, root: Path, schema: str) -> int:
    """Load the new files below a bronze root into the external schema, and again those that `tieout forget` changed.

    As with the CSV SerDe of the catalog, every column is text and an empty value is an empty text. The partition is a
    date, and `"$path"` is the URI of the object.

    Returns:
        The number of new files.
    """
    loaded = 0
    counted = {f"{CONTROL}__{name}": root / CONTROL / name for name in (MANIFESTS, TOMBSTONES)}
    overwritten = {row["bronze_file"] for row in tombstones_of(root)}
    manifests = tuple(f"{CONTROL}/{MANIFESTS}/dt={day_of(file)}/" for file in overwritten)
    with stand_in.superuser() as connection, connection.cursor() as cursor:
        for entity in load_contract().entities.values():
            table = f'{schema}."{entity.domain}__{entity.name}"'
            make_table(cursor, table, entity.bronze_columns)
            known = paths(cursor, table)
            for file in sorted((root / entity.domain / entity.name).glob("dt=*/*.csv*")):
                name = file.relative_to(root).as_posix()
                path = f"{_BUCKET}/{name}"
                if path in known and (name in overwritten or name.startswith(manifests)):
                    cursor.execute(f'delete from {table} where "$path" = %s', (path,))
                    known.remove(path)
                if path not in known:
                    day = file.parent.name.removeprefix("dt=")
                    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as data:
                        # A file that landed under an earlier contract version has fewer columns. The others are null.
                        columns = data.readline().decode().rstrip("\n").split(",")
                        data.seek(0)
                        copy(cursor, table, columns, data, day, path)
                    loaded += 1
        for table, folder in counted.items():
            days = Counter(file.parent.name.removeprefix("dt=") for file in folder.glob("dt=*/*.csv"))
            show_partitions(
                cursor, schema, table, {day: {"made by": "a test", FILES: str(count)} for day, count in days.items()}
            )
    return loaded


def show_partitions(cursor: Any, schema: str, table: str, parameters: Mapping[str, Mapping[str, str]]) -> None:
    """Show the partitions of a table in svv_external_partitions, with the parameters of each day."""
    cursor.execute("delete from rs.external_partitions where schemaname = %s and tablename = %s", (schema, table))
    cursor.executemany(
        "insert into rs.external_partitions values (%s, %s, %s, %s, %s)",
        [
            (schema, table, json.dumps([day]), f"{_BUCKET}/{table}/dt={day}/", json.dumps(dict(of_day)))
            for day, of_day in parameters.items()
        ],
    )


def make_table(cursor: Any, table: str, columns: Sequence[str]) -> None:
    """Create the table that replaces an external table, or add the columns that it lacks."""
    cursor.execute(
        f"create table if not exists {table} ({', '.join(f'{name} varchar(65535)' for name in columns)}, "
        'dt date, "$path" varchar(65535))'
    )
    for name in columns:  # The table may have been created under an earlier contract version.
        cursor.execute(f"alter table {table} add column if not exists {name} varchar(65535)")
    cursor.execute(f"grant select on {table} to public")


def paths(cursor: Any, table: str) -> set[str]:
    """Return the paths of the files that a table holds."""
    cursor.execute(f'select distinct "$path" from {table}')
    return {row[0] for row in cursor.fetchall()}


def copy(cursor: Any, table: str, columns: Sequence[str], data: Any, day: str, path: str) -> None:
    """Load a file, given as CSV with a header, into a table."""
    cursor.execute(f"alter table {table} alter column dt set default '{day}'")
    cursor.execute(f"""alter table {table} alter column "$path" set default '{path}'""")
    cursor.copy_expert(
        f"copy {table} ({', '.join(columns)}) from stdin with (format csv, header, null E'{NULL}')", data
    )
