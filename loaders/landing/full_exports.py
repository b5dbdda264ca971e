"""Entities of which each delivery is a full export, and which exports are evidence that a record is gone.

A record that is in no file of a complete export has been deleted by the source. Landing works that out and lands it as
a delivery of its own: `withdrawals.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path

from loaders.contract import Entity
from loaders.landing.control_files import about, is_control_file
from loaders.landing.export_settings import Settings
from loaders.landing.manifests import CONTROL, LANDED, MANIFESTS, manifest_rows
from loaders.wording import counted

LONGEST_LIST = 4_096
"""How many characters of the list of compared files the manifest has."""

REMEMBERED_PARTS = 3
"""An export in parts has at least as many as each of the last exports in parts, so many of them."""

_ENDING = re.compile(r"[.]csv(?:[.]gz)?", re.ASCII | re.IGNORECASE)


@dataclass
class ExportDay:
    """The files of an entity on one arrival day.

    Attributes:
        entity: the entity.
        day: the arrival day.
        landed: the bronze file of each file that the source delivered, by delivered file.
        malformed: the number of malformed lines in them.
        numbers: the number of each of these files among those of the day, by delivered file.
        refused: the delivered files that were refused, each with the number that it would have had.
        derived: the bronze file of each file that landing has derived, by delivered file.
        compared: what they were made from.
        withheld: what was compared without landing the result, because too much is missing.
    """

    entity: Entity
    day: date
    landed: dict[str, str] = field(default_factory=dict)
    malformed: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    derived: dict[str, str] = field(default_factory=dict)
    compared: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)

    def add(self, row: Mapping[str, str]) -> None:
        """Add a row of a manifest."""
        is_landed = row["delivery_status"] == LANDED
        name, number = row["delivered_file"], int(row.get("landing_number") or 0)
        if row.get("derived_from"):
            (self.compared if is_landed else self.withheld).add(row["derived_from"])
            if is_landed:
                self.derived[name] = row["bronze_file"]
        elif is_landed:
            self.landed[name] = row["bronze_file"]
            self.numbers[name] = number
            self.malformed += int(row.get("malformed_rows") or 0)
        else:
            self.refused[name] = max(number, self.refused.get(name, 0))

    @property
    def derived_file(self) -> str:
        """The next derived file, as a delivered file: `banking/customers.missing.csv`."""
        stem = f"{self.entity.domain}/{self.entity.name}.missing"
        names = (f"{stem}{f'.{number}' if number > 1 else ''}.csv" for number in count(1))
        return next(name for name in names if name not in self.derived and name not in self.landed)

    @property
    def files(self) -> list[str]:
        """The bronze files in the order of landing."""
        return sorted(self.landed.values())

    @property
    def has_whole_file(self) -> bool:
        """Whether a file without a part has landed, or the one that repairs it."""
        whole = f"{self.entity.domain}/{self.entity.name}"
        was_refused = any(_stem(name) == whole for name in self.refused)
        return any(
            _stem(name) == whole or (was_refused and _stem(name).startswith(f"{whole}.resent")) for name in self.landed
        )

    @property
    def parts(self) -> int:
        """The number of files, without those of `tieout rejects export`, which have only a few corrected rows."""
        return sum(".corrects-" not in name for name in self.landed)

    def gap(self, parts_before: int) -> str:
        """Return why the files are no complete export; an empty text if they are.

        Args:
            parts_before: the number of files that an export in parts must have; 0 if the exports before had no parts.
        """
        if self.malformed:
            return f"it has {counted(self.malformed, 'malformed line')}"
        for refused, number in sorted(self.refused.items()):
            if not any(landed >= number and _repairs(name, refused) for name, landed in self.numbers.items()):
                return f"{refused} was refused"
        if self.has_whole_file:
            return ""
        if not parts_before:
            return "it is in parts, and the exports before it were not"
        if self.parts < parts_before:
            return f"it has {counted(self.parts, 'part')}, and an export shortly before it had {parts_before:,}"
        return ""


def _stem(delivered_file: str) -> str:
    """Return `banking/customers.2` of `banking/customers.2.csv.gz`, and of its control file."""
    return _ENDING.sub("", about(delivered_file) if is_control_file(delivered_file) else delivered_file)


def _repairs(landed: str, refused: str) -> bool:
    return _stem(landed) == _stem(refused) or _stem(landed).startswith(f"{_stem(refused)}.resent")


def read_exports(root: Path, since: Mapping[Entity, date]) -> dict[Entity, dict[date, ExportDay]]:
    """Read the exports of all entities from the manifests of a bronze root.

    Raises:
        TieoutError: a file is not a manifest.
        OSError: bronze cannot be read.
    """
    entities = {(entity.domain, entity.name): entity for entity in since}
    found: dict[Entity, dict[date, ExportDay]] = {entity: {} for entity in since}
    first = min(since.values(), default=date.max)
    for folder in sorted((root / CONTROL / MANIFESTS).glob("dt=*")):
        day = date.fromisoformat(folder.name.removeprefix("dt="))
        if day < first:
            continue
        for path in sorted(folder.glob("*.csv")):
            for row in manifest_rows(path):
                entity = entities.get((row["domain"], row["entity"]))
                if entity and day >= since[entity]:
                    found[entity].setdefault(day, ExportDay(entity, day)).add(row)
    return found


@dataclass(frozen=True)
class Comparison:
    """An export that is to be compared with what was delivered before it.

    Attributes:
        export: the export.
        before: the bronze files since the last complete export, that one included.
    """

    export: ExportDay
    before: tuple[str, ...]

    @property
    def derived_from(self) -> str:
        """The compared files as the manifest names them: all of them, or the first and the last of a long list."""
        names = [*self.before, *self.export.files]
        text = ", ".join(names)
        if len(text) <= LONGEST_LIST:
            return text
        return f"{names[0]} to {names[-1]}, {len(names):,} files, {len(self.before):,} of them before the export"


class Walk:
    """Goes through the exports of an entity by arrival day, and finds those that are not compared yet.

    An export is compared with everything that was delivered since the last complete one. So if exports arrive in
    another order, or a further file of an earlier export lands, the export after it is compared again.

    Attributes:
        before: the bronze files since the last complete export, that one included.
        gaps: why exports were not compared, by day.
    """

    def __init__(self, exports: Mapping[date, ExportDay], held: Iterable[date] = ()) -> None:
        """Begin before the first export; `held` are days of which files have not landed yet."""
        self._exports = exports
        self._held = frozenset(held)
        self._parts: list[int] = []
        self.before: tuple[str, ...] = ()
        self.gaps: dict[date, str] = {}

    def to(self, day: date, *, is_waived: bool) -> Comparison | None:
        """Go to a day; return the comparison that is missing, if any.

        Args:
            day: the next day.
            is_waived: whether the result is to land even if it was withheld before.
        """
        export = self._exports.get(day)
        if export is None or not export.landed:
            return None
        gap = export.gap(max(self._parts[-REMEMBERED_PARTS:], default=0))
        if not export.has_whole_file and export.parts:
            self._parts.append(export.parts)
        comparison = Comparison(export, self.before)
        if not self.before:
            self.settle(comparison)  # There is nothing to compare the first export with.
        elif gap or day in self._held:
            self.gaps[day] = gap
            self.leave(comparison)
        elif comparison.derived_from in export.compared:
            self.settle(comparison)
        elif comparison.derived_from in export.withheld and not is_waived:
            self.leave(comparison)
        else:
            return comparison
        return None

    def settle(self, comparison: Comparison) -> None:
        """Go on from a complete export."""
        self.before = tuple(comparison.export.files)

    def leave(self, comparison: Comparison) -> None:
        """Go on from an export that shows only what is there, not what is missing."""
        self.before = (*comparison.before, *comparison.export.files)


def files_to_compare(root: Path, settings: Settings, arriving: Sequence[tuple[date, str]]) -> set[str]:
    """Return the bronze files that a landing may compare, for a machine that has only the manifests.

    These are the files around each day of which something is about to arrive or is not compared yet: from the last
    complete export before it to the first one after it.

    Args:
        root: the folder of bronze with all manifests.
        settings: the entities that are full exports, and what is waived.
        arriving: arrival day and delivered file of what is about to land.
    """
    wanted: set[str] = set()
    for entity, exports in read_exports(root, settings.since).items():
        open_days = {day for day, name in arriving if _stem(name).split(".")[0] == f"{entity.domain}/{entity.name}"}
        walk = Walk(exports)
        is_open = False
        for day in sorted(open_days | set(exports)):
            before = walk.before
            files = exports[day].files if day in exports else []
            comparison = walk.to(day, is_waived=day in exports and settings.waives(day, exports[day].derived_file))
            if comparison:
                walk.settle(comparison)
            if comparison or day in open_days or is_open:
                wanted.update(before, files, exports[day].derived.values() if day in exports else ())
            # What becomes of such a day decides with what the next exports are compared, up to a complete one.
            is_complete = bool(files) and walk.before == tuple(files)
            is_open = comparison is not None or day in open_days or (is_open and not is_complete)
    return wanted
