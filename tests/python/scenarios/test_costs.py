"""What a build does, in numbers that are the same on every machine.

A day is delivered on top of the built warehouse and built; then a build finds nothing new. pytest prints the numbers
and their bounds at the end. A bound is today's number with a little room, so that whoever makes every build do more
sees it. Whoever makes builds do less lowers the bound.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from tests.python.guards import Guard
from tests.python.scenarios.counted import Statements, build_and_count, rows, rows_written
from tests.python.warehouse import Warehouse

NEW_DAY = "2025-01-05"

# Each statement costs milliseconds, whatever it does: the fixed cost of a day. The columns of an incremental model or a
# snapshot come from the contract, so the catalog is asked about its table only, once: 100 statements less.
# What was expected, was refused, was used twice and came back too often are two tables and two views: 15 statements.
# Control totals and malformed lines are loaded once, instead of being read in bronze by each run: 16 statements. The
# income statement and the fraud rules are small tables of their own: 6 each. Each run records that it has started: 3.
# It asks once which files of seeds were loaded.
STATEMENTS_OF_AN_EMPTY_BUILD = 793
# Of a day's build. Base and facts are the largest tables and grow every day; whoever reads them whole pays for history.
# The months of six facts are followed: one pass over each, and base is read for what files changed in closed months.
# Four tables ask the delivery log, which is small, until when the data reaches.
READS_OF_BASE = 284
READS_OF_FACTS = 133
# A day's rows go through base, stg, fact and a dozen summaries; a summary is made again for each day that is touched.
ROWS_WRITTEN_PER_DELIVERED_ROW = 6
# Of the rows of a fact, only those may be written again that the day's deliveries change.
FACTS_WRITTEN_PER_DELIVERED_ROW = 1
# 29,220 of them are the calendar. What is made anew costs the same every day, and dimensions grow.
ROWS_MADE_ANEW = 36_000
# Engines parse and plan a statement each time. Redshift compiles it too, and accepts 16 MB. The largest one works out
# what became of the rows of all entities, and whether their keys were used before.
KILOBYTES_OF_THE_LARGEST_STATEMENT = 165
# Each select of a union is planned by itself.
SELECTS_OF_THE_LARGEST_UNION = 215


@dataclass(frozen=True)
class Costs:
    """What two builds did.

    Attributes:
        day: the statements of the build of a day.
        empty: the statements of the build with nothing new.
        delivered: the rows that arrived on the day.
        kept: by table that is kept from run to run, the rows that the build of the day wrote.
        anew: by table that is made anew, its rows.
    """

    day: Statements
    empty: Statements
    delivered: int
    kept: dict[str, int]
    anew: dict[str, int]


@pytest.fixture(scope="module")
def costs(built_once: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Costs:
    """Deliver the fifth day of the bank of `built_once`, and build it."""
    warehouse = Warehouse(tmp_path_factory.mktemp("costs") / "copy")
    shutil.copytree(built_once.folder, warehouse.folder)
    warehouse.run(
        *"tieout generate --days 5 --start 2025-01-01 --customers 50 --transactions-per-day 100 --seed 3".split(),
        *("--inbox", str(warehouse.inbox)),
    )
    warehouse.land()
    before = datetime.now(UTC).replace(tzinfo=None)
    day = build_and_count(warehouse)
    anew = {f"{schema}.{table}" for schema, table in day.made_anew()}
    written = rows_written(warehouse, before)
    return Costs(
        day,
        build_and_count(warehouse),
        warehouse.value(
            f"select sum(landed_rows) from dev_silver.base_control__deliveries where arrived_on = '{NEW_DAY}'"
        ),
        {table: rows for table, rows in written.items() if table not in anew},
        rows(warehouse, dict.fromkeys(anew, "true")),
    )


def most(counted: dict[str, int]) -> str:
    """Name what counts most, for the message of a guard."""
    return "Most: " + ", ".join(
        f"{name} {number:,}" for name, number in sorted(counted.items(), key=lambda one: -one[1])[:5]
    )


def test_statements_of_an_empty_build(costs: Costs, guard: Guard) -> None:
    assert len(costs.empty.all) > 100, "the log of statements was not read"
    guard.at_most(
        *(STATEMENTS_OF_AN_EMPTY_BUILD, len(costs.empty.all), "statements of a build with nothing new"),
        most(costs.empty.by_node()),
    )


@pytest.mark.parametrize(("prefix", "bound"), [("base_", READS_OF_BASE), ("fact_", READS_OF_FACTS)])
def test_reads_of_the_largest_tables(costs: Costs, guard: Guard, prefix: str, bound: int) -> None:
    scans = costs.day.scans(prefix)
    assert scans["base_banking__transactions" if prefix == "base_" else "fact_transaction"] > 1
    guard.at_most(bound, scans.total(), f"reads of {prefix} tables in the build of a day", most(scans))


def test_rows_written_for_a_day(costs: Costs, guard: Guard) -> None:
    facts = {table: rows for table, rows in costs.kept.items() if ".fact_" in table}
    assert facts["dev_gold.fact_transaction"] >= 100, "the day was not built"
    for bound, counted, what in (
        (FACTS_WRITTEN_PER_DELIVERED_ROW, facts, "rows of facts"),
        (ROWS_WRITTEN_PER_DELIVERED_ROW, costs.kept, "rows of all kept tables"),
    ):
        written = sum(counted.values()) / costs.delivered
        guard.at_most(bound, written, f"{what} written for a day, for each delivered row", most(counted))


def test_rows_of_tables_that_are_made_anew(costs: Costs, guard: Guard) -> None:
    assert "dev_gold.dim_customer" in costs.anew
    total = sum(costs.anew.values())
    guard.at_most(ROWS_MADE_ANEW, total, "rows of tables that every build makes anew", most(costs.anew))


def test_partitions_read(costs: Costs, guard: Guard) -> None:
    """Base models of entities that delivered nothing read nothing; the others read the new day."""
    read = costs.day.arrival_days()
    assert "base_banking__transactions" in read
    assert set().union(*read.values()) == {NEW_DAY}
    guard.at_most(1, max(map(len, read.values())), "partitions that a base model reads in the build of a day")
    empty = sum(map(len, costs.empty.arrival_days().values()))
    guard.at_most(0, empty, "partitions that base models read in a build with nothing new")


def test_the_largest_statement(costs: Costs, guard: Guard) -> None:
    largest, widest = costs.day.largest(), costs.day.most_branches()
    size = largest.size / 1000
    guard.at_most(KILOBYTES_OF_THE_LARGEST_STATEMENT, size, "kilobytes of the largest statement", largest.node)
    guard.at_most(
        SELECTS_OF_THE_LARGEST_UNION, widest.branches, "selects that one statement's unions combine", widest.node
    )
