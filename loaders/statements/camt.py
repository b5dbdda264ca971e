"""CAMT of ISO 20022: camt.053 (statements), and camt.052 and camt.054, whose entries come again in a statement."""

from __future__ import annotations

from pathlib import Path

from loaders.statements import values
from loaders.statements.camt_entries import add_entry, balance_of
from loaders.statements.model import Balance, Statement, StatementFile, UnreadableError
from loaders.statements.xml_reader import Fields, XmlStream

_MESSAGES = {
    "BkToCstmrStmt": ("camt.053", ""),
    "BkToCstmrAcctRpt": ("camt.052", "an interim report (camt.052)"),
    "BkToCstmrDbtCdtNtfctn": ("camt.054", "a notification of entries (camt.054)"),
}
_STATEMENTS = {"Stmt", "Rpt", "Ntfctn"}
# What is collected as a whole, as texts by their path below it.
_PARTS = {"Acct", "Bal", "Ntry"}
_TYPES = {"SVGS": "Savings", "LOAN": "Loan", "CARD": "Credit Card", "MGLD": "Loan"}
_OPENING = ("OPBD", "PRCD")
_CLOSING = ("CLBD",)
_INTERIM = "ITBD"


def read_camt(name: Path, file: Path) -> StatementFile:
    """Read a file.

    Args:
        name: the file that sentences name.
        file: the file to read, which may be a copy.

    Raises:
        TieoutError: it is no XML, or no message with statements.
    """
    return _Reader(name).read(file)


class _Reader:
    def __init__(self, name: Path) -> None:
        self._stream = XmlStream(
            name,
            begin=self._begin,
            end=self._end,
            parts=self._is_part,
            take=self._take_part,
            only_first="TxDtls",
        )
        self._read = StatementFile("")
        self._interim = ""
        self._made_on = ""
        self._statement: Statement | None = None
        self._balances: dict[str, list[Balance]] = {}

    def read(self, file: Path) -> StatementFile:
        self._stream.read(file)
        if not self._read.form:
            self._stream.refuse(
                "has none of the messages camt.052, camt.053 and camt.054", "Give the bank statement (camt.053)"
            )
        return self._read

    def _is_part(self, name: str, around: str) -> bool:
        return name in _PARTS and around in _STATEMENTS and self._statement is not None

    def _begin(self, name: str, around: str) -> None:
        if name in _MESSAGES and not self._read.form:
            self._read.form, self._interim = _MESSAGES[name]
        elif name in _STATEMENTS and around in _MESSAGES:
            self._statement = Statement(self._stream.line, interim=self._interim)
            self._balances = {}

    def _end(self, name: str, around: str, text: str) -> None:
        statement = self._statement
        if statement is None:
            if name == "CreDtTm":
                self._made_on = text
        elif name in _STATEMENTS and around in _MESSAGES:
            self._finish(statement)
            self._read.statements.append(statement)
            self._statement = None
        elif around not in _STATEMENTS:
            return
        elif name == "CreDtTm":
            self._set_made_on(statement, text)
        # The number that the law requires is without gaps; the other one counts messages.
        elif name == "LglSeqNb" or (name == "ElctrncSeqNb" and not statement.number):
            statement.number = text.lstrip("0")

    def _take_part(self, name: str, part: Fields) -> None:
        statement = self._statement
        if statement is None:
            return
        if name == "Acct":
            statement.account = part.first("Id/IBAN", "Id/Othr/Id").replace(" ", "")
            statement.currency = part.first("Ccy")
            statement.owner = part.first("Ownr/Nm")
            statement.account_type = _TYPES.get(part.first("Tp/Cd"), "Checking")
        elif name == "Bal":
            try:
                code, balance = balance_of(part)
                self._balances.setdefault(code, []).append(balance)
            except UnreadableError as error:
                statement.problem = statement.problem or f"line {part.line}: the balance cannot be read: {error}"
        else:
            add_entry(statement, part)

    def _set_made_on(self, statement: Statement, text: str) -> None:
        try:
            statement.made_on = values.day(text)
        except UnreadableError:
            statement.notes.append(f"{statement.label} was made on {values.shown(text)}, which is no time.")

    def _finish(self, statement: Statement) -> None:
        statement.opening = self._balance(_OPENING)
        statement.closing = self._balance(_CLOSING)
        # The pages between the first and the last begin and end with interim balances.
        interim = self._balances.get(_INTERIM, [])
        if interim and statement.closing is None:
            statement.closing = interim[-1]
        if interim and statement.opening is None and (statement.closing is not interim[0] or len(interim) > 1):
            statement.opening = interim[0]
        if statement.made_on is None and self._made_on:
            self._set_made_on(statement, self._made_on)
        balance = statement.opening or statement.closing
        if balance and not statement.currency:
            statement.currency = balance.currency

    def _balance(self, codes: tuple[str, ...]) -> Balance | None:
        return next((self._balances[code][0] for code in codes if code in self._balances), None)
