"""Statements as banks write them, in the shape of real ones."""

from __future__ import annotations

from collections.abc import Sequence

IBAN = "DE02120300000000202051"


def mt940(
    opening: str, entries: str, closing: str, *, number: str = "1/1", account: str = IBAN, page: str = "FF"
) -> str:
    """Return a message; balances are like `C250101EUR100,00`."""
    return f":20:STARTUMS\n:25:{account}\n:28C:{number}\n:60{page[0]}:{opening}\n{entries}:62{page[1]}:{closing}\n-\n"


def entry(
    amount: str,
    *,
    day: str = "2025-04-07",
    more: str = "",
    sign: str = "DBIT",
    text: str = "COFFEE",
    status: str = "BOOK",
) -> str:
    """Return an entry of camt.053 in euros."""
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>{more}"
        f"<AddtlNtryInf>{text}</AddtlNtryInf></Ntry>\n"
    )


def balance(code: str, amount: str, day: str) -> str:
    sign = "DBIT" if amount.startswith("-") else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{amount.lstrip("-")}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>\n'
    )


def statement(
    entries: str,
    opening: tuple[str, str] | None = None,
    closing: tuple[str, str] | None = None,
    *,
    account: str = f"<IBAN>{IBAN}</IBAN>",
    head: str = "",
    element: str = "Stmt",
) -> str:
    """Return a statement of camt.053; a balance is an amount and a day."""
    balances = (balance("OPBD", *opening) if opening else "") + (balance("CLBD", *closing) if closing else "")
    return f"<{element}><Id>S</Id>{head}<Acct><Id>{account}</Id></Acct>{balances}{entries}</{element}>\n"


def camt(*statements: str, message: str = "BkToCstmrStmt", space: str = "camt.053.001.08") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{space}">'
        f"<{message}><GrpHdr><MsgId>M</MsgId></GrpHdr>\n{''.join(statements)}</{message}></Document>\n"
    )


def ofx(
    entries: Sequence[str],
    ledger: str | None = None,
    *,
    period: str = "<DTSTART>20250401<DTEND>20250430",
    account: str = "<BANKID>123<ACCTID>9100<ACCTTYPE>SAVINGS",
    currency: str = "USD",
) -> str:
    """Return OFX 1 with a statement; entries are the texts of their elements, the balance is `AMOUNT<DTASOF>DAY`."""
    listed = "\n".join(f"<STMTTRN>{each}</STMTTRN>" for each in entries)
    balance = f"<LEDGERBAL><BALAMT>{ledger}</LEDGERBAL>" if ledger else ""
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n<OFX>\n"
        f"<BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>{currency}<BANKACCTFROM>{account}</BANKACCTFROM>\n"
        f"<BANKTRANLIST>{period}\n{listed}\n</BANKTRANLIST>{balance}</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )


def paid(
    amount: str, reference: str, *, day: str = "20250407120000", kind: str = "DEBIT", more: str = "<NAME>SHOP"
) -> str:
    """Return an entry of OFX."""
    return f"<TRNTYPE>{kind}<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{reference}{more}"
