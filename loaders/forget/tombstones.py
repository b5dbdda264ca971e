"""What bronze records about forgotten persons, and the digests of the manifests.

The records are a control entity, so that the warehouse reads them. They are in the partition of the arrival day of the
overwritten file, because the warehouse has partitions for days with a manifest.
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from loaders.contract import Contract
from loaders.forget.journal import Overwritten, Request
from loaders.landing.manifests import CONTROL, MANIFESTS
from loaders.landing.records import csv_line, printable, split_fields

TOMBSTONES = "forgotten"

Write = Callable[[Path, bytes], None]
"""Writes a file as a whole."""


def manifest_folder(root: Path, day: str) -> Path:
    """Return the folder with the manifests of an arrival day."""
    return root / CONTROL / MANIFESTS / f"dt={day}"


def day_of(path: str) -> str:
    """Return the arrival day of a file below the bronze root."""
    return path.split("/")[2].removeprefix("dt=")


def tombstones_of(root: Path, customer_id: str | None = None) -> list[dict[str, str]]:
    """Return the records about one person, or about all of them."""
    rows: list[dict[str, str]] = []
    for path in sorted((root / CONTROL / TOMBSTONES).glob("dt=*/*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows.extend(row for row in csv.DictReader(file) if customer_id in (None, row["customer_id"]))
    return rows


def write_manifests(root: Path, files: dict[str, Overwritten], write: Write) -> None:
    """Put the new digests into the manifests that list the files. All other values stay as they are."""
    for day in sorted({day_of(path) for path in files}):
        for manifest in sorted(manifest_folder(root, day).glob("*.csv")):
            before = manifest.read_bytes()
            header, *lines = before.decode().splitlines()
            names = split_fields(header)
            file, digest = names.index("bronze_file"), names.index("bronze_sha256")
            text = [f"{header}\n"]
            for line in lines:
                values = split_fields(line)
                if values[file] in files:
                    values[digest] = files[values[file]].sha256
                text.append(csv_line(values))
            after = "".join(text).encode()
            if after != before:
                write(manifest, after)


def write_tombstones(
    root: Path, contract: Contract, request: Request, files: dict[str, Overwritten], write: Write
) -> None:
    """Record the files of one request; the request itself if there is no file."""
    columns = contract.entity(CONTROL, TOMBSTONES).bronze_columns
    forget_id = hashlib.sha256(f"{request.customer_id}\x1f{request.forgotten_at}".encode()).hexdigest()[:16]
    by_day: dict[str, list[Overwritten]] = defaultdict(list)
    for overwritten in files.values():
        by_day[day_of(overwritten.path)].append(overwritten)
    if not by_day:
        days = [path.name.removeprefix("dt=") for path in (root / CONTROL / MANIFESTS).glob("dt=*")]
        by_day[max(days)] = [Overwritten("", 0, 0, "")]
    for day, of_day in sorted(by_day.items()):
        text = csv_line(columns)
        for overwritten in of_day:
            domain, entity = overwritten.path.split("/")[:2] if overwritten.path else ("", "")
            row = {
                "forget_id": forget_id,
                "forgotten_at": request.forgotten_at,
                "customer_id": request.customer_id,
                "forgotten_by": request.forgotten_by,
                "reason": request.reason,
                "domain": domain,
                "entity": entity,
                "bronze_file": overwritten.path,
                "overwritten_rows": str(overwritten.rows),
                "overwritten_values": str(overwritten.values),
                "bronze_sha256": overwritten.sha256,
            }
            text += csv_line([printable(row[column]) for column in columns])
        write(root / CONTROL / TOMBSTONES / f"dt={day}" / f"{forget_id}.csv", text.encode())
