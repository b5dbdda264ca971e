"""Balances and entries of CAMT."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from loaders.statements import values
from loaders.statements.model import Aside, Balance, Entry, Statement, UnreadableError
from loaders.statements.xml_reader import Fields

_SIGNS = {"CRDT": 1, "DBIT": -1}
_NOT_GIVEN = {"", "NOTPROVIDED"}
_PAYMENT = "NtryDtls/TxDtls"
_NAMES = {each: (f"{_PAYMENT}/RltdPties/{each}/Nm", f"{_PAYMENT}/RltdPties/{each}/Pty/Nm") for each in ("Dbtr", "Cdtr")}
_ACCOUNTS = {
    each: (f"{_PAYMENT}/RltdPties/{each}Acct/Id/IBAN", f"{_PAYMENT}/RltdPties/{each}Acct/Id/Othr/Id")
    for each in ("Dbtr", "Cdtr")
}
_TEXTS = (
    f"{_PAYMENT}/Refs/EndToEndId",
    f"{_PAYMENT}/Refs/MndtId",
    *_NAMES["Dbtr"],
    *_NAMES["Cdtr"],
    f"{_PAYMENT}/RmtInf/Ustrd",
    f"{_PAYMENT}/RmtInf/Strd/CdtrRefInf/Ref",
    f"{_PAYMENT}/AddtlTxInf",
    "AddtlNtryInf",
)
_ORIGINALS = tuple(
    f"{where}AmtDtls/{each}/Amt" for each in ("InstdAmt", "TxAmt", "CntrValAmt") for where in ("", f"{_PAYMENT}/")
)
_CHARGES = tuple(
    f"{where}Chrgs/{each}" for each in ("TtlChrgsAndTaxAmt", "Rcrd/Amt", "Amt") for where in ("", f"{_PAYMENT}/")
)
_CODES = tuple(f"BkTxCd/Domn/{each}" for each in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd"))


def balance_of(part: Fields) -> tuple[str, Balance]:
    """Return the code of a balance, and the balance.

    Raises:
        UnreadableError: it cannot be read.
    """
    day = values.day(part.first("Dt/Dt", "Dt/DtTm"))
    return part.first("Tp/CdOrPrtry/Cd"), Balance(day, _signed(part), part.first("Amt/@Ccy"))


def _signed(part: Fields) -> Decimal:
    sign = _SIGNS.get(part.first("CdtDbtInd"))
    if sign is None:
        raise UnreadableError(f"{values.shown(part.first('CdtDbtInd'))} is neither CRDT nor DBIT")
    return sign * values.amount(part.first("Amt"))


def _day(part: Fields, element: str) -> date | None:
    text = part.first(f"{element}/Dt", f"{element}/DtTm")
    return values.day(text) if text else None


def _day_or_none(part: Fields) -> date | None:
    try:
        return _day(part, "BookgDt") or _day(part, "ValDt")
    except UnreadableError:
        return None


def add_entry(statement: Statement, part: Fields) -> None:
    """Add an entry to the statement: booked, not booked or broken.

    Args:
        statement: the statement.
        part: the texts of the entry.
    """
    booked: date | None = None
    try:
        amount = values.amount(part.first("Amt"))
        booked, valued = _day(part, "BookgDt"), _day(part, "ValDt")
        signed = _signed(part)
    except UnreadableError as error:
        size = values.any_amount(part.first("Amt"))
        statement.broken.append(Aside(part.line, str(error), part.raw, size, booked or _day_or_none(part)))
        return
    status = part.first("Sts", "Sts/Cd", "Sts/Prtry")
    if status != "BOOK":
        reason = {"PDNG": "the entry is pending, not booked", "INFO": "the entry is for information, not booked"}.get(
            status, f"the entry has the status {values.shown(status)}, not BOOK"
        )
        statement.left_out.append(Aside(part.line, reason, part.raw, amount, booked or valued))
        return
    if booked is None and valued is None:
        statement.broken.append(Aside(part.line, "there is neither a booking date nor a value date", part.raw, amount))
        return
    code = part.first("BkTxCd/Domn/Fmly/SubFmlyCd")
    other = "Dbtr" if signed > 0 else "Cdtr"
    statement.entries.append(
        Entry(
            line=part.line,
            booked_on=booked,
            valued_on=valued,
            amount=signed,
            currency=part.first("Amt/@Ccy"),
            reference=_reference(part),
            text=_text(part),
            code=_code(part),
            is_reversal=part.first("RvslInd") in ("true", "1"),
            is_cash=code in ("CWDL", "CDPT"),
            is_card=code in ("POSD", "POSP", "POSC", "SMRT"),
            name=part.first(*_NAMES[other]),
            counterparty=part.first(*_ACCOUNTS[other]),
            original=_original(part),
            charges=_charges(part),
            count=max(part.repeats, _batch(part), 1),
        )
    )


def _reference(part: Fields) -> str:
    """Return the reference of the account's bank. NtryRef counts the entries of one statement, so it is none."""
    reference = part.first("AcctSvcrRef")
    return "" if reference in _NOT_GIVEN else reference


def _code(part: Fields) -> str:
    return "-".join(part[path] for path in _CODES if path in part) or part.first("BkTxCd/Prtry/Cd")


def _text(part: Fields) -> str:
    return " ".join(" ".join(part[path] for path in _TEXTS if path in part and part[path] not in _NOT_GIVEN).split())


def _original(part: Fields) -> str:
    """Return the amount that was ordered, if it is in another currency."""
    for path in _ORIGINALS:
        currency = part.first(f"{path}/@Ccy") if path in part else ""
        if currency and currency != part.first("Amt/@Ccy"):
            return f"{part[path]} {currency}"
    return ""


def _charges(part: Fields) -> str:
    path = next((path for path in _CHARGES if path in part), "")
    return f"{part[path]} {part.first(f'{path}/@Ccy')}".strip() if path else ""


def _batch(part: Fields) -> int:
    count = part.first("NtryDtls/Btch/NbOfTxs")
    return int(count) if count.isascii() and count.isdigit() and len(count) < 10 else 0
