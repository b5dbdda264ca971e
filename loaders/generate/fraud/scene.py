"""What the incidents of a day need to know: the world, the usable accounts, and random choices among them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import numpy as np
from numpy.random import Generator

from loaders.generate.accounts import CARD, CHECKING, SMALLEST_COINS
from loaders.generate.plan import OWN_BANK
from loaders.generate.pools import Pools
from loaders.generate.tables import HOUR, Booleans, Floats, Integers
from loaders.generate.world import World


class Scene:
    """One day, as the incidents see it.

    Attributes:
        rng: the random stream of the day's fraud.
        day: the day.
        world: what transactions refer to.
        owners: by account, the position of its customer.
        is_active: by account, true if it is active.
        checking: positions of the checking accounts that can be used.
        cards: positions of the accounts with a card that can be used.
    """

    def __init__(self, rng: Generator, day: date, world: World, to_usd: Floats, pools: Pools) -> None:
        """Find the usable accounts; `to_usd` has the day's exchange rates."""
        self.rng = rng
        self.day = day
        self.world = world
        self._units_per_dollar: Floats = 1 / to_usd
        self._counterparties = pools.counterparties
        accounts = world.accounts
        kinds: Integers = accounts.integers("type_number")
        self.owners: Integers = accounts.integers("owner")
        self.is_active: Booleans = accounts.is_active()
        usable = self.is_active & accounts.used
        self.checking: Integers = np.flatnonzero(usable & (kinds == CHECKING)).astype(np.int64)
        self.cards: Integers = np.flatnonzero(usable & np.isin(kinds, (CHECKING, CARD))).astype(np.int64)
        self._currencies: Integers = accounts.integers("currency_number")
        self._sent: dict[int, int] = defaultdict(int)

    def between(self, bounds: tuple[int, int]) -> int:
        """Return a whole number within inclusive bounds."""
        return int(self.rng.integers(bounds[0], bounds[1] + 1))

    def time(self, from_hour: int, to_hour: int) -> int:
        """Return a time of day between two hours."""
        return int(self.rng.integers(from_hour * HOUR, to_hour * HOUR))

    def cents(self, account: int, low: float, high: float) -> int:
        """Return an amount between two dollar amounts, converted to the account's currency."""
        rate = float(self._units_per_dollar[self._currencies[account]])
        return self.coins(account, self.rng.uniform(low, high) * rate * 100)

    def coins(self, account: int, cents: float) -> int:
        """Round an amount down to the smallest coin of the account's currency, at least one coin."""
        coin = int(SMALLEST_COINS[self._currencies[account]])
        return max(int(cents // coin) * coin, coin)

    def merchants(self, cities: list[int], categories: list[int]) -> list[int]:
        """Return a merchant for each city and category."""
        drawn: list[int] = self.world.merchants.pick(self.rng, np.array(cities), np.array(categories)).tolist()
        return drawn

    def name(self, account: int) -> str:
        """Return the name of an account as a counterparty."""
        return f"{OWN_BANK}-{self.world.accounts.table['account_id'][account]}"

    def account_at_other_bank(self) -> str:
        """Return the name of an account at another bank."""
        return str(self._counterparties[int(self.rng.integers(0, len(self._counterparties)))])

    def try_to_send(self, sender: int, receiver: int, amount: int) -> bool:
        """Reserve an amount on the sender's account; return false if it lacks the money or has another currency."""
        accounts = self.world.accounts
        fits = bool(self._currencies[sender] == self._currencies[receiver]) and bool(
            accounts.available[sender] - self._sent[sender] >= amount
        )
        if fits:
            self._sent[sender] += amount
        return fits
