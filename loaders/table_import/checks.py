"""Reads a mapping and checks all of it that can be checked without a file: model, contract, patterns, expressions."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import duckdb
from pydantic import ValidationError

from loaders.contract import Column, Entity, load_contract
from loaders.errors import TieoutError
from loaders.imports.codes import codes_of
from loaders.table_import.expressions import ExpressionError, parse_expression
from loaders.table_import.loaded import LoadedMapping
from loaders.table_import.mapped import expressions_of
from loaders.table_import.mapping import Dates, Mapping, Rule
from loaders.table_import.mapping_parts import CHANGE_ME
from loaders.table_import.mistakes import Mistake, closest, meant, mistakes_of_model, refusal
from loaders.table_import.values import has_time
from loaders.table_import.yaml_lines import Document, Place, YamlMistakeError, read_document

Found = Iterator[tuple[Place, str]]
MOST_BYTES = 1_000_000
"""The largest mapping. A long one has a hundredth."""
_LETTERS = {"%d", "%m", "%b", "%B", "%j"}
_SPELLED = (("yyyy", "%Y"), ("yy", "%y"), ("hh", "%H"), ("ss", "%S"), ("mm", "%m"), ("dd", "%d"))


def load_mapping(file: Path) -> LoadedMapping:
    """Read and check a mapping.

    Raises:
        TieoutError: it cannot be read or has mistakes, of which each is a sentence with its line.
    """
    try:
        # A device has no end.
        if file.exists() and (not file.is_file() or file.stat().st_size > MOST_BYTES):
            raise TieoutError(
                f"The mapping {file} is no file, or has more than {MOST_BYTES:,} bytes. Give the path of a mapping."
            )
        content = file.read_bytes()
        document = read_document(content.decode())
    except OSError as error:
        raise TieoutError(f"The mapping {file} cannot be read: {error.strerror}. Give the path of a mapping.") from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise refusal(file, [Mistake(line, "it is not UTF-8. Save the mapping as UTF-8.")]) from None
    except YamlMistakeError as error:
        raise refusal(file, [Mistake(error.line, error.sentence)]) from None
    if not isinstance(document.data, dict):
        raise refusal(
            file, [Mistake(1, "there is no mapping. Write entity: banking/transactions and go on from there.")]
        )
    try:
        mapping = Mapping.model_validate(document.data)
    except ValidationError as error:
        raise refusal(file, mistakes_of_model(error, Mapping, document)) from None
    entity = _entity(file, mapping, document)
    loaded = LoadedMapping(file, hashlib.sha256(content).hexdigest(), mapping, entity, document)
    mistakes = [Mistake(document.line(place), sentence) for place, sentence in _all_mistakes(loaded)]
    if mistakes:
        raise refusal(file, mistakes)
    return loaded


def _entity(file: Path, mapping: Mapping, document: Document) -> Entity:
    entities = {f"{each.domain}/{each.name}": each for each in load_contract().deliverable()}
    found = entities.get(mapping.entity.replace(".", "/"))
    if found is None:
        sentence = f"'{mapping.entity}' is no entity of the contract. {meant(mapping.entity, entities)}"
        raise refusal(file, [Mistake(document.line(("entity",)), sentence)])
    return found


def _all_mistakes(loaded: LoadedMapping) -> Found:
    yield from _direction(loaded)
    yield from _columns(loaded)
    yield from _forms(loaded)
    yield from _patterns(loaded)
    for place, expression in expressions_of(loaded):
        try:
            parse_expression(expression)
        except ExpressionError as error:
            yield place, f"{error}."


def _direction(loaded: LoadedMapping) -> Found:
    direction = loaded.mapping.money.direction if loaded.mapping.money else None
    if direction and CHANGE_ME in (*direction.debit, *direction.credit):
        yield ("money", "direction"), f"the direction still has {CHANGE_ME}. Write what {direction.column} says."


def _columns(loaded: LoadedMapping) -> Found:
    columns = {column.name: column for column in loaded.entity.columns if not column.added_by_landing}
    rules = loaded.mapping.columns
    for name, rule in rules.items():
        if name in columns:
            yield from _rule(loaded, columns[name], rule)
        else:
            yield ("columns", name), f"{name} is no column of {loaded.mapping.entity}. {meant(name, columns)}"
    for name, column in columns.items():
        if column.is_required and name not in rules:
            example = (
                f"{{constant: {_codes(column)[0]}}}" if _codes(column) else "a column, a constant or an expression"
            )
            yield ("columns",), f"{name} is missing, and the contract requires it. Add {name}: {example}."


def _rule(loaded: LoadedMapping, column: Column, rule: Rule) -> Found:
    place: Place = ("columns", column.name)
    if (rule.money or rule.by_sign) and loaded.mapping.money is None:
        yield place, f"{column.name} needs the signed amount, and there is none. Add money: at the top of the mapping."
    for scope in rule.scope or ():
        other = loaded.mapping.columns.get(scope)
        if other is None or other.scope or other.hash_of or scope == column.name:
            yield (
                (*place, "scope"),
                f"{scope} has no rule of its own under columns. Add one, or name a column that has one.",
            )
    known = _codes(column)
    for where, value in _values(rule):
        if value == CHANGE_ME:
            choice = f"one of {', '.join(known)}" if known else "the value of all rows, or a column or an expression"
            yield (*place, *where), f"{column.name} still has {CHANGE_ME}. Write {choice}."
        elif known and value not in known:
            yield (*place, *where), f"'{value}' is no code of {column.codes}. {meant(value, known)}"


def _values(rule: Rule) -> Iterator[tuple[Place, str]]:
    """Yield the values that a rule gives by itself, each with its place."""
    for key in ("constant", "when_empty", "otherwise"):
        value = getattr(rule, key)
        if value:
            yield (key,), value
    for theirs, ours in (rule.codes or {}).items():
        yield ("codes", theirs), ours
    if rule.by_sign:
        yield ("by_sign", "credit"), rule.by_sign.credit
        yield ("by_sign", "debit"), rule.by_sign.debit


def _codes(column: Column) -> tuple[str, ...]:
    return codes_of(column.codes) if column.codes else ()


def _forms(loaded: LoadedMapping) -> Found:
    mapping = loaded.mapping
    try:
        is_text = codecs.lookup(mapping.files.encoding)._is_text_encoding
        codecs.getincrementaldecoder(mapping.files.encoding)
    except LookupError:
        is_text = False
    if not is_text:
        yield (
            ("files", "encoding"),
            (
                f"'{mapping.files.encoding}' is no encoding. Write utf-8, windows-1252, iso-8859-15, utf-16 or another "
                "name that Python knows."
            ),
        )
    arrival = mapping.files.arrival_day
    if arrival and arrival.in_name is not None:
        yield from _format(("files", "arrival_day", "format"), arrival.format)
    yield from _dates(("dates",), mapping.dates)
    for column, rule in mapping.columns.items():
        if rule.dates:
            yield from _dates(("columns", column, "dates"), rule.dates)


def _dates(place: Place, dates: Dates) -> Found:
    formats = dates.formats or ()
    for number, form in enumerate(formats):
        yield from _format((*place, "formats", number), form)
        swapped = "%m".join(part.replace("%m", "%d") for part in form.split("%d"))
        if swapped in formats[:number] and swapped != form:
            yield (
                (*place, "formats", number),
                f"'{form}' and '{swapped}' read 01/12/2025 as different days. Keep one, and give columns with the "
                "other one dates of their own.",
            )
    if dates.time_zone not in _time_zones():
        close = closest(dates.time_zone, _time_zones())
        remedy = f"Did you mean {close}?" if close else "Write an IANA name, such as Europe/Berlin."
        yield (*place, "time_zone"), f"'{dates.time_zone}' is no time zone. {remedy}"


def _format(place: Place, form: str) -> Found:
    if "%" not in form:
        spelled = form
        for letters, meaning in _SPELLED:
            spelled = spelled.replace(letters, meaning).replace(letters.upper(), meaning)
        example = spelled if "%" in spelled else "%d.%m.%Y"
        yield place, f"'{form}' is no date format: its parts begin with %. Write {example}."
        return
    if error := _refused_by_engine("select try_strptime('', ?)", form):
        yield place, f"'{form}' is no date format: {error.rpartition(': ')[2]}. Write for example %d.%m.%Y."
        return
    if not any(part in form for part in ("%Y", "%y")) or not any(part in form for part in _LETTERS):
        yield (
            place,
            f"'{form}' has no {'time but no ' if has_time(form) else ''}day, month and year. Write %d, %m and %Y.",
        )


def _refused_by_engine(query: str, value: str) -> str:
    """Return the engine's error for a query with a value; empty if there is none."""
    with duckdb.connect() as engine:
        try:
            engine.execute(query, [value])
        except duckdb.Error as error:
            return str(error)
    return ""


