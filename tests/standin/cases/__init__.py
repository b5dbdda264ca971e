"""The statements that test the stand-in, by topic."""

from . import casts, joins, limits, masking, results, rules, statements, syntax, tables, unload
from .case import SETUP, Case

__all__ = ["CASES", "RULE_CASES", "SETUP", "Case"]

RULE_CASES: list[Case] = [*rules.CASES, *joins.CASES, *limits.RULE_CASES, *syntax.CASES, *casts.CASES]
CASES: list[Case] = [
    *RULE_CASES,
    *limits.CASES,
    *tables.CASES,
    *statements.CASES,
    *masking.CASES,
    *results.CASES,
    *unload.CASES,
]
