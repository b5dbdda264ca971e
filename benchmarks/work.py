"""The work of one run: its scale, its folder, and the banks that several cases share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.bank import Bank, Size
from benchmarks.measuring import Measured

DEMO = Size(30, 100, 333)
MILLION = Size(3, 250_000, 1_000_000)
YEAR = Size(365, 5_000, 10_000)
# A scaled year still needs history before each of the two days that are compared.
_FEWEST_DAYS = 4


@dataclass(frozen=True)
class Work:
    """One run of the benchmark.

    Attributes:
        folder: for everything that is generated and built.
        scale: the share of the full sizes.
    """

    folder: Path
    scale: float

    def bank(self, name: str, size: Size) -> Bank:
        """Return a bank with generated deliveries."""
        bank = Bank(self.folder / name, size)
        bank.generate()
        return bank

    @property
    def million(self) -> Size:
        """Three days of a million transactions."""
        return MILLION.scaled(self.scale)

    @property
    def year(self) -> Size:
        """A year of 10,000 transactions a day. The number of days is scaled too, because each costs files."""
        scaled = YEAR.scaled(self.scale)
        return Size(max(_FEWEST_DAYS, round(YEAR.days * self.scale)), scaled.customers, scaled.transactions)

    @cached_property
    def demo(self) -> Bank:
        """The bank of the preset demo, built. It is small already, so its size is not scaled."""
        bank = self.bank("demo", DEMO)
        bank.land()
        bank.build()
        return bank

    @cached_property
    def whole_year(self) -> tuple[Bank, Measured]:
        """The year in one build."""
        bank = self.bank("year", self.year)
        bank.land()
        return bank, bank.build()
