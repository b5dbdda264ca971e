"""What the sources did wrong: missing deliveries, refused files, keys that were used twice, excess returns."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from loaders.audit import source_queries
from loaders.audit.waivers import REMEDY, VARIABLE, Waivers
from loaders.audit.warehouse import Row, Warehouse
from loaders.landing.control_files import about, is_control_file
from loaders.wording import counted

_NAMED_DAYS = 5

# The full exports that landing has compared, and the records that it has withdrawn because they are missing.
_EXPORTS = """
select domain, entity, export_count, compared_on, missing_count, rejected_count, delivered_on
from (
    select
        domain,
        entity,
        count(distinct case when derived_from is not null then arrived_on end) as export_count,
        max(case when derived_from is not null then arrived_on end) as compared_on,
        sum(case when derived_from is not null then delivered_rows else 0 end) as missing_count,
        sum(case when derived_from is not null then rejected_rows else 0 end) as rejected_count,
        max(case when derived_from is null then arrived_on end) as delivered_on
    from {audit}.deliveries
    where delivery_status = 'landed'
    group by domain, entity
) as exports
where compared_on is not null
order by domain, entity
"""


def sources_differ(warehouse: Warehouse, waivers: Waivers) -> Iterator[str]:
    """Yield a sentence for everything that a source must deliver, repair or explain, and that is not waived.

    Args:
        warehouse: the warehouse that is judged.
        waivers: the waived findings.
    """
    yield from _missing(warehouse.rows(source_queries.MISSING), waivers)
    yield from _refused(warehouse.rows(source_queries.REFUSED), waivers)
    yield from _reused(warehouse.rows(source_queries.REUSED), waivers)
    yield from _returned_too_often(warehouse.rows(source_queries.EXCESS_RETURNS), waivers)


def source_notes(warehouse: Warehouse, waivers: Waivers, pause_days: int) -> Iterator[str]:
    """Yield a sentence for everything about deliveries that is explained.

    Args:
        warehouse: the warehouse that is judged.
        waivers: the waived findings, after `sources_differ` has used them.
        pause_days: after so many days without any delivery, nothing was expected.
    """
    for late in warehouse.rows(source_queries.LATE):
        yield (
            f"Expected deliveries of {late['domain']}/{late['entity']} that came in a file of a later arrival day: "
            f"{late['day_count']:,}, the first of {late['first_on']}."
        )
    for exports in warehouse.rows(_EXPORTS):
        rejected = later = ""
        if exports["rejected_count"]:
            rejected = f" Rejected, as the last row before, so not withdrawn: {exports['rejected_count']:,}."
        if exports["delivered_on"] > exports["compared_on"]:
            later = f" That of {exports['delivered_on']} is not compared: it is not complete, or too much is missing."
        yield (
            f"Full exports of {exports['domain']}/{exports['entity']} that were compared with those before: "
            f"{exports['export_count']:,}, the last one of {exports['compared_on']}. Rows that landing has made to "
            f"withdraw the records that were missing: {exports['missing_count']:,}.{rejected}{later}"
        )
    for refused in warehouse.rows(source_queries.REPAIRED):
        yield f"Refused files that have been repaired: {refused['file_count']:,}."
    for paused in warehouse.rows(source_queries.PAUSES.replace("{pause_days}", str(pause_days))):
        yield (
            f"{paused['domain']} delivered nothing at all for more than {pause_days} days (pause_days): "
            f"{paused['pause_count']:,} times, the last time between {paused['last_on']} and {paused['resumed_on']}. "
            "Nothing was expected meanwhile."
        )
    if waivers.used:
        yield f"Waived by {VARIABLE} in dbt_project.yml: {'; '.join(sorted(waivers.used))}."


def _missing(rows: list[Row], waivers: Waivers) -> Iterator[str]:
    days: defaultdict[tuple[str, str], list[date]] = defaultdict(list)
    for row in rows:
        what = f"{row['domain']}/{row['entity']}"
        if not waivers.cover_day(row["expected_on"], what):
            days[what, row["frequency"]].append(row["expected_on"])
    for (what, frequency), missing in days.items():
        named = ", ".join(map(str, missing[:_NAMED_DAYS]))
        more = f" and {len(missing) - _NAMED_DAYS:,} more, the last {missing[-1]}" if len(missing) > _NAMED_DAYS else ""
        name = str(missing[0]) if len(missing) == 1 else f"{missing[0]} to {missing[-1]}"
        yield (
            f"Expected deliveries of {what} that are missing ({frequency.replace('_', ' ')}): {len(missing):,}. "
            f"{named}{more}. Land them for their days, a file with only the header where there was nothing. If nothing "
            f"will come, add '{name} {what}' {REMEDY}, or change what is expected (expected_deliveries)."
        )


def _refused(rows: list[Row], waivers: Waivers) -> Iterator[str]:
    for row in rows:
        is_waived = waivers.cover_day(row["arrived_on"], row["delivered_file"])
        if row["is_derived"]:
            yield _withheld(row, is_waived=is_waived)
            continue
        if is_waived:
            continue
        yield (
            f"The file {row['delivered_file']} of {row['arrived_on']} was refused, and nothing of it landed: "
            f"{row['refusal_reason']}. Deliver the repaired file for {row['arrived_on']} as "
            f"{resent_name(row['delivered_file'])}, or add '{row['arrived_on']} {row['delivered_file']}' {REMEDY}."
        )


def resent_name(delivered_file: str) -> str:
    """Return the name of the file that repairs a refused one, or the one that a refused control file is about."""
    name = about(delivered_file) if is_control_file(delivered_file) else delivered_file
    ending = re.search(r"([.]csv([.]gz)?)?$", name, re.IGNORECASE)
    dot = ending[0] if ending and ending[0] else ".csv"
    return f"{name.removesuffix(dot)}.resent{dot}"


def _withheld(row: Row, *, is_waived: bool) -> str:
    export = f"the full export of {row['domain']}/{row['entity']} of {row['arrived_on']}"
    name = f"{row['arrived_on']} {row['delivered_file']}"
    if is_waived:
        return (
            f"'{name}' is in {VARIABLE}, but what is missing from {export} is not withdrawn yet. Run tieout land, then "
            "dbt build."
        )
    return (
        f"Nothing is withdrawn by {export}: {row['refusal_reason']}. If the export is not complete, deliver the whole "
        f"one for {row['arrived_on']} under another name, or wait for the next complete one. If they are deleted, add "
        f"'{name}' {REMEDY}; the next landing withdraws them."
    )


def _reused(rows: list[Row], waivers: Waivers) -> Iterator[str]:
    for row in rows:
        if waivers.cover(row["source_file"]):
            continue
        yield (
            f"Keys of {row['domain']}/{row['entity']} that {row['source_file']} uses for something else: "
            f"{row['row_count']:,}. The first is {row['business_key']}, line {row['source_line']}: "
            f"{row['reuse_detail']} ({row['earlier_source_file']} line {row['earlier_source_line']}), so the earlier "
            "row no longer counts. Have the source deliver both under keys of their own; if it is a correction, or it "
            f"is done, add '{row['source_file']}' {REMEDY}."
        )


def _returned_too_often(rows: list[Row], waivers: Waivers) -> Iterator[str]:
    for row in rows:
        name = f"{row['source_file']} excess_returns"
        if waivers.cover(name):
            continue
        lines = counted(row["return_line_count"], "line")
        ways = f"the flag is_returned and {lines}" if row["return_flag"] else lines
        yield (
            f"Order lines of which {row['source_file']} takes back more units than were sold: {row['row_count']:,}. "
            f"The first is {row['order_line_id']} of order {row['order_id']}: sold {row['sold_quantity']:,}, taken "
            f"back {row['returned_quantity']:,}, by {ways}. Have the shop deliver a return in one of the two ways; if "
            f"it is done, or right, add '{name}' {REMEDY}."
        )
