"""How the time of one build grows with the number of rows in it."""

from __future__ import annotations

from itertools import pairwise

from benchmarks.bank import Size
from benchmarks.results import MEASURES, Ratio, Section
from benchmarks.work import Work

_DAYS = (1, 3, 10)


def growth(work: Work) -> Section:
    """Build 1, 3 and 10 million transactions, each in one build."""
    a_day = work.million
    section = Section("1, 3 and 10 million transactions in one build", ("transactions", *MEASURES, "rows a second"))
    builds = {}
    for days in _DAYS:
        bank = work.bank(f"growth_{days}", Size(days, a_day.customers, a_day.transactions))
        bank.land()
        builds[days] = bank.build()
        rows = days * a_day.transactions
        section.add(f"{rows:,}", builds[days], f"{rows / builds[days].seconds:,.0f}")
        bank.remove()
    # At the same speed, three times the rows take three times as long. Fixed costs make the quotients smaller.
    for less, more in pairwise(_DAYS):
        section.ratios.append(
            Ratio(
                f"{more} million in one build / {less} million, per row",
                builds[more].seconds / more / (builds[less].seconds / less),
                1.1,
            )
        )
    return section
