"""How a warehouse on the stand-in and one on DuckDB are built and compared, and which of their queries are parsed."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from redshift_standin.joins import JoinReader
from tests.aws.counted import joins_of
from tests.python.warehouse import Warehouse
from tests.redshift.deliveries import DAYS, deliver
from tests.redshift.warehouse import RedshiftWarehouse, Table, duckdb_tables, engine_differences

# Models of which a daily build moves all rows of a large table between nodes. docs/redshift.md has the reasons.
MOVE_A_LARGE_TABLE = {"balance_reconciliation", "rejected_rows"}


def build_both(on_redshift: RedshiftWarehouse, on_duckdb: Warehouse, *options: str) -> dict[str, Table]:
    """Build both warehouses at the same time, assert that they are equal, and return the tables."""
    with ThreadPoolExecutor() as pool:
        other = pool.submit(on_duckdb.build, *options)
        on_redshift.build(*options)
        other.result()
    tables = on_redshift.tables()
    found = engine_differences(tables, duckdb_tables(on_duckdb))
    assert not found, "The engines differ:\n" + "\n".join(found)
    return tables


def build_part(part: str, on_redshift: RedshiftWarehouse, on_duckdb: Warehouse, joins: JoinReader) -> None:
    """Deliver a part of DAYS, build both warehouses, and compare every table.

    With the later part, a customer is forgotten, Redshift may read days with new files only, and its joins are judged.
    """
    is_later = part == "later"
    for day in DAYS[part]:
        deliver(on_duckdb, day)
    if is_later:
        on_duckdb.run("tieout", "forget", "C1", "--reason", "case 1", "--by", "Ada")
    assert on_redshift.show_bronze(on_duckdb.folder / "data" / "bronze") > 0
    on_redshift.stand_in.expect_days(is_later)
    kept = on_redshift.stand_in.history.kept = []
    assert len(build_both(on_redshift, on_duckdb)) > 30
    on_redshift.stand_in.history.kept = None
    on_redshift.stand_in.expect_days(False)
    if is_later:
        judged = joins_of(kept, joins).items()
        assert {node for node, found in judged if any(one.moves_a_large_table for one in found)} == MOVE_A_LARGE_TABLE
    for statement in kept:
        joins.learn(statement.text)


def without_times(printed: str) -> list[str]:
    """Return the lines of an output without what differs: its title, times, and the tables that a refresh built."""
    lines = re.sub(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}", "(time)", printed).splitlines()[1:]
    return [line for line in lines if "Tables that were built after the audit" not in line]


def one_query_of_each_kind(target: Path, manifest: Path) -> list[Path]:
    """Return the shortest query that dbt ran for each generic test and each materialization with its options."""
    files = {file.stem: file for file in (target / "run").rglob("*.sql") if "__unit_tests.yml" not in str(file)}
    shortest: dict[tuple[object, ...], Path] = {}
    for node in json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values():
        if file := files.get(Path(node["path"]).stem):
            config = node["config"]
            generic_test = (node.get("test_metadata") or {}).get("name")
            options = [bool(config.get(option)) for option in ("dist", "sort", "unique_key", "contract")]
            kind = (config["materialized"], config.get("incremental_strategy"), generic_test, *options)
            shortest[kind] = min(file, shortest.get(kind, file), key=lambda file: file.stat().st_size)
    return list(shortest.values())
