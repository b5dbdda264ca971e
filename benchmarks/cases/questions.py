"""How long the business questions of `analyses/` take on the warehouse of a year."""

from __future__ import annotations

import time

import duckdb

from benchmarks.bank import PROJECT
from benchmarks.results import Ratio, Section
from benchmarks.work import Work


def questions(work: Work) -> Section:
    """Ask each question once, of a file that was just opened."""
    bank, _ = work.whole_year
    bank.run("dbt", "compile", "--select", "resource_type:analysis")
    compiled = bank.folder / "target" / "compiled" / "tieout" / "analyses"
    section = Section("Business questions on the year's warehouse", ("question", "seconds", "rows of the answer"))
    slowest = 0.0
    for file in sorted((PROJECT / "analyses").glob("*.sql")):
        query = (compiled / file.name).read_text(encoding="utf-8")
        with duckdb.connect(str(bank.warehouse), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            began = time.perf_counter()
            answer = connection.execute(query).fetchall()
            seconds = time.perf_counter() - began
        slowest = max(slowest, seconds)
        section.rows.append((file.stem, f"{seconds:.3f}", f"{len(answer):,}"))
    section.ratios.append(Ratio("slowest business question / 1 s", slowest, 1))
    section.notes.append("Each question is asked once, with DuckDB, of a file that was just opened.")
    return section
