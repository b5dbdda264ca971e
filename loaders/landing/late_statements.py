"""Control files that arrive later than their delivery, or without it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path

from loaders.landing.bronze import BronzeRoot, DeliveredBefore
from loaders.landing.comparing import Comparison
from loaders.landing.control_files import Companions, about, ending
from loaders.landing.inbox import Delivery
from loaders.landing.left_out import LeftOut, LeftOutFiles
from loaders.landing.staging import MalformedLines, StagedDelivery, sha256_of, stage
from loaders.landing.statements import ControlFileError
from loaders.progress import uncounted


def stated_later(
    delivery: Delivery, before: DeliveredBefore, target: Path, malformed: MalformedLines, left_out: LeftOutFiles
) -> ControlFileError | None:
    """Compare a file that has landed with control files that have come, or have changed, since then.

    Each control file is compared once: `left_out` remembers it.

    Args:
        delivery: the file, with the content that has landed.
        before: what was delivered before.
        target: a path below the staging folder.
        malformed: collects malformed lines; it is left as it is.
        left_out: the files of the inbox that this landing leaves out.

    Returns:
        The control file that differs; None if all agree, or cannot be read.

    Raises:
        TieoutError: the file or a control file cannot be read.
    """
    comparison = Comparison(delivery)
    recorded = before.stated[delivery.delivered_file].split("; ")
    if all(str(statement) in recorded for statement in comparison.statements) and not comparison.problem:
        return None
    if comparison.problem:
        path = comparison.problem.path
        left_out.add(LeftOut(path, f"{path} was left out: {comparison.problem.problem}. Correct or remove it."))
        return None
    remembered = [left_out.remembers(path) for path in delivery.control_files]
    if all(remembered):
        return None
    mark = malformed.mark()
    staged = stage(delivery, target, malformed, uncounted)
    malformed.back_to(mark)
    target.unlink(missing_ok=True)
    for path in delivery.control_files:
        left_out.add(LeftOut(path, ""))
    return staged.refused_by


def refused_statement(delivery: Delivery, error: ControlFileError, before: DeliveredBefore) -> StagedDelivery | None:
    """Return a control file as a refused file of its own; None if it was refused before.

    Its delivery has landed, or has been refused for another reason, and cannot be recorded a second time. A name in
    other case than that of the delivery is replaced by the latter, by which its repair is found.
    """
    size, sha256 = sha256_of(error.path, uncounted)
    name = error.path.name
    if not delivery.path.name.startswith(about(name)):
        name = f"{delivery.path.name}.{ending(name)}"
    refused = before.numbered(Delivery(delivery.arrived_on, delivery.entity, error.path.with_name(name)))
    if (refused.delivered_file, sha256) in before.refused:
        return None
    return StagedDelivery(refused, size, sha256, refusal=error.problem)


def without_delivery(control_files: list[Delivery], bronze: BronzeRoot) -> list[LeftOut]:
    """Return the control files whose delivery has neither landed nor been refused."""
    left_out = []
    by_day: defaultdict[date, list[Delivery]] = defaultdict(list)
    for control_file in control_files:
        by_day[control_file.arrived_on].append(control_file)
    for day, files in by_day.items():
        companions = Companions(bronze.delivered_before(day).names)
        left_out += [
            LeftOut(
                file.path,
                f"{file.path} was left out: it is a control file, and the file that it is about has not come. Deliver "
                "that file, or remove the control file.",
            )
            for file in files
            if not companions.of(file.delivered_file)
        ]
    return left_out
