"""Lines become records, and records become source columns, for all lines at once.

A record is one line, or several where a quoted value has line breaks. Every line of the file is in a record, before or
after the table, or blank. Nothing is skipped: what is no well-formed record is kept with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from loaders.table_import.session import name, text

MOST_RECORD_LINES = 1_000
"""How many lines a record may have. A quote that is never closed must not swallow the rest of the file."""

LONGEST_RECORD = 32_000
"""The most characters of a record, as in bronze."""

UNCLOSED = "unclosed quote"
STRAY_QUOTE = "misplaced quote"
HEADER_AGAIN = "the header once more"
TOO_LONG = f"record longer than {LONGEST_RECORD:,} characters"

_BLANKS = "' ' || chr(9) || chr(160) || chr(65279)"


@dataclass(frozen=True)
class Dialect:
    """How fields are separated and quoted; an empty quote means none."""

    separator: str
    quote: str

    @property
    def fields(self) -> str:
        """A pattern of well-formed fields, joined by the separator."""
        return f"{self.field}(?:{self._s}{self.field})*"

    @property
    def field(self) -> str:
        """A pattern of one field, quoted or not."""
        return f"(?:{self._quoted}|{self._plain})"

    @property
    def opens(self) -> str:
        """A pattern of a line whose last field is quoted and not closed."""
        return f"(?:{self.field}{self._s})*{self._q}[^{self._q}]*(?:{self._q}{self._q}[^{self._q}]*)*"

    @property
    def _q(self) -> str:
        return re.escape(self.quote)

    @property
    def _s(self) -> str:
        # The engine's patterns know no escaped blank.
        return {"\t": "\\t", " ": " "}.get(self.separator, re.escape(self.separator))

    @property
    def _quoted(self) -> str:
        return f"{self._q}[^{self._q}]*(?:{self._q}{self._q}[^{self._q}]*)*{self._q}"

    @property
    def _plain(self) -> str:
        return f"(?:[^{self._q}{self._s}][^{self._s}]*)?"

    def split(self, value: str) -> str:
        """Return the SQL of the list of the fields of a well-formed record."""
        separator, quote = text(self.separator), text(self.quote)
        if not self.quote:
            return f"string_split({value}, {separator})"
        between = text(self.quote + self.separator + self.quote)
        inner = f"substr({value}, 2, length({value}) - 2)"
        quotes = f"(length({inner}) - length(replace({inner}, {quote}, '')))"
        betweens = f"((length({inner}) - length(replace({inner}, {between}, ''))) // 3)"
        every = text(f"({self.field}){self._s}")
        return f"""case
            when not contains({value}, {quote}) then string_split({value}, {separator})
            -- Every field is quoted, and no value has a quote: all quotes within are those between two fields.
            when left({value}, 1) = {quote} and right({value}, 1) = {quote} and {quotes} = 2 * {betweens}
                then string_split({inner}, {between})
            else list_transform(
                regexp_extract_all({value} || {separator}, {every}, 1),
                lambda field: case
                    when left(field, 1) = {quote}
                        then replace(substr(field, 2, length(field) - 2), {text(self.quote * 2)}, {quote})
                    else field
                end
            )
        end"""


CELLS = Dialect("\t", "")
"""How the cells of a row are separated in the line of a spreadsheet."""


def split_line(connection: duckdb.DuckDBPyConnection, dialect: Dialect, line: str) -> list[str] | None:
    """Return the fields of one line, or None if it is no well-formed record."""
    if dialect.quote:
        whole = text(f"^{dialect.fields}$")
        if not connection.execute(f"select regexp_matches(?, {whole})", [line]).fetchall()[0][0]:
            return None
    query = f"select {dialect.split('line')} from (select cast(? as varchar) as line)"  # noqa: S608
    return [str(field) for field in connection.execute(query, [line]).fetchall()[0][0]]


def make_records(connection: duckdb.DuckDBPyConnection, dialect: Dialect, first: int, last: int) -> None:
    """Make the table `records` of the lines from `first` to `last`: `line`, `last_line`, `raw` and `problem`."""
    # To look at the first letter is faster than to trim every line.
    begins = " or ".join(f"starts_with(raw, {each})" for each in (*_BLANKS.split(" || "), text(dialect.separator)))
    blank = f"(raw = '' or (({begins}) and trim(raw, {_BLANKS} || {text(dialect.separator)}) = ''))"
    connection.execute(f"""
        create table table_lines as
        select line, text, {_state(dialect, "text")} as outside, {_state(dialect, "quoted")} as inside
        from (
            select line, text, {text(dialect.quote)} || text as quoted from lines where line between {first} and {last}
        )
    """)  # noqa: S608
    if _count(connection, "from table_lines where outside = 1") == 0:
        single = "select line, line as last_line, text as raw, outside as state from table_lines"
    else:
        _join_lines(connection)
        single = "select line, last_line, raw, state from joined_lines"
    connection.execute(f"""
        create table records as
        select
            line, last_line, raw,
            case
                when state = 1 then {text(UNCLOSED)}
                when state = 2 then {text(STRAY_QUOTE)}
                when length(raw) > {LONGEST_RECORD} then {text(TOO_LONG)}
            end as problem
        from ({single})
        where not (line = last_line and {blank})
    """)  # noqa: S608
    for made in ("table_lines", "joined_lines"):
        connection.execute(f"drop table if exists {made}")


def _state(dialect: Dialect, value: str) -> str:
    """Return the SQL of what a line is: 0 whole records, 1 it ends within quotes, 2 it is neither."""
    if not dialect.quote:
        return "0"
    has_none = f"not contains(text, {text(dialect.quote)})"
    return f"""case
        when {has_none} then {1 if value == "quoted" else 0}
        when regexp_matches({value}, {text(f"^{dialect.fields}$")}) then 0
        when regexp_matches({value}, {text(f"^{dialect.opens}$")}) then 1
        else 2
    end"""


def _join_lines(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `joined_lines`, in which lines of one record are one row.

    What a line does to the state (outside or within quotes) is a function of two values. A constant one sets it, one
    that swaps it counts, so the state before each line follows from the last constant before it and the swaps since.
    """
    connection.execute(f"""
        create table joined_lines as
        with effects as (
            select *, outside % 2 as after_outside, inside % 2 as after_inside from table_lines
        ),
        swaps as (
            select
                *,
                sum(case when after_outside = 1 and after_inside = 0 then 1 else 0 end) over (
                    order by line rows between unbounded preceding and current row
                ) as swaps
            from effects
        ),
        states as (
            select
                *,
                coalesce(
                    last_value(
                        case when after_outside = after_inside then (after_outside + swaps) % 2 end ignore nulls
                    ) over (order by line rows between unbounded preceding and current row),
                    0
                ) as last_constant
            from swaps
        ),
        starts as (
            select *, coalesce(lag((last_constant + swaps) % 2) over (order by line), 0) = 0 as is_start from states
        ),
        grouped as (
            select
                *,
                max(case when is_start then line end) over (
                    order by line rows between unbounded preceding and current row
                ) as start_line
            from starts
        ),
        groups as (
            select
                start_line,
                max(line) as last_line,
                count(*) as line_count,
                sum(length(text)) as characters,
                arg_max(case when is_start then outside else inside end, line) as state
            from grouped
            group by start_line
        ),
        judged as (
            select
                *,
                line_count = 1
                or (state = 0 and line_count <= {MOST_RECORD_LINES} and characters <= {LONGEST_RECORD}) as is_whole
            from groups
        )
        select
            start_line as line, any_value(judged.last_line) as last_line,
            string_agg(text, chr(10) order by grouped.line) as raw, any_value(judged.state) as state
        from grouped inner join judged using (start_line)
        where judged.is_whole
        group by start_line
        union all
        -- The lines of a group that is no record are judged one by one.
        select grouped.line, grouped.line, text, outside
        from grouped inner join judged using (start_line)
        where not judged.is_whole
    """)  # noqa: S608


