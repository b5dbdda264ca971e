"""Staging one delivered file: it is read once and written to the staging folder, in the canonical dialect."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from loaders.landing.comparing import Comparison
from loaders.landing.header import take_header
from loaders.landing.inbox import Delivery
from loaders.landing.manifests import LANDED, REFUSED
from loaders.landing.reader import DeliveredBytes, RefusedError, text_pieces, unreadable
from loaders.landing.records import MAX_RECORD_BYTES, MalformedLine, csv_line
from loaders.landing.splitter import SplitText, split_text
from loaders.landing.statements import ControlFileError
from loaders.landing.totals import ControlTotal, ControlTotals

GZIP_LEVEL = 1
"""Higher levels save a tenth of the space and take twice the time."""
_PIECE_BYTES = 1024 * 1024


@dataclass
class StagedDelivery:
    """One delivered file, staged or refused.

    Attributes:
        delivery: the file.
        size: its size in bytes.
        sha256: its digest.
        refusal: the reason why it is refused; empty if it lands.
        staged: the bronze file in the staging folder; None if refused.
        bronze_sha256: the digest of the bronze file; empty if refused.
        landed_rows: the number of records in the bronze file.
        malformed_rows: the number of records that are set aside as malformed.
        changed_values: the number of values in which a line break or control character was replaced by a space.
        totals: the control totals of the money columns that it has.
        missing_columns: columns of the contract that its header lacks, because it follows an earlier contract version.
        stated: what its source states about it, in control files and a trailer.
        stated_by: the names of these.
        refused_by: the statement from which the file differs; None if it is refused for another reason, or not at all.
    """

    delivery: Delivery
    size: int
    sha256: str
    refusal: str = ""
    staged: Path | None = None
    bronze_sha256: str = ""
    landed_rows: int = 0
    malformed_rows: int = 0
    changed_values: int = 0
    totals: list[ControlTotal] = field(default_factory=list)
    missing_columns: tuple[str, ...] = ()
    stated: str = ""
    stated_by: str = ""
    refused_by: ControlFileError | None = None

    @property
    def status(self) -> str:
        """`landed` or `refused`."""
        return REFUSED if self.refusal else LANDED


class MalformedLines:
    """The malformed lines of a batch, collected in a file because there may be many."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        """Collect in a new file, with the columns of the contract except the first one, the batch's id."""
        self._columns = columns[1:]
        self._file = path.open("x+b")

    def add(self, delivery: Delivery, lines: list[MalformedLine]) -> None:
        """Append lines of one file, without the batch's id, which is not yet known."""
        of_file = {
            "domain": delivery.entity.domain,
            "entity": delivery.entity.name,
            "delivered_file": delivery.delivered_file,
            "bronze_file": delivery.bronze_file,
        }
        for line in lines:
            values = of_file | {
                "source_line": str(line.source_line),
                "reason": line.reason,
                "raw_line": line.raw_line,
            }
            self._file.write(csv_line([values[column] for column in self._columns]).encode())

    def mark(self) -> int:
        """Return the current end, for `back_to`."""
        return self._file.tell()

    def back_to(self, mark: int) -> None:
        """Remove the lines that were added after `mark`."""
        self._file.seek(mark)
        self._file.truncate()

    def lines(self) -> Iterator[bytes]:
        """Yield all lines."""
        self._file.seek(0)
        yield from self._file

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class _Behind:
    """Processes each piece in another thread while the caller prepares the next one."""

    def __init__(self, action: Callable[[bytes], None]) -> None:
        self._action = action
        self._thread = ThreadPoolExecutor(1)
        self._pending: Future[None] | None = None

    def take(self, piece: bytes) -> None:
        self.catch_up()
        self._pending = self._thread.submit(self._action, piece)

    def catch_up(self) -> None:
        """Wait for the last piece; raise its error, if any."""
        if self._pending:
            self._pending.result()

    def close(self) -> None:
        self._thread.shutdown()


class BronzeFile:
    """A new bronze file, compressed and digested as it is written."""

    def __init__(self, path: Path, *, compressed: bool) -> None:
        """Create the file, which must not exist."""
        self._file = path.open("xb")
        # wbits=31 writes a gzip header without a time and a name, so that the same content has the same bytes.
        self._gzip = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31) if compressed else None
        self._digest = hashlib.sha256()

    def write(self, text: bytes) -> None:
        """Write text."""
        self._store(self._gzip.compress(text) if self._gzip else text)

    def finish(self) -> str:
        """Write the rest and return the SHA-256 of the file."""
        if self._gzip:
            self._store(self._gzip.flush())
        self._file.flush()
        return self._digest.hexdigest()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _store(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)


