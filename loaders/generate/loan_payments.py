"""Loan payments: the instalments of the amortisation schedules, when they fall due and what becomes of them.

An instalment falls due on the loan's day of the month, and is delivered that day as `Due`. The bank books payments
overnight: what is paid on a day comes the next day, as `Paid` if it was in time and as `Late` if it was not; what is
not paid within 60 days is `Missed` and stays so. The schedule is never changed by that: each instalment's interest is
the month's rate on what is owed by the schedule, rounded half up to the currency's smallest coin, and the last one pays
back what is left. A loan that is defaulted has no further instalments.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.random import Generator

from loaders.generate.loans import ACTIVE, DEFAULTED, DELINQUENT, PAID_OFF, STATUSES, Loans
from loaders.generate.streams import Subject, draw_rows, stream
from loaders.generate.tables import DAY, Floats, Integers, dates, days_since_1970, moments, money, timestamps

# What becomes of an instalment: paid in time, late, not at all; of loans that are served well and of the others.
OUTCOMES = np.array([[0.965, 0.033, 0.002], [0.58, 0.38, 0.04]])
IN_TIME, LATE, MISSED = range(3)
SHAKY_SHARE = 0.15
LATE_SHAPE = 0.8  # of the gamma distribution of the days late
LATE_DAYS, MOST_DAYS_LATE = 18.0, 55
MISSED_AFTER = 60  # days
RETRIED_AFTER = 3  # days, when the account could not bear an instalment
DELINQUENT_AFTER = 10  # days that an instalment is overdue
MISSED_TO_DEFAULT = 3  # instalments
KEYS_OF_A_LOAN = 1000  # more than any loan has instalments

DUE, PAID_IN_TIME, PAID_LATE, NOT_PAID = "Due", "Paid", "Late", "Missed"
_STATUS = pl.Series([PAID_IN_TIME, PAID_LATE, NOT_PAID])
_HUNDREDTHS_OF_PERCENT_A_YEAR = 120_000  # 100 percent in hundredths, times twelve months


class LoanPayments:
    """The instalments of all loans, up to now."""

    def __init__(self, seed: int, loans: Loans, start: date) -> None:
        """Begin with all instalments that fell due before the first day."""
        self._seed = seed
        self._owed: Integers = np.zeros(0, np.int64)
        self._paid: Integers = np.zeros(0, np.int64)  # number of instalments that have fallen due
        self._due: Integers = np.zeros(0, np.int64)
        self._missed: Integers = np.zeros(0, np.int64)
        self._is_shaky: Integers = np.zeros(0, np.int64)
        self._open = pl.DataFrame()
        rng = stream(seed, start, Subject.LOAN_PAYMENTS)
        self._follow(rng, loans)
        today, parts = days_since_1970(start), []
        while len(due := self._running(loans, self._due < today)):
            parts.append(self._fall_due(rng, loans, due))
        parts.append(self._fall_due(rng, loans, due))  # none, for the columns
        rows = _until_default(pl.concat(parts)).sort("due", "loan", maintain_order=True)
        is_open = rows["settled"].to_numpy() >= today
        self._open = rows.filter(is_open)
        settled = self._settle(rng, rows.filter(~is_open))
        self.first = pl.concat([_delivered(settled), _delivered(self._open)])

    def change(self, day: date, loans: Loans) -> pl.DataFrame:
        """Return the instalments that were paid or given up since the day before, and those that fall due."""
        rng = stream(self._seed, day, Subject.LOAN_PAYMENTS)
        today = days_since_1970(day)
        settled = self._settle(rng, self._open.filter(pl.col("settled") == today))
        due = self._fall_due(rng, loans, self._running(loans, self._due == today))
        self._open = pl.concat([self._open.filter(pl.col("settled") != today), due])
        return pl.concat([_delivered(settled), _delivered(due)])

    def follow(self, day: date, loans: Loans) -> None:
        """Take up the loans that were granted on this day, once all else of it has happened."""
        self._follow(stream(self._seed, day, Subject.LOAN_PAYMENTS_NEW), loans)

    def paid_on(self, day: date) -> pl.DataFrame:
        """Return the open instalments that are to be paid on a day; they are booked in the next night."""
        tomorrow = days_since_1970(day) + 1
        return self._open.filter((pl.col("settled") == tomorrow) & (pl.col("outcome") != MISSED))

    def postpone(self, day: date, keys: Integers) -> None:
        """Let these instalments, which were to be paid on this day, wait; what is too late is missed."""
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
        """Return the status that each loan's instalments ask for, as a position in `STATUSES`."""
        count = loans.table.height
        overdue = np.zeros(count, np.bool_)
        waiting = np.zeros(count, np.bool_)
        loan = self._open["loan"].to_numpy()
        waiting[loan] = True
        overdue[loan[self._open["due"].to_numpy() <= days_since_1970(day) - DELINQUENT_AFTER]] = True
        is_over = (self._paid == loans.table["term_months"].to_numpy()) & ~waiting
        is_lost = (self._missed >= MISSED_TO_DEFAULT) | (is_over & (self._missed > 0))
        wanted = np.select(
            [is_lost, is_over, overdue],
            [STATUSES.index(DEFAULTED), STATUSES.index(PAID_OFF), STATUSES.index(DELINQUENT)],
            STATUSES.index(ACTIVE),
        )
        return wanted.astype(np.int64)

    def _follow(self, rng: Generator, loans: Loans) -> None:
        fresh = loans.table[len(self._owed) :]
        count = fresh.height
        none = np.zeros(count, np.int64)
        self._owed = np.concatenate([self._owed, fresh["owed_at_first"].to_numpy()])
        self._paid = np.concatenate([self._paid, none])
        self._missed = np.concatenate([self._missed, none])
        self._due = np.concatenate([self._due, months_later(fresh["started"].to_numpy(), none + 1)])
        self._is_shaky = np.concatenate([self._is_shaky, (rng.random(count) < SHAKY_SHARE).astype(np.int64)])

    def _running(self, loans: Loans, chosen: np.ndarray) -> Integers:
        """Return the loans among the chosen of which instalments still fall due."""
        term = loans.table["term_months"].to_numpy()[: len(chosen)]
        return np.flatnonzero(chosen & (self._paid < term) & (self._missed < MISSED_TO_DEFAULT)).astype(np.int64)

    def _fall_due(self, rng: Generator, loans: Loans, positions: Integers) -> pl.DataFrame:
        """Let the next instalment of these loans fall due; what will become of it is drawn at once."""
        loan = loans.table[positions]
        count = len(positions)
        due = self._due[positions]
        interest, principal = instalment(
            self._owed[positions],
            loan["instalment"].to_numpy(),
            loan["rate"].to_numpy(),
            loan["coin"].to_numpy(),
            self._paid[positions] + 1 == loan["term_months"].to_numpy(),
        )
        outcome = draw_rows(rng, OUTCOMES, self._is_shaky[positions])
        days_late = np.where(outcome == LATE, _days_late(rng, count), 0)
        self._owed[positions] -= principal
        self._paid[positions] += 1
        self._due[positions] = months_later(loan["started"].to_numpy(), self._paid[positions] + 1)
        return pl.DataFrame(
            {
                "payment_id": loan["loan_id"]
                + pl.Series("-" + pl.Series(self._paid[positions]).cast(pl.String).str.zfill(3)),
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
                "key": positions * KEYS_OF_A_LOAN + self._paid[positions],
                "due": due,
                "late": days_late,
                "outcome": outcome,
                "settled": due + np.where(outcome == MISSED, MISSED_AFTER, days_late + 1),
            }
        )

    def _settle(self, rng: Generator, rows: pl.DataFrame) -> pl.DataFrame:
        """Book what was paid the day before, and give up what has waited too long."""
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
    owed: Integers, regular: Integers, rate: Integers, coin: Integers, is_last: np.ndarray
) -> tuple[Integers, Integers]:
    """Return interest and principal of the next instalments, in cents.

    Args:
        owed: cents that are owed before them.
        regular: cents of a regular instalment.
        rate: hundredths of a percent a year.
        coin: cents of the smallest coin.
        is_last: the last instalment pays back whatever is left.
    """
    coins = owed // coin
    interest = (2 * coins * rate + _HUNDREDTHS_OF_PERCENT_A_YEAR) // (2 * _HUNDREDTHS_OF_PERCENT_A_YEAR) * coin
    principal: Integers = np.where(is_last, owed, np.minimum(regular - interest, owed))
    return interest, principal


