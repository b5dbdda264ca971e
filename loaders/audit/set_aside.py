"""Landed files of which most rows are set aside for the same reason.

Rejected rows are explained, so they tie out. But a source that changes a format breaks a rule in every row, and then
the rows that are missing in gold are no exceptions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from loaders.audit.waivers import REMEDY, VARIABLE, Waivers
from loaders.audit.warehouse import Row

MALFORMED = "malformed_line"
"""The reason of all lines that landing has set aside, whatever is wrong with each."""


@dataclass(frozen=True)
class MostlyRejected:
    """From when on the rejected rows of a file are too many.

    Attributes:
        percent: the share of the file's rows that break the same rule, 1 to 100.
        rows: the number of such rows. In a smaller file, a few bad rows are soon half of it.
    """

    percent: int = 50
    rows: int = 10


@dataclass(frozen=True)
class SetAside:
    """A file and a reason for which most of its rows are set aside, and not resolved."""

    entity: str
    file: str
    reason: str
    failed_rows: int
    delivered_rows: int

    @property
    def name(self) -> str:
        """The name by which a controller waives it."""
        return f"{self.file} {self.reason}"

    @property
    def counts(self) -> str:
        """How many of its rows."""
        return f"{self.failed_rows:,} of {self.delivered_rows:,} rows"


def mostly_rejected(counted: Iterable[Row], limit: MostlyRejected) -> list[SetAside]:
    """Return the files and reasons that are over the limit.

    Args:
        counted: the unresolved rejected rows, counted by file and reasons, with the number of rows delivered.
        limit: from when on they are too many.
    """
    files: dict[str, Row] = {}
    failed: Counter[tuple[str, str]] = Counter()
    for row in counted:
        file = row["bronze_file"]
        files[file] = row
        reasons = row["reasons"].split(",") if row["rejected_by"] == "rules" else [MALFORMED]
        for reason in reasons:
            failed[file, reason] += row["row_count"]
    return [
        SetAside(files[file]["entity"], file, reason, count, files[file]["delivered_rows"])
        for (file, reason), count in failed.items()
        if count >= limit.rows and count * 100 >= files[file]["delivered_rows"] * limit.percent
    ]


def findings(found: Iterable[SetAside], waivers: Waivers) -> Iterator[str]:
    """Yield a sentence with the remedy for each entity and reason, except for files that a controller has waived."""
    by_reason: dict[tuple[str, str], list[SetAside]] = defaultdict(list)
    for file in found:
        if not waivers.cover(file.name):
            by_reason[file.entity, file.reason].append(file)
    for (entity, reason), files in by_reason.items():
        oldest = files[0]
        yield (
            f"Files of {entity} of which most rows are set aside for the same reason, {reason}: {len(files):,}. The "
            f"oldest is {oldest.file}, with {oldest.counts}. The source may have changed how it writes its files: "
            "compare the rows (tieout rejects export) with docs/sources.md, and have it deliver them again. If they "
            f"must stay out, add '{oldest.name}' {REMEDY}."
        )


def notes(found: Iterable[SetAside], waivers: Waivers) -> Iterator[str]:
    """Yield a sentence that names the files that a controller has waived, with the number of their rows."""
    waived = [f"{file.name} ({file.counts})" for file in found if waivers.cover(file.name)]
    if waived:
        yield f"Files of which most rows are set aside, waived in {VARIABLE}: {'; '.join(waived)}."
