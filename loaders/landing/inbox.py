"""The files of an inbox: deliveries, and files that are not deliveries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from loaders.contract import Contract, Entity
from loaders.errors import TieoutError

LAYOUT = "INBOX/<YYYY-MM-DD>/<domain>/<entity>[.part].csv[.gz]"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
# A file name becomes a key in S3 and a path in SQL, so it has no character that must be escaped there.
_FILE_NAME = re.compile(
    r"(?P<entity>[A-Za-z0-9_-]+)(?P<part>(?:[.][A-Za-z0-9_-]+)*?)[.](?i:csv)(?:[.](?i:gz))?", re.ASCII
)
# What systems put next to a delivery: the mark of a complete folder, checksums, control and trigger files.
_MARKER = re.compile(r"_SUCCESS|.*[.](?:md5|sha1|sha256|ctl|done|ok|trg|sig)", re.ASCII | re.IGNORECASE)
# A file system allows 255 bytes, and bronze adds a number.
_LONGEST_NAME = 250
_NUMBER = re.compile("([0-9]+)", re.ASCII)

MOST_FILES = 9_999
"""The most files of an entity on one arrival day: the numbers in the names of bronze have four digits."""


@dataclass(frozen=True)
class Delivery:
    """One delivered file.

    Attributes:
        arrived_on: its arrival day, the partition it lands in.
        entity: the entity of its records.
        path: its path in the inbox.
        number: how many files of the entity have landed on this day, this one included.
    """

    arrived_on: date
    entity: Entity
    path: Path
    number: int = 1

    @property
    def delivered_file(self) -> str:
        """The path below the day folder, which identifies the file in the manifest."""
        return f"{self.entity.domain}/{self.path.name}"

    @property
    def bronze_file(self) -> str:
        """The path of the landed file below the bronze root.

        The paths of an entity and day are in alphabetical order if the files are in the order of landing. So from the
        second file on, the name has the file's number: `transactions.9.csv`, then `transactions_0002.10.csv`. The
        order decides which of two rows with the same key and update time is the later one.
        """
        number = f"_{self.number:04}" if self.number > 1 else ""
        name = f"{self.entity.name}{number}{self._part}.csv{'.gz' if self.is_compressed else ''}"
        return f"{self.entity.domain}/{self.entity.name}/dt={self.arrived_on}/{name}"

    @property
    def _part(self) -> str:
        name = _FILE_NAME.fullmatch(self.path.name)
        return name["part"] if name else ""

    @property
    def order(self) -> tuple[object, ...]:
        """Sorts the files that land together: a file without a part first, then numbers as numbers, then text."""
        pieces = [piece for piece in _NUMBER.split(self._part.removeprefix(".")) if piece]
        natural = tuple((0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces)
        return (self.arrived_on, self.entity.domain, self.entity.name, natural, self.path.name)

    @property
    def is_compressed(self) -> bool:
        """True for gzip, which bronze keeps as gzip."""
        return self.path.name.lower().endswith(".gz")


@dataclass
class InboxContent:
    """The deliveries of an inbox by day and path, and a sentence for each file that is not a delivery."""

    deliveries: list[Delivery] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def scan_inbox(inbox: Path, contract: Contract, arrived_on: date | None) -> InboxContent:
    """List an inbox, hidden files and markers excepted.

    Args:
        inbox: folder of day folders, domain folders or both.
        contract: the entities that may be delivered.
        arrived_on: arrival day of domain folders directly below the inbox; today (UTC) if None.

    Raises:
        TieoutError: the inbox is missing, not a folder, not readable, or a day folder itself.
    """
    if not inbox.is_dir():
        what = "is a file, not a folder" if inbox.exists() else "does not exist"
        raise TieoutError(f"The inbox {inbox} {what}. Give the folder that contains {LAYOUT.removeprefix('INBOX/')}.")
    if arrived_on is None and _DAY.fullmatch(inbox.resolve().name):
        raise TieoutError(
            f"The inbox {inbox} is a day folder, so its files would land with today as arrival day. "
            f"Give the folder above it, or --arrived-on {inbox.resolve().name}."
        )
    arrived_on = arrived_on or datetime.now(UTC).date()
    content = InboxContent()
    try:
        for path in _visible(inbox):
            if path.is_dir() and _DAY.fullmatch(path.name):
                _scan_day_folder(path, contract, content)
            else:
                _scan_domain(path, contract, arrived_on, content)
    except OSError as error:
        raise TieoutError(
            f"The inbox cannot be read: {error.filename}: {error.strerror}. Make it readable, then land again."
        ) from error
    content.deliveries.sort(key=lambda delivery: delivery.order)
    return content


def _visible(folder: Path) -> Iterator[Path]:
    """List a folder without hidden files and markers."""
    return (
        path for path in sorted(folder.iterdir()) if not path.name.startswith(".") and not _MARKER.fullmatch(path.name)
    )


def _scan_day_folder(folder: Path, contract: Contract, content: InboxContent) -> None:
    try:
        day = date.fromisoformat(folder.name)
    except ValueError:
        content.problems.append(f"{folder} was left out: it is not a day of the calendar. Rename the folder.")
        return
    for path in _visible(folder):
        _scan_domain(path, contract, day, content)


def _scan_domain(folder: Path, contract: Contract, day: date, content: InboxContent) -> None:
    domains = sorted({entity.domain for entity in contract.deliverable()})
    is_in_day_folder = _DAY.fullmatch(folder.parent.name)
    if not folder.is_dir():
        content.problems.append(
            f"{_shown(folder)} was left out: the path of a delivery is {LAYOUT}. Move or remove it."
        )
    elif folder.name not in domains:
        content.problems.append(
            f"{_shown(folder)} was left out: it is not {'' if is_in_day_folder else 'a day (YYYY-MM-DD) or '}"
            f"a domain of the bronze contract ({', '.join(domains)}). Rename the folder."
        )
    else:
        for path in _visible(folder):
            try:
                content.deliveries.append(_delivery(path, contract, folder.name, day))
            except TieoutError as error:
                content.problems.append(f"{_shown(path)} was left out: {error}")


def _delivery(path: Path, contract: Contract, domain: str, day: date) -> Delivery:
    if path.is_symlink():
        raise TieoutError("it is a link, and a link can point to any file. Replace it by the file itself.")
    if not path.is_file():
        raise TieoutError(f"it is not a file; the path of a delivery is {LAYOUT}. Move or remove it.")
    name = _FILE_NAME.fullmatch(path.name)
    if name is None:
        raise TieoutError(
            "a delivery is named <entity>[.part].csv[.gz], of letters, digits, dots, - and _. Rename or remove it."
        )
    if len(path.name) > _LONGEST_NAME:
        raise TieoutError(f"its name is longer than {_LONGEST_NAME} characters. Rename it.")
    entity = contract.entity(domain, name["entity"])
    if entity.written_by_landing:
        raise TieoutError(f"'{domain}/{entity.name}' is written by landing and cannot be delivered. Remove it.")
    return Delivery(day, entity, path)


def _shown(path: Path) -> str:
    """Return a path on one printable line, so that a file name cannot forge a line of a log."""
    text = str(path).encode("utf-8", "backslashreplace").decode()
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
