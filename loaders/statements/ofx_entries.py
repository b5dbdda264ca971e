"""Accounts, balances and entries of OFX."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from loaders.statements import values
from loaders.statements.model import Aside, Balance, Entry, Statement, UnreadableError

Fields = dict[str, str]
"""The values of an aggregate by their names; those of an aggregate in it are `CURRENCY/CURSYM`."""

_ACCOUNTS = ("BANKACCTFROM", "CCACCTFROM", "INVACCTFROM")
_ACCOUNT_TYPES = {"SAVINGS": "Savings", "MONEYMRKT": "Savings", "CD": "Savings", "CREDITLINE": "Credit Card"}
_BALANCES = ("AVAILBAL", "BALLIST", "INV401KBAL")
_AMOUNT = re.compile(r"([+-]?)(\d+(?:[.,]\d*)?|[.,]\d+)", re.ASCII)
_MOST_RAW = 4_000


def day_or_none(value: str) -> date | None:
    """Return the date of a time of which a wrong one does no harm."""
    try:
        return values.day(value)
    except UnreadableError:
        return None


def add_block(statement: Statement, name: str, line: int, fields: Fields, raw: str) -> None:
    """Add an aggregate to its statement.

    Args:
        statement: the statement.
        name: the name of the aggregate.
        line: where it begins.
        fields: its values.
        raw: its text.
    """
    if name in _ACCOUNTS:
        bank = fields.get("BANKID") or fields.get("BROKERID")
        statement.account = "/".join(filter(None, (bank, fields.get("ACCTID"))))
        if name == "BANKACCTFROM":
            statement.account_type = _ACCOUNT_TYPES.get(fields.get("ACCTTYPE", "").upper(), "Checking")
    elif name == "LEDGERBAL":
        _set_balance(statement, line, fields)
    elif name not in _BALANCES:
        _add_entry(statement, name, line, fields, raw[:_MOST_RAW])


def _set_balance(statement: Statement, line: int, fields: Fields) -> None:
    try:
        statement.closing = Balance(values.day(fields.get("DTASOF", "")), _amount(fields.get("BALAMT", "")))
    except UnreadableError as error:
        statement.notes.append(f"The balance of {statement.label} in line {line} cannot be read: {error}.")


def _amount(value: str) -> Decimal:
    found = _AMOUNT.fullmatch(value)
    if not found:
        raise UnreadableError(f"{values.shown(value)} is no amount" if value else "there is no amount")
    amount = values.amount(found[2].replace(",", "."))
    return -amount if found[1] == "-" else amount


def _add_entry(statement: Statement, name: str, line: int, fields: Fields, raw: str) -> None:
    booked: date | None = None
    try:
        amount = _amount(fields.get("TRNAMT") or fields.get("TOTAL", ""))
        if not name.startswith("STMTTRN"):
            raise UnreadableError(f"{name} is a trade, and statements have only entries of an account")
        if name == "STMTTRNP":
            day = day_or_none(fields.get("DTTRAN", ""))
            statement.left_out.append(Aside(line, "the entry is pending, not booked", raw, abs(amount), day))
            return
        if not fields.get("DTPOSTED"):
            raise UnreadableError("there is no booking date (DTPOSTED)")
        booked = values.day(fields["DTPOSTED"])
        if "CORRECTFITID" in fields:
            action = fields.get("CORRECTACTION", "").lower() or "correct"
            raise UnreadableError(
                f"the entry is to {action} {values.shown(fields['CORRECTFITID'])}, which is imported by hand"
            )
        available = fields.get("DTAVAIL") or fields.get("VALUEDATE") or fields.get("DTUSER")
        valued = values.day(available) if available else None
    except UnreadableError as error:
        size = values.any_amount(fields.get("TRNAMT") or fields.get("TOTAL", ""))
        day = booked or day_or_none(fields.get("DTPOSTED", ""))
        statement.broken.append(Aside(line, str(error), raw, size, day))
        return
    kind = fields.get("TRNTYPE", "").upper()
    who = fields.get("NAME") or fields.get("PAYEE/NAME", "")
    statement.entries.append(
        Entry(
            line=line,
            booked_on=booked,
            valued_on=valued,
            amount=amount,
            currency=fields.get("CURRENCY/CURSYM", "").upper(),
            reference=fields.get("FITID", ""),
            text=" ".join(filter(None, (who, fields.get("MEMO"), fields.get("CHECKNUM"), fields.get("REFNUM")))),
            code=kind,
            is_cash=kind in ("ATM", "CASH"),
            is_card=kind == "POS",
            name=who,
            counterparty=fields.get("BANKACCTTO/ACCTID") or fields.get("CCACCTTO/ACCTID", ""),
            original=_original(fields),
        )
    )


def _original(fields: Fields) -> str:
    """Return the currency that was ordered, with its rate: OFX has no amount in it."""
    currency = fields.get("ORIGCURRENCY/CURSYM", "")
    return f"{currency} at {fields.get('ORIGCURRENCY/CURRATE', 'an unknown rate')}" if currency else ""
