"""Deliveries that landing derives: what is missing from a full export, with the record status `deleted`."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from loaders.audit.waivers import REMEDY
from loaders.contract import Entity
from loaders.errors import TieoutError
from loaders.landing.bronze import BronzeRoot
from loaders.landing.export_settings import KEYS, PERCENT, Settings
from loaders.landing.full_exports import Comparison, Walk, read_exports
from loaders.landing.inbox import Delivery
from loaders.landing.missing_keys import MissingKeys, find_missing_keys
from loaders.landing.staging import MalformedLines, StagedDelivery, stage
from loaders.progress import uncounted


@dataclass
class Withdrawals:
    """What landing has derived.

    Attributes:
        landed: the derived files, empty ones included.
        withheld: a sentence for each export of which too much is missing.
        gaps: a sentence for each export that was delivered now and shows only what is there.
        error: why not everything was compared.
    """

    landed: list[StagedDelivery] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def problems(self) -> list[str]:
        """Sentences for everything that someone must look at."""
        return [*self.withheld, *([self.error] if self.error else [])]

    def lines(self) -> Iterator[str]:
        """Yield what `tieout land` prints."""
        if self.landed:
            rows: Counter[str] = Counter()
            for staged in self.landed:
                rows[_name(staged.delivery.entity)] += staged.landed_rows
            missing = ", ".join(f"{count:,} of {name}" for name, count in rows.items() if count)
            yield f"Missing: {len(self.landed):,} full exports compared; missing and withdrawn: {missing or 'nothing'}."
        yield from (f"Note:    {gap}" for gap in self.gaps)


def withdraw_missing(
    bronze: BronzeRoot,
    settings: Settings,
    held: AbstractSet[tuple[date, Entity]] = frozenset(),
    landed: Sequence[StagedDelivery] = (),
) -> Withdrawals:
    """Compare all exports that are not compared yet, and land what is missing from them, a batch for each day.

    The manifests say what was compared with what. So an interrupted landing is completed by the next one, and so is one
    whose result was withheld and then waived.

    Args:
        bronze: the bronze root, after everything else has landed.
        settings: the entities that are full exports.
        held: days and entities of which a file waits in the inbox.
        landed: the files that have landed now.

    Raises:
        OSError: bronze cannot be read or written.
    """
    result = Withdrawals()
    try:
        walks = _withdraw(bronze, settings, held, result)
    except TieoutError as error:
        result.error = str(error)
        return result
    touched = {(staged.delivery.arrived_on, staged.delivery.entity) for staged in landed}
    for entity, walk in walks.items():
        for day, gap in walk.gaps.items():
            if gap and (day, entity) in touched:
                result.gaps.append(f"Nothing is withdrawn by the full export of {_name(entity)} of {day}: {gap}.")
    return result


def _withdraw(
    bronze: BronzeRoot, settings: Settings, held: AbstractSet[tuple[date, Entity]], result: Withdrawals
) -> dict[Entity, Walk]:
    exports = read_exports(bronze.root, settings.since)
    walks = {
        entity: Walk(of_entity, {day for day, waiting in held if waiting == entity})
        for entity, of_entity in exports.items()
    }
    for day in sorted({day for of_entity in exports.values() for day in of_entity}):
        comparisons = []
        for entity, walk in walks.items():
            export = exports[entity].get(day)
            is_waived = export is not None and settings.waives(day, export.derived_file)
            comparison = walk.to(day, is_waived=is_waived)
            if comparison:
                comparisons.append((walk, comparison, is_waived))
        if comparisons:
            _land_day(bronze, day, comparisons, settings, result)
    return walks


def _land_day(
    bronze: BronzeRoot,
    day: date,
    comparisons: Sequence[tuple[Walk, Comparison, bool]],
    settings: Settings,
    result: Withdrawals,
) -> None:
    folder = bronze.staging / f"missing-{day}"
    folder.mkdir()
    batch = []
    before = bronze.delivered_before(day)
    with closing(bronze.collect_malformed(folder)) as malformed:
        for number, (walk, comparison, is_waived) in enumerate(comparisons):
            work = folder / str(number)
            work.mkdir()
            delivery = before.numbered(
                Delivery(day, comparison.export.entity, work / Path(comparison.export.derived_file).name)
            )
            staged = _staged(bronze, delivery, comparison, malformed, settings, is_waived=is_waived)
            batch.append(staged)
            if staged.refusal:
                walk.leave(comparison)
                result.withheld.append(_sentence(staged))
            else:
                walk.settle(comparison)
                result.landed.append(staged)
        bronze.publish(day, batch, malformed)


def _staged(
    bronze: BronzeRoot,
    delivery: Delivery,
    comparison: Comparison,
    malformed: MalformedLines,
    settings: Settings,
    *,
    is_waived: bool,
) -> StagedDelivery:
    """Stage what is missing from an export; if that is waived, however much it is."""
    entity = delivery.entity
    compared = (comparison.before, comparison.export.files, [*comparison.export.derived.values()])
    before, export, derived = (_paths(bronze.root, names) for names in compared)
    scratch = delivery.path.with_name("scratch")
    zone = settings.time_zones.get(entity.domain, "UTC")
    found = find_missing_keys(entity, before, export, derived, target=delivery.path, scratch=scratch, time_zone=zone)
    refusal = "" if is_waived else _too_much(found, settings)
    if refusal:
        digest = hashlib.sha256(f"{comparison.derived_from}\n{refusal}".encode()).hexdigest()
        return StagedDelivery(delivery, 0, digest, refusal=refusal, derived_from=comparison.derived_from)
    # What the contract requires of a source, landing does not state about its own file.
    unstated = replace(delivery, entity=replace(entity, statement="optional", trailer=()))
    staged = stage(unstated, delivery.path.with_name("bronze"), malformed, uncounted)
    return replace(staged, delivery=delivery, derived_from=comparison.derived_from)


def _paths(root: Path, names: Sequence[str]) -> list[Path]:
    paths = [root / name for name in names]
    for path in paths:
        if not path.exists():
            raise TieoutError(
                f"{path} is missing, and a full export is compared with it. Everything that was delivered has landed. "
                "Restore the file or fetch it again (tieout fetch), then land again: that withdraws what is missing "
                "from the export."
            )
    return paths


def _too_much(found: MissingKeys, limits: Settings) -> str:
    """Return why so many missing keys are not withdrawn without a decision; an empty text if they are."""
    missing = f"{found.missing:,} of {found.before:,} keys are missing from the export"
    if found.missing and not found.rows:
        return f"{missing}, which is empty"
    if found.missing and found.rows_without_key:
        return f"{missing}, and {found.rows_without_key:,} of its rows have no key"
    if found.missing >= limits.keys and found.missing * 100 > found.before * limits.percent:
        return f"{missing}, more than {limits.percent} percent ({PERCENT}, {KEYS})"
    return ""


def _sentence(staged: StagedDelivery) -> str:
    delivery = staged.delivery
    return (
        f"Nothing is withdrawn by the full export of {_name(delivery.entity)} of {delivery.arrived_on}: "
        f"{staged.refusal}. If the export is not complete, deliver the whole one for {delivery.arrived_on} under "
        f"another name, or wait for the next complete one. If they are deleted, add '{delivery.arrived_on} "
        f"{delivery.delivered_file}' {REMEDY}; the next landing withdraws them."
    )


def _name(entity: Entity) -> str:
    return f"{entity.domain}/{entity.name}"
