"""Bronze in the stand-in, as an external schema over the Glue catalog would show it."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from loaders.contract import load_contract
from tests.redshift.standin.server import StandIn

_BUCKET = "s3://tieout-bronze/prefix"


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
            columns = entity.bronze_columns
            table = f'{schema}."{entity.domain}__{entity.name}"'
            cursor.execute(
                f"create table if not exists {table} ({', '.join(f'{name} varchar(65535)' for name in columns)}, "
                'dt date, "$path" varchar(65535))'
            )
            cursor.execute(f"grant select on {table} to public")
            cursor.execute(f'select distinct "$path" from {table}')
            known = {row[0] for row in cursor.fetchall()}
            for file in sorted((root / entity.domain / entity.name).glob("dt=*/*.csv*")):
                path = f"{_BUCKET}/{file.relative_to(root)}"
                if path not in known:
                    _copy(cursor, table, columns, file, path)
                    loaded += 1
    return loaded


def _copy(cursor: Any, table: str, columns: tuple[str, ...], file: Path, path: str) -> None:
    day = file.parent.name.removeprefix("dt=")
    cursor.execute(f"alter table {table} alter column dt set default '{day}'")
    cursor.execute(f"""alter table {table} alter column "$path" set default '{path}'""")
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as data:
        # No text stands for null: empty is empty.
        cursor.copy_expert(
            f"copy {table} ({', '.join(columns)}) from stdin with (format csv, header, null E'\\x01')", data
        )
