"""The cases of the benchmark, each a function from the work to its section of the page."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.cases.commands import commands
from benchmarks.cases.days import million, nothing_new, year
from benchmarks.cases.generator import generator
from benchmarks.cases.growth import growth
from benchmarks.cases.questions import questions
from benchmarks.cases.side_by_side import side_by_side
from benchmarks.results import Section
from benchmarks.work import Work

# In this order they are measured and shown.
CASES: dict[str, Callable[[Work], Section]] = {
    "nothing_new": nothing_new,
    "million": million,
    "year": year,
    "growth": growth,
    "commands": commands,
    "side_by_side": side_by_side,
    "generator": generator,
    "questions": questions,
}
