"""Guards on what can be counted: pytest prints each number beside its bound at the end, also of those that hold."""

from __future__ import annotations

import pytest

_PROPERTY = "guard"


class Guard:
    """Compares the numbers of one test with their bounds."""

    def __init__(self, properties: list[tuple[str, object]]) -> None:
        """Keep the numbers in the user properties, which pytest also passes on from its worker processes."""
        self._properties = properties

    def at_most(self, bound: float, number: float, what: str, example: str = "") -> None:
        """Fail if a number is above its bound."""
        self._properties.append((_PROPERTY, (what, round(number, 1), bound)))
        assert number <= bound, f"{what}: {number:,.1f}, which is more than {bound:,}. {example}"


@pytest.fixture
def guard(request: pytest.FixtureRequest) -> Guard:
    """The numbers of this test."""
    return Guard(request.node.user_properties)


def print_guards(reporter: pytest.TerminalReporter) -> None:
    """Print the number and the bound of every guard that ran."""
    found = sorted(
        value
        for reports in reporter.stats.values()
        for report in reports
        # Each phase of a test reports the numbers so far, so the last one has all of them.
        if getattr(report, "when", "") == "teardown"
        for name, value in report.user_properties
        if name == _PROPERTY
    )
    if found:
        reporter.section("what a build does, counted")
        for what, number, bound in found:
            reporter.write_line(f"{number:>10,} of at most {bound:>7,}  {what}")