@cache
def _time_zones() -> frozenset[str]:
    with duckdb.connect() as engine:
        return frozenset(str(row[0]) for row in engine.execute("select name from pg_timezone_names()").fetchall())


def _patterns(loaded: LoadedMapping) -> Found:
    table, states = loaded.mapping.table, loaded.mapping.states
    arrival = loaded.mapping.files.arrival_day
    if table.skip_before and table.skip_before.until is not None:
        yield from _pattern(("table", "skip_before", "until"), table.skip_before.until, 0)
    if table.skip_after and table.skip_after.from_ is not None:
        yield from _pattern(("table", "skip_after", "from"), table.skip_after.from_, 0)
    if arrival and arrival.in_name is not None:
        yield from _pattern(("files", "arrival_day", "in_name"), arrival.in_name, 1)
    for key in ("rows", "total", "opening_balance", "closing_balance") if states else ():
        pattern = getattr(states, key)
        if pattern is not None:
            yield from _pattern(("states", key), pattern, 1)
    if states and loaded.mapping.money is None and (states.total or states.opening_balance):
        yield ("states",), "a total or a balance is compared with the signed amounts. Add money: to the mapping."


def _pattern(place: Place, pattern: str, groups: int) -> Found:
    """Check a pattern with the engine that will use it: its time grows only with the length of the text."""
    if error := _refused_by_engine("select regexp_matches('', ?)", pattern):
        yield place, f"'{pattern}' is no regular expression: {error.partition(': ')[2]}. Correct it."
        return
    if groups and not _has_group(pattern):
        yield place, f"'{pattern}' has no group. Put round brackets around the part that is wanted, such as ([0-9]+)."


def _has_group(pattern: str) -> bool:
    try:
        return re.compile(pattern).groups > 0
    except (re.error, RecursionError):  # a pattern that only the engine can read
        return "(" in pattern
