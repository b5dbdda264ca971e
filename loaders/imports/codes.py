"""The codes of the contract, from the seeds."""

from __future__ import annotations

import csv
from functools import cache

from loaders.contract import project_root


@cache
def codes_of(reference: str) -> tuple[str, ...]:
    """Return the codes of `seed.column`."""
    seed, _, column = reference.partition(".")
    with (project_root() / "seeds" / "reference" / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row[column] for row in csv.DictReader(file))
