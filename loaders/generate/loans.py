"""Loans: about every tenth customer has one; most are paid, some fall behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.accounts import CURRENCIES, UNITS_PER_DOLLAR, WITHOUT_DECIMALS, Accounts
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import (
    DAY,
    Integers,
    dates,
    days_since_1970,
    midnight,
    moments,
    numbered,
    replaced,
    status_changes,
    timestamps,
)

BORROWERS = 0.10  # the share of customers with a loan that is reached over time
FIRST_BORROWERS = 0.06  # on the first day
NEW_A_DAY = 0.0007  # of the customers there are

STATUS_CHANGES = (
    ("Active", "Delinquent", 0.002),
    ("Active", "Paid Off", 0.0003),
    ("Delinquent", "Active", 0.05),
    ("Delinquent", "Defaulted", 0.01),
)


@dataclass(frozen=True)
class Product:
    """A kind of loan: its share of all, its amount in dollars, yearly rate in percent and terms in months."""

    loan_type: str
    share: float
    amounts: tuple[int, int]
    rates: tuple[float, float]
    terms: tuple[int, ...]


PRODUCTS = (
    Product("Mortgage", 0.25, (80_000, 600_000), (5.25, 7.50), (180, 240, 360)),
    Product("Personal", 0.35, (2_000, 40_000), (8.00, 18.00), (24, 36, 48, 60)),
    Product("Auto", 0.28, (8_000, 60_000), (4.00, 9.50), (36, 48, 60, 72)),
    Product("Student", 0.12, (5_000, 80_000), (3.50, 6.80), (120, 180)),
)


class Loans:
    """All loans of the bank, as they are now.

    Attributes:
        table: one row per loan: the columns of the contract.
    """

    def __init__(self, seed: int, accounts: Accounts, start: date) -> None:
        """Begin with the loans that were granted before the first day."""
        self._seed = seed
        self.table = pl.DataFrame()
        self._borrowers: Integers = np.zeros(0, np.int64)
        rng = stream(seed, start, Subject.LOANS_NEW)
        candidates = self._candidates(accounts)
        borrowers = candidates[rng.random(len(candidates)) < FIRST_BORROWERS]
        opened = accounts.table["opened_date"].to_physical().to_numpy().astype(np.int64)
        paid_from = accounts.first_accounts()[borrowers]
        # A day after the account at the earliest, and no more than three years ago; else the account's own evening.
        earliest = np.maximum(opened[paid_from], days_since_1970(start) - 3 * 365)
        self._grant(rng, accounts, borrowers, rng.integers(earliest, days_since_1970(start)))

    def grant(self, day: date, accounts: Accounts, known: int) -> pl.DataFrame:
        """Grant some of the first `known` customers, who have joined before this day, a loan; return the new loans."""
        rng = stream(self._seed, day, Subject.LOANS_NEW)
        candidates = self._candidates(accounts)
        candidates = candidates[candidates < known]
        room = max(0, int(BORROWERS * known) - len(self._borrowers))
        count = min(int(rng.poisson(NEW_A_DAY * known)), room, len(candidates))
        borrowers = np.sort(rng.choice(candidates, count, replace=False))
        return self._grant(rng, accounts, borrowers, np.full(count, days_since_1970(day)))

    def change(self, day: date) -> pl.DataFrame:
        """Change some loans' statuses and return the new versions."""
        rng = stream(self._seed, day, Subject.LOANS_CHANGED)
        now = self.table["loan_status"]
        chance = rng.random(len(now))
        positions, statuses = status_changes(now, chance, STATUS_CHANGES, np.ones(len(now), np.bool_))
        rows = self.table[positions].with_columns(
            loan_status=statuses,
            updated_at=timestamps(moments(rng, np.full(len(positions), midnight(day)), 5, 8)),
        )
        self.table = replaced(self.table, positions, rows)
        return rows

    def _candidates(self, accounts: Accounts) -> Integers:
        """Return the customers without a loan whose first account is active, ascending."""
        is_active = (accounts.table["account_status"] == "Active").to_numpy()[accounts.first_accounts()]
        is_active[self._borrowers] = False
        return np.flatnonzero(is_active).astype(np.int64)

    def _grant(self, rng: Generator, accounts: Accounts, borrowers: Integers, start_days: Integers) -> pl.DataFrame:
        count = len(borrowers)
        paid_from = accounts.first_accounts()[borrowers]
        account = accounts.table[paid_from]
        currency = accounts.currency_numbers(paid_from)
        product = draw(rng, count, np.array([product.share for product in PRODUCTS]))
        amount, rate, term = _terms(rng, product, UNITS_PER_DOLLAR[currency])
        rows = pl.DataFrame(
            {
                "loan_id": numbered("L", self.table.height + 1, count, 6),
                "account_id": account["account_id"],
                "customer_id": account["customer_id"],
                "loan_type": pl.Series([product.loan_type for product in PRODUCTS]).gather(product),
                "loan_amount": pl.Series(amount).cast(pl.Decimal(18, 2)),
                "currency": pl.Series(CURRENCIES).gather(currency),
                "interest_rate": pl.Series(rate).cast(pl.Decimal(18, 2)) / 100,
                "term_months": term,
                "monthly_payment": pl.Series(
                    [
                        monthly_payment(int(a), Decimal(int(r)).scaleb(-2), int(t), decimals=0 if whole else 2)
                        for a, r, t, whole in zip(amount, rate, term, WITHOUT_DECIMALS[currency], strict=True)
                    ],
                    dtype=pl.Decimal(18, 2),
                ),
                "loan_status": pl.repeat("Active", count, dtype=pl.String, eager=True),
                "start_date": dates(start_days),
                "updated_at": timestamps(moments(rng, start_days * DAY, 20, 21)),
            }
        )
        self.table = pl.concat([self.table, rows]) if self.table.height else rows
        self._borrowers = np.concatenate([self._borrowers, borrowers])
        return rows


def monthly_payment(amount: int, yearly_percent: Decimal, months: int, *, decimals: int) -> Decimal:
    """Return the instalment of an annuity, rounded half up to the currency's decimals.

    Args:
        amount: granted, in the currency's main unit.
        yearly_percent: nominal rate, above zero.
        months: number of instalments.
        decimals: of the currency, 2 or 0.
    """
    with localcontext(prec=28):
        rate = yearly_percent / 1200
        payment = amount * rate / (1 - (1 + rate) ** -months)
        return payment.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _terms(rng: Generator, product: Integers, units_per_dollar: np.ndarray) -> tuple[Integers, Integers, Integers]:
    """Return amounts in hundreds of the main unit, yearly rates in hundredths of a percent and terms in months."""
    low, high = np.array([product.amounts for product in PRODUCTS]).T
    dollars = rng.uniform(low[product], high[product])
    amount = np.rint(dollars * units_per_dollar / 100).astype(np.int64) * 100
    low_rate, high_rate = np.array([product.rates for product in PRODUCTS]).T
    rate = np.rint(rng.uniform(low_rate[product], high_rate[product]) * 100).astype(np.int64)
    most = max(len(product.terms) for product in PRODUCTS)
    terms = np.array([[*p.terms, *[p.terms[-1]] * (most - len(p.terms))] for p in PRODUCTS])
    return amount, rate, terms[product, rng.integers(0, most, len(product))]
