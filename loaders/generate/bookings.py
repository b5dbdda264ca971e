"""Bookings: what the bank itself moves on its customers' accounts, loans paid out and instalments collected.

They are a part of the day's transactions, at most a fifth of them. An instalment is a `Withdrawal` whose counterparty
is the loan; if the account cannot bear it, it fails and the bank tries again some days later, so that the instalment
is late. Instalments of accounts that are not active, or that find no room, are paid from another bank: there is no
transaction.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from loaders.generate.accounts import Accounts
from loaders.generate.habits import ONLINE
from loaders.generate.loan_payments import LoanPayments
from loaders.generate.loans import Loans
from loaders.generate.plan import COLUMNS, NOTHING, OWN_BANK, plan
from loaders.generate.streams import Subject, stream
from loaders.generate.tables import HOUR, Integers, days_since_1970
from loaders.generate.transactions import COMPLETED, STATUSES, TRANSFER, WITHDRAWAL

MOST = 0.2  # of a day's transactions
FROM_HOUR, TO_HOUR = 2, 6
# Loans whose money goes to the customer himself; with the others the bank pays the seller.
PAID_OUT_TYPES = ("Personal", "Student")


class Bookings:
    """Plans the bank's own transactions and tells the instalments which of them failed."""

    def __init__(self, seed: int, per_day: int) -> None:
        """Plan at most so many that most of a day's transactions are people's own."""
        self._seed = seed
        self._most = int(MOST * per_day)

    def plan(self, day: date, accounts: Accounts, loans: Loans, payments: LoanPayments) -> pl.DataFrame:
        """Return the payouts of the loans granted the day before, and the instalments that are paid on this day."""
        rng = stream(self._seed, day, Subject.BOOKINGS)
        table = loans.table
        is_fresh = (pl.col("started") == days_since_1970(day) - 1) & pl.col("loan_type").is_in(PAID_OUT_TYPES)
        fresh = table.select(is_fresh.arg_true()).to_series().to_numpy().astype(np.int64)
        collected = payments.paid_on(day)
        loan = np.concatenate([fresh, collected["loan"].to_numpy()])
        account = accounts.first_accounts()[table["customer"].to_numpy()[loan]]
        amounts = np.concatenate([table["owed_at_first"].to_numpy()[fresh], collected["payment_amount"].to_numpy()])
        types: Integers = np.where(np.arange(len(loan)) < len(fresh), TRANSFER, WITHDRAWAL)
        keys = np.concatenate([np.full(len(fresh), NOTHING), collected["key"].to_numpy()])
        booked = np.flatnonzero((accounts.is_active() & accounts.used)[account])[: self._most]
        if not len(booked):
            return pl.DataFrame(schema=COLUMNS)
        return plan(
            account=account[booked],
            type=types[booked],
            amount=amounts[booked],
            channel=ONLINE,
            counterparty=f"{OWN_BANK}-" + table["loan_id"].gather(loan[booked]),
            time=rng.integers(FROM_HOUR * HOUR, TO_HOUR * HOUR, len(booked)),
            instalment=keys[booked],
        )

    @staticmethod
    def tell(day: date, made: pl.DataFrame, payments: LoanPayments) -> None:
        """Let the instalments wait for which the accounts did not suffice."""
        failed = made.filter((pl.col("instalment") != NOTHING) & (pl.col("transaction_status") != STATUSES[COMPLETED]))
        payments.postpone(day, failed["instalment"].to_numpy())
