"""What is asked of the generator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from loaders.errors import TieoutError

# The warehouse's calendar (vars of dbt_project.yml); settlements come up to two days after a transaction.
EARLIEST_START = date(1970, 1, 1)
LATEST_END = date(2049, 12, 29)
TRANSACTIONS_AN_ORDER = 10
HIGHEST_FRAUD = 0.2  # more would be no bank with fraud but a fraud with a bank


@dataclass(frozen=True)
class Settings:
    """The arguments that decide every byte of the output.

    Attributes:
        days: number of arrival days, from `start` on.
        start: first arrival day.
        customers: customers of the bank on the first day.
        transactions_per_day: new transactions each day; settlements of pending ones come on top.
        seed: of all random streams.
        fraud: transactions of fraud as a share of the ordinary ones, on top of which they come.
        orders_per_day: orders of the shop on an ordinary day, 0 for no shop; a tenth of the transactions unless told.
    """

    days: int
    start: date
    customers: int
    transactions_per_day: int
    seed: int
    fraud: float = 0.0
    orders_per_day: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated.

        Raises:
            TieoutError: an argument is out of range.
        """
        for name, value, least in (
            ("days", self.days, 1),
            ("customers", self.customers, 1),
            ("transactions-per-day", self.transactions_per_day, 0),
            ("orders-per-day", self.orders, 0),
            ("seed", self.seed, 0),
        ):
            if value < least:
                raise TieoutError(f"--{name} must be at least {least}, not {value}.")
        if not 0 <= self.fraud <= HIGHEST_FRAUD:
            raise TieoutError(f"--fraud must lie between 0 and {HIGHEST_FRAUD}, not {self.fraud}.")
        latest_start = LATEST_END - timedelta(days=min(self.days, (LATEST_END - EARLIEST_START).days) - 1)
        if not EARLIEST_START <= self.start <= latest_start:
            raise TieoutError(
                f"The days must lie between {EARLIEST_START} and {LATEST_END}; "
                f"{self.days} days from {self.start} do not. Change --start or --days."
            )

    @property
    def orders(self) -> int:
        """The number of orders on an ordinary day."""
        if self.orders_per_day is None:
            return self.transactions_per_day // TRANSACTIONS_AN_ORDER
        return self.orders_per_day

    def day(self, number: int) -> date:
        """Return the arrival day by its number, counted from 0."""
        return self.start + timedelta(days=number)