def months_later(days: Integers, months: Integers) -> Integers:
    """Return the same day of the month so many months later, or that month's last day where it has no such day."""
    day = days.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    then = month + months
    last = ((then + 1).astype("datetime64[D]") - then.astype("datetime64[D]")).astype(np.int64) - 1
    place = np.minimum((day - month.astype("datetime64[D]")).astype(np.int64), last)
    result: Integers = then.astype("datetime64[D]").astype(np.int64) + place
    return result


def _until_default(rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out the instalments that fell due after their loan's default: there were none."""
    missed = rows.filter(pl.col("outcome") == MISSED).sort("loan", "settled").group_by("loan", maintain_order=True)
    defaults = missed.agg(default=pl.col("settled").slice(MISSED_TO_DEFAULT - 1, 1).first())
    kept = pl.col("default").is_null() | (pl.col("due") <= pl.col("default"))
    return rows.join(defaults, on="loan", how="left", maintain_order="left").filter(kept).drop("default")


def _days_late(rng: Generator, count: int) -> Integers:
    drawn: Floats = rng.gamma(LATE_SHAPE, LATE_DAYS, count)
    return np.clip(np.ceil(drawn), 1, MOST_DAYS_LATE).astype(np.int64)


def _delivered(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(pl.exclude("loan", "key", "due", "late", "outcome", "settled")).with_columns(
        money(pl.col("payment_amount", "principal_amount", "interest_amount"))
    )
