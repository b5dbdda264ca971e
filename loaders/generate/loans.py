"""Loans: granted from approved applications, with a status that follows from their instalments."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.accounts import CURRENCIES, SMALLEST_COINS, Accounts
from loaders.generate.applications import Applications, rates
from loaders.generate.streams import Subject, stream
from loaders.generate.tables import (
    DAY,
    HOUR,
    Integers,
    dates,
    extended,
    midnight,
    moments,
    numbered,
    replaced,
    timestamps,
)

ACTIVE, DELINQUENT, DEFAULTED, PAID_OFF = STATUSES = ("Active", "Delinquent", "Defaulted", "Paid Off")
CHANGED_AT = 7 * HOUR  # after the day's instalments are booked


class Loans:
    """The current state of all loans.

    Attributes:
        table: one row per loan: the columns of the contract, then `customer` (position), `coin` (cents of the
            smallest coin), `owed_at_first` and `instalment` (cents), `rate` (hundredths of a percent per year),
            `started` (days since 1970) and `status_number` (position in `STATUSES`).
    """

    def __init__(self, seed: int, accounts: Accounts, applications: Applications, start: date) -> None:
        """Start with the loans that were granted before the first day."""
        self._seed = seed
        self.table = pl.DataFrame()
        self._grant(stream(seed, start, Subject.LOANS_NEW), accounts, applications, applications.to_grant(None))

    def grant(self, day: date, accounts: Accounts, applications: Applications) -> pl.DataFrame:
        """Grant the approved applications that are due on this day; return the new loans."""
        rng = stream(self._seed, day, Subject.LOANS_NEW)
        return self._grant(rng, accounts, applications, applications.to_grant(day))

    def change(self, day: date, statuses: Integers, applications: Applications) -> pl.DataFrame:
        """Set the status of each loan and return the new versions.

        A customer who has repaid a loan can apply again.
        """
        positions = np.flatnonzero(statuses != self.table["status_number"].to_numpy())
        rows = self.table[positions].with_columns(
            loan_status=pl.Series(STATUSES).gather(statuses[positions]),
            status_number=pl.Series(statuses[positions]),
            updated_at=timestamps(np.full(len(positions), midnight(day) + CHANGED_AT)),
        )
        self.table = replaced(self.table, positions, rows)
        applications.busy[rows.filter(loan_status=PAID_OFF)["customer"].to_numpy()] = False
        return rows

    def _grant(
        self, rng: Generator, accounts: Accounts, applications: Applications, positions: Integers
    ) -> pl.DataFrame:
        count = len(positions)
        application = applications.table[positions]
        paid_from = accounts.first_accounts()[application["customer"].to_numpy()]
        account = accounts.table[paid_from]
        currency = accounts.currency_numbers(paid_from)
        coin = SMALLEST_COINS[currency]
        rate = rates(rng, application["product_number"].to_numpy(), application["grade_number"].to_numpy())
        payment = pl.Series(
            [
                monthly_payment(a, Decimal(r).scaleb(-2), t, decimals=0 if whole else 2)
                for a, r, t, whole in zip(
                    application["amount"].to_list(),
                    rate.tolist(),
                    application["term_months"].to_list(),
                    (coin > 1).tolist(),
                    strict=True,
                )
            ],
            dtype=pl.Decimal(18, 2),
        )
        started = application["grants"].to_numpy()
        rows = pl.DataFrame(
            {
                "loan_id": numbered("L", self.table.height + 1, count, 6),
                "account_id": account["account_id"],
                "customer_id": account["customer_id"],
                "loan_type": application["loan_type"],
                "loan_amount": application["requested_amount"],
                "currency": pl.Series(CURRENCIES).gather(currency),
                "interest_rate": pl.Series(rate).cast(pl.Decimal(18, 2)) / 100,
                "term_months": application["term_months"],
                "monthly_payment": payment,
                "loan_status": pl.repeat(ACTIVE, count, dtype=pl.String, eager=True),
                "start_date": dates(started),
                "updated_at": timestamps(moments(rng, started * DAY, 20, 21)),
                "product": application["product"],
                "application_id": application["application_id"],
                "customer": application["customer"],
                "coin": coin,
                "owed_at_first": application["amount"] * 100,
                "instalment": (payment * 100).cast(pl.Int64),
                "rate": rate,
                "started": started,
                "status_number": pl.repeat(STATUSES.index(ACTIVE), count, dtype=pl.Int64, eager=True),
            }
        )
        self.table = extended(self.table, rows)
        return rows


def monthly_payment(amount: int, yearly_percent: Decimal, months: int, *, decimals: int) -> Decimal:
    """Return the instalment of an annuity, rounded half up.

    Args:
        amount: the loan amount, in main units.
        yearly_percent: the nominal rate, above zero.
        months: the number of instalments.
        decimals: the decimals of the currency, 2 or 0.
    """
    with localcontext(prec=28):
        rate = yearly_percent / 1200
        payment = amount * rate / (1 - (1 + rate) ** -months)
        return payment.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
