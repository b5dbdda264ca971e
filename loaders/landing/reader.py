"""Reading a delivered file once: its bytes, their digest, its text in pieces, and its header."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from loaders.errors import TieoutError
from loaders.landing.records import MAX_RECORD_BYTES, MalformedRecordError, split_fields

PIECE_BYTES = 2 * 1024 * 1024
"""How much text is taken apart at a time: small enough for any memory, large enough for vectors."""

_COMPRESSED_BYTES = 64 * 1024
"""How much gzip is inflated at a time: it grows at most a thousandfold."""

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_GZIP_MAGIC = b"\x1f\x8b"


class RefusedError(Exception):
    """The whole file cannot land; the message is the reason and the remedy."""


class DeliveredBytes:
    """The bytes of a delivered file, counted and digested as they are read.

    Attributes:
        size: bytes read so far.
    """

    def __init__(self, path: Path, file: BinaryIO, progress: Callable[[int], None]) -> None:
        """Read an open file; `progress` is told the number of bytes of each reading."""
        self._path = path
        self._file = file
        self._progress = progress
        self._digest = hashlib.sha256()
        self.size = 0

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes; none at the end.

        Raises:
            TieoutError: the file cannot be read.
        """
        try:
            data = self._file.read(size)
        except OSError as error:
            raise unreadable(self._path, error) from error
        self._digest.update(data)
        self.size += len(data)
        self._progress(len(data))
        return data

    def finish(self) -> str:
        """Read what is left and return the SHA-256 of the whole file.

        Raises:
            TieoutError: the file cannot be read.
        """
        while self.read(PIECE_BYTES):
            pass
        return self._digest.hexdigest()


def unreadable(path: Path, error: OSError) -> TieoutError:
    """Return the sentence for a delivered file that cannot be read."""
    return TieoutError(f"{path} cannot be read ({error.strerror or error}): make it readable and land again.")


def text_pieces(source: DeliveredBytes, *, compressed: bool) -> Iterator[bytes]:
    """Yield the file's text in pieces of at least `PIECE_BYTES`, the last one excepted.

    Raises:
        RefusedError: the gzip is truncated or damaged.
        TieoutError: the file cannot be read.
    """
    if not compressed:
        while piece := source.read(PIECE_BYTES):
            yield piece
        return
    waiting: list[bytes] = []
    size = 0
    for text in _inflate(source):
        waiting.append(text)
        size += len(text)
        if size >= PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


def _inflate(source: DeliveredBytes) -> Iterator[bytes]:
    """Inflate one or more gzip members, each checked by its own checksum; padding with zeros is allowed."""
    member = None
    while data := source.read(_COMPRESSED_BYTES):
        while data:
            if member is None or member.eof:
                data = data.lstrip(b"\0") if member else data
                if not data:
                    break
                member = zlib.decompressobj(wbits=31)
            try:
                yield member.decompress(data)
            except zlib.error as error:
                raise RefusedError(f"the gzip is damaged ({error}); have it delivered again") from error
            data = member.unused_data
    if member is not None and not member.eof:
        raise RefusedError("the gzip is truncated; have it delivered again")


def take_header(piece: bytes, headers: Mapping[int, Sequence[str]], *, compressed: bool) -> tuple[Sequence[str], bytes]:
    """Find the contract version of a header; return the version's columns and the text behind the header.

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
