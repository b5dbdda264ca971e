"""Codes and signs from the seeds of the dbt project."""

from __future__ import annotations

from functools import cache

import polars as pl

from loaders.contract import project_root
from loaders.errors import TieoutError

SEEDS_FOLDER = "seeds/reference"


@cache
def _seed(name: str) -> pl.DataFrame:
    file = project_root() / SEEDS_FOLDER / f"{name}.csv"
    try:
        return pl.read_csv(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise TieoutError(f"{file} cannot be read: {error}. Run tieout in a checkout of Tieout.") from error


def transaction_signs(types: tuple[str, ...]) -> list[int]:
    """Return the sign (+1 or -1) of each transaction type.

    Raises:
        TieoutError: the seed is missing or lacks a type.
    """
    seed = _seed("transaction_types")
    try:
        signs = dict(seed.select("transaction_type_name", "amount_sign").iter_rows())
        return [int(signs[name]) for name in types]
    except (KeyError, pl.exceptions.ColumnNotFoundError) as error:
        raise TieoutError(f"{SEEDS_FOLDER}/transaction_types.csv lacks {error}. Add it.") from error
