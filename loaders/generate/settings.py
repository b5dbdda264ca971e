"""The arguments of a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from loaders.errors import TieoutError

# The range of the warehouse's calendar, less two days in which pending transactions settle.
EARLIEST_START = date(1970, 1, 1)
LATEST_END = date(2049, 12, 29)
TRANSACTIONS_PER_ORDER = 10
HIGHEST_FRAUD = 0.2


@dataclass(frozen=True)
class Settings:
    """The arguments that determine every byte of the output.

    Attributes:
        days: the number of arrival days.
        start: the first arrival day.
        customers: the number of customers on the first day.
        transactions_per_day: the number of new transactions per day, without fraud and without settlements.
        seed: the seed of all random streams.
        fraud: the number of fraudulent transactions, as a share of `transactions_per_day`.
        orders_per_day: the orders of the shop on an ordinary day, 0 for no shop (default: a tenth of the transactions).
    """

    days: int
    start: date
    customers: int
    transactions_per_day: int
    seed: int
    fraud: float = 0.0
    orders_per_day: int | None = None

    def __post_init__(self) -> None:
        """Check the arguments.

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
            raise TieoutError(f"--fraud must be between 0 and {HIGHEST_FRAUD}, not {self.fraud}.")
        latest_start = LATEST_END - timedelta(days=min(self.days, (LATEST_END - EARLIEST_START).days) - 1)
        if not EARLIEST_START <= self.start <= latest_start:
            raise TieoutError(
                f"All days must be between {EARLIEST_START} and {LATEST_END}, but {self.days} days from {self.start} "
                "are not. Change --start or --days."
            )

    @property
    def orders(self) -> int:
        """The number of orders on an ordinary day."""
        if self.orders_per_day is None:
            return self.transactions_per_day // TRANSACTIONS_PER_ORDER
        return self.orders_per_day

    def day(self, number: int) -> date:
        """Return an arrival day by its number, counted from 0."""
        return self.start + timedelta(days=number)
