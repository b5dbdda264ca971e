"""Transactions that the bank initiates: it pays out loans and collects instalments.

They are at most a fifth of the day's transactions. An instalment is a `Withdrawal` with the loan as its counterparty.
If the account lacks the money, the transaction fails, the bank tries again a few days later, and the instalment is
late. Instalments from inactive accounts, or beyond the fifth, are paid from another bank, without a transaction.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from loaders.generate.accounts import Accounts
from loaders.generate.habits import ONLINE
from loaders.generate.loan_payments import LoanPayments
from loaders.generate.loans import Loans
from loaders.generate.plan import COLUMNS, COMPLETED, NOTHING, OWN_BANK, STATUSES, TRANSFER, WITHDRAWAL, plan
from loaders.generate.streams import Subject, stream
from loaders.generate.tables import HOUR, Integers, days_since_1970

MOST = 0.2  # share of a day's transactions
FROM_HOUR, TO_HOUR = 2, 6
# Loans that are paid out to the customer. The money of the others goes directly to the seller.
PAID_OUT_TYPES = ("Personal", "Student")


class Bookings:
    """Plans the transactions of the bank and postpones failed instalments."""

    def __init__(self, seed: int, per_day: int) -> None:
        """Plan for a bank with so many transactions per day."""
        self._seed = seed
        self._most = int(MOST * per_day)

    def plan(self, day: date, accounts: Accounts, loans: Loans, payments: LoanPayments) -> pl.DataFrame:
        """Return the payouts of the loans granted the day before, and the instalments collected on this day."""
        rng = stream(self._seed, day, Subject.BOOKINGS)
        table = loans.table
        is_new = (pl.col("started") == days_since_1970(day) - 1) & pl.col("loan_type").is_in(PAID_OUT_TYPES)
        new = table.select(is_new.arg_true()).to_series().to_numpy().astype(np.int64)
        collected = payments.paid_on(day)
        loan = np.concatenate([new, collected["loan"].to_numpy()])
        account = accounts.first_accounts()[table["customer"].to_numpy()[loan]]
        amounts = np.concatenate([table["owed_at_first"].to_numpy()[new], collected["payment_amount"].to_numpy()])
        types: Integers = np.where(np.arange(len(loan)) < len(new), TRANSFER, WITHDRAWAL)
        keys = np.concatenate([np.full(len(new), NOTHING), collected["key"].to_numpy()])
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
    def postpone_failed(day: date, made: pl.DataFrame, payments: LoanPayments) -> None:
        """Postpone the instalments whose transactions failed."""
        failed = made.filter((pl.col("instalment") != NOTHING) & (pl.col("transaction_status") != STATUSES[COMPLETED]))
        payments.postpone(day, failed["instalment"].to_numpy())
