"""The page of results: a table of ratios, then the figures of each case."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.measuring import Measured, Pace

MEASURES = ("seconds", "CPU seconds", "peak memory, GB")
# From here on, other programs take a noticeable share of the machine.
_BUSY = 0.5
_PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb", "polars", "pyspark", "faker")


@dataclass(frozen=True)
class Ratio:
    """A figure that holds on other machines too.

    Attributes:
        what: what is divided by what.
        value: the quotient.
        target: the most that it may be; None if there is no target.
    """

    what: str
    value: float
    target: float | None = None


@dataclass
class Section:
    """The results of one case.

    Attributes:
        title: its heading.
        header: the columns of its table; the first one has the names of the rows.
        rows: the rows, each with its name first.
        ratios: what goes to the table of ratios.
        notes: sentences below the table: how it was measured, and what is missing.
    """

    title: str
    header: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, name: str, measured: Measured, *more: str) -> None:
        """Add a row with the three measures, and further columns."""
        self.rows.append((name, *figures(measured), *more))


def figures(measured: Measured) -> tuple[str, str, str]:
    """Return the three measures as texts."""
    return f"{measured.seconds:.1f}", f"{measured.cpu:.1f}", f"{measured.peak / 1e9:.2f}"


def page(sections: Sequence[Section], scale: float, load: float, paces: Sequence[Pace]) -> str:
    """Return the page in Markdown.

    Args:
        sections: the results of the cases.
        scale: the share of the full sizes.
        load: the load average of the machine before the run.
        paces: what `pace` returned before the first case and after each.
    """
    ratios = [
        (
            ratio.what,
            f"{ratio.value:.2f}",
            "" if ratio.target is None else f"at most {ratio.target:g}",
            "" if ratio.target is None else ("yes" if ratio.value <= ratio.target else "no"),
        )
        for section in sections
        for ratio in section.ratios
    ]
    lines = [
        "# Benchmark results",
        "",
        f"Written by `make benchmark SCALE={scale:g}` on {datetime.now(UTC):%Y-%m-%d}. {_machine()} "
        f"Load average at the start: {load:.1f}{'' if load < _BUSY else ', so other programs made everything slower'}.",
        "",
        "Everything is measured in one run. Seconds are those of the whole process, start of Python included. CPU and "
        "peak memory are of the process and its children. Builds run all data tests, and no unit tests.",
        "",
        f"Before and after each case, 10 million additions in Python took {_range(of.additions for of in paces)} "
        f"seconds of CPU, and to write to 512 MB of new memory took {_range(of.memory for of in paces)}. A shared "
        "machine is slower at times: seconds of two pages compare only if both do.",
    ]
    if scale != 1:
        lines += ["", "The sizes are scaled down, so fixed costs weigh more than they do at full size."]
    if ratios:
        lines += ["", "## Ratios", "", *table(("what", "ratio", "target", "met"), ratios)]
    for section in sections:
        lines += ["", f"## {section.title}", "", *table(section.header, section.rows)]
        lines += [line for note in section.notes for line in ("", note)]
    return "\n".join(lines) + "\n"


def _range(seconds: Iterable[float]) -> str:
    found = list(seconds)
    return f"{min(found):.2f} to {max(found):.2f}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table in Markdown; all columns but the first are set to the right."""
    return [
        f"| {' | '.join(header)} |",
        f"|---|{'--:|' * (len(header) - 1)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    limit = os.environ.get("TIEOUT_MEMORY_LIMIT")
    packages = [f"{package} {found}" for package in _PACKAGES if (found := _version(package))]
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}, {', '.join(packages)}; "
        f"memory limit of DuckDB: {limit or 'the default'}."
    )


def _processor() -> str:
    """Return the name of the processor, or its architecture where the system does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
