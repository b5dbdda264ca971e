"""Reading a delivered file once: its bytes, its digest and its text in pieces."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from loaders.errors import TieoutError

PIECE_BYTES = 2 * 1024 * 1024
"""How much text is split at a time: small enough for any memory, large enough for vectors."""

_COMPRESSED_BYTES = 64 * 1024
"""How much gzip is inflated at a time; its text is at most a thousand times larger."""


class RefusedError(Exception):
    """The whole file cannot land. The message is the reason, and the remedy if there is one."""


class DeliveredBytes:
    """The bytes of a delivered file, counted and digested as they are read.

    Attributes:
        size: bytes read so far.
    """

    def __init__(
        self, path: Path, file: BinaryIO, progress: Callable[[int], None], algorithms: Iterable[str] = ()
    ) -> None:
        """Read an open file, report the number of bytes of each read to `progress`, and compute further digests."""
        self._path = path
        self._file = file
        self._progress = progress
        self._digest = hashlib.sha256()
        self._digests = {
            name: hashlib.new(name, usedforsecurity=False) for name in algorithms if name != self._digest.name
        }
        self.size = 0

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes; return none at the end of the file.

        Raises:
            TieoutError: the file cannot be read.
        """
        try:
            data = self._file.read(size)
        except OSError as error:
            raise unreadable(self._path, error) from error
        self._digest.update(data)
        for digest in self._digests.values():
            digest.update(data)
        self.size += len(data)
        self._progress(len(data))
        return data

    def finish(self) -> str:
        """Read the rest and return the SHA-256 of the whole file.

        Raises:
            TieoutError: the file cannot be read.
        """
        while self.read(PIECE_BYTES):
            pass
        return self._digest.hexdigest()

    def digest(self, algorithm: str) -> str:
        """Return a digest of what has been read, SHA-256 or one of the further ones."""
        return self._digests.get(algorithm, self._digest).hexdigest()


def unreadable(path: Path, error: OSError) -> TieoutError:
    """Return the error for a delivered file that cannot be read."""
    return TieoutError(f"{path} cannot be read ({error.strerror or error}). Make it readable, then land again.")


def text_pieces(source: DeliveredBytes, *, compressed: bool) -> Iterator[bytes]:
    """Yield the text of the file in pieces of at least `PIECE_BYTES`; only the last one may be smaller.

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
    """Inflate one or more gzip members and check their checksums; zeros between and after members are allowed."""
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
