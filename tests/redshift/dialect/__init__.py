"""Cases of the dialect macros: values that are hard for an engine, with results written by hand.

One difference between the engines cannot be tested here: on Redshift, 'a' and 'a ' are equal texts; on DuckDB and the
stand-in they are not. Silver trims all texts (trimmed_or_null), so models never compare texts that end in blanks.
"""

from . import built_in, numbers, text, time, time_zones
from .case import COLUMNS, Case, Difference, Refused
from .differences import DIFFERENCES
from .wrong_arguments import WRONG_ARGUMENTS

__all__ = [
    "CASES_BY_MACRO",
    "COLUMNS",
    "NAMED_CASES",
    "NAMED_DIFFERENCES",
    "NAMED_WRONG_CALLS",
    "WRONG_ARGUMENTS",
    "Case",
    "Difference",
    "Refused",
]

CASES_BY_MACRO: dict[str, list[Case]] = text.CASES | numbers.CASES | time.CASES | time_zones.CASES
NAMED_CASES: dict[str, Case] = {
    f"{macro}_{number}": case
    for macro, cases in {**CASES_BY_MACRO, "built_in": built_in.CASES}.items()
    for number, case in enumerate(cases)
}
NAMED_DIFFERENCES = {f"difference_{number}": difference for number, difference in enumerate(DIFFERENCES)}
NAMED_WRONG_CALLS = {f"wrong_{number}": call for number, call in enumerate(WRONG_ARGUMENTS)}
