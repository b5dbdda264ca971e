"""Loan applications: who applies, the credit grade, and the decision a few days later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.accounts import CURRENCIES, UNITS_PER_DOLLAR, Accounts
from loaders.generate.customers import MEAN_SCORE, SCORE_SPREAD
from loaders.generate.streams import Subject, draw, stream
from loaders.generate.tables import (
    DAY,
    Booleans,
    Floats,
    Integers,
    dates,
    days_since_1970,
    extended,
    moments,
    numbered,
    replaced,
    timestamps,
)

FIRST_APPLICANTS = 0.12  # share of the first customers who applied before the first day
LONGEST_AGO = 3 * 365  # days before the first day
NEW_PER_DAY = 0.0012  # per customer
SLOWEST_DECISION, SLOWEST_GRANT = 5, 5  # days; the fastest take one day

GRADES = ("A", "B", "C", "D", "E", "F", "G")
GRADE_BOUNDS = np.array([-1.1, -0.5, 0.0, 0.5, 1.0, 1.6])  # standard deviations of the credit score below its mean
GRADE_NOISE = 0.5  # the bank's other information, as standard deviations of the credit score
APPROVED_SHARES = np.array([0.95, 0.89, 0.79, 0.62, 0.42, 0.22, 0.08])  # by grade
PENDING, APPROVED, REJECTED = "Pending", "Approved", "Rejected"


@dataclass(frozen=True)
class Product:
    """A kind of loan.

    Attributes:
        loan_type: the loan type.
        names: two product names.
        share: share of the applications.
        amounts: the range of amounts, in dollars.
        rates: the range of yearly interest rates, in percent.
        terms: the possible terms, in months.
    """

    loan_type: str
    names: tuple[str, str]
    share: float
    amounts: tuple[int, int]
    rates: tuple[float, float]
    terms: tuple[int, ...]


PRODUCTS = (
    Product(
        "Mortgage", ("Fixed-Rate Home Loan", "Home Equity Loan"), 0.25, (80_000, 600_000), (5.25, 7.50), (180, 240, 360)
    ),
    Product("Personal", ("Personal Credit", "Express Credit"), 0.35, (2_000, 40_000), (8.0, 18.0), (24, 36, 48, 60)),
    Product("Auto", ("New Car Loan", "Used Car Loan"), 0.28, (8_000, 60_000), (4.00, 9.50), (36, 48, 60, 72)),
    Product("Student", ("Tuition Loan", "Graduate Loan"), 0.12, (5_000, 80_000), (3.50, 6.80), (120, 180)),
)


class Applications:
    """The current state of all applications.

    Attributes:
        table: one row per application: the columns of the contract, then `customer`, `product_number` and
            `grade_number` (positions), `amount` (main units), `decides` and `grants` (days since 1970), `will_approve`.
        busy: true for customers with a pending or approved application or a loan, who do not apply again.
    """

    def __init__(self, seed: int, customers: pl.DataFrame, accounts: Accounts, start: date) -> None:
        """Start with past applications, which are decided, and granted if approved."""
        self._seed = seed
        self.table = pl.DataFrame()
        self.busy: Booleans = np.zeros(customers.height, np.bool_)
        rng = stream(seed, start, Subject.APPLICATIONS_NEW)
        today = days_since_1970(start)
        opened = accounts.table["opened_date"].to_physical().to_numpy()[accounts.first_accounts()].astype(np.int64)
        earliest = np.maximum(opened, today - LONGEST_AGO)
        latest = today - SLOWEST_DECISION - SLOWEST_GRANT
        candidates = self._candidates(accounts)
        candidates = candidates[(earliest[candidates] < latest) & (rng.random(len(candidates)) < FIRST_APPLICANTS)]
        rows = self._apply(rng, customers, accounts, candidates, rng.integers(earliest[candidates], latest))
        self._settle(rng, np.arange(rows.height), rows["decides"].to_numpy())

    def apply(self, day: date, customers: pl.DataFrame, accounts: Accounts, known: int) -> pl.DataFrame:
        """Create applications of some of the first `known` customers, who joined before this day; return them."""
        rng = stream(self._seed, day, Subject.APPLICATIONS_NEW)
        self.busy = np.concatenate([self.busy, np.zeros(customers.height - len(self.busy), np.bool_)])
        candidates = self._candidates(accounts)
        candidates = candidates[candidates < known]
        count = min(int(rng.poisson(NEW_PER_DAY * known)), len(candidates))
        applicants = np.sort(rng.choice(candidates, count, replace=False))
        return self._apply(rng, customers, accounts, applicants, np.full(count, days_since_1970(day)))

    def decide(self, day: date) -> pl.DataFrame:
        """Decide the applications that are due on this day and return the new versions."""
        today = days_since_1970(day)
        due = self.table.select(((pl.col("application_status") == PENDING) & (pl.col("decides") == today)).arg_true())
        rng = stream(self._seed, day, Subject.APPLICATIONS_DECIDED)
        positions = due.to_series().to_numpy().astype(np.int64)
        return self._settle(rng, positions, np.full(len(positions), today))

    def to_grant(self, day: date | None) -> Integers:
        """Return the positions of the approved applications that are paid out on this day, or so far if it is None."""
        approved = pl.col("application_status") == APPROVED
        is_due = approved if day is None else approved & (pl.col("grants") == days_since_1970(day))
        return self.table.select(is_due.arg_true()).to_series().to_numpy().astype(np.int64)

    def _candidates(self, accounts: Accounts) -> Integers:
        """Return the positions of the customers who can apply: not busy, and the first account is active."""
        is_active = accounts.is_active()[accounts.first_accounts()]
        return np.flatnonzero(is_active & ~self.busy[: len(is_active)]).astype(np.int64)

    def _apply(
        self, rng: Generator, customers: pl.DataFrame, accounts: Accounts, applicants: Integers, applied: Integers
    ) -> pl.DataFrame:
        count = len(applicants)
        account = accounts.first_accounts()[applicants]
        currency = accounts.currency_numbers(account)
        product = draw(rng, count, np.array([product.share for product in PRODUCTS]))
        low, high = np.array([product.amounts for product in PRODUCTS]).T
        # A skewed distribution: most amounts are in the lower half of the range.
        dollars = low[product] + (high - low)[product] * rng.beta(1.3, 2.6, count)
        amount = np.rint(dollars * UNITS_PER_DOLLAR[currency] / 100).astype(np.int64) * 100
        most = max(len(product.terms) for product in PRODUCTS)
        terms = np.array([[*p.terms, *[p.terms[-1]] * (most - len(p.terms))] for p in PRODUCTS])
        names = pl.Series([name for product in PRODUCTS for name in product.names])
        grade = _grades(rng, customers["credit_score"].to_numpy()[applicants])
        rows = pl.DataFrame(
            {
                "application_id": numbered("N", self.table.height + 1, count, 6),
                "customer_id": customers["customer_id"].gather(applicants),
                "product": names.gather(2 * product + rng.integers(0, 2, count)),
                "loan_type": pl.Series([product.loan_type for product in PRODUCTS]).gather(product),
                "requested_amount": pl.Series(amount).cast(pl.Decimal(18, 2)),
                "currency": pl.Series(CURRENCIES).gather(currency),
                "term_months": terms[product, rng.integers(0, most, count)],
                "grade": pl.Series(GRADES).gather(grade),
                "application_status": pl.repeat(PENDING, count, dtype=pl.String, eager=True),
                "applied_date": dates(applied),
                "decided_date": pl.repeat(None, count, dtype=pl.Date, eager=True),
                "updated_at": timestamps(moments(rng, applied * DAY, 9, 19)),
                "customer": applicants,
                "product_number": product,
                "grade_number": grade,
                "amount": amount,
                "decides": applied + rng.integers(1, SLOWEST_DECISION + 1, count),
                "grants": pl.repeat(0, count, dtype=pl.Int64, eager=True),
                "will_approve": rng.random(count) < APPROVED_SHARES[grade],
            }
        )
        self.table = extended(self.table, rows)
        self.busy[applicants] = True
        return rows

    def _settle(self, rng: Generator, positions: Integers, decided: Integers) -> pl.DataFrame:
        count = len(positions)
        before = self.table[positions]
        approved = before["will_approve"]
        rows = before.with_columns(
            application_status=pl.when(approved).then(pl.lit(APPROVED)).otherwise(pl.lit(REJECTED)),
            decided_date=dates(decided),
            updated_at=timestamps(moments(rng, decided * DAY, 8, 18)),
            grants=pl.Series(decided + rng.integers(1, SLOWEST_GRANT + 1, count)),
        )
        self.busy[before["customer"].to_numpy()] = approved.to_numpy()
        self.table = replaced(self.table, positions, rows)
        return rows


def rates(rng: Generator, product: Integers, grade: Integers) -> Integers:
    """Return yearly rates in hundredths of a percent. Better grades have lower rates."""
    low, high = np.array([product.rates for product in PRODUCTS]).T
    fraction: Floats = (grade + rng.random(len(grade))) / len(GRADES)
    result: Integers = np.rint((low[product] + (high - low)[product] * fraction) * 100).astype(np.int64)
    return result


def _grades(rng: Generator, scores: Integers) -> Integers:
    below_mean = (MEAN_SCORE - scores) / SCORE_SPREAD + GRADE_NOISE * rng.standard_normal(len(scores))
    return np.searchsorted(GRADE_BOUNDS, below_mean).astype(np.int64)
