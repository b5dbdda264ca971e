"""Bronze in the stand-in, as an external schema over the Glue catalog would show it."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loaders.contract import load_contract
from redshift_standin import StandIn

_BUCKET = "s3://tieout-bronze/prefix"
# In the text that PostgreSQL copies: empty is empty, and null is what no value in bronze can be.
NULL = "\x01"


def load(stand_in: StandIn, root: Path, schema: str) -> int:
    """Show the files below a bronze root in the external schema; files that are shown already stay.

    The catalog's CSV SerDe gives every column as text and an empty value as the empty text, the partition as a date,
    and `"$path"` as the object's address.

    Returns:
        How many files were new.
    """
    loaded = 0
    with stand_in.superuser() as connection, connection.cursor() as cursor:
        for entity in load_contract().entities.values():
            table = f'{schema}."{entity.domain}__{entity.name}"'
            make_table(cursor, table, entity.bronze_columns)
            known = paths(cursor, table)
            for file in sorted((root / entity.domain / entity.name).glob("dt=*/*.csv*")):
                path = f"{_BUCKET}/{file.relative_to(root)}"
                if path not in known:
                    day = file.parent.name.removeprefix("dt=")
                    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as data:
                        # A file that landed under an earlier contract version has a shorter header: the rest is null.
                        columns = data.readline().decode().rstrip("\n").split(",")
                        data.seek(0)
                        copy(cursor, table, columns, data, day, path)
                    loaded += 1
    return loaded


def make_table(cursor: Any, table: str, columns: Sequence[str]) -> None:
    """Make the table that stands for an external one, or add the columns that it lacks."""
    cursor.execute(
        f"create table if not exists {table} ({', '.join(f'{name} varchar(65535)' for name in columns)}, "
        'dt date, "$path" varchar(65535))'
    )
    for name in columns:  # the table may be older than the newest contract version
        cursor.execute(f"alter table {table} add column if not exists {name} varchar(65535)")
    cursor.execute(f"grant select on {table} to public")


def paths(cursor: Any, table: str) -> set[str]:
    """Tell which files a table shows."""
    cursor.execute(f'select distinct "$path" from {table}')
    return {row[0] for row in cursor.fetchall()}


def copy(cursor: Any, table: str, columns: Sequence[str], data: Any, day: str, path: str) -> None:
    """Show a file, given as CSV with a header, in a table."""
    cursor.execute(f"alter table {table} alter column dt set default '{day}'")
    cursor.execute(f"""alter table {table} alter column "$path" set default '{path}'""")
    cursor.copy_expert(
        f"copy {table} ({', '.join(columns)}) from stdin with (format csv, header, null E'{NULL}')", data
    )
