"""Repetitions and random numbers of the reliability tests, and the figures that pytest prints at the end.

A test takes the fixture `tally` and adds what it tried after it has succeeded:

    def test_something(tally: Tally) -> None:
        ...
        tally.add("bad files tried", 1)

`times(...)` returns the number of repetitions: a few in `make test`, a number per round in `make torture`.
`randomness(...)` returns random numbers: the same ones in every `make test`, others in every `make torture`, whose seed
is printed with the figures.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import Final

import pytest

FIGURES: Final = (
    "deliveries tried",
    "builds run",
    "kills survived (land)",
    "kills survived (push)",
    "kills survived (build)",
    "full disks survived",
    "bad files tried",
    "defects planted",
    "changed values found, one per column",
    "differences found",
)
ROUNDS: Final = int(os.environ.get("TIEOUT_TORTURE_ROUNDS") or 0)  # 0: the short form
SEED: Final = int(os.environ.get("TIEOUT_TORTURE_SEED") or 20250101)
_PROPERTY = "tally"


def times(short: int, *, a_round: int) -> int:
    """Return the number of repetitions: `short` in `make test`, `a_round` per round in `make torture`."""
    return ROUNDS * a_round or short


def randomness(name: str) -> random.Random:
    """Return random numbers for a test. The same seed gives the same numbers."""
    return random.Random(f"{SEED} {name}")


class Tally:
    """What one test has tried."""

    def __init__(self, properties: list[tuple[str, object]]) -> None:
        """Keep the figures in the user properties, which pytest also passes on from its worker processes."""
        self._properties = properties

    def add(self, figure: str, number: int) -> None:
        """Add to one of the FIGURES."""
        assert figure in FIGURES, f"{figure} is not one of the figures: {', '.join(FIGURES)}"
        self._properties.append((_PROPERTY, (figure, number)))


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """The figures of this test."""
    return Tally(request.node.user_properties)


def print_tally(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what all tests have tried."""
    found: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            # Each phase of a test reports the figures so far, so the last one has all of them.
            if getattr(report, "when", "") == "teardown":
                for name, value in report.user_properties:
                    if name == _PROPERTY:
                        figure, number = value
                        found[figure] += number
    if found:
        length = f"ROUNDS={ROUNDS} ATTACK_SEED={SEED}" if ROUNDS else "short form"
        terminalreporter.section(f"reliability tests ({length})")
        for figure in FIGURES:
            # What this run did not try is left out. The last figure says what everything came to.
            if found[figure] or figure == FIGURES[-1]:
                terminalreporter.write_line(f"{found[figure]:>9,} {figure}")
