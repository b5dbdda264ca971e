"""The result of one landing, and what `tieout land` prints about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from loaders.landing.staging import StagedDelivery

_NAMED_DAYS = 3


@dataclass
class LandingResult:
    """The result of one run.

    Attributes:
        batches: the id of each new batch, by arrival day.
        landed: the files that landed.
        skipped: the number of files that had landed before.
        refused: the number of files that were refused.
        refused_before: the number of files that an earlier run has refused, and that still cannot land.
        waiting: the number of files that were changed too short a time ago to land.
        left_out_before: the number of files that are not deliveries, and that an earlier run has reported.
        left_out_list: the list of these files.
        problems: a sentence for every file that was refused or left out, if no earlier run has reported it.
        overtaken: the arrival days on which files landed although files of later days had, by entity.
        returned: the forgotten customers of whom files bring personal data again, and these files.
    """

    batches: dict[date, str] = field(default_factory=dict)
    landed: list[StagedDelivery] = field(default_factory=list)
    skipped: int = 0
    refused: int = 0
    refused_before: int = 0
    waiting: int = 0
    left_out_before: int = 0
    left_out_list: Path | None = None
    problems: list[str] = field(default_factory=list)
    overtaken: dict[str, list[date]] = field(default_factory=dict)
    returned: dict[str, list[str]] = field(default_factory=dict)

    @property
    def landed_rows(self) -> int:
        """Records that landed."""
        return sum(staged.landed_rows for staged in self.landed)

    @property
    def malformed_rows(self) -> int:
        """Malformed records of the files that landed."""
        return sum(staged.malformed_rows for staged in self.landed)

    @property
    def changed_values(self) -> int:
        """Values in which a line break or control character was replaced by a space."""
        return sum(staged.changed_values for staged in self.landed)

    @property
    def amounts(self) -> int:
        """Amounts in the control totals."""
        return sum(total.amounts for staged in self.landed for total in staged.totals)


def summary(result: LandingResult, inbox: Path, bronze_root: Path) -> Iterator[str]:
    """Yield the lines that the command prints."""
    if result.waiting:
        yield f"Files that were changed a moment ago and wait for the next landing: {result.waiting:,}."
    before = result.refused_before + result.left_out_before
    if not (result.landed or result.skipped or result.problems or result.waiting or before):
        yield f"There is nothing to land in {inbox}."
        return
    yield (
        f"Files:   {len(result.landed):,} landed in {bronze_root}, {result.skipped:,} had landed before, "
        f"{result.refused:,} refused, {len(result.problems) - result.refused:,} left out."
    )
    if result.landed:
        yield f"Records: {result.landed_rows:,} landed, {result.malformed_rows:,} malformed and set aside."
        yield f"Values:  {result.amounts:,} amounts in control totals, {result.changed_values:,} values made printable."
    if result.refused_before:
        yield (
            f"Note:    Files that an earlier landing has refused, and that cannot land yet: {result.refused_before:,}. "
            "The table refused_files has the reasons."
        )
    if result.left_out_before:
        yield (
            f"Note:    Files that are not deliveries, reported by an earlier landing: {result.left_out_before:,}. "
            f"They are listed in {result.left_out_list}."
        )
    for entity, days in result.overtaken.items():
        yield (
            f"Note:    {entity} of {', '.join(map(str, days[:_NAMED_DAYS]))}{', ...' if days[_NAMED_DAYS:] else ''} "
            "landed after a later day. Of rows with the same key and update time, those of the later day count."
        )
    for customer_id, files in result.returned.items():
        yield (
            f"Note:    Customer {customer_id} was forgotten, and personal data has come again with "
            f"{', '.join(files[:_NAMED_DAYS])}{', ...' if files[_NAMED_DAYS:] else ''}. "
            f"Forget the customer again: tieout forget {customer_id}"
        )
    earlier = sum(bool(staged.missing_columns) for staged in result.landed)
    if earlier:
        yield f"Headers: {earlier:,} of an earlier contract version; the columns they lack are empty."
