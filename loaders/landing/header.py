"""The header of a delivered file: which contract version it follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from loaders.landing.reader import RefusedError
from loaders.landing.records import MAX_RECORD_BYTES, MalformedRecordError, split_fields

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_GZIP_MAGIC = b"\x1f\x8b"


def take_header(piece: bytes, headers: Mapping[int, Sequence[str]], *, compressed: bool) -> tuple[Sequence[str], bytes]:
    """Find the contract version of a header; return the version's columns and the text after the header.

    Args:
        piece: the first piece of the file's text.
        headers: the possible headers by contract version, the newest first.
        compressed: whether the text was compressed.

    Raises:
        RefusedError: there is no header, it is not UTF-8, or it is the header of no contract version.
    """
    newest = ",".join(next(iter(headers.values())))
    if piece.startswith(_UTF16_BOMS):
        raise RefusedError("it is UTF-16, not UTF-8; have it exported as UTF-8")
    if piece.startswith(_GZIP_MAGIC):
        raise RefusedError(
            "it is compressed twice; have it compressed once"
            if compressed
            else "it is gzip although its name does not end in .gz; rename it"
        )
    line, _, rest = piece.removeprefix(_UTF8_BOM).partition(b"\n")
    line = line.removesuffix(b"\r")
    if not line:
        raise RefusedError(f"line 1 is blank; it must be the header {newest}")
    if b"\r" in line:
        raise RefusedError(
            "line 1 contains a carriage return that ends no line; have it exported with LF or CRLF line ends"
        )
    if b"\0" in line:
        raise RefusedError("line 1 contains NUL bytes, as UTF-16 does; have the file exported as UTF-8")
    if len(line) > MAX_RECORD_BYTES:
        raise RefusedError(f"line 1 is not a header: it is longer than {MAX_RECORD_BYTES:,} bytes")
    try:
        names = split_fields(line.decode())
    except UnicodeDecodeError:
        raise RefusedError("its header (line 1) is not UTF-8; have it exported as UTF-8") from None
    except MalformedRecordError as error:
        raise RefusedError(f"its header (line 1) is malformed: {error}") from None
    for columns in headers.values():
        if names == list(columns):
            return columns, rest
    raise RefusedError(_difference(names, headers))


def _difference(names: Sequence[str], headers: Mapping[int, Sequence[str]]) -> str:
    """Describe how a header differs from that of the closest contract version.

    A field that is not in the contract is described by its number only: where the header or a line end is missing, the
    field may be data, even personal data.
    """
    newest = next(iter(headers.values()))
    if not set(names) & set(newest):
        return (
            "no field of line 1 is a column of the contract, so the header line may be missing "
            f"or the separator may not be a comma; it must be {','.join(newest)}"
        )
    version = min(headers, key=lambda candidate: len(set(names) ^ set(headers[candidate])))
    columns = headers[version]
    unexpected = [number for number, name in enumerate(names, 1) if name not in columns]
    times = Counter(names)
    details = []
    for what, found in (
        ("missing", [column for column in columns if column not in names]),
        (f"unexpected: field{'s' * (len(unexpected) > 1)}", unexpected),
        ("duplicate", [column for column in columns if times[column] > 1]),
    ):
        if found:
            details.append(f"{what}{'' if found is unexpected else ':'} {', '.join(map(str, found[:20]))}")
    if not details:
        name, column = next(pair for pair in zip(names, columns, strict=True) if pair[0] != pair[1])
        details.append(f"out of order: {name} instead of {column}")
    difference = "; ".join(details)[:2_000]
    contract = f"version {version} of the contract, the closest one" if len(headers) > 1 else "the contract"
    return f"its header (line 1) does not match {contract} ({difference}); it must be {','.join(columns)}"
