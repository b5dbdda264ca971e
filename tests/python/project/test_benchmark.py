"""`make benchmark` measures every case, and its page has every row.

The figures are checked for sense, not for speed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.measuring import CommandFailedError, measure
from benchmarks.results import Section
from benchmarks.work import Work
from tests.python.warehouse import PROJECT

pytestmark = pytest.mark.extended

SMALLEST = "0.0001"
TOOLS = ["Tieout", "of which dbt parse", "bare DuckDB script", "Polars", "PySpark, local"]
# The rows of each case, by the beginning of its heading.
ROWS = {
    "Nothing new": ["dbt parse, the whole project", "dbt parse, nothing changed since", "dbt build, nothing new"],
    "Three days of a million": [f"{step} day {day}" for day in (1, 2, 3) for step in ("land", "dbt build of")],
    "A year": [
        *("dbt build of day 30", "dbt build, nothing new on day 30"),
        *("dbt build of day 365", "dbt build, nothing new on day 365", "dbt build of the year at once"),
    ],
    "1, 3 and 10 million": ["100", "300", "1,000"],
    "Commands": ["tieout --help", "tieout check", "tieout status"],
    "The same steps": TOOLS,
    "The generator": ["tieout generate, all entities", "Faker, transactions only"],
    "Business questions": sorted(file.stem for file in (PROJECT / "analyses").glob("*.sql")),
}


def run_benchmark(folder: Path, *cases: str) -> str:
    """Measure at the smallest scale, and return the page."""
    page = folder / "results.md"
    command = [sys.executable, "-m", "benchmarks", "--scale", SMALLEST, "--folder", str(folder), "--output", str(page)]
    done = subprocess.run([*command, *cases], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return page.read_text(encoding="utf-8")


def tables_of(page: str) -> dict[str, list[list[str]]]:
    """Return the rows of the table below each heading, without its header."""
    return {
        section.splitlines()[0]: [
            [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"
        ][2:]
        for section in page.split("\n## ")[1:]
    }


def check_rows(page: str, *headings: str) -> None:
    """Check that the tables have all rows, and that times and memory are those of a real process."""
    tables = tables_of(page)
    for heading in headings:
        (table,) = (rows for title, rows in tables.items() if title.startswith(heading))
        assert [row[0] for row in table] == ROWS[heading]
        for name, *values in table:
            if "-" in values:
                assert re.search(rf"{name.split(',')[0]} (is not installed|needs Java)", page)
                continue
            assert all(float(value.replace(",", "")) >= 0 for value in values), (heading, name)
            if len(values) == 3 and heading not in {"The generator", "Business questions"}:
                seconds, cpu, gigabytes = map(float, values)
                assert 0 < cpu <= seconds * (os.cpu_count() or 1) * 1.1 + 1, (heading, name)
                assert 0 < seconds < 3600
                assert 0.01 < gigabytes < 64, (heading, name)
    for what, ratio, target, met in tables["Ratios"]:
        assert float(ratio) >= 0, what
        limit = float(target.removeprefix("at most ") or "nan")
        assert (
            met == ("" if not target else "yes" if float(ratio) <= limit else "no") or abs(float(ratio) - limit) < 0.01
        )


@pytest.mark.long
def test_tieout_and_other_tools_side_by_side(tmp_path: Path) -> None:
    """The case compares the results of all tools, and fails if they differ."""
    page = run_benchmark(tmp_path, "generator", "side_by_side")
    check_rows(page, "The same steps", "The generator")
    assert "are compared and are the same" in page
    assert list(tmp_path.iterdir()) == [tmp_path / "results.md"]


@pytest.mark.long
def test_every_case(tmp_path: Path) -> None:
    page = run_benchmark(tmp_path)
    check_rows(page, *ROWS)
    assert len(tables_of(page)) == len(ROWS) + 1
    assert re.search(r"Written by `make benchmark SCALE=0.0001` on 20\d\d-\d\d-\d\d\. .* cores, .* duckdb \d", page)


def test_an_unknown_case_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks", "--output", str(tmp_path / "page.md"), "milion"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no such case: milion; the cases are nothing_new, million, year" in done.stderr
    assert not (tmp_path / "page.md").exists()


def test_a_case_that_fails_does_not_lose_the_results_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: Work) -> Section:
        raise CommandFailedError("dbt build ended with 1:\nno space left")

    cases = {"million": fails, "growth": lambda _: Section("Growth", ("rows",), [("1,000",)])}
    monkeypatch.setattr("benchmarks.__main__.CASES", cases)
    page = tmp_path / "page.md"
    page.write_text("the last whole run", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--folder", str(tmp_path), "--output", str(page)])
    with pytest.raises(SystemExit, match=r"^These cases failed: million\. The results of the others are in .*partial"):
        main()
    assert "no space left" in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == "the last whole run"
    written = page.with_suffix(".partial.md").read_text(encoding="utf-8")
    assert "## Growth" in written
    assert re.search(r"additions in Python took (\S+) to \S+ seconds .* new memory took (\S+) to \S+\. ", written)


def test_child_processes_count_even_if_nobody_waits_for_them(tmp_path: Path) -> None:
    """As the Java process of PySpark, which holds the memory and does the work."""
    child = (
        "import time; began = time.process_time(); held = bytearray(200_000_000)\nwhile time.process_time() < 1: pass"
    )
    parent = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(6)"
    measured = measure([sys.executable, "-c", parent], os.environ, tmp_path)
    assert measured.seconds >= 6
    assert measured.cpu >= 0.9
    assert 200e6 < measured.peak < 400e6


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match="ended with 3:\nno space left"):
        measure([sys.executable, "-c", "print('no space left'); raise SystemExit(3)"], os.environ, tmp_path)
