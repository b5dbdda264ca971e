"""`tieout status`: how fresh, how big and how fast the warehouse is, and how much of what comes is rejected."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from loaders.audit.console import add, console, shown, table
from loaders.audit.warehouse import DUCKDB, REDSHIFT, Row, TargetOption, Warehouse, literal, open_warehouse
from loaders.errors import TieoutError

SHOWN_RUNS = 5
SHOWN_MODELS = 10
SHOWN_CHARACTERS = 120

_COMMENT = re.compile(r"^\s*/\*.*?\*/", re.DOTALL)

# A refused file has brought nothing, so it makes no entity fresh.
_FRESHNESS = """
select
    entities.domain,
    entities.entity,
    entities.last_on,
    entities.last_loaded_at,
    entities.file_count,
    entities.delivered_rows,
    entities.rejected_rows,
    sum(last_day.delivered_rows) as last_delivered_rows,
    sum(last_day.malformed_rows + last_day.rejected_rows) as last_rejected_rows
from (
    select
        domain,
        entity,
        max(case when delivery_status = 'landed' then arrived_on end) as last_on,
        max(case when delivery_status = 'landed' then _loaded_at end) as last_loaded_at,
        count(*) as file_count,
        sum(delivered_rows) as delivered_rows,
        sum(malformed_rows + rejected_rows) as rejected_rows
    from {audit}.deliveries
    group by domain, entity
) as entities
left join {audit}.deliveries as last_day
    on
        entities.domain = last_day.domain
        and entities.entity = last_day.entity
        and entities.last_on = last_day.arrived_on
        and last_day.delivery_status = 'landed'
group by
    entities.domain,
    entities.entity,
    entities.last_on,
    entities.last_loaded_at,
    entities.file_count,
    entities.delivered_rows,
    entities.rejected_rows
order by entities.domain, entities.entity
"""

_RUNS = """
select
    invocation_id,
    run_started_at,
    command,
    is_full_refresh,
    sum(case when resource_type = 'run' then 0 else 1 end) as node_count,
    sum(case when status in {failed} then 1 else 0 end) as failed_count,
    sum(case when status = 'started' then 1 when status = 'ended' then -1 else 0 end) as unfinished_count,
    sum(seconds) as seconds
