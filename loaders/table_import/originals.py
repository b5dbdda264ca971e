"""The original file: its digest, and its text as numbered lines for the engine."""

from __future__ import annotations

import codecs
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import duckdb

from loaders.errors import TieoutError
from loaders.imports.originals import (
    COMPRESSED,
    LINE_MARK,
    OLD_SPREADSHEET,
    PDF,
    SPREADSHEET_OR_ARCHIVE,
    refuse_what_is_no_text,
)
from loaders.table_import.session import text

MOST_LINE_BYTES = 2_000_000
"""The longest line: more than any export has, and what the engine reads at once."""

_PIECE = 4 * 1024 * 1024
_ADVICE = {
    SPREADSHEET_OR_ARCHIVE: "Save the table as CSV (UTF-8) and import that",
    OLD_SPREADSHEET: "Save it as .xlsx without a password, or as CSV (UTF-8)",
    COMPRESSED: "Unpack it and import the file inside",
    PDF: "Ask the source for the same statement as CSV",
}
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# No text separates fields.
_NO_SEPARATOR = "\x01\x02\x03"
DAMAGED = "\ufffd"
"""What stands for bytes that are no text in the encoding."""


@dataclass(frozen=True)
class Original:
    """An original file, read once.

    Attributes:
        path: its path.
        sha256: its SHA-256.
        size: its bytes.
        is_damaged: whether bytes are no text in the encoding; `DAMAGED` stands for them.
        sheet: the sheet of a spreadsheet that was read; None for text.
        problems: the file that lists the rows of the sheet with cells that cannot be read.
    """

    path: Path
    sha256: str
    size: int
    is_damaged: bool
    sheet: str | None = None
    problems: Path | None = None

    @property
    def unit(self) -> str:
        """What its lines are called."""
        return "line" if self.sheet is None else "row"

    @property
    def shown(self) -> str:
        """Its path, and the sheet."""
        return f"{self.path}{self._of_sheet}"

    @property
    def label(self) -> str:
        """Its name, and the sheet."""
        return f"{self.path.name}{self._of_sheet}"

    @property
    def _of_sheet(self) -> str:
        return "" if self.sheet is None else f" sheet '{self.sheet}'"


def bom_encoding(beginning: bytes) -> str | None:
    """Return the encoding that a byte order mark at the beginning of a file tells."""
    return next((encoding for bom, encoding in _BOMS.items() if beginning.startswith(bom)), None)


def read_original(path: Path, encoding: str, lines: Path) -> Original:
    """Read a file and write its text for `load_lines`.

    Args:
        path: the file.
        encoding: its encoding.
        lines: the file for the text, in the folder that the engine may read.

    Raises:
        TieoutError: it cannot be read, or it is no text: a spreadsheet, an archive, or text in another encoding.
    """
    try:
        with path.open("rb") as file:
            refuse_what_is_no_table(path, file.read(8))
        return _copy(path, encoding, lines, "strict")
    except UnicodeError:
        # Only lines with such bytes are set aside; so the text is needed with a mark in their place.
        return _replaced(path, encoding, lines)
    except OSError as error:
        raise TieoutError(
            f"{path} cannot be read: {error.strerror or error}. Check the name and make it readable."
        ) from None


def _replaced(path: Path, encoding: str, lines: Path) -> Original:
    try:
        return _copy(path, encoding, lines, "replace")
    except UnicodeError as error:
        raise TieoutError(f"{path} is no text in {encoding}: {error}. Correct files.encoding.") from None


def refuse_what_is_no_table(path: Path, beginning: bytes) -> None:
    """Refuse a file that begins like something else than text.

    Raises:
        TieoutError: it does.
    """
    refuse_what_is_no_text(path, beginning, _ADVICE)


def _copy(path: Path, encoding: str, lines: Path, errors: str) -> Original:
    digest = hashlib.sha256()
    size = 0
    known = "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
    # One kind of line end; a line keeps its number in the original.
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(known)(errors), translate=True)
    begins_line = True
    with path.open("rb") as file, lines.open("w", encoding="utf-8", newline="") as target:
        while True:
            piece = file.read(_PIECE)
            digest.update(piece)
            size += len(piece)
            decoded = decoder.decode(piece, final=not piece)
            if "\0" in decoded:
                raise TieoutError(
                    f"{path} has NUL characters, so it is no text in {encoding}. Set files.encoding: utf-16, or export "
                    "it as UTF-8."
                )
            if decoded:
                target.write(LINE_MARK if begins_line else "")
                begins_line = decoded.endswith("\n")
                # A surrogate, which UTF-16 can have alone, is no character.
                marked = decoded.replace("\n", f"\n{LINE_MARK}").encode("utf-8", "replace").decode()
                target.write(marked[: -len(LINE_MARK)] if begins_line else marked)
            if not piece:
                break
    return Original(path, digest.hexdigest(), size, is_damaged=errors == "replace")


def load_lines(connection: duckdb.DuckDBPyConnection, original: Original, lines: Path) -> None:
    """Load the text as the table `lines`: `line`, the number in the original, and `text`.

    Raises:
        TieoutError: a line is too long.
    """
    try:
        connection.execute(f"""
            create table lines as
            select row_number() over () as line, substr(content, 2) as text
            from read_csv(
                {text(str(lines))}, columns = {{'content': 'VARCHAR'}}, auto_detect = false, header = false,
                delim = {text(_NO_SEPARATOR)}, quote = '', escape = '', max_line_size = {MOST_LINE_BYTES}
            )
        """)  # noqa: S608
    except duckdb.Error as error:
        if "maximum" not in str(error).casefold():
            raise
        raise TieoutError(
            f"{original.path} has a line of more than {MOST_LINE_BYTES:,} bytes. Check that it is an export of a table."
        ) from None
