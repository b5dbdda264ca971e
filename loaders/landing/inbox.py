"""The files of an inbox: deliveries, and files that are not deliveries."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from loaders.contract import Contract, Entity
from loaders.errors import TieoutError
from loaders.landing.control_files import Companions, is_control_file
from loaders.landing.left_out import LeftOut

LAYOUT = "INBOX/<YYYY-MM-DD>/<domain>/<entity>[.part].csv[.gz]"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
# A file name becomes a key in S3 and a path in SQL, so it has no character that must be escaped there.
_FILE_NAME = re.compile(
    r"(?P<entity>[A-Za-z0-9_-]+)(?P<part>(?:[.][A-Za-z0-9_-]+)*?)[.](?i:csv)(?:[.](?i:gz))?", re.ASCII
)
# What systems put next to a delivery: the mark of a complete folder, signatures and trigger files.
_MARKER = re.compile(r"_SUCCESS|.*[.](?:done|ok|trg|sig)", re.ASCII | re.IGNORECASE)
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
        control_files: the files beside it that state what it holds.
    """

    arrived_on: date
    entity: Entity
    path: Path
    number: int = 1
    control_files: tuple[Path, ...] = ()

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
        natural = natural_order(self._part.removeprefix("."))
        return (self.arrived_on, self.entity.domain, self.entity.name, natural, self.path.name)

    @property
    def is_compressed(self) -> bool:
        """True for gzip, which bronze keeps as gzip."""
        return self.path.name.lower().endswith(".gz")


def natural_order(part: str) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts the parts of file names: numbers as numbers, then text."""
    pieces = [piece for piece in _NUMBER.split(part) if piece]
    return tuple((0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces)


@dataclass
class InboxContent:
    """The files of an inbox.

    Attributes:
        deliveries: the deliveries by day and path.
        control_files: the control files of an entity without a delivery beside them.
        left_out: the files that are not deliveries.
    """

    deliveries: list[Delivery] = field(default_factory=list)
    control_files: list[Delivery] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def leave_out(self, path: Path, why: str) -> None:
        """Add a file that is not a delivery."""
        self.left_out.append(LeftOut(path, f"{_shown(path)} was left out: {why}"))


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


def is_skipped(path: str) -> bool:
    """Return whether landing skips a path below an inbox that is not the path of a delivery.

    It skips what is hidden, and markers and control files outside the folders of domains.
    """
    parts = path.split("/")
    is_hidden = any(part.startswith(".") and part != ".." for part in parts)
    is_mark = _MARKER.fullmatch(parts[-1]) is not None or is_control_file(parts[-1])
    return is_hidden or (is_mark and len(parts) < len(LAYOUT.split("/")) - 1)


def _visible(folder: Path) -> Iterator[Path]:
    """List a folder without hidden files and markers."""
    return (
        path for path in sorted(folder.iterdir()) if not path.name.startswith(".") and not _MARKER.fullmatch(path.name)
    )


def _is_control_file(path: Path) -> bool:
    return is_control_file(path.name) and path.is_file() and not path.is_symlink()


def _scan_day_folder(folder: Path, contract: Contract, content: InboxContent) -> None:
    try:
        day = date.fromisoformat(folder.name)
    except ValueError:
        content.leave_out(folder, "it is not a day of the calendar. Rename the folder.")
        return
    for path in _visible(folder):
        _scan_domain(path, contract, day, content)


def _scan_domain(folder: Path, contract: Contract, day: date, content: InboxContent) -> None:
    domains = sorted({entity.domain for entity in contract.deliverable()})
    is_in_day_folder = _DAY.fullmatch(folder.parent.name)
    if not folder.is_dir():
        # A control file outside the folder of a domain is about several files, and is not read.
        if not _is_control_file(folder):
            content.leave_out(folder, f"the path of a delivery is {LAYOUT}. Move or remove it.")
    elif folder.name not in domains:
        content.leave_out(
            folder,
            f"it is not {'' if is_in_day_folder else 'a day (YYYY-MM-DD) or '}"
            f"a domain of the bronze contract ({', '.join(domains)}). Rename the folder.",
        )
    else:
        control_files = []
        deliveries = []
        for path in _visible(folder):
            try:
                if _is_control_file(path):
                    control_files.append(path)
                else:
                    deliveries.append(_delivery(path, contract, folder.name, day))
            except TieoutError as error:
                content.leave_out(path, str(error))
        for path in _attach(control_files, deliveries, content):
            entity = contract.entities.get((folder.name, path.name.partition(".")[0].lower()))
            # Others are the control files of a source's own batches.
            if entity and not entity.written_by_landing:
                content.control_files.append(Delivery(day, entity, path))


def _attach(control_files: list[Path], deliveries: list[Delivery], content: InboxContent) -> list[Path]:
    """Add the deliveries of a folder, each with its control files; return the control files that are about none."""
    companions = Companions(delivery.path.name for delivery in deliveries)
    attached: defaultdict[str, list[Path]] = defaultdict(list)
    alone = []
    for path in control_files:
        names = companions.of(path.name)
        for name in names:
            attached[name].append(path)
        alone += [] if names else [path]
    content.deliveries += [
        replace(delivery, control_files=tuple(attached[delivery.path.name])) for delivery in deliveries
    ]
    return alone


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