from {audit}.run_history
group by invocation_id, run_started_at, command, is_full_refresh
order by run_started_at desc
"""

# By the last run of each.
_SLOWEST = """
select node_name, resource_type, run_started_at, status, rows_affected, seconds
from (
    select
        *,
        row_number() over (partition by node_id order by run_started_at desc) as run_rank
    from {audit}.run_history
    where resource_type in ('model', 'snapshot', 'seed') and status <> 'skipped'
) as latest
where run_rank = 1
order by seconds desc, node_name
"""

_SIZES = {
    DUCKDB: """
        select schema_name as layer, table_name as name, estimated_size as row_count, cast(null as bigint) as megabytes
        from duckdb_tables()
        where schema_name in ('{silver}', '{gold}', '{audit}')
        order by 1, 3 desc, 2
    """,
    REDSHIFT: """
        select trim("schema") as layer, trim("table") as name, tbl_rows as row_count, size as megabytes
        from svv_table_info
        where "schema" in ('{silver}', '{gold}', '{audit}')
        order by 1, 3 desc, 2
    """,
}

# What the cluster itself took longest for in the last run: dbt labels its statements with the profile's query group.
_STATEMENTS = """
select query_id, trim(status) as status, start_time, elapsed_time, returned_rows, left(query_text, 1000) as query_text
from sys_query_history
where trim(query_label) <> 'default' and start_time >= {started}
order by elapsed_time desc
limit {limit}
"""


def command(
    target: TargetOption = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show it again and again, until interrupted.")] = False,
    every: Annotated[float, typer.Option(min=0.5, help="Seconds between two looks, with --watch.")] = 5.0,
) -> None:
    """Show freshness, rejected share, sizes, the last runs and the slowest models, on either engine."""
    if not watch:
        console().print(_status(target))
        return
    with Live(_look(target), console=console(), auto_refresh=False, vertical_overflow="visible") as live:
        try:
            while True:
                time.sleep(every)
                live.update(_look(target), refresh=True)
        except KeyboardInterrupt:
            return


def _look(target: str | None) -> RenderableType:
    """Return the status, or why there is none at present: a build may be at work."""
    try:
        return _status(target)
    except TieoutError as error:
        return Text(str(error), style="yellow")


def _status(target: str | None) -> Group:
    with open_warehouse(target) as warehouse:
        return Group(*_tables(warehouse))


def _tables(warehouse: Warehouse) -> Iterator[RenderableType]:
    runs = warehouse.rows(_RUNS)
    yield Text(f"{warehouse.target} on {warehouse.engine} ({warehouse.location})\n", style="bold")
    yield _freshness(warehouse)
    yield from _sizes(warehouse)
    yield _last_runs(runs)
    if runs:
        yield _slowest(warehouse)
        if warehouse.engine != DUCKDB:
            yield _statements(warehouse, runs[0])


def _share(part: int | None, whole: int | None) -> str:
    return f"{(part or 0) / whole:.2%}" if whole else ""


def _freshness(warehouse: Warehouse) -> RenderableType:
    numbers = ("Files", "Rows", "Rejected", "Rejected on the last day")
    made = table("Freshness", ("Entity", "Last arrival day", "Loaded", *numbers), numbers=numbers)
    for row in warehouse.rows(_FRESHNESS):
        add(
            *(made, f"{row['domain']}/{row['entity']}", row["last_on"], row["last_loaded_at"]),
            *(row["file_count"], row["delivered_rows"], _share(row["rejected_rows"], row["delivered_rows"])),
            _share(row["last_rejected_rows"], row["last_delivered_rows"]),
        )
    return made


def _sizes(warehouse: Warehouse) -> Iterator[RenderableType]:
    made = table("Sizes", ("Layer", "Tables", "Rows", "MB", "Largest"), numbers=("Tables", "Rows", "MB"))
    for layer, rows in groupby(warehouse.rows(_SIZES[warehouse.engine]), key=lambda row: row["layer"]):
        tables = list(rows)
        sizes = [row["megabytes"] for row in tables if row["megabytes"] is not None]
        add(
            *(made, layer, len(tables), sum(int(row["row_count"]) for row in tables)),
            sum(sizes) if sizes else None,
            ", ".join(f"{row['name']} {shown(int(row['row_count']))}" for row in tables[:3]),
        )
    yield made
    if warehouse.engine == DUCKDB:
        yield Text(f"The file has {Path(warehouse.location).stat().st_size / 2**20:,.1f} MB.\n")


def _last_runs(runs: list[Row]) -> RenderableType:
    numbers = ("Nodes", "Failed", "Seconds of nodes")
    made = table("Last runs", ("Started", "Command", *numbers), numbers=numbers)
    for run in runs[:SHOWN_RUNS]:
        refresh = " --full-refresh" if run["is_full_refresh"] else ""
        is_unfinished = run["unfinished_count"] > 0
        failed = "has not ended" if is_unfinished else run["failed_count"]
        add(
            *(made, run["run_started_at"], f"dbt {run['command']}{refresh}", run["node_count"], failed),
            run["seconds"],
            alarm=is_unfinished or bool(run["failed_count"]),
        )
    return made


def _slowest(warehouse: Warehouse) -> RenderableType:
    numbers = ("Rows", "Seconds")
    made = table("Slowest models", ("Node", "Type", "Run", "Status", *numbers), numbers=numbers)
    for node in warehouse.rows(_SLOWEST)[:SHOWN_MODELS]:
        add(
            *(made, node["node_name"], node["resource_type"], node["run_started_at"], node["status"]),
            *(node["rows_affected"], node["seconds"]),
            alarm=node["status"] == "error",
        )
    return made


def _statements(warehouse: Warehouse, run: Row) -> RenderableType:
    numbers = ("Query", "Seconds", "Rows")
    made = table("Longest statements of the last run, by the cluster", ("Began", "Status", *numbers, "Statement"))
    started = f"cast({literal(str(run['run_started_at']))} as timestamp)"
    for row in warehouse.rows(_STATEMENTS.format(started=started, limit=SHOWN_MODELS)):
        add(
            *(made, row["start_time"], row["status"], str(row["query_id"]), row["elapsed_time"] / 1_000_000),
            *(row["returned_rows"], _statement(row["query_text"])),
        )
    return made


def _statement(query_text: str) -> str:
    """Return the beginning of a statement, without the comment in which dbt says who sent it."""
    return " ".join(_COMMENT.sub("", query_text).split())[:SHOWN_CHARACTERS]
