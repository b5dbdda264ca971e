"""What other systems call the columns of the contract, in the languages of Europe."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from loaders.table_import.mistakes import closest

_NEARLY = 0.85
# The first ones are the surest.
_NAMES = {
    "amount": "amount, betrag, umsatz, montant, importe, importo, bedrag, value, betrag eur, amount eur, gross",
    "debit": "debit, paid out, money out, soll, lastschrift, debet, débit, dare, cargo, af, withdrawals, withdrawal",
    "credit": "credit, paid in, money in, haben, gutschrift, crédit, avere, abono, bij, deposits, deposit",
    "direction": "direction, s/h, soll/haben, d/c, dc, cr/dr, af bij, debit/credit, sens",
    "transaction_id": "transaction_id, transaction id, id, reference, referenz, ref, transaktions-id, number",
    "account_id": (
        "account_id, auftragskonto, account, iban, konto, kontonummer, compte, cuenta, conto, rekening, account number"
    ),
    "currency": "currency, währung, waehrung, devise, divisa, valuta, munt, měna, ccy",
    "transaction_ts": (
        "transaction_ts, date and time, timestamp, datetime, date, transaction date, buchungstag, datum, "
        "fecha, data, completed date, started date, created"
    ),
    "booking_date": "booking_date, booking date, buchungstag, buchungsdatum, date comptable, posting date, posted date",
    "merchant_name": (
        "merchant_name, merchant, payee, name, empfänger, beguenstigter, begünstigter, counterparty, "
        "bénéficiaire, beneficiario, auftraggeber/empfänger"
    ),
    "category": "category, kategorie, description, verwendungszweck, buchungstext, libellé, concepto, omschrijving",
    "counterparty_account": "counterparty_account, counterparty iban, gegenkonto, kontonummer/iban, tegenrekening",
    "balance_after": "balance_after, balance, saldo, solde, kontostand, running balance, balance after, zůstatek",
    "transaction_status": "transaction_status, status, state, zustand, estado, stato",
    "channel": "channel, kanal",
    "sold_at": "sold_at, invoicedate, invoice date, order date, created at, date",
    "order_id": "order_id, invoiceno, invoice, order, order number, name",
    "product_id": "product_id, stockcode, sku, product, lineitem sku, article",
    "customer_id": "customer_id, customer, customerid, kunde, kundennummer, client",
    "quantity": "quantity, qty, menge, anzahl, lineitem quantity",
    "unit_price": "unit_price, unitprice, price, einzelpreis, lineitem price",
    "balance_date": "balance_date, date, datum, buchungstag",
    "opening_balance": "opening_balance, opening balance, anfangssaldo",
    "closing_balance": "closing_balance, closing balance, endsaldo, balance, saldo",
}
# What flags of debits and credits say, in the same languages.
DIRECTIONS = {
    "debit": set("d dr s soll debit lastschrift belastung af out outgoing cargo dare debet débit - negative".split()),
    "credit": set("c cr h haben credit gutschrift bij in incoming abono avere crédit + positive".split()),
}


def find(column: str, names: Sequence[str]) -> str | None:
    """Return the source column that has one of the names of a contract column, or nearly the contract's own name."""
    plain = {_plain(each): each for each in reversed(names)}
    for known in (column, *(each.strip() for each in _NAMES.get(column, "").split(","))):
        if _plain(known) in plain:
            return plain[_plain(known)]
    shown = column.replace("_", " ")
    near = closest(shown, names)
    # Only a typing error or another ending: transaction status is no transaction id.
    is_near = near is not None and difflib.SequenceMatcher(None, near.casefold(), shown).ratio() > _NEARLY
    return near if is_near else None


def _plain(value: str) -> str:
    return re.sub(r"[^0-9a-zà-ÿ]+", "", value.casefold())
