"""The rows of the contract that a statement gives."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from loaders.statements.balances import Day
from loaders.statements.model import Entry, Statement

ALWAYS = "1900-01-02 00:00:00"
"""The update time of accounts and customers: whatever another source delivers of them is later, and wins."""

Row = dict[str, str]

# A letter has up to four bytes, and the contract counts bytes.
_MOST_LETTERS = {"merchant_name": 1024, "counterparty_account": 256, "category": 256}


def transaction(entry: Entry, statement: Statement, key: str, booked: date) -> Row:
    """Return an entry as a transaction.

    Args:
        entry: the entry.
        statement: its statement.
        key: its key.
        booked: the booking date.
    """
    is_in = entry.amount > 0
    valued = entry.valued_on or booked
    return {
        "transaction_id": key,
        "account_id": statement.account,
        "transaction_type": "Deposit" if is_in else "Withdrawal" if entry.is_cash else "Payment",
        "amount": str(abs(entry.amount)),
        "currency": statement.currency,
        "transaction_ts": valued.isoformat(),
        "channel": "In-Store" if entry.is_card else "",
        "transaction_status": "Completed",
        # The other side of a transfer is a person, whose name has no place here; that of a card payment is a shop.
        "merchant_name": _short(entry.name, "merchant_name") if entry.is_card and not is_in else "",
        "category": _short(" ".join(filter(None, ("reversal" if entry.is_reversal else "", entry.code))), "category"),
        "counterparty_account": _short(entry.counterparty, "counterparty_account"),
        "updated_at": booked.isoformat(),
        "booking_date": booked.isoformat(),
    }


def _short(value: str, column: str) -> str:
    """Return a value that fits its column; a longer one stays with the original, and does not cost the entry."""
    return value if len(value) <= _MOST_LETTERS[column] else ""


def balance(day: Day, account: str, currency: str) -> Row:
    """Return the balance of a day.

    The update time has the number of the day's entries as microseconds: of two statements, the one that knows more of
    the day counts, in whichever order they arrive.
    """
    updated = datetime.combine(day.day, time()) + timedelta(microseconds=day.entries)
    return {
        "account_id": account,
        "balance_date": day.day.isoformat(),
        "opening_balance": str(day.opening),
        "closing_balance": str(day.closing),
        "currency": currency,
        "updated_at": updated.isoformat(" ", "microseconds"),
    }


def account(statement: Statement, customer: str, opened: date) -> Row:
    """Return what the statement says about its account; the first day that is known stands for the day of opening."""
    return {
        "account_id": statement.account,
        "customer_id": customer,
        "account_type": statement.account_type,
        "currency": statement.currency,
        "account_status": "Active",
        "opened_date": opened.isoformat(),
        "updated_at": ALWAYS,
    }


def customer(customer: str, owner: str) -> Row:
    """Return what the statement says about the owner of the account."""
    return {"customer_id": customer, "last_name": owner, "segment": "Mass", "updated_at": ALWAYS}
