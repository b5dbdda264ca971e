"""OFX and QFX: OFX 1 (SGML, whose elements need no end) and OFX 2 (XML), with or without their header.

Both are read by the same few rules: an element with a text is a value, the aggregates named here have others inside.
Nothing is declared or expanded, and a document type is refused.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

from loaders.errors import TieoutError
from loaders.statements.model import Statement, StatementFile
from loaders.statements.ofx_entries import Fields, add_block, day_or_none
from loaders.statements.values import MOST_TEXT

_STATEMENTS = {"STMTRS": "Checking", "CCSTMTRS": "Credit Card", "INVSTMTRS": "Investment"}
_BLOCKS = frozenset(
    "SONRS BANKACCTFROM CCACCTFROM INVACCTFROM STMTTRN STMTTRNP LEDGERBAL AVAILBAL BALLIST INV401KBAL "
    # Trades of an investment account.
    "BUYDEBT BUYMF BUYOPT BUYOTHER BUYSTOCK CLOSUREOPT INCOME INVEXPENSE JRNLFUND JRNLSEC MARGININTEREST REINVEST "
    "RETOFCAP SELLDEBT SELLMF SELLOPT SELLOTHER SELLSTOCK SPLIT TRANSFER".split()
)
# Aggregates in an entry whose values must not be taken for those of the entry.
_INNER = frozenset(("CURRENCY", "ORIGCURRENCY", "PAYEE", "BANKACCTTO", "CCACCTTO", "STATUS", "FI"))
_TOKEN = re.compile(r"<(?:!\[CDATA\[(?P<cdata>.*?)\]\]>|(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9_.]*)\s*/?>)", re.DOTALL)
_REFERENCES = {"&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
_REFERENCE = re.compile("|".join(_REFERENCES))


def read_ofx(name: Path, text: str) -> StatementFile:
    """Read a file.

    Args:
        name: the file that sentences name.
        text: the whole file.

    Raises:
        TieoutError: it has a document type, or no statement.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise TieoutError(
            f"{name} has a document type (DOCTYPE), which no OFX file has. Fetch the statement from the bank again. "
            "Nothing of the file was imported."
        )
    read = _Reader(name, text).read()
    if not read.statements:
        raise TieoutError(
            f"{name} has no statement (STMTRS, CCSTMTRS or INVSTMTRS). Fetch the transactions from the bank again. "
            "Nothing of the file was imported."
        )
    return read


class _Reader:
    def __init__(self, name: Path, text: str) -> None:
        self._name = name
        self._text = text
        self._breaks = [found.start() for found in re.finditer("\n", text)]
        self._read = StatementFile("OFX")
        self._statement: Statement | None = None
        self._made_on = ""
        self._block = ""
        self._begin = 0
        self._inner = ""
        self._fields: Fields = {}

    def read(self) -> StatementFile:
        at = len(self._text)
        for at, name, value, is_end in self._elements():
            if is_end:
                if name == self._block:
                    self._close(at)
                elif name == self._inner:
                    self._inner = ""
                elif name in _STATEMENTS:
                    self._close(at)
                    self._statement = None
            elif name in _STATEMENTS:
                self._close(at)
                self._open_statement(name, at)
            elif name in _BLOCKS:
                # A block whose end is missing ends where the next one begins.
                self._close(at)
                self._block, self._begin, self._inner, self._fields = name, at, "", {}
            elif name in _INNER and self._block:
                self._inner = name
            elif value:
                self._value(name, value)
        self._close(at)
        return self._read

    def _elements(self) -> Iterator[tuple[int, str, str, bool]]:
        """Yield the place, the name and the text of each element, and whether it is an end."""
        text = self._text
        tokens = _TOKEN.finditer(text)
        token = next(tokens, None)
        while token is not None:
            at, after, name, is_end = token.start(), token.end(), token["name"], bool(token["end"])
            token = next(tokens, None)
            value = text[after : token.start() if token else len(text)]
            while token is not None and token["cdata"] is not None:
                after = token.end()
                value += token["cdata"]
                token = next(tokens, None)
                value += text[after : token.start() if token else len(text)]
            if name:
                self._refuse_long(value, at)
                if "&" in value:
                    value = _REFERENCE.sub(lambda found: _REFERENCES[found[0]], value)
                yield at, name.upper(), " ".join(value.split()), is_end

    def _refuse_long(self, value: str, at: int) -> None:
        if len(value) > MOST_TEXT:
            raise TieoutError(
                f"{self._name} line {self._line(at)} has an element with more than {MOST_TEXT:,} characters. No bank "
                "writes such; check where the file is from. Nothing of it was imported."
            )

    def _open_statement(self, name: str, at: int) -> None:
        self._statement = Statement(self._line(at), account_type=_STATEMENTS[name], made_on=day_or_none(self._made_on))
        self._read.statements.append(self._statement)

    def _line(self, at: int) -> int:
        return bisect_right(self._breaks, at) + 1

    def _value(self, name: str, value: str) -> None:
        if self._block:
            self._fields.setdefault(f"{self._inner}/{name}" if self._inner else name, value)
        elif self._statement is not None:
            if name == "CURDEF":
                self._statement.currency = value.upper()
            elif name == "DTEND":
                self._statement.last_day = day_or_none(value)

    def _close(self, at: int) -> None:
        if self._block == "SONRS":
            self._made_on = self._fields.get("DTSERVER", "")
        elif self._block and self._statement is not None:
            raw = " ".join(self._text[self._begin : at].split())
            add_block(self._statement, self._block, self._line(self._begin), self._fields, raw)
        self._block = ""
        self._inner = ""
