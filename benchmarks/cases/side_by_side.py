"""The way of transactions in Tieout, beside a bare DuckDB script, Polars and PySpark."""

from __future__ import annotations

import json
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import duckdb

from benchmarks.bank import PROJECT, Bank, Size
from benchmarks.measuring import CommandFailedError, Measured
from benchmarks.results import MEASURES, Ratio, Section
from benchmarks.steps.sql import DIMENSIONS, WAREHOUSE, totals_query
from benchmarks.work import Work

_MODELS = tuple(table.partition(".")[2] for table, _ in WAREHOUSE.values())
_SCRIPTS = {
    "bare DuckDB script": "duckdb_steps",
    "Polars": "polars_steps",
    "PySpark, local": "pyspark_steps",
}
_SAME = (
    "All read the same landed files of one day and take the histories, rates and codes as given. Each makes five "
    "tables: base, stg, fact, and the summaries by customer and by merchant. The numbers of rows and the sums of all "
    "five are compared and are the same. Tieout does more on the way: it checks times and amounts against patterns, "
    "keeps the text of rejected rows and the lineage of each row, and loads so that a repeated or interrupted run "
    "changes nothing. Its data tests and its audit are not part of this."
)

Totals = dict[str, list[str]]


def side_by_side(work: Work) -> Section:
    """Take the transactions of one day through the same steps with each tool."""
    a_day = work.million
    bank = work.bank("side_by_side", Size(1, a_day.customers, a_day.transactions))
    bank.land()
    bank.run(
        *("dbt", "build", "--exclude-resource-type", "test", "unit_test"),
        *("--select", *(f"+{model}" for model in _MODELS), "--exclude", *_MODELS),
    )
    section = Section(f"The same steps side by side: {a_day.transactions:,} transactions", ("tool", *MEASURES))
    measured = {"Tieout": bank.run("dbt", "run", "--select", *_MODELS)}
    section.add("Tieout", measured["Tieout"])
    section.add("of which dbt parse", bank.run("dbt", "parse"))
    expected = export(bank.warehouse, bank.folder / "dimensions")
    for tool, script in _SCRIPTS.items():
        missing = _missing(script)
        if missing:
            section.rows.append((tool, *("-" for _ in MEASURES)))
            section.notes.append(missing)
            continue
        measured[tool] = _run(bank, script, expected)
        section.add(tool, measured[tool])
        section.ratios.append(Ratio(f"Tieout / {tool}, CPU", measured["Tieout"].cpu / measured[tool].cpu))
    section.notes.append(_SAME)
    return section


def export(warehouse: Path, folder: Path) -> Totals:
    """Write the dimensions of a warehouse as Parquet to a new folder, and return the totals of the warehouse."""
    folder.mkdir()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for name, table in DIMENSIONS.items():
            connection.execute(f"copy {table} to '{folder / name}.parquet'")
        return {
            step: list(connection.execute(totals_query(step, table)).fetchall()[0])
            for step, (table, _) in WAREHOUSE.items()
        }


def _missing(script: str) -> str | None:
    """Return a sentence that says why a script cannot run."""
    if script != "pyspark_steps":
        return None
    if not find_spec("pyspark"):
        return "PySpark is not installed: run uv pip install --requirement benchmarks/requirements.txt."
    if not shutil.which("java"):
        return "PySpark needs Java 17 or later, which is not there: on Debian, apt-get install openjdk-17-jre-headless."
    return None


def _run(bank: Bank, script: str, expected: Totals) -> Measured:
    """Run a script and compare its totals.

    Raises:
        CommandFailedError: it failed, or its results are not those of the warehouse.
    """
    output = bank.folder / script
    output.mkdir()
    code = (
        f"import sys; sys.path.insert(0, {str(PROJECT)!r}); "
        f"from pathlib import Path; from benchmarks.steps.{script} import main; "
        f"main(*map(Path, ({str(bank.bronze)!r}, {str(bank.folder / 'dimensions')!r}, {str(output)!r})))"
    )
    measured = bank.run(Path(sys.executable).name, "-c", code)
    # Spark prints warnings before it.
    printed = (bank.folder / "output.txt").read_text(encoding="utf-8").splitlines()[-1]
    found: Totals = json.loads(printed[printed.index("{") :])
    if found != expected:
        raise CommandFailedError(f"{script} has other results than the warehouse:\n{found}\n{expected}")
    return measured
