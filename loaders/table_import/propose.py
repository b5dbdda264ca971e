"""`--propose`: a first mapping for a file, with a comment wherever it is a guess."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from loaders.contract import Column, Entity, load_contract
from loaders.errors import TieoutError
from loaders.imports.codes import codes_of
from loaders.spreadsheets.reading import shown_names
from loaders.table_import.guesses import (
    guess_dialect,
    guess_encoding,
    guess_place,
    guess_place_in_sheet,
    order_of_date,
)
from loaders.table_import.layout import refuse_many_columns
from loaders.table_import.looks import Look, look_at, names_of, numeric_columns
from loaders.table_import.mapping_parts import CHANGE_ME
from loaders.table_import.mistakes import closest, meant
from loaders.table_import.originals import load_lines, read_original
from loaders.table_import.records import CELLS
from loaders.table_import.session import sandbox
from loaders.table_import.sheets import begins_like_spreadsheet, first_sheet, original_of
from loaders.table_import.synonyms import DIRECTIONS, find

_MOST_CODES = 15
_DAY_AND_MONTH = {"dmy", "mdy"}
"""The orders of dates of which a value may fit both."""
_DAY_IN_NAME = (
    (r"(?:19|20)\d\d-[01]\d-[0-3]\d", r"(\d{4}-\d{2}-\d{2})", "%Y-%m-%d"),
    (r"(?:19|20)\d\d[01]\d[0-3]\d", r"(\d{8})", "%Y%m%d"),
)


def propose(path: Path, entity_name: str, wanted: str) -> str:
    """Return a mapping for a file, as YAML.

    Args:
        path: the file.
        entity_name: the entity that its rows are.
        wanted: the sheet of a spreadsheet; empty for the first one that is not hidden.

    Raises:
        TieoutError: the file is no table, or the contract has no such entity.
    """
    entities = {f"{each.domain}/{each.name}": each for each in load_contract().deliverable()}
    entity = entities.get(entity_name.replace(".", "/"))
    if entity is None:
        raise TieoutError(f"'{entity_name}' is no entity of the contract. {meant(entity_name, entities)}")
    with tempfile.TemporaryDirectory(prefix="tieout-") as name:
        folder = Path(name)
        encoding, sheet, lines = None, None, folder / "lines.txt"
        if begins_like_spreadsheet(path):
            sheet = first_sheet(path, folder, wanted)
            original, lines = original_of(path, sheet), sheet.lines
        else:
            encoding = guess_encoding(path)
            original = read_original(path, encoding.value, lines)
        with sandbox(folder) as connection:
            load_lines(connection, original, lines)
            dialect = CELLS if sheet else guess_dialect(connection, lines)
            place = guess_place_in_sheet(connection, path) if sheet else guess_place(connection, dialect, path)
            refuse_many_columns(f"{original.shown} {original.unit} {place.header or place.first}", len(place.names))
            look = look_at(connection, Look(path, encoding, sheet, dialect, place, names_of(place)))
    return "\n".join(_written(look, entity)) + "\n"


def _written(look: Look, entity: Entity) -> Iterator[str]:
    yield "# Proposed by tieout import table --propose. Look at every line with `unsure`, then try it:"
    yield f"#   tieout import table MAPPING.yml {look.path.name} --check"
    yield f"entity: {entity.domain}/{entity.name}"
    yield from _files(look)
    yield from _table(look)
    if look.numbers:
        form, doubt = look.numbers
        parts = [f"decimal: {_text(form.decimal)}"]
        if form.grouping:
            parts.append(f"grouping: {_text(form.grouping)}")
        if form.negative != ("leading",):
            parts.append(f"negative: [{', '.join(form.negative)}]")
        if form.remove:
            parts.append(f"remove: [{', '.join(map(_text, form.remove))}]")
        yield f"numbers: {{{', '.join(parts)}}}{_unsure(doubt)}"
    formats = _formats(look)
    if formats:
        doubts = [guess.doubt for guess in look.dates.values() if guess.doubt]
        if _orders_differ(look):
            doubts = ["the order of day and month differs from column to column"]
        yield f"dates:{_unsure(doubts[0] if doubts else '')}"
        yield f"  formats: [{', '.join(map(_text, formats))}]"
        if any("%H" in each and "%z" not in each for each in formats):
            yield "  time_zone: UTC  # unsure: the file does not say in which time zone its times are"
    if look.around:
        yield "# These lines outside of the table may state a total or balances, which prove the rows: see states: in"
        yield "# docs/importing.md."
        yield from (f"#   {' '.join(line.split())[:100]}" for line in look.around)
    money, doubt = _money(look, entity)
    if money:
        yield f"money: {{{money}}}{_unsure(doubt)}"
    yield "columns:"
    columns = [column for column in entity.columns if not column.added_by_landing]
    rules = [rule for column in columns for rule in _rule(look, entity, column, has_money=bool(money))]
    yield from rules
    # A hash uses all columns, whatever they mean.
    used = " ".join([money, *(rule for rule in rules if "hash_of" not in rule)])
    left = [column for column in look.names if column not in used and look.samples[column]]
    if left:
        yield f"# No rule uses these columns: {', '.join(left)}."


def _files(look: Look) -> Iterator[str]:
    yield "files:"
    stem = look.path.name
    for seen, pattern, form in _DAY_IN_NAME:
        found = re.search(seen, stem)
        if found:
            yield f"  pattern: {_text(stem.replace(found[0], '*'))}"
            yield f"  arrival_day: {{in_name: {_text(pattern)}, format: {_text(form)}}}"
            break
    else:
        yield "  # unsure: the name has no day. Give --arrived-on, or add arrival_day with the column that has it."
        if look.sheet:
            yield f"  pattern: {_text(f'*{look.path.suffix}')}"
    if look.encoding:
        yield f"  encoding: {look.encoding.value}{_unsure(look.encoding.doubt)}"


def _table(look: Look) -> Iterator[str]:
    place = look.place
    yield "table:"
    if look.sheet:
        others = shown_names(look.sheet)
        yield f"  sheet: {_text(look.sheet.name or '')}{_unsure(f'there are also: {others}' if others else '')}"
    else:
        yield f"  delimiter: {'tab' if look.dialect.separator == chr(9) else _text(look.dialect.separator)}"
        if look.dialect.quote != '"':
            yield f"  quote: {_text(look.dialect.quote)}"
    begins = place.header or place.first
    if begins > 1:
        yield f"  skip_before: {begins - 1}"
    if place.after:
        yield f"  skip_after: {place.after}  # unsure: these lines do not look like those of the table"
    if not place.header:
        yield "  header: false  # unsure: the first line looks like data"


def _money(look: Look, entity: Entity) -> tuple[str, str]:
    """Return the keys of money and why they may be wrong, for an entity whose amounts have their sign by the type."""
    if "transaction_type" not in entity.delivered_columns:
        return "", ""
    debit, credit = find("debit", look.names), find("credit", look.names)
    if debit and credit:
        minus = any(each.startswith(("-", "\u2212", "(")) for each in look.samples[debit])
        return f"debit: {_text(debit)}, credit: {_text(credit)}{', debit_is: negative' if minus else ''}", ""
    numeric = numeric_columns(look)
    named = find("amount", numeric)
    amount = named or next((each for each in numeric if each != find("balance_after", numeric)), None)
    if not amount:
        return "", ""
    doubt = "" if named else "is this the amount of the booking?"
    flag = find("direction", look.names)
    if not flag or not look.samples[flag]:
        return f"column: {_text(amount)}", doubt
    flags = sorted(set(look.samples[flag]))
    sides = {name: [each for each in flags if each.casefold() in words] for name, words in DIRECTIONS.items()}
    if len(flags) != 2 or any(len(words) != 1 for words in sides.values()):
        doubt = f"say which of {', '.join(flags[:_MOST_CODES])} is a debit and which a credit"
    debit, credit = (words[0] if len(words) == 1 else CHANGE_ME for words in sides.values())
    direction = f"{{column: {_text(flag)}, debit: {_text(debit)}, credit: {_text(credit)}}}"
    return f"column: {_text(amount)}, direction: {direction}", doubt


def _rule(look: Look, entity: Entity, column: Column, *, has_money: bool) -> Iterator[str]:
    line = _source(look, entity, column, has_money=has_money)
    if line:
        yield f"  {column.name}: {line}"


def _source(look: Look, entity: Entity, column: Column, *, has_money: bool) -> str:  # noqa: PLR0911
    if has_money and column.name == "amount":
        return "{money: without_sign}"
    if has_money and column.name == "transaction_type":
        return "{by_sign: {credit: Deposit, debit: Payment}}  # unsure: or Transfer and Withdrawal"
    if entity.key == (column.name,):
        return _key(look, entity, column)
    found = find(column.name, look.names)
    if found and column.codes:
        return _coded(look, column, found)
    if found and column.name == "account_id" and len(set(look.samples[found])) > 1:
        return f"{_plain(look, found)}  # unsure: is this the own account, and not the other side's?"
    if found:
        return _plain(look, found)
    if column.codes and column.name == "transaction_status":
        return "{constant: Completed}  # unsure: are all rows booked?"
    if column.type in ("utc_time", "date", "update_time") and column.is_required:
        dates = list(look.dates)
        return (
            f"{_plain(look, dates[0])}  # unsure: is this the right date?" if dates else "{arrival_day: true}  # unsure"
        )
    if not column.is_required:
        return ""
    return f"{{constant: {CHANGE_ME}}}  # unsure: the file has no such column"


def _plain(look: Look, column: str) -> str:
    """Return a rule that takes a column as it is, with the format of its dates if other columns have another order."""
    if column in look.dates and _orders_differ(look):
        return f"{{column: {_text(column)}, dates: {{formats: [{_text(look.dates[column].value)}]}}}}"
    return _text(column)


def _formats(look: Look) -> list[str]:
    """Return the formats of all columns; if their orders differ, those that do not contradict the first one."""
    formats = list(dict.fromkeys(guess.value for guess in look.dates.values()))
    if not _orders_differ(look):
        return formats
    orders = [order for order in map(order_of_date, formats) if order in _DAY_AND_MONTH]
    return [each for each in formats if order_of_date(each) not in _DAY_AND_MONTH - {orders[0]}]


def _orders_differ(look: Look) -> bool:
    """Return whether one format would read the dates of another column, with day and month swapped."""
    return {order_of_date(guess.value) for guess in look.dates.values()} >= _DAY_AND_MONTH


def _key(look: Look, entity: Entity, column: Column) -> str:
    found = find(column.name, look.names)
    scope = "account_id" if "account_id" in entity.delivered_columns and column.name != "account_id" else ""
    if found and found in look.unique:
        unsure = f"  # unsure: if it is unique within an account only, add scope: [{scope}]" if scope else ""
        return f"{_text(found)}{unsure}"
    if found and scope and found in look.unique_by_account:
        return f"{{column: {_text(found)}, scope: [{scope}]}}"
    stable = [each for each in look.names if each != find("balance_after", look.names) and look.samples[each]]
    scoped = f", scope: [{scope}]" if scope else ""
    return f"{{hash_of: [{', '.join(map(_text, stable))}], by: value{scoped}}}  # unsure: only what never changes"


def _coded(look: Look, column: Column, found: str) -> str:
    """Return a rule with a translation of the values that were seen, where they are few."""
    seen = list(dict.fromkeys(look.samples[found]))
    known = codes_of(column.codes or "")
    if all(each in known for each in seen):
        return _text(found)
    pairs = ", ".join(f"{_text(each)}: {_text(closest(each, known) or CHANGE_ME)}" for each in seen[:_MOST_CODES])
    return f"{{column: {_text(found)}, codes: {{{pairs}}}}}  # unsure: translate each value"


def _unsure(doubt: str) -> str:
    return f"  # unsure: {' '.join(doubt.split())}" if doubt else ""


def _text(value: str) -> str:
    """Return a text for YAML: plain where that is safe, else in quotes."""
    if re.fullmatch(r"[A-Za-z_À-ÿ][\w À-ÿ-]*[\wÀ-ÿ]", value) and value.lower() not in (
        "yes",
        "no",
        "true",
        "false",
        "null",
    ):
        return value
    return json.dumps(value, ensure_ascii=False)
