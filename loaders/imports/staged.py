"""Deliveries in a hidden folder, and their way into the inbox: complete and at once, never changed later."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from loaders.landing.inbox import natural_order

_LONGEST_STEM = 60
_DIGEST_LETTERS = 8
# What `part_of` returned for the first export, the number and the digest of a later one, and the revision of a mapping.
# In the order of landing, `_` comes after the dot of a revision.
_PART = re.compile(
    r"(?P<first>[A-Za-z0-9_-]+?-[0-9a-f]{8})(?:_(?P<number>[0-9]{4})-(?P<digest>[0-9a-f]{8}))?(?:[.][0-9]+)?", re.ASCII
)


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
    return f"{_name(source)}-{stem or 'file'}-{sha256[:_DIGEST_LETTERS]}"


def _name(source: str) -> str:
    return re.sub("[^A-Za-z0-9_-]+", "-", source)[:_LONGEST_STEM]


def part_after(plain: str, source: str, parts: Iterable[str]) -> str:
    """Return the part of an export's name with which it lands after the exports of its source that are there.

    Of two rows with the same key and update time the later one counts. Exports that land together land in the order of
    their names, and the digest in a name does not tell which export is the newer one: the one that is imported later.

    Args:
        plain: what `part_of` returned.
        source: the source.
        parts: the parts of the names of the entity's deliveries on these days.
    """
    begin, own = f"{_name(source)}-", plain[-_DIGEST_LETTERS:]
    others = []
    for part in parts:
        found = _PART.fullmatch(part)
        if found and part.startswith(begin):
            if found["first"] == plain or found["digest"] == own:
                return plain if found["first"] == plain else f"{found['first']}_{found['number']}-{own}"
            others.append((natural_order(found["first"]), int(found["number"] or 1), found["first"]))
    if not others:
        return plain
    _, number, first = max(others)
    return f"{first}_{number + 1:04}-{own}"


def publish(files: dict[Path, str], home: Path) -> None:
    """Move staged files to their names below a folder."""
    for staged, name in files.items():
        target = home / name
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(target)
