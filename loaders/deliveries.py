"""Writing deliveries to an inbox: `INBOX/<arrival day>/<domain>/<entity>.csv[.gz]`.

Generators and importers pass rows to an `Inbox`, which alone decides file name, header, column order and dialect.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from loaders.contract import Entity, project_root
from loaders.errors import TieoutError

# %.f writes fractions of a second only if there are any.
TIMESTAMP_FORMAT = "%Y-%m-%d %H:%M:%S%.f"

InboxOption = Annotated[
    Path | None,
    typer.Option("--inbox", help="Folder for the deliveries.  [default: data/inbox in the project]", file_okay=False),
]
GzipOption = Annotated[bool, typer.Option("--gzip", help="Write .csv.gz files.")]


class Inbox:
    """The folder that deliveries are written to.

    Attributes:
        root: the folder (default: the project's `data/inbox`).
        compressed: write `.csv.gz` instead of `.csv`.
        control_files: write a control file beside each file, with its rows and its digest.
        written: the number of files written so far.
        left_alone: the number of files that already existed with the same content.
    """

    def __init__(self, root: Path | None = None, *, compressed: bool = False, control_files: bool = False) -> None:
        """Write below a folder, which is created with the first file."""
        self.root = root or project_root() / "data" / "inbox"
        self.compressed = compressed
        self.control_files = control_files
        self.written = 0
        self.left_alone = 0

    def path(self, day: date, entity: Entity, part: str = "") -> Path:
        """Return the path of an entity's delivery, or of a part of it, on an arrival day."""
        return self._folder(day, entity) / _file_name(entity, part, compressed=self.compressed)

    def deliver(self, day: date, entity: Entity, rows: pl.DataFrame, broken_lines: Sequence[str] = ()) -> None:
        """Write one delivery; write nothing if the file exists with the same content.

        Without rows, only an entity that is expected by day gets a file, with only the header.

        Args:
            day: the arrival day.
            entity: the entity, whose contract gives the columns and their order.
            rows: the rows, with at least the delivered columns; null becomes an empty value.
            broken_lines: malformed lines of the source, written unchanged after the last row.

        Raises:
            TieoutError: the delivery exists with other content or in the other compression, or cannot be written.
        """
        if rows.is_empty() and not broken_lines and not entity.is_expected_by_day:
            return
        self.deliver_text(day, entity, delivered_text(entity, rows, broken_lines))

    def deliver_text(self, day: date, entity: Entity, body: bytes, part: str = "", stated: bytes | None = None) -> None:
        """Write the text of one delivery unchanged; write nothing if the file exists with the same content.

        Args:
            day: the arrival day.
            entity: the entity.
            body: the whole file, with its header.
            part: distinguishes several files of the entity on one day: `<entity>.<part>.csv`.
            stated: the file that the control file states (default: this one).

        Raises:
            TieoutError: the delivery exists with other content or in the other compression, or cannot be written.
        """
        path = self.path(day, entity, part)
        try:
            self._refuse_twin(day, entity, part)
            if self.control_files:
                write_atomically(path.with_name(f"{path.name}.ctl"), _control_text(body if stated is None else stated))
            if path.exists():
                self._leave_alone(path, body)
            else:
                write_atomically(path, gzip.compress(body, compresslevel=1, mtime=0) if self.compressed else body)
                self.written += 1
        except OSError as error:
            raise TieoutError(f"{path} cannot be written: {error.strerror or error}. Give another --inbox.") from error

    def _folder(self, day: date, entity: Entity) -> Path:
        return self.root / day.isoformat() / entity.domain

    def _refuse_twin(self, day: date, entity: Entity, part: str) -> None:
        twin = self._folder(day, entity) / _file_name(entity, part, compressed=not self.compressed)
        if twin.exists():
            raise TieoutError(
                f"{twin} exists already, and a delivery cannot be both compressed and plain. "
                f"{'Leave out' if self.compressed else 'Add'} --gzip, or give another --inbox."
            )

    def _leave_alone(self, path: Path, body: bytes) -> None:
        """Compare the contents, not the compressed bytes, which depend on the version of zlib."""
        try:
            existing = gzip.decompress(path.read_bytes()) if self.compressed else path.read_bytes()
        except (gzip.BadGzipFile, EOFError, zlib.error):
            existing = None
        if existing != body:
            raise TieoutError(
                f"{path} exists already with other content, and deliveries never change. "
                "Give another --inbox, or move the folder away."
            )
        self.left_alone += 1


def _control_text(body: bytes) -> bytes:
    """Return a control file. The digest is that of the text, whether it is compressed or not."""
    rows = body.count(b"\n") - 1
    return f"rows,{rows}\nsha256,{hashlib.sha256(body).hexdigest()}\n".encode()


def _file_name(entity: Entity, part: str, *, compressed: bool) -> str:
    return f"{entity.name}{f'.{part}' if part else ''}{'.csv.gz' if compressed else '.csv'}"


def delivered_text(entity: Entity, rows: pl.DataFrame, broken_lines: Sequence[str] = ()) -> bytes:
    """Return the text of a delivery: its header, its rows and then the malformed lines of the source."""
    return csv_text(as_delivered(entity, rows), broken_lines)


def as_delivered(entity: Entity, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the delivered columns in order. Missing ones that the contract added later are null."""
    added = (column.name for column in entity.columns if column.since > 1 and column.name not in rows.columns)
    return rows.with_columns(pl.lit(None, pl.String).alias(name) for name in added).select(entity.delivered_columns)


def csv_text(rows: pl.DataFrame, broken_lines: Sequence[str] = ()) -> bytes:
    """Return rows of any columns in the dialect of deliveries."""
    buffer = io.BytesIO()
    rows.write_csv(buffer, datetime_format=TIMESTAMP_FORMAT)
    for line in broken_lines:
        buffer.write(f"{line}\n".encode())
    return buffer.getvalue()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file under a hidden temporary name, then rename it, so that it appears only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
