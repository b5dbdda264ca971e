"""Reading bronze back: its batches, by the manifests that landing wrote."""

from __future__ import annotations

import csv
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
        path: where it stands below the bronze root.
        sha256: its digest by the manifest; None for what the manifest does not name.
    """

    path: str
    sha256: str | None = None


@dataclass(frozen=True)
class Batch:
    """What landed together.

    Attributes:
        manifest: the file that says so, and that is written after all others.
        files: the others: data, control totals, malformed lines.
    """

    manifest: BatchFile
    files: tuple[BatchFile, ...]


def manifest_rows(path: Path) -> list[dict[str, str]]:
    """Read one manifest.

    Raises:
        TieoutError: it is none.
        OSError: it cannot be read.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise TieoutError(f"{path} is no manifest, {error}: restore it from a backup.") from None
    for column in _COLUMNS:
        if any(row.get(column) is None for row in rows):
            raise TieoutError(f"{path} is no manifest, it has no column '{column}': restore it from a backup.")
    return rows


def batches(root: Path) -> Iterator[Batch]:
    """Yield the batches of a bronze root by arrival day.

    Files that no manifest names are not there: a landing has not finished with them.

    Raises:
        TieoutError: a manifest is none.
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
