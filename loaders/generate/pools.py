"""Pools of invented names. Faker is slow, so names are generated once, and rows pick from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import polars as pl
from faker import Faker

FIRST_NAMES = 500
LAST_NAMES = 800
STREETS = 800
MERCHANTS = 2000
COUNTERPARTIES = 3000

CATEGORIES = ("Groceries", "Utilities", "Entertainment", "Dining", "Travel", "Healthcare", "Education")
CATEGORY_SHARES = (0.34, 0.12, 0.10, 0.24, 0.06, 0.09, 0.05)
NICKNAMES = ("The Corner", "Old Mill", "Blue Door", "Main Street")


@dataclass(frozen=True)
class Pools:
    """The names that rows pick from.

    Attributes:
        first_names: first names of customers.
        last_names: last names of customers.
        streets: street names.
        merchants: company names.
        counterparties: accounts at other banks, as `BANK-number`.
    """

    first_names: pl.Series
    last_names: pl.Series
    streets: pl.Series
    merchants: pl.Series
    counterparties: pl.Series


@cache
def make_pools(seed: int) -> Pools:
    """Generate the pools; the same seed gives the same pools."""
    fake = Faker("en_US")
    fake.seed_instance(seed)
    return Pools(
        first_names=pl.Series([fake.first_name() for _ in range(FIRST_NAMES)]),
        last_names=pl.Series([fake.last_name() for _ in range(LAST_NAMES)]),
        streets=pl.Series([fake.street_name() for _ in range(STREETS)]),
        merchants=pl.Series([_merchant(number, fake.company()) for number in range(MERCHANTS)]),
        counterparties=pl.Series([fake.bothify("????-########").upper() for _ in range(COUNTERPARTIES)]),
    )


def mailbox(names: pl.Series) -> pl.Series:
    """Return names in the form for an e-mail address: lower-case letters only."""
    return pl.Series([re.sub(r"[^a-z]", "", name.lower()) for name in names])


def _merchant(number: int, company: str) -> str:
    """Give every 25th merchant a nickname in quotes, so that deliveries contain quoted quotes."""
    return company if number % 25 else f'{company} "{NICKNAMES[number // 25 % len(NICKNAMES)]}"'
