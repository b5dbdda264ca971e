"""What changed in closed months: by which files, and without one."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from loaders.audit.console import add, table
from loaders.audit.warehouse import Row, Warehouse

RESTATED = """
select
    fact_name, measure, month_start, currency_code, revision, is_redistribution, total_before, total_after,
    row_count_change, total_change
from {audit}.restatements
where source_file is null
order by month_start, currency_code, revision, fact_name, measure
"""

# What files changed in closed months, in the last run that found any.
RESTATED_BY_FILES = """
select
    fact_name, measure, month_start, currency_code, is_redistribution, total_before, total_after, row_count_change,
    total_change, source_file
from {audit}.restatements
where
    source_file is not null
    and revision = (select max(revision) from {audit}.restatements)
order by month_start, fact_name, measure, currency_code, source_file
"""


def unexplained_restatements(warehouse: Warehouse, signed: frozenset[str]) -> Iterator[str]:
    """Yield a sentence for each measure of a closed month that changed without a file.

    Args:
        warehouse: the warehouse that is judged.
        signed: what a controller has signed, as `2025-01-01 USD 17` for all measures of the month in this revision, or
            `2025-01-01 USD 17 fact_sales.cogs` for one.
    """
    # The names of before there was a choice of the reporting currency remain signed.
    signed |= {name.removesuffix("_usd") + "_reporting" for name in signed if name.endswith("_usd")}
    for month in warehouse.rows(RESTATED):
        name = f"{month['month_start']} {month['currency_code']} {month['revision']}"
        measure = f"{month['fact_name']}.{month['measure']}"
        if not {name, f"{name} {measure}"} & signed:
            yield (
                f"The closed month {month['month_start']:%Y-%m} changed in {month['currency_code']} without a "
                f"delivery: {measure} from {month['total_before']:,} to {month['total_after']:,}{_how(month)}. Of "
                f"that, {month['row_count_change']:+,} rows and {month['total_change']:+,} have no file. Find the "
                f"cause, then add '{name}' to signed_restatements in dbt_project.yml, or '{name} {measure}' for this "
                "measure only."
            )


def restated_by_files(warehouse: Warehouse) -> list[Row]:
    """Return what files changed in closed months, in the last run that found any."""
    return warehouse.rows(RESTATED_BY_FILES)


def restated_table(restated: list[Row]) -> Table:
    """Return what files changed in closed months as a table, by measure, month, currency and file."""
    numbers = ("Before", "After", "Change", "Rows")
    made = table(
        "Changes of closed months, in the last run that found any",
        ("Month", "Measure", "Currency", *numbers, "File"),
        numbers=numbers,
    )
    for month in restated:
        measure = f"{month['fact_name']}.{month['measure']}"
        add(
            *(made, f"{month['month_start']:%Y-%m}", measure, month["currency_code"]),
            *(month["total_before"], month["total_after"], month["total_change"], month["row_count_change"]),
            month["source_file"] + (" (same total in other rows)" if month["is_redistribution"] else ""),
        )
    return made


def _how(month: Row) -> str:
    return ", the same total in other rows, accounts, products or days" if month["is_redistribution"] else ""
