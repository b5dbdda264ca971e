"""How long the attack lasts, and what it has come to: the figures that pytest prints at its end.

A test takes the fixture `tally` and adds to it what it tried, once it knows that it was survived:

    def test_something(tally: Tally) -> None:
        ...
        tally.add("bad files tried", 1)

What happens many times over is done so often as `times(...)` says: a few times in `make test`, so many times more in
`make torture` as it has rounds; and with random numbers from `randomness(...)`, which are the same in every `make test`
and others in every torture, whose seed is printed with the figures.
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
    "differences found",
)
ROUNDS: Final = int(os.environ.get("TIEOUT_TORTURE_ROUNDS") or 0)  # none: the short form
SEED: Final = int(os.environ.get("TIEOUT_TORTURE_SEED") or 20250101)
_PROPERTY = "tally"


def times(short: int, *, a_round: int) -> int:
    """Return how often to do something: in `make test`, or `a_round` times in every round of the torture."""
    return ROUNDS * a_round or short


def randomness(name: str) -> random.Random:
    """Return random numbers for the test of this name, the same ones whenever the seed is the same."""
    return random.Random(f"{SEED} {name}")


class Tally:
    """What one test has tried so far."""

    def __init__(self, properties: list[tuple[str, object]]) -> None:
        """Keep the figures where pytest hands them on, from its other processes too."""
        self._properties = properties

    def add(self, figure: str, number: int) -> None:
        """Add to one of the FIGURES."""
        assert figure in FIGURES, f"{figure} is none of the figures: {', '.join(FIGURES)}"
        self._properties.append((_PROPERTY, (figure, number)))


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """The figures of this test."""
    return Tally(request.node.user_properties)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what all tests together have tried."""
    found: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            # Each phase of a test reports what there was until then: the last one has all of it.
            if getattr(report, "when", "") == "teardown":
                for name, value in report.user_properties:
                    if name == _PROPERTY:
                        figure, number = value
                        found[figure] += number
    if found:
        length = f"ROUNDS={ROUNDS} ATTACK_SEED={SEED}" if ROUNDS else "short form"
        terminalreporter.section(f"the attack ({length})")
        for figure in FIGURES:
            terminalreporter.write_line(f"{found[figure]:>9,} {figure}")
