"""Berka's transactions, by a mapping of `tieout import table`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl

from loaders.berka.source import MalformedLine, SourceFile
from loaders.table_import.checks import load_mapping
from loaders.table_import.run import map_file
from loaders.table_import.session import text
from loaders.table_import.stages import value_of

MAPPING = Path(__file__).with_name("transactions.yml")


def read_transactions(path: Path) -> SourceFile:
    """Read trans.asc; return the columns of the contract, and `arrival`: the business date.

    Raises:
        TieoutError: the file cannot be read, or is no file of transactions.
    """
    loaded = load_mapping(MAPPING)
    rules = loaded.rules()
    with tempfile.TemporaryDirectory(prefix="tieout-") as folder, map_file(loaded, path, Path(folder), None) as mapped:
        values = ", ".join(
            f"nullif({value_of(column) if column in rules else 'cast(null as varchar)'}, '') as \"{column}\""
            for column in loaded.entity.delivered_columns
        )
        rows = Path(folder) / "rows.parquet"
        mapped.connection.execute(f"""
            copy (select day as arrival, {values} from mapped where reason is null order by line)
            to {text(str(rows))} (format parquet)
        """)  # noqa: S608
        malformed = mapped.connection.execute(
            "select line, replace(raw, chr(10), ' '), reason from mapped where reason is not null order by line"
        ).fetchall()
        return SourceFile(
            pl.read_parquet(rows), [MalformedLine(path.name, line, raw, reason) for line, raw, reason in malformed]
        )
