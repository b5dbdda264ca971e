"""What is missing from an export, compared set by set: each file is read once."""

# ruff: noqa: S608 (names are of the contract, and paths are quoted)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loaders.contract import RECORD_STATUS, Column, Entity
from loaders.errors import TieoutError

# The forms of times that silver accepts (macros/dialect/try_to.sql), in pieces: day, time of day, seconds, offset in
# hours and minutes.
_TIME = (
    "^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:[.][0-9]{1,6})?)?[0-9]{0,3}"
    " ?(?:Z|UTC)?(?:([+-][0-9]{2}):?([0-9]{2})?)?)?$"
)
_DELETED = "'deleted', 'Deleted', 'DELETED'"


@dataclass(frozen=True)
class MissingKeys:
    """The result of a comparison.

    Attributes:
        before: the number of keys that were delivered before.
        missing: how many of them are missing from the export and are not deleted already.
        rows: the number of rows of the export.
        rows_without_key: how many of them have no key.
    """

    before: int
    missing: int
    rows: int
    rows_without_key: int


def find_missing_keys(
    entity: Entity,
    before: Sequence[Path],
    export: Sequence[Path],
    derived: Sequence[Path],
    *,
    target: Path,
    scratch: Path,
    time_zone: str = "UTC",
) -> MissingKeys:
    """Write a delivery that deletes every record that is missing from an export: its latest state before.

    Args:
        entity: the entity.
        before: the bronze files with which the export is compared.
        export: the bronze files of the export.
        derived: the files that an earlier comparison of the export has made; their states are not written again.
        target: the new file, with the header of a delivered file.
        scratch: a folder for what does not fit into memory.
        time_zone: the business time zone, in which an update time is that is only a date.

    Raises:
        TieoutError: DuckDB cannot read or compare the files.
    """
    # Most landings compare nothing.
    import duckdb  # noqa: PLC0415

    keys = [f"key_{number}" for number, _ in enumerate(entity.key)]
    columns = {column.name: column for column in entity.columns}
    values = ", ".join(f"{_key(columns[name])} as {key}" for key, name in zip(keys, entity.key, strict=True))
    updated = update_time(entity, time_zone)
    # Of the records that are present, only the keys are kept.
    kept = [*map(_name, columns), "filename"]
    has_key = " and ".join(f"{key} is not null" for key in keys)
    try:
        with duckdb.connect(config={"temp_directory": str(scratch)}) as connection:
            connection.execute("set timezone = 'UTC'")
            connection.execute(f"create temp table export as select {values} from {_rows(entity, export)}")
            connection.execute(
                f"""
                create temp table compared as
                select
                    {", ".join(f"earlier.{key}" for key in keys)},
                    present.{keys[0]} is null as is_missing,
                    {", ".join(f"case when is_missing then {name} end as {name}" for name in kept)}
                from (select *, {values} from {_rows(entity, before)}) as earlier
                left join (select distinct {", ".join(keys)} from export where {has_key}) as present
                    on {" and ".join(f"earlier.{key} = present.{key}" for key in keys)}
                where {" and ".join(f"earlier.{key} is not null" for key in keys)}
                """
            )
            connection.execute(
                f"""
                create temp table missing as
                select * from (
                    select *, {updated} as update_time from compared where is_missing
                    qualify row_number() over (
                        partition by {", ".join(keys)}
                        order by update_time desc nulls last, filename desc, cast(source_line as bigint) desc
                    ) = 1
                ) as latest
                where coalesce({_trimmed(RECORD_STATUS)}, '') not in ({_DELETED})
                """
            )
            unwritten = ""
            if derived:
                states = f"select {', '.join(keys)}, update_time from (select *, {values}, {updated} as update_time "
                states += f"from {_rows(entity, derived)})"
                unwritten = f"anti join ({states}) as known using ({', '.join(keys)}, update_time)"
            written = ", ".join(
                f"'deleted' as {RECORD_STATUS}" if name == RECORD_STATUS else _name(name)
                for name in entity.delivered_columns
            )
            connection.execute(
                f"copy (select {written} from missing {unwritten} order by filename, cast(source_line as bigint)) "
                f"to {_text(str(target))} (format csv, header true)"
            )
            counts = connection.execute(
                f"""
                select
                    (select count(*) from (select distinct {", ".join(keys)} from compared)),
                    (select count(*) from missing),
                    (select count(*) from export),
                    (select count(*) from export where not ({has_key}))
                """
            ).fetchone()
    except duckdb.Error as error:
        raise TieoutError(
            f"Full exports of {entity.domain}/{entity.name} cannot be compared: {error}. Everything that was delivered "
            "has landed. Correct this, then land again: that withdraws what is missing."
        ) from error
    assert counts
    return MissingKeys(*counts)


def _rows(entity: Entity, files: Sequence[Path]) -> str:
    """Return bronze files as a relation, whose columns are texts. Earlier headers lack columns at the end."""
    columns = ", ".join(f"{_text(name)}: 'varchar'" for name in entity.bronze_columns)
    return (
        f"read_csv([{', '.join(_text(str(file)) for file in files)}], columns = {{{columns}}}, auto_detect = false, "
        "header = true, delim = ',', quote = '\"', escape = '\"', max_line_size = 4194304, null_padding = true, "
        "hive_partitioning = false, filename = true)"
    )


def _key(column: Column) -> str:
    """Return a column of the key as a text that is the same for equal values. A day may have a midnight behind it."""
    text = _trimmed(column.name)
    return f"substring({text}, 1, 10)" if column.type == "date" else text


def update_time(entity: Entity, time_zone: str) -> str:
    """Return, as SQL, the time that decides which state of a key is the latest; null where it cannot be read."""
    texts = []
    for column in entity.columns:
        if column.type == "update_time":
            texts = [_trimmed(column.name), *([_trimmed(column.when_empty)] if column.when_empty else [])]
    text = f"coalesce({', '.join(texts)})" if texts else "''"
    day, time, second, hours, minutes = (f"regexp_extract({text}, '{_TIME}', {number})" for number in range(1, 6))
    timed = (
        f"try_cast({day} || ' ' || {time} || coalesce(nullif({second}, ''), ':00') || "
        f"coalesce(nullif({hours}, ''), '+00') || ':' || coalesce(nullif({minutes}, ''), '00') as timestamptz)"
    )
    dated = f"timezone({_text(time_zone)}, try_cast({day} as timestamp))"
    return f"case when {time} = '' then {dated} else {timed} end"


def _trimmed(column: str) -> str:
    return f"nullif(trim({_name(column)}, ' ' || chr(9)), '')"


def _name(column: str) -> str:
    return f'"{column}"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
