"""The import of one file: read, map, prove, publish."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import duckdb

from loaders.errors import TieoutError
from loaders.imports.originals import copy_with_digest, refuse_what_is_no_file
from loaders.imports.proof import Proof
from loaders.imports.staged import Staged, publish
from loaders.imports.trace import IMPORTS
from loaders.imports.workplace import workplace
from loaders.table_import.layout import Layout, check_columns, dialect_of, find_table
from loaders.table_import.loaded import LoadedMapping
from loaders.table_import.mapped import make_mapped, used_columns
from loaders.table_import.originals import Original, load_lines
from loaders.table_import.proof import compare_statements, prove
from loaders.table_import.records import make_records, make_source
from loaders.table_import.rules import source_columns
from loaders.table_import.session import sandbox, text
from loaders.table_import.sheets import mark_problems, read_export
from loaders.table_import.stages import Stages
from loaders.table_import.staging import stage_deliveries, stage_rejects, stage_trace
from loaders.table_import.yaml_lines import Place


@dataclass(frozen=True)
class Mapped:
    """A file of which the table `mapped` has been made.

    Attributes:
        connection: the engine with the tables.
        original: the file.
        layout: where the table is.
        stages: the SQL of the columns.
        day: the arrival day; None if a column has it.
    """

    connection: duckdb.DuckDBPyConnection
    original: Original
    layout: Layout
    stages: Stages
    day: date | None


@dataclass(frozen=True)
class Imported:
    """An imported file.

    Attributes:
        original: its path.
        proof: rows and money in and out.
        staged: its deliveries.
        folder: the folder with the original and the rejected lines.
        rejects: the file with the rejected lines; None if there are none.
        written: how many deliveries are new.
        skipped: which lines after the table were skipped; empty if there are none.
    """

    original: Path
    proof: Proof
    staged: tuple[Staged, ...]
    folder: Path
    rejects: Path | None
    written: int
    skipped: str


@contextmanager
def map_file(loaded: LoadedMapping, path: Path, folder: Path, arrived_on: date | None) -> Iterator[Mapped]:
    """Read a file and map its rows, in an engine that reaches only the folder.

    Raises:
        TieoutError: the file does not fit the mapping.
    """
    _check_name(loaded, path)
    original, lines = read_export(loaded, path, folder)
    with sandbox(folder) as connection:
        day = _arrival_day(connection, loaded, path, arrived_on)
        load_lines(connection, original, lines)
        layout = find_table(connection, loaded, original)
        check_columns(loaded, original, layout, [*source_columns(loaded), *used_columns(loaded)])
        dialect = dialect_of(loaded, original)
        make_records(connection, dialect, layout.first, layout.last)
        if original.problems:
            mark_problems(connection, original.problems)
        make_source(connection, dialect, layout.names, layout.header, loaded.mapping.table.empty_values)
        stages = make_mapped(connection, loaded, original, layout, day.isoformat() if day else None)
        yield Mapped(connection, original, layout, stages, day)


def import_file(loaded: LoadedMapping, path: Path, inbox: Path, arrived_on: date | None) -> Imported:
    """Import a file: write its deliveries into the inbox, and the original with what belongs to it beside them.

    Raises:
        TieoutError: the file does not fit the mapping or does not hold what it says, or a delivery exists with other
            content.
    """
    imports = inbox / IMPORTS
    with workplace(imports) as folder:
        with map_file(loaded, path, folder, arrived_on) as mapped:
            connection, original = mapped.connection, mapped.original
            _refuse_if_none_fits(connection, loaded, original)
            stated = compare_statements(connection, loaded, original, mapped.layout)
            staged = stage_deliveries(connection, loaded, original, folder, inbox=inbox, day=mapped.day)
            proof = prove(connection, loaded, path, [each.path for each in staged], stated)
            rejects = stage_rejects(connection, original, folder, staged[-1])
            trace = stage_trace(connection, original, folder, staged)
            layout = mapped.layout
        home = imports / loaded.entity.domain / Path(staged[-1].target).stem
        _refuse_other_content(loaded, staged, inbox)
        record = _record(loaded, original, proof, staged, folder)
        copy, digest = copy_with_digest(path, folder)
        if digest != original.sha256:
            raise TieoutError(f"{path} was changed while it was read. Import it when it is complete.")
        mapping = folder / "mapping.yml"
        shutil.copyfile(loaded.file, mapping)
        # The deliveries come last, so that each has its original.
        publish(
            {copy: f"original/{path.name}", mapping: "mapping.yml", record: "import.json", trace: "lines.csv"}, home
        )
        if rejects:
            publish({rejects: "rejects.csv"}, home)
        written = sum(each.deliver(inbox) for each in staged)
        skipped = f"{original.unit}s {layout.last + 1:,} to {layout.end:,}" if layout.end > layout.last else ""
        return Imported(path, proof, tuple(staged), home, home / "rejects.csv" if rejects else None, written, skipped)


def _refuse_if_none_fits(connection: duckdb.DuckDBPyConnection, loaded: LoadedMapping, original: Original) -> None:
    """Refuse a file of which no row can be mapped: the mapping is wrong, not the rows."""
    rows, fitting, line, reason = connection.execute(
        "select count(*), count(*) filter (reason is null), min(line), arg_min(reason, line) "
        "from mapped where not is_left_out"
    ).fetchall()[0]
    if rows and not fitting:
        raise TieoutError(
            f"No row of {original.shown} could be mapped, so nothing was written. The first is {original.unit} {line}: "
            f"{reason}. Correct the mapping ({loaded.at(*_place_of(reason))}); --check shows all."
        )


def _place_of(reason: str) -> Place:
    """Return the place in the mapping of the rule that a reason begins with, or of the table."""
    rule = reason.partition(":")[0]
    others: dict[str, Place] = {
        "money": ("money",),
        "leave_out": ("leave_out",),
        "arrival_day": ("files", "arrival_day"),
    }
    return others.get(rule, ("columns", rule) if rule.isidentifier() else ("table",))


def _check_name(loaded: LoadedMapping, path: Path) -> None:
    pattern = loaded.mapping.files.pattern
    refuse_what_is_no_file(path, "the export")
    if not fnmatchcase(path.name, pattern):
        raise TieoutError(
            f"{path} does not have the name '{pattern}' of the files of this mapping "
            f"({loaded.at('files', 'pattern')}). Give another mapping, or correct files.pattern."
        )


def _arrival_day(
    connection: duckdb.DuckDBPyConnection, loaded: LoadedMapping, path: Path, arrived_on: date | None
) -> date | None:
    """Return the arrival day: as given, or from the name; None if a column has it."""
    arrival = loaded.mapping.files.arrival_day
    if arrived_on or arrival is None:
        if arrived_on is None:
            raise TieoutError(
                f"The mapping does not say on which day {path.name} arrived. Give --arrived-on, or add arrival_day to "
                f"files ({loaded.at('files')})."
            )
        return arrived_on
    if arrival.given or arrival.in_name is None:
        return arrival.given
    found = connection.execute(f"select regexp_extract(?, {text(arrival.in_name)}, 1)", [path.name]).fetchall()[0][0]
    parsed = connection.execute(f"select try_strptime(?, {text(arrival.format)})", [found]).fetchall()[0][0]
    if parsed is None:
        raise TieoutError(
            f"{path.name} has no day in its name by the pattern '{arrival.in_name}' and the format {arrival.format} "
            f"({loaded.at('files', 'arrival_day', 'in_name')}). Correct them, or give --arrived-on."
        )
    return date(parsed.year, parsed.month, parsed.day)


def _refuse_other_content(loaded: LoadedMapping, staged: list[Staged], inbox: Path) -> None:
    for each in staged:
        if each.differs(inbox):
            raise TieoutError(
                f"{inbox / each.target} exists already with other content, and deliveries never change. If the mapping "
                f"has changed on purpose, set revision: {loaded.mapping.revision + 1} in {loaded.file}; the new "
                "delivery corrects the earlier one."
            )


def _record(loaded: LoadedMapping, original: Original, proof: Proof, staged: list[Staged], folder: Path) -> Path:
    """Write what was done. It has no time, so that the same import writes the same bytes."""
    path = folder / "import.json"
    record = {
        "original": {"file": original.path.name, "bytes": original.size, "sha256": original.sha256}
        | ({"sheet": original.sheet} if original.sheet is not None else {}),
        "mapping": {"file": loaded.file.name, "sha256": loaded.sha256, "revision": loaded.mapping.revision},
        "entity": f"{loaded.entity.domain}/{loaded.entity.name}",
        "encoding": loaded.mapping.files.encoding,
        **proof.as_json(),
        "deliveries": [{"file": each.target, "rows": each.rows, "sha256": each.sha256} for each in staged],
    }
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
