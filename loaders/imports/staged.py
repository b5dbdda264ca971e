"""Deliveries in a hidden folder, and their way into the inbox: complete and at once, never changed later."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_LONGEST_STEM = 60


@dataclass(frozen=True)
class Staged:
    """One staged delivery.

    Attributes:
        day: the arrival day.
        path: the staged file.
        target: its path below the inbox.
        rows: its rows.
    """

    day: date
    path: Path
    target: str
    rows: int

    @property
    def sha256(self) -> str:
        """The digest of the file."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def differs(self, inbox: Path) -> bool:
        """Return whether the delivery exists already with other content."""
        target = inbox / self.target
        return target.exists() and target.read_bytes() != self.path.read_bytes()

    def deliver(self, inbox: Path) -> bool:
        """Move the delivery to its place, complete and at once; return whether it is new."""
        target = inbox / self.target
        if target.exists():
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        self.path.replace(target)
        return True


def part_of(source: str, original: Path, sha256: str) -> str:
    """Return what tells deliveries apart: the source, and the name and content of the original."""
    stem = re.sub("[^A-Za-z0-9_-]+", "-", original.stem).strip("-")[:_LONGEST_STEM]
    return f"{re.sub('[^A-Za-z0-9_-]+', '-', source)[:_LONGEST_STEM]}-{stem or 'file'}-{sha256[:8]}"


def publish(files: dict[Path, str], home: Path) -> None:
    """Move staged files to their names below a folder."""
    for staged, name in files.items():
        target = home / name
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(target)
