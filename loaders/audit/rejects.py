"""`tieout rejects export`: what was rejected and not resolved yet, as deliveries that a source team can correct.

The files' names tell what they correct, see docs/decisions/0008-rejected-rows-are-resolved.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from loaders.audit.warehouse import Row, TargetOption, Warehouse, file_and_line_of, open_warehouse
from loaders.contract import Contract, Entity, load_contract, project_root
from loaders.errors import TieoutError
from loaders.landing.records import csv_line

INBOX, REASONS = "inbox", "reasons.csv"
"""Where the deliveries stand, to be landed as they are, and what is wrong with each of their lines, beside them."""

_REASON_COLUMNS = ("file", "line", "rejected_file", "rejected_line", "arrived_on", "business_key", "reasons")

_UNRESOLVED = """
select domain, entity, rejected_by, source_file, source_line, arrived_on, reasons, business_key
from {audit}.rejected_rows
where not is_resolved
order by domain, entity, source_file, source_line
"""

_RAW_RECORDS = """
select base._source_file as source_file, base._source_line as source_line, base._raw_record as raw_record
from {{silver}}.{base} as base
inner join {{audit}}.rejected_rows as rejected
    on
        base._source_file = rejected.source_file
        and base._source_line = rejected.source_line
where not rejected.is_resolved
"""

_RAW_LINES = """
select lines._source_file as source_file, lines._source_line as source_line, lines.raw_line
from {silver}.base_control__malformed_lines as lines
inner join {audit}.rejected_rows as rejected
    on
        lines._source_file = rejected.source_file
        and lines._source_line = rejected.source_line
where rejected.rejected_by = 'landing' and not rejected.is_resolved
"""

_CORRECTIONS = """
select domain, delivered_file
from {silver}.base_control__deliveries
where position('.corrects-' in delivered_file) > 0
"""


@dataclass(frozen=True)
class Correction:
    """The unresolved rows of one bronze file, to be corrected.

    Attributes:
        path: the path of the file in the folder of the export.
        content: its text: the contract's header, and a line for every row.
        reasons: what is wrong with each line, as rows of `reasons.csv`.
    """

    path: Path
    content: str
    reasons: list[str]


app = typer.Typer(name="rejects", help="Bring rejected rows back to those who can correct them.", no_args_is_help=True)


@app.command(name="export")
def command(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Folder for the export; what stands there is kept.  [default: data/rejects in the project]",
            show_default=False,
        ),
    ] = None,
    target: TargetOption = None,
    entity: Annotated[str | None, typer.Option(help="Only this entity, `banking/transactions` for one.")] = None,
) -> None:
    """Write what is rejected and not resolved as files to correct, with the reasons beside them.

    The files hold personal data in clear, readable by you alone. Correct the lines, keep the files' names, and land
    them: tieout land FOLDER/inbox.
    """
    folder = folder or project_root() / "data" / "rejects"
    contract = load_contract()
    if entity is not None:
        contract.entity(*entity.partition("/")[::2])  # tells which entities there are
    with open_warehouse(target) as warehouse:
        corrections = list(_corrections(warehouse, contract, entity))
    if not corrections:
        typer.echo("Nothing is rejected that is not resolved.")
        return
    _write(folder, corrections)
    rows = sum(len(correction.reasons) for correction in corrections)
    typer.echo(f"Rejected rows to correct: {rows:,} in {len(corrections):,} files in {folder / INBOX}.")
    typer.echo(f"What is wrong with each line: {folder / REASONS}.")
    typer.echo(f"They hold personal data. When they are corrected: tieout land {folder / INBOX}, then dbt build.")


def correction_name(bronze_file: str, entity: Entity, number: int) -> str:
    """Return the name of the file that corrects a bronze file, the first to do so or one after it."""
    # No secret: the digits only tell one path from another.
    digits = hashlib.md5(bronze_file.encode(), usedforsecurity=False).hexdigest()[:12]
    return f"{entity.name}.corrects-{digits}{f'.{number}' if number > 1 else ''}.csv"


def _corrections(warehouse: Warehouse, contract: Contract, only: str | None) -> Iterator[Correction]:
    unresolved = [row for row in warehouse.rows(_UNRESOLVED) if only in (None, f"{row['domain']}/{row['entity']}")]
    if not unresolved:
        return
    lines = {file_and_line_of(row): row["raw_line"] for row in warehouse.rows(_RAW_LINES)}
    known = {(row["domain"], row["delivered_file"]) for row in warehouse.rows(_CORRECTIONS)}
    for (domain, name), rows in groupby(unresolved, key=lambda row: (row["domain"], row["entity"])):
        entity = contract.entity(domain, name)
        records = {
            file_and_line_of(row): row["raw_record"]
            for row in warehouse.rows(_RAW_RECORDS.format(base=f"base_{domain}__{name}"))
        }
        for file, rejected in groupby(rows, key=lambda row: str(row["source_file"])):
            number = 1
            while (domain, f"{domain}/{correction_name(file, entity, number)}") in known:
                number += 1
            path = Path(INBOX) / domain / correction_name(file, entity, number)
            yield _correction(path, entity, list(rejected), records, lines)


def _correction(
    path: Path,
    entity: Entity,
    rejected: list[Row],
    records: dict[tuple[str, int], str],
    lines: dict[tuple[str, int], str],
) -> Correction:
    content = [csv_line(entity.delivered_columns)]
    reasons = []
    for number, row in enumerate(rejected, start=2):
        if row["rejected_by"] == "landing":
            # A malformed line has no columns. Its text is written into the first column, for the user to split.
            values = [lines[file_and_line_of(row)], *[""] * (len(entity.delivered_columns) - 1)]
        else:
            values = _values(records.get(file_and_line_of(row)), entity, row)
        content.append(csv_line(values))
        about = (path.relative_to(INBOX), number, row["source_file"], row["source_line"], row["arrived_on"])
        reasons.append(csv_line([*map(str, about), row["business_key"] or "", row["reasons"]]))
    return Correction(path, "".join(content), reasons)


def _values(raw_record: str | None, entity: Entity, row: Row) -> list[str]:
    """Return the raw values of a rejected row in the order of the contract."""
    if raw_record is None:
        raise TieoutError(
            f"{row['source_file']} line {row['source_line']} is rejected in the audit, but not in silver: a build did "
            "not finish. Run dbt build."
        )
    try:
        record = json.loads(raw_record)
    except json.JSONDecodeError:
        raise TieoutError(
            f"The raw values of {row['source_file']} line {row['source_line']} are masked for this user: export as a "
            "user with the role pii_reader (docs/redshift.md)."
        ) from None
    return [record.get(column) or "" for column in entity.delivered_columns]


def _write(folder: Path, corrections: list[Correction]) -> None:
    """Write all files, or none: what a source team has corrected already is never written over."""
    reasons = csv_line(_REASON_COLUMNS) + "".join(line for correction in corrections for line in correction.reasons)
    files = {folder / correction.path: correction.content for correction in corrections} | {folder / REASONS: reasons}
    try:
        for path, content in files.items():
            if path.exists() and path.read_text(encoding="utf-8") != content:
                raise TieoutError(
                    f"{path} is there already with other content, somebody's corrections perhaps: land or remove it, "
                    "or give another folder."
                )
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            path.write_text(content, encoding="utf-8", newline="")
    except (OSError, UnicodeDecodeError) as error:
        raise TieoutError(f"The export cannot be written to {folder}: {error}. Give another folder.") from None
