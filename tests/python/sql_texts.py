"""What sqlparse does for dbt and its adapters, without a parser."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dbt import compilation
from dbt.artifacts.resources.v1.components import InjectedCTE

_SEMICOLON_OR_QUOTED = re.compile(r";|'[^']*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_FIRST_WITH = re.compile(r"(?:\s|--[^\n]*\n)*with(?=\s)(?!\s+recursive)", re.IGNORECASE)
_inject = compilation.inject_ctes_into_sql


def statements(sql: str) -> Iterator[str]:
    """Split a text at the semicolons outside of quotes and comments."""
    begin = 0
    for found in _SEMICOLON_OR_QUOTED.finditer(sql):
        if found[0] == ";":
            yield sql[begin : found.end()].strip()
            begin = found.end()
    if last := sql[begin:].strip():
        yield last


def with_inputs(sql: str, ctes: list[InjectedCTE]) -> str:
    """Put the inputs of a unit test before the CTEs of a query. What does not begin with `with` is left to dbt."""
    first = _FIRST_WITH.match(sql)
    if not (ctes and first):
        return _inject(sql, ctes)
    return f"{first[0]}{', '.join(cte.sql for cte in ctes)}, {sql[first.end() :]}"
