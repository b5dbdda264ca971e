"""Writing partitions as Parquet: DuckDB by COPY into a folder that is then sent, Redshift by UNLOAD."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from loaders.audit.warehouse import DUCKDB, Warehouse
from loaders.errors import TieoutError
from loaders.publish.places import STAGING, Place, S3Place
from loaders.publish.tables import ALL, WHOLE, Table

ROLE_VARIABLE = "TIEOUT_EXPORTER_ROLE"

_ROLE = re.compile(r"arn:[\w+=,.@:/-]+", re.ASCII)


class Writer(Protocol):
    """Writes partitions of a table."""

    def write(self, table: Table, partitions: Sequence[str] | None, folder: str) -> dict[str, int]:
        """Write partitions into an own folder below the destination, one folder each.

        Args:
            table: the table.
            partitions: the partitions; None for all.
            folder: the path of a folder that does not exist.

        Returns:
            The paths of the files below the destination, with the number of rows.

        Raises:
            TieoutError: the engine refuses, or the destination cannot be written.
        """


def writer(warehouse: Warehouse, place: Place) -> Writer:
    """Return the writer of an engine.

    Raises:
        TieoutError: Redshift is asked to write to a folder, or its role is missing.
    """
    if warehouse.engine == DUCKDB:
        return _DuckDBWriter(warehouse, place)
    if not isinstance(place, S3Place):
        raise TieoutError(f"Redshift writes to S3 only, not to {place}. Give s3://BUCKET/PREFIX.")
    role = os.environ.get(ROLE_VARIABLE, "")
    if not _ROLE.fullmatch(role):
        raise TieoutError(
            f"Set {ROLE_VARIABLE} to the ARN of the role with which Redshift writes: `tieout env` prints it "
            "(docs/deploy.md)."
        )
    return _RedshiftWriter(warehouse, place, role)


def query(table: Table, partitions: Sequence[str] | None) -> str:
    """Return the query for the rows of partitions, on both engines."""
    columns = [*table.names, *(() if table.day else (f"cast('{ALL}' as varchar(10)) as {WHOLE}",))]
    chosen = ""
    if table.day and partitions is not None:
        days = ", ".join(f"cast('{part}' as date)" for part in partitions)
        chosen = f" where {table.day} in ({days})"
    return f"select {', '.join(columns)} from {{gold}}.{table.name}{chosen}"  # noqa: S608


class _DuckDBWriter:
    def __init__(self, warehouse: Warehouse, place: Place) -> None:
        self._warehouse = warehouse
        self._place = place

    def write(self, table: Table, partitions: Sequence[str] | None, folder: str) -> dict[str, int]:
        with TemporaryDirectory(dir=self._place.staging, prefix=STAGING) as staging:
            root = Path(staging) / folder
            root.parent.mkdir(parents=True)
            self._warehouse.export(
                # In order, so that each partition is one file.
                f"copy ({query(table, partitions)} order by {table.day or WHOLE}) to {_text(root)} "
                f"(format parquet, partition_by ({table.day or WHOLE}), compression zstd)"
            )
            counted = self._warehouse.rows(
                f"select file_name, num_rows from parquet_file_metadata({_text(_literal(root) / '*' / '*.parquet')})"  # noqa: S608
            )
            rows = {str(Path(row["file_name"]).relative_to(staging)): int(row["num_rows"]) for row in counted}
            self._place.send(Path(staging), folder, sorted(rows))
        return rows


class _RedshiftWriter:
    def __init__(self, warehouse: Warehouse, place: S3Place, role: str) -> None:
        self._warehouse = warehouse
        self._place = place
        self._role = role

    def write(self, table: Table, partitions: Sequence[str] | None, folder: str) -> dict[str, int]:
        asked = query(table, partitions).replace("'", "''")
        self._warehouse.export(
            f"unload ('{asked}') to '{self._place.address(folder)}/' iam_role '{self._role}' format as parquet "
            f"partition by ({table.day or WHOLE}) manifest verbose encrypted auto"
        )
        path = f"{folder}/manifest"
        text = self._place.read(path)
        try:
            entries = json.loads(text or b"")["entries"]
            prefix = self._place.address("")
            return {entry["url"].removeprefix(prefix): int(entry["meta"]["record_count"]) for entry in entries}
        except (ValueError, KeyError, TypeError) as error:
            raise TieoutError(
                f"Redshift has not written a manifest to {self._place.address(path)}: {error!r}. Publish again."
            ) from None


def _literal(path: Path) -> Path:
    """Return the pattern that matches a path only, whatever characters it has."""
    return Path(re.sub(r"[*?\[]", r"[\g<0>]", str(path)))


def _text(path: Path) -> str:
    quoted = str(path).replace("'", "''").replace("{", "{{").replace("}", "}}")
    return f"'{quoted}'"
