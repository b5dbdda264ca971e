"""Reading a file of any format: what it is, its text, and its statements."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from loaders.errors import TieoutError
from loaders.imports.originals import (
    COMPRESSED,
    OLD_SPREADSHEET,
    PDF,
    SPREADSHEET_OR_ARCHIVE,
    refuse_what_is_no_text,
)
from loaders.statements.camt import read_camt
from loaders.statements.model import StatementFile
from loaders.statements.mt940 import read_mt940
from loaders.statements.ofx import read_ofx

MOST_BYTES = 512 * 1024 * 1024
"""The largest file. A statement with a million entries has less."""
MOST_LINE = 100_000
"""The longest line of MT940, in characters; usual ones have 80."""

_HEAD = 64 * 1024
_TABLE = "Import tables with tieout import table"
_ADVICE = {
    SPREADSHEET_OR_ARCHIVE: "Unpack an archive and import the statements inside. " + _TABLE,
    OLD_SPREADSHEET: _TABLE,
    COMPRESSED: "Unpack it and import the statement inside",
    PDF: "Ask the bank for the same statement as camt.053 or MT940",
}
_OFX = re.compile(rb"OFXHEADER|<\?OFX|<OFX>", re.IGNORECASE)
_MT940 = re.compile(rb"^(?:\{4:\s*)?:(?:20|25|28C?|60[FM]|61):", re.MULTILINE)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def is_statement(path: Path) -> bool:
    """Return whether a file looks like a statement."""
    try:
        with path.open("rb") as file:
            return bool(_form(file.read(_HEAD)))
    except OSError:
        return False


def read_statements(name: Path, file: Path) -> StatementFile:
    """Read a file.

    Args:
        name: the file that sentences name.
        file: the file to read, which may be a copy.

    Raises:
        TieoutError: it is no statement of a known format, or it is damaged.
    """
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise TieoutError(
            f"{name} has {size:,} bytes, and statements may have {MOST_BYTES:,}. Fetch it in several statements."
        )
    with file.open("rb") as source:
        head = source.read(_HEAD)
    refuse_what_is_no_text(name, head, _ADVICE)
    form = _form(head)
    if not form:
        raise TieoutError(
            f"{name} is no bank statement that can be read: neither camt.053 nor MT940, OFX or QFX. Ask the bank for "
            "one of these, or import tables with tieout import table."
        )
    if form == "camt":
        return read_camt(name, file)
    text = _text(name, file.read_bytes(), form)
    return read_ofx(name, text) if form == "ofx" else read_mt940(text)


def _form(head: bytes) -> str:
    plain = head.decode("utf-16", "replace").encode() if head.startswith(_UTF_16) else head
    if _OFX.search(plain):
        return "ofx"
    if plain.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        return "camt"
    return "mt940" if _MT940.search(plain.replace(b"\r", b"\n")) else ""


def _text(name: Path, content: bytes, form: str) -> str:
    """Return the text of a file: in UTF-8 if it is valid, else in Windows-1252, which banks write otherwise.

    The bytes of a text in another encoding are rarely valid UTF-8, so nothing is guessed.
    """
    if content.startswith(_UTF_16):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            encoding = "windows-1252"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TieoutError(
            f"{name} line {line} is text neither in UTF-8 nor in Windows-1252. Fetch the statement in UTF-8. Nothing "
            "of the file was imported."
        ) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise TieoutError(
            f"{name} line {line} has NUL characters, so it is damaged or in another encoding. Fetch the statement in "
            "UTF-8. Nothing of the file was imported."
        )
    if form == "mt940":
        _refuse_long_lines(name, text)
    return text


def _refuse_long_lines(name: Path, text: str) -> None:
    begin = line = 0
    while begin <= len(text):
        line += 1
        end = text.find("\n", begin)
        end = len(text) if end < 0 else end
        if end - begin > MOST_LINE:
            raise TieoutError(
                f"{name} line {line} has more than {MOST_LINE:,} characters, and lines of MT940 have 80. Check where "
                "the file is from. Nothing of it was imported."
            )
        begin = end + 1
