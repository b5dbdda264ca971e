"""What a file looks like: encoding, delimiter, place of the table, forms of numbers and dates. Guesses, never facts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from loaders.errors import TieoutError
from loaders.table_import import values
from loaders.table_import.mapping import Numbers
from loaders.table_import.originals import bom_encoding, refuse_what_is_no_table
from loaders.table_import.records import CELLS, Dialect, split_line
from loaders.table_import.session import text

SAMPLE_BYTES = 1_000_000
SAMPLE_LINES = 2_000
_LONGEST_LINE = 10_000
_DELIMITERS = (";", ",", "\t", "|")
_WESTERN = "cp1252"
_DATES = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%Y/%m/%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%Y%m%d",
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", ", %H:%M")
_NUMBER_FORMS = (
    Numbers(decimal=".", grouping=""),
    Numbers(decimal=",", grouping=""),
    Numbers(decimal=",", grouping="."),
    Numbers(decimal=".", grouping=","),
    Numbers(decimal=",", grouping=" "),
    Numbers(decimal=".", grouping="'"),
)
_MOSTLY = 0.6
"""The part of the cells that a row of a table has at least, by this guess."""
_MARKS = re.compile(r"[€$£¥]|\b[A-Z]{3}\b")


@dataclass(frozen=True)
class Guess:
    """A guess.

    Attributes:
        value: what it is.
        doubt: why it may be something else; empty if there is no doubt.
    """

    value: str
    doubt: str = ""


@dataclass(frozen=True)
class Place:
    """Where the table seems to be.

    Attributes:
        header: the line of the header; 0 if there seems to be none.
        first: the first line of data.
        last: the last line of data.
        after: how many lines follow, blank ones at the end not counted.
        names: the fields of the header.
    """

    header: int
    first: int
    last: int
    after: int
    names: tuple[str, ...]


def guess_encoding(path: Path) -> Guess:
    """Guess the encoding of a file.

    Raises:
        TieoutError: it cannot be read, or it is no text.
    """
    try:
        with path.open("rb") as file:
            sample = file.read(SAMPLE_BYTES)
    except OSError as error:
        raise TieoutError(f"{path} cannot be read: {error.strerror or error}. Check the name.") from None
    refuse_what_is_no_table(path, sample)
    if not sample.strip():
        raise TieoutError(f"{path} is empty. Give an export with rows.")
    marked = bom_encoding(sample)
    if marked:
        return Guess(marked)
    try:
        # The sample may end within a letter.
        sample[: sample.rfind(b"\n") + 1 or len(sample)].decode("utf-8")
    except UnicodeDecodeError:
        return _guess_other(path, sample)
    return Guess("utf-8")


def _guess_other(path: Path, sample: bytes) -> Guess:
    from charset_normalizer import from_bytes  # noqa: PLC0415

    best = from_bytes(sample[:100_000]).best()
    if best is None:
        raise TieoutError(f"{path} is no text in any known encoding. Export it as CSV (UTF-8).")
    likely = {best.encoding, *best.could_be_from_charset}
    # These letters look alike in several encodings of Western Europe, and this one is the most usual.
    encoding = (
        "windows-1252" if _WESTERN in likely or best.encoding.startswith(("latin", "iso8859_1")) else best.encoding
    )
    words = re.findall(r"\w*[^\x00-\x7f]\w*", sample.decode(encoding, "replace"))[:4]
    return Guess(encoding, f"look at these words: {', '.join(dict.fromkeys(words))}")


def guess_dialect(connection: duckdb.DuckDBPyConnection, lines: Path) -> Dialect:
    """Guess delimiter and quote: what separates most lines into equally many fields, else what the sniffer says."""
    try:
        found = connection.execute(f"""
            select Delimiter, Quote
            from sniff_csv({text(str(lines))}, ignore_errors = true, strict_mode = false, all_varchar = true)
        """).fetchall()[0]  # noqa: S608
        sniffed = str(found[0])
    except duckdb.Error:
        sniffed = ""
    sample = _sample(connection)
    cells = {each: _most_cells(sample, each) for each in _DELIMITERS}
    best = max(cells, key=lambda each: (cells[each], each == sniffed))
    quote = "'" if sum(line.count(f"'{best}'") for line in sample) > len(sample) else '"'
    return Dialect(best, quote)


def _sample(connection: duckdb.DuckDBPyConnection) -> list[str]:
    query = f"select left(text, {_LONGEST_LINE}) from lines order by line limit {SAMPLE_LINES}"  # noqa: S608
    rows = connection.execute(query).fetchall()
    return [str(row[0]) for row in rows if str(row[0]).strip()]


def _most_cells(sample: Sequence[str], delimiter: str) -> int:
    """Return how many fields the lines of the most usual width have together; lines of one field do not count."""
    return max(_cells(len(_fields(line, delimiter)) for line in sample).values(), default=0)


def _cells(widths: Iterable[int]) -> dict[int, int]:
    """Return how many fields the lines of each width have together."""
    return {width: width * lines for width, lines in Counter(widths).items() if width > 1}


def _fields(line: str, delimiter: str) -> list[str]:
    return re.sub(r'"(?:[^"]|"")*"', "quoted", line).split(delimiter)


def guess_place(connection: duckdb.DuckDBPyConnection, dialect: Dialect, path: Path) -> Place:
    """Guess where the table is: it begins with the first line that has as many fields as most lines.

    Raises:
        TieoutError: there is no table.
    """
    rows = connection.execute("select line, text from lines where trim(text) <> '' order by line").fetchmany(
        SAMPLE_LINES
    )
    split = [(int(line), split_line(connection, dialect, content)) for line, content in rows]
    widths = _cells(len(fields) for _, fields in split if fields)
    if not widths:
        raise TieoutError(f"{path} has no table: no delimiter separates its lines into columns. Export it as CSV.")
    width = max(widths, key=lambda each: widths[each])
    table = [(line, fields) for line, fields in split if fields and len(fields) == width]
    header, names = table[0]
    has_header = not any(_looks_like_data(name) for name in names)
    first = table[1][0] if has_header and len(table) > 1 else header
    last = table[-1][0]
    if len(rows) == SAMPLE_LINES:
        last, after = connection.execute("select max(line) from lines").fetchall()[0][0], 0
    else:
        after = sum(line > last for line, _ in split)
        after += _blank_lines_between(connection, last, split[-1][0])
    return Place(header if has_header else 0, first, last, after, tuple(names))


def guess_place_in_sheet(connection: duckdb.DuckDBPyConnection, path: Path) -> Place:
    """Guess where the table is in a sheet: it begins with the first row that names all columns of the usual row.

    Raises:
        TieoutError: there is no table.
    """
    rows = connection.execute(f"select line, text from lines where text <> '' order by line limit {SAMPLE_LINES}")  # noqa: S608
    split = {int(line): str(content).split(CELLS.separator) for line, content in rows.fetchall()}
    widths = _cells(len(fields) for fields in split.values())
    if not widths:
        raise TieoutError(f"{path} has no table: no row has two cells. Give a sheet with a table.")
    width = max(widths, key=lambda each: widths[each])
    filled = {line: sum(field.strip() != "" for field in fields) for line, fields in split.items()}
    begin = next(line for line, fields in split.items() if len(fields) >= width and filled[line] >= _MOSTLY * width)
    names = split[begin]
    has_header = not any(_looks_like_data(each) for each in names)
    table = [line for line in split if line > begin or (line == begin and not has_header)]
    usual = Counter(filled[line] for line in table).most_common(1)[0][0] if table else 0
    end = last = int(connection.execute("select max(line) from lines where text <> ''").fetchall()[0][0])
    if len(split) < SAMPLE_LINES:
        last = max((line for line in table if filled[line] >= _MOSTLY * usual), default=begin)
    return Place(begin if has_header else 0, table[0] if table else begin, last, end - last, tuple(names))


def _blank_lines_between(connection: duckdb.DuckDBPyConnection, last: int, end: int) -> int:
    query = "select count(*) from lines where line > ? and line < ? and trim(text) = ''"
    return int(connection.execute(query, [last, end]).fetchall()[0][0])


def _looks_like_data(value: str) -> bool:
    return bool(re.search(r"\d[.,:/-]\d|^-?\d+$", value.strip()))


def guess_numbers(connection: duckdb.DuckDBPyConnection, samples: Sequence[str]) -> tuple[Numbers, str] | None:
    """Guess the form of numbers; return it with a doubt, or None if the texts are no numbers.

    Args:
        connection: an engine.
        samples: texts of the columns that seem to be numbers.
    """
    marks = sorted({mark for each in samples for mark in _MARKS.findall(each)})
    negative: list[str] = ["leading"]
    if any(re.search(r"\d ?-$", each) for each in samples):
        negative.append("trailing")
    if any(re.fullmatch(r"\(.*\)", each.strip()) for each in samples):
        negative.append("parentheses")
    forms = [
        Numbers(decimal=form.decimal, grouping=form.grouping, negative=tuple(negative), remove=tuple(marks))  # type: ignore[arg-type]
        for form in _NUMBER_FORMS
    ]
    fitting = [form for form in forms if _fits(connection, values.number("value", form), samples)]
    if not fitting:
        return None
    with_decimals = any(re.search(rf"[{fitting[0].decimal}]\d{{1,2}}\D*$", each) for each in samples)
    doubt = (
        "no value shows what the decimal mark is"
        if not with_decimals and any("." in s or "," in s for s in samples)
        else ""
    )
    return fitting[0], doubt


def date_forms(connection: duckdb.DuckDBPyConnection, samples: Sequence[str]) -> list[str]:
    """Return the formats of dates that fit all texts; none if the texts are no dates."""
    iso = [form for form in values.ISO_FORMATS if _fits(connection, values.parsed("value", form), samples)]
    return iso or [
        form + time
        for form in _DATES
        for time in _TIMES
        if _fits(connection, values.parsed("value", form + time), samples)
    ]


def guess_dates(fitting: Mapping[str, Sequence[str]]) -> dict[str, Guess]:
    """Guess the format of each column of dates.

    A column that fits several orders of day and month has the order that most columns fit: a file writes all its dates
    in one order, and another column may show which one.

    Args:
        fitting: by column, what `date_forms` returned.
    """
    columns = Counter(order for forms in fitting.values() for order in {order_of_date(form) for form in forms})
    guesses = {}
    for column, forms in fitting.items():
        if forms:
            chosen = max(forms, key=lambda form: columns[order_of_date(form)])
            order = order_of_date(chosen)
            as_many = {each for each in columns if each != order and columns[each] == columns[order]}
            others = [form for form in forms if order_of_date(form) in as_many]
            doubt = f"{others[0]} fits too: day and month may be swapped" if others else ""
            guesses[column] = Guess(chosen, doubt)
    return guesses


def order_of_date(form: str) -> str:
    """Return in which order a format has day, month and year, such as `dmy`."""
    return "".join(re.findall(r"%([dmyY])", form)).lower()


def _fits(connection: duckdb.DuckDBPyConnection, made: str, samples: Sequence[str]) -> bool:
    query = f"select count({made}) from (select unnest(cast(? as varchar[])) as value)"  # noqa: S608
    return bool(samples) and int(connection.execute(query, [list(samples)]).fetchall()[0][0]) == len(samples)
