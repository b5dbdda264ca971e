"""The canonical dialect of bronze, and the strict reading of one record.

Values are separated by commas, and records end in LF. Only a value with a comma or a quote is quoted, and a quote
inside a value is doubled. Each record is one line, and the tab is the only control character. The vectorized code in
`splitter` follows the same rules.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_RECORD_BYTES = 16_000
"""The longest record. On Redshift a value and a row have at most 65,535 bytes. While silver reads a record, a row holds
its raw values, the typed ones, and for a rejected row all of them as JSON, in which every character may be escaped."""

MAX_RECORD_LINES = 1_000
"""How many line breaks the values of a record may have."""

NUMBER_BYTES = 20
"""The bytes reserved for the source line and its comma."""

RAW_CHARACTERS = 4_000
"""How many characters of a malformed line are kept."""

# Line breaks and all control characters of Unicode (category Cc) except the tab; CRLF is one line break.
_UNPRINTABLE = re.compile("\r\n|[\x00-\x08\x0a-\x1f\x7f-\x9f]")

REPEATED_HEADER = "the header once more"
UNCLOSED_QUOTE = "unclosed quote"
TEXT_AFTER_QUOTE = "text after a closing quote"
QUOTE_IN_VALUE = "quote inside an unquoted value"
INVALID_UTF8 = "invalid UTF-8"
RECORD_TOO_LONG = f"record longer than {MAX_RECORD_BYTES:,} bytes"
TOO_MANY_LINES = f"record of more than {MAX_RECORD_LINES:,} lines"


class MalformedRecordError(Exception):
    """The text is not a well-formed record of its entity. The message is the reason."""


@dataclass(frozen=True)
class Record:
    """One record in the canonical dialect, without source line and line end.

    Attributes:
        line: the canonical text, UTF-8.
        changed_values: values in which a line break or control character was replaced by a space.
    """

    line: bytes
    changed_values: int


@dataclass(frozen=True)
class MalformedLine:
    """A record that does not land: its first line in the delivered file, the reason, and its text, cleaned and cut."""

    source_line: int
    reason: str
    raw_line: str


def split_fields(text: str) -> list[str]:
    """Split one record into its values, strictly as in RFC 4180; a line break is allowed only inside quotes.

    Raises:
        MalformedRecordError: a quote is not closed, is followed by text, or is inside an unquoted value; or an unquoted
            line break ends the record before the end of the text.
    """
    fields = []
    position = 0
    while True:
        if text.startswith('"', position):
            closing = _closing_quote(text, position + 1)
            fields.append(text[position + 1 : closing].replace('""', '"'))
            position = closing + 1
            if position < len(text) and text[position] != ",":
                raise MalformedRecordError(TEXT_AFTER_QUOTE)
        else:
            comma = text.find(",", position)
            end = len(text) if comma < 0 else comma
            value = text[position:end]
            if '"' in value:
                raise MalformedRecordError(QUOTE_IN_VALUE)
            if "\n" in value:
                raise MalformedRecordError(UNCLOSED_QUOTE)
            fields.append(value)
            position = end
        if position == len(text):
            return fields
        position += 1


def _closing_quote(text: str, position: int) -> int:
    while True:
        quote = text.find('"', position)
        if quote < 0:
            raise MalformedRecordError(UNCLOSED_QUOTE)
        if not text.startswith('"', quote + 1):
            return quote
        position = quote + 2


def wrong_width(expected: int, found: int) -> str:
    """Return the reason for a record with too few or too many fields."""
    return f"expected {expected} field{'s' * (expected != 1)}, found {found}"


def canonical_record(text: str, columns: Sequence[str]) -> Record:
    """Read one delivered record strictly and return it in the canonical dialect.

    Raises:
        MalformedRecordError: it is not well-formed, has the wrong number of fields, or is too long for Redshift.
    """
    fields = split_fields(text)
    if len(fields) != len(columns):
        raise MalformedRecordError(wrong_width(len(columns), len(fields)))
    values = [printable(value) for value in fields]
    line = ",".join(map(quoted, values)).encode()
    if len(line) + NUMBER_BYTES > MAX_RECORD_BYTES:
        raise MalformedRecordError(RECORD_TOO_LONG)
    return Record(line, sum(value != field for value, field in zip(values, fields, strict=True)))


def printable(value: str) -> str:
    """Replace every line break and every control character except the tab by one space."""
    return _UNPRINTABLE.sub(" ", value)


def quoted(value: str) -> str:
    """Return a value for a canonical line, quoted only if it must be."""
    if '"' in value:
        return '"' + value.replace('"', '""') + '"'
    return f'"{value}"' if "," in value else value


def raw_text(delivered: bytes) -> str:
    """Return the text that is kept of a malformed line: decoded, printable and short."""
    return printable(delivered[: 4 * RAW_CHARACTERS + 4].decode("utf-8", "replace"))[:RAW_CHARACTERS]


def csv_line(values: Sequence[str]) -> str:
    """Return printable values as one canonical line, with its LF."""
    return ",".join(map(quoted, values)) + "\n"


def is_utf8(text: bytes) -> bool:
    """Return whether text is UTF-8."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