def sha256_of(path: Path, progress: Callable[[int], None]) -> tuple[int, str]:
    """Return size and SHA-256 of a delivered file.

    Raises:
        TieoutError: the file cannot be read.
    """
    with _opened(path) as file:
        source = DeliveredBytes(path, file, progress)
        digest = source.finish()
        return source.size, digest


def sha256_of_beginning(path: Path, size: int) -> str:
    """Return the SHA-256 of the first bytes of a delivered file.

    Raises:
        TieoutError: the file cannot be read.
    """
    digest = hashlib.sha256()
    with _opened(path) as file:
        while size and (piece := file.read(min(size, _PIECE_BYTES))):
            digest.update(piece)
            size -= len(piece)
    return digest.hexdigest()


def stage(
    delivery: Delivery, target: Path, malformed: MalformedLines, progress: Callable[[int], None]
) -> StagedDelivery:
    """Read one delivered file and write its bronze file to the staging folder.

    Args:
        delivery: the file.
        target: the path of the bronze file, below the staging folder.
        malformed: collects the malformed lines; none if the file is refused.
        progress: called with the number of bytes of each read.

    Raises:
        TieoutError: the delivered file cannot be read.
        OSError: the bronze file cannot be written.
    """
    mark = malformed.mark()
    comparison = Comparison(delivery)
    with _opened(delivery.path) as file:
        source = DeliveredBytes(delivery.path, file, progress, comparison.algorithms)
        try:
            staged = _stage(delivery, source, target, malformed, comparison)
        except BaseException as error:
            malformed.back_to(mark)
            target.unlink(missing_ok=True)
            if not isinstance(error, RefusedError):
                raise
            digest = source.finish()
            staged = StagedDelivery(delivery, source.size, digest, refusal=str(error))
            staged.refused_by = error if isinstance(error, ControlFileError) else None
        staged.stated, staged.stated_by = comparison.stated, comparison.stated_by
        return staged


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from error


def _stage(
    delivery: Delivery, source: DeliveredBytes, target: Path, malformed: MalformedLines, comparison: Comparison
) -> StagedDelivery:
    entity = delivery.entity
    pieces = comparison.text(text_pieces(source, compressed=delivery.is_compressed))
    first = next(pieces, b"")
    if not first:
        raise RefusedError("it is empty and has no header; have it delivered again")
    columns, first = take_header(first, entity.headers(), compressed=delivery.is_compressed)
    missing = entity.delivered_columns[len(columns) :]
    # A column that was not delivered has no control total: 0.00 would claim that the source sent one.
    totals = ControlTotals(entity.bronze_columns, [name for name in entity.money_columns if name not in missing])
    comparison.expect(missing, totals)
    staged = StagedDelivery(delivery, 0, "", staged=target, totals=totals.totals, missing_columns=missing)
    with (
        closing(BronzeFile(target, compressed=delivery.is_compressed)) as bronze,
        closing(_Behind(bronze.write)) as writing,
        closing(_Behind(comparison.adding(totals))) as adding,
    ):
        bronze.write(csv_line(entity.bronze_columns).encode())
        for split in _split_pieces(first, pieces, columns):
            # One record is one line, so the empty values of the missing columns go in front of every line end.
            text = split.text.replace(b"\n", b"," * len(missing) + b"\n") if missing else split.text
            writing.take(text)
            adding.take(text)
            comparison.set_aside(split.malformed)
            malformed.add(delivery, split.malformed)
            staged.landed_rows += split.rows
            staged.malformed_rows += len(split.malformed)
            staged.changed_values += split.changed_values
        writing.catch_up()
        adding.catch_up()
        staged.bronze_sha256 = bronze.finish()
    staged.sha256 = source.finish()
    staged.size = source.size
    comparison.finish(staged.landed_rows, staged.malformed_rows, totals.totals, source)
    return staged


def _split_pieces(pending: bytes, pieces: Iterator[bytes], columns: Sequence[str]) -> Iterator[SplitText]:
    """Split the text piece by piece; keep the text after the last complete record for the next piece."""
    line = 2
    while True:
        cut = pending.rfind(b"\n") + 1
        split = split_text(pending[:cut], line, columns, len(pending) - cut)
        yield split
        line += split.used_lines
        pending = pending[split.used_bytes :]
        if len(pending) > 2 * MAX_RECORD_BYTES and b"\n" not in pending:
            # Part of a line that is too long to land. Its beginning is enough to reject it. Whether a value continues
            # on the next line depends only on whether the number of quotes is odd.
            is_odd = pending.count(b'"', MAX_RECORD_BYTES + 1) % 2
            pending = pending[: MAX_RECORD_BYTES + 1] + b'"' * is_odd
        piece = next(pieces, b"")
        if not piece:
            yield split_text(pending, line, columns, None)
            return
        pending += piece
