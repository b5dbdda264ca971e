"""Loan payments: the instalments of the amortisation schedules, and whether they are paid.

An instalment is due on the loan's day of the month and is delivered on that day as `Due`. The bank books payments
overnight: an instalment that is paid on one day is delivered on the next, as `Paid` if it was on time or as `Late`. An
instalment that is not paid within 60 days is `Missed` for good.

Payments never change the schedule. The interest of an instalment is the month's rate on the scheduled debt, rounded
half up to the currency's smallest coin. The last instalment repays the rest. A defaulted loan has no more instalments.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.loans import ACTIVE, DEFAULTED, DELINQUENT, PAID_OFF, STATUSES, Loans
from loaders.generate.streams import Subject, draw_rows, stream
from loaders.generate.tables import DAY, Booleans, Floats, Integers, dates, days_since_1970, moments, money, timestamps

ON_TIME, LATE, MISSED = range(3)
OUTCOME_SHARES = np.array([[0.965, 0.033, 0.002], [0.58, 0.38, 0.04]])  # of reliable and of unreliable loans
UNRELIABLE_SHARE = 0.15
LATE_SHAPE, LATE_SCALE = 0.8, 18.0  # gamma distribution of the days late
MOST_DAYS_LATE = 55
MISSED_AFTER = 60  # days
RETRIED_AFTER = 3  # days after the account lacked the money
DELINQUENT_AFTER = 10  # days that an instalment is overdue
MISSED_TO_DEFAULT = 3  # instalments
KEYS_PER_LOAN = 1000  # more than the instalments of any loan

DUE, PAID_ON_TIME, PAID_LATE, NOT_PAID = "Due", "Paid", "Late", "Missed"
_STATUS = pl.Series([PAID_ON_TIME, PAID_LATE, NOT_PAID])
_MONTHLY_RATE_DIVISOR = 120_000  # converts hundredths of a percent per year to a fraction per month


class LoanPayments:
    """The instalments of all loans.

    Attributes:
        first: the instalments that were due before the first day, as delivered.
    """

    def __init__(self, seed: int, loans: Loans, start: date) -> None:
        """Start with all instalments that were due before the first day."""
        self._seed = seed
        # By loan: the scheduled debt, the number of instalments that have become due, the next due day, the number of
        # missed instalments, and 1 for loans that are often paid late.
        self._owed: Integers = np.zeros(0, np.int64)
        self._due_so_far: Integers = np.zeros(0, np.int64)
        self._next_due: Integers = np.zeros(0, np.int64)
        self._missed: Integers = np.zeros(0, np.int64)
        self._is_unreliable: Integers = np.zeros(0, np.int64)
        self._open = pl.DataFrame()
        rng = stream(seed, start, Subject.LOAN_PAYMENTS)
        self._add_loans(rng, loans)
        today, parts = days_since_1970(start), []
        while len(due := self._running(loans, self._next_due < today)):
            parts.append(self._next_instalments(rng, loans, due))
        parts.append(self._next_instalments(rng, loans, due))  # an empty part, which has the columns
        rows = _until_default(pl.concat(parts)).sort("due", "loan", maintain_order=True)
        is_open = rows["settled"].to_numpy() >= today
        self._open = rows.filter(is_open)
        settled = self._settle(rng, rows.filter(~is_open))
        self.first = pl.concat([_delivered(settled), _delivered(self._open)])

    def change(self, day: date, loans: Loans) -> pl.DataFrame:
        """Return the instalments that were paid or missed since the day before, and those that are due on this day."""
        rng = stream(self._seed, day, Subject.LOAN_PAYMENTS)
        today = days_since_1970(day)
        settled = self._settle(rng, self._open.filter(pl.col("settled") == today))
        due = self._next_instalments(rng, loans, self._running(loans, self._next_due == today))
        self._open = pl.concat([self._open.filter(pl.col("settled") != today), due])
        return pl.concat([_delivered(settled), _delivered(due)])

    def add_loans(self, day: date, loans: Loans) -> None:
        """Add the loans that were granted on this day."""
        self._add_loans(stream(self._seed, day, Subject.LOAN_PAYMENTS_NEW), loans)

    def paid_on(self, day: date) -> pl.DataFrame:
        """Return the open instalments that customers pay on a day. They are booked in the next night."""
        tomorrow = days_since_1970(day) + 1
        return self._open.filter((pl.col("settled") == tomorrow) & (pl.col("outcome") != MISSED))

    def postpone(self, day: date, keys: Integers) -> None:
        """Postpone instalments whose payment failed on this day; they are missed if they become too late."""
        tomorrow = days_since_1970(day) + 1
        fails = pl.col("key").is_in(keys)
        late = tomorrow - 1 + RETRIED_AFTER - pl.col("due")
        again = fails & (late <= MOST_DAYS_LATE)
        self._open = self._open.with_columns(
            outcome=pl.when(fails).then(pl.when(again).then(LATE).otherwise(MISSED)).otherwise("outcome"),
            late=pl.when(again).then(late).otherwise("late"),
            settled=pl.when(fails)
            .then(pl.when(again).then(tomorrow + RETRIED_AFTER).otherwise(pl.col("due") + MISSED_AFTER))
            .otherwise("settled"),
        ).cast({"outcome": pl.Int64, "late": pl.Int64, "settled": pl.Int64})

    def statuses(self, day: date, loans: Loans) -> Integers:
        """Return the status of each loan that follows from its instalments, as a position in `STATUSES`."""
        count = loans.table.height
        overdue = np.zeros(count, np.bool_)
        waiting = np.zeros(count, np.bool_)
        loan = self._open["loan"].to_numpy()
        waiting[loan] = True
        overdue[loan[self._open["due"].to_numpy() <= days_since_1970(day) - DELINQUENT_AFTER]] = True
        is_over = (self._due_so_far == loans.table["term_months"].to_numpy()) & ~waiting
        is_lost = (self._missed >= MISSED_TO_DEFAULT) | (is_over & (self._missed > 0))
        wanted = np.select(
            [is_lost, is_over, overdue],
            [STATUSES.index(DEFAULTED), STATUSES.index(PAID_OFF), STATUSES.index(DELINQUENT)],
            STATUSES.index(ACTIVE),
        )
        return wanted.astype(np.int64)

    def _add_loans(self, rng: Generator, loans: Loans) -> None:
        new = loans.table[len(self._owed) :]
        count = new.height
        none = np.zeros(count, np.int64)
        is_unreliable = (rng.random(count) < UNRELIABLE_SHARE).astype(np.int64)
        self._owed = np.concatenate([self._owed, new["owed_at_first"].to_numpy()])
        self._due_so_far = np.concatenate([self._due_so_far, none])
        self._missed = np.concatenate([self._missed, none])
        self._next_due = np.concatenate([self._next_due, months_later(new["started"].to_numpy(), none + 1)])
        self._is_unreliable = np.concatenate([self._is_unreliable, is_unreliable])

    def _running(self, loans: Loans, chosen: Booleans) -> Integers:
        """Return the positions of the chosen loans that still have instalments."""
        term = loans.table["term_months"].to_numpy()[: len(chosen)]
        return np.flatnonzero(chosen & (self._due_so_far < term) & (self._missed < MISSED_TO_DEFAULT)).astype(np.int64)

    def _next_instalments(self, rng: Generator, loans: Loans, positions: Integers) -> pl.DataFrame:
        """Return the next instalment of each of these loans. Its outcome is drawn now."""
        loan = loans.table[positions]
        count = len(positions)
        due = self._next_due[positions]
        interest, principal = instalment(
            self._owed[positions],
            loan["instalment"].to_numpy(),
            loan["rate"].to_numpy(),
            loan["coin"].to_numpy(),
            self._due_so_far[positions] + 1 == loan["term_months"].to_numpy(),
        )
        outcome = draw_rows(rng, OUTCOME_SHARES, self._is_unreliable[positions])
        days_late = np.where(outcome == LATE, _days_late(rng, count), 0)
        self._owed[positions] -= principal
        self._due_so_far[positions] += 1
        number = self._due_so_far[positions]
        self._next_due[positions] = months_later(loan["started"].to_numpy(), number + 1)
        return pl.DataFrame(
            {
                "payment_id": loan["loan_id"] + pl.Series("-" + pl.Series(number).cast(pl.String).str.zfill(3)),
                "loan_id": loan["loan_id"],
                "due_date": dates(due),
                "paid_date": pl.repeat(None, count, dtype=pl.Date, eager=True),
                "days_late": pl.repeat(None, count, dtype=pl.Int64, eager=True),
                "payment_amount": principal + interest,
                "principal_amount": principal,
                "interest_amount": interest,
                "payment_status": pl.repeat(DUE, count, dtype=pl.String, eager=True),
                "updated_at": timestamps(moments(rng, due * DAY, 6, 7)),
                "loan": positions,
                "key": positions * KEYS_PER_LOAN + number,
                "due": due,
                "late": days_late,
                "outcome": outcome,
                "settled": due + np.where(outcome == MISSED, MISSED_AFTER, days_late + 1),
            }
        )

    def _settle(self, rng: Generator, rows: pl.DataFrame) -> pl.DataFrame:
        """Return instalments as paid or missed, according to their outcome."""
        missed = rows["outcome"] == MISSED
        np.add.at(self._missed, rows.filter(missed)["loan"].to_numpy(), 1)
        settled = rows["settled"].to_numpy()
        paid = pl.when(~missed)
        return rows.with_columns(
            paid_date=paid.then(dates(rows["due"].to_numpy() + rows["late"].to_numpy())),
            days_late=paid.then("late"),
            payment_status=_STATUS.gather(rows["outcome"]),
            updated_at=timestamps(moments(rng, settled * DAY, 1, 6)),
        )


def instalment(
    owed: Integers, regular: Integers, rate: Integers, coin: Integers, is_last: Booleans
) -> tuple[Integers, Integers]:
    """Return interest and principal of the next instalments, in cents.

    Args:
        owed: the debt before the instalments, in cents.
        regular: the regular instalments, in cents.
        rate: the yearly interest rates, in hundredths of a percent.
        coin: the smallest coins, in cents.
        is_last: true for last instalments, which repay the rest.
    """
    coins = owed // coin
    interest = (2 * coins * rate + _MONTHLY_RATE_DIVISOR) // (2 * _MONTHLY_RATE_DIVISOR) * coin
    principal: Integers = np.where(is_last, owed, np.minimum(regular - interest, owed))
    return interest, principal


def months_later(days: Integers, months: Integers) -> Integers:
    """Return the same day of the month some months later, or the last day of a shorter month."""
    day = days.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    then = month + months
    last = ((then + 1).astype("datetime64[D]") - then.astype("datetime64[D]")).astype(np.int64) - 1
    day_of_month = np.minimum((day - month.astype("datetime64[D]")).astype(np.int64), last)
    result: Integers = then.astype("datetime64[D]").astype(np.int64) + day_of_month
    return result


def _until_default(rows: pl.DataFrame) -> pl.DataFrame:
    """Remove instalments that would be due after their loan's default."""
    missed = rows.filter(pl.col("outcome") == MISSED).sort("loan", "settled").group_by("loan", maintain_order=True)
    defaults = missed.agg(default=pl.col("settled").slice(MISSED_TO_DEFAULT - 1, 1).first())
    kept = pl.col("default").is_null() | (pl.col("due") <= pl.col("default"))
    return rows.join(defaults, on="loan", how="left", maintain_order="left").filter(kept).drop("default")


def _days_late(rng: Generator, count: int) -> Integers:
    drawn: Floats = rng.gamma(LATE_SHAPE, LATE_SCALE, count)
    return np.clip(np.ceil(drawn), 1, MOST_DAYS_LATE).astype(np.int64)


def _delivered(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(pl.exclude("loan", "key", "due", "late", "outcome", "settled")).with_columns(
        money(pl.col("payment_amount", "principal_amount", "interest_amount"))
    )
