"""The world of a day's transactions: accounts, merchants, locations, and where customers are."""

from __future__ import annotations

from dataclasses import dataclass

from loaders.generate.accounts import Accounts
from loaders.generate.locations import Locations
from loaders.generate.merchants import Merchants
from loaders.generate.tables import Integers


@dataclass(frozen=True)
class World:
    """What the transactions of a day refer to.

    Attributes:
        accounts: the accounts, whose balances the transactions change.
        merchants: the merchants.
        locations: the locations of merchants and cash machines.
        cities: by customer, the city where the customer is on this day.
    """

    accounts: Accounts
    merchants: Merchants
    locations: Locations
    cities: Integers
