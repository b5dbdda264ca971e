"""Commands that people wait for."""

from __future__ import annotations

from benchmarks.measuring import best
from benchmarks.results import MEASURES, Ratio, Section
from benchmarks.work import Work

# The command, and the seconds that it may take.
_COMMANDS = {("tieout", "--help"): 1, ("tieout", "check"): 3, ("tieout", "status"): 3}
_REPEATED = 3


def commands(work: Work) -> Section:
    """Measure commands of `tieout` on the demo."""
    section = Section("Commands, on the demo", ("command", *MEASURES))
    for command, limit in _COMMANDS.items():
        measured = best([work.demo.run(*command) for _ in range(_REPEATED)])
        section.add(" ".join(command), measured)
        section.ratios.append(Ratio(f"{' '.join(command)} / {limit} s", measured.seconds / limit, 1))
    section.notes.append(f"The best of {_REPEATED} runs each.")
    return section