def make_source(
    connection: duckdb.DuckDBPyConnection,
    dialect: Dialect,
    names: Sequence[str],
    header: str | None,
    empty_values: Sequence[str],
) -> None:
    """Make the table `source`: `__line`, `__last_line`, `__raw`, `__problem` and the columns, null where empty."""
    width = len(names)
    # The line of a row of a sheet ends with its last cell that has a value.
    is_wrong = f"length(fields) {'>' if dialect == CELLS else '<>'} {width}"
    wrong = f"""'expected {width} field{"s" if width != 1 else ""}, found ' || length(fields)"""
    again = f"when raw = {text(header)} then {text(HEADER_AGAIN)}" if header else ""
    empty = ", ".join(map(text, ("", *empty_values)))
    trimmed = ",\n".join(f'{_trimmed(f"fields[{number}]")} as "__c{number}"' for number in range(1, width + 1))
    values = ",\n".join(
        f'case when "__c{number}" not in ({empty}) then "__c{number}" end as {name(column)}'
        for number, column in enumerate(names, 1)
    )
    connection.execute(f"""
        create table source as
        with split as (
            select *, case when problem is null then {dialect.split("raw")} end as fields from records
        ),
        trimmed as (
            select
                line, last_line, raw,
                coalesce(problem, case {again} when {is_wrong} then {wrong} end) as problem,
                {trimmed}
            from split
        )
        select line as __line, last_line as __last_line, raw as __raw, problem as __problem, {values}
        from trimmed
    """)  # noqa: S608
    connection.execute("drop table records")


def _trimmed(field: str) -> str:
    """Return the SQL of a field without blanks around it. Hardly any has some, and to look for them is fast."""
    has_blanks = f"starts_with({field}, ' ') or ends_with({field}, ' ')"
    for code in (9, 160, 65279):
        has_blanks += f" or contains({field}, chr({code}))"
    return f"case when {has_blanks} then trim({field}, {_BLANKS}) else {field} end"


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(f"select count(*) {query}").fetchall()[0][0])
