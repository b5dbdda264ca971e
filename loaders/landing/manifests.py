"""The batches of bronze, read from their manifests."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from loaders.errors import TieoutError

CONTROL = "control"
MANIFESTS = "deliveries"
TOTALS = "control_totals"
MALFORMED = "malformed_lines"

LANDED, REFUSED = "landed", "refused"
_COLUMNS = ("delivered_file", "delivered_sha256", "delivery_status", "bronze_file", "bronze_sha256")


@dataclass(frozen=True)
class BatchFile:
    """A file of a batch.

    Attributes:
        path: its path below the bronze root.
        sha256: its digest in the manifest; None for files that are not in the manifest.
    """

    path: str
    sha256: str | None = None


@dataclass(frozen=True)
class Batch:
    """The files that landed together.

    Attributes:
        manifest: the file that lists the batch; it is written last.
        files: the other files: data, control totals, malformed lines.
    """

    manifest: BatchFile
    files: tuple[BatchFile, ...]


def manifest_rows(path: Path) -> list[dict[str, str]]:
    """Read one manifest.

    Raises:
        TieoutError: the file is not a manifest.
        OSError: the file cannot be read.
    """
    return parse_manifest(path.read_bytes(), str(path))


def parse_manifest(content: bytes, name: str) -> list[dict[str, str]]:
    """Return the rows of a manifest.

    Raises:
        TieoutError: it is not a manifest.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise TieoutError(f"{name} is not a manifest: {error}. Restore it from a backup.") from None
    for column in _COLUMNS:
        if any(row.get(column) is None for row in rows):
            raise TieoutError(f"{name} is not a manifest: it has no column '{column}'. Restore it from a backup.")
    return rows


def batches(root: Path) -> Iterator[Batch]:
    """Yield the batches of a bronze root by arrival day.

    Files that no manifest names are left out: their landing was interrupted or is still running.

    Raises:
        TieoutError: a file is not a manifest.
        OSError: bronze cannot be read.
    """
    for manifest in sorted((root / CONTROL / MANIFESTS).glob("dt=*/*.csv")):
        day = manifest.parent.name
        files = [
            BatchFile(row["bronze_file"], row["bronze_sha256"])
            for row in manifest_rows(manifest)
            if row["delivery_status"] == LANDED
        ]
        for name in (MALFORMED, TOTALS):
            if (root / CONTROL / name / day / manifest.name).exists():
                files.append(BatchFile(f"{CONTROL}/{name}/{day}/{manifest.name}"))
        yield Batch(BatchFile(str(manifest.relative_to(root))), tuple(files))
