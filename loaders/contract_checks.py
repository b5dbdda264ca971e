"""Checks of the bronze contract itself: a mistake is one sentence that names the entity, the column and the remedy.

`models/bronze/banking.yml` documents the meta keys that are checked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
_TYPE = re.compile(
    r"(?:text\((?P<bytes>[1-9][0-9]{0,4})\)"
    r"|decimal\((?P<precision>[1-9][0-9]?), ?(?P<scale>[0-9]{1,2})\)"
    r"|amount|integer|boolean|date|utc_time|update_time|record_status)",
    re.ASCII,
)
_TYPES = "text(bytes), amount, decimal(p, s), integer, boolean, date, utc_time, update_time, record_status"
_MOST_BYTES = 65_535
_MOST_DIGITS = 38
_CODES = re.compile(rf"{_NAME.pattern}[.]{_NAME.pattern}", re.ASCII)
_FLAGS = ("required", "positive", "not_negative", "in_calendar", "money", "replaces")
_COLUMN_KEYS = frozenset(
    {*_FLAGS, "type", "codes", "reserved", "between", "below", "when_empty", "pii", "since", "added_by"}
)
_PII = ("direct", "quasi")
_EXPECTED = ("daily", "business_days", "monthly", "none")
_STATEMENTS = ("required", "optional")
_MARK = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class ContractProblem(Exception):  # noqa: N818 - becomes a TieoutError, which names the file
    """The contract is wrong; the message names the entity, the column and the remedy."""


def column_meta(column: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the meta keys of a column, none if it has no config."""
    meta: Mapping[str, Any] = (column.get("config") or {}).get("meta") or {}
    return meta


def check_columns(entity: str, columns: Sequence[Mapping[str, Any]], *, written_by_landing: bool) -> None:
    """Check the columns of one entity.

    Args:
        entity: its name.
        columns: its columns, as in the YAML.
        written_by_landing: whether it is a control entity, whose columns need no type.

    Raises:
        ContractProblem: the first mistake.
    """
    names: set[str] = set()
    newest = 1
    for number, column in enumerate(columns):
        name, meta = column["name"], column_meta(column)
        where = f"entity {entity}, column {name}"
        problems = _column_problems(name, meta, needs_type=not written_by_landing and "added_by" not in meta)
        for problem in problems:
            raise ContractProblem(f"{where}: {problem}.")
        if name in names:
            raise ContractProblem(f"{where}: the entity has this column twice. Remove one of them.")
        if "added_by" in meta and (number or written_by_landing):
            raise ContractProblem(
                f"{where}: added_by: landing is only for the first column of a delivered entity. Remove it."
            )
        since = meta.get("since", 1)
        if since < newest:
            raise ContractProblem(
                f"{where}: the column is of contract version {since} but follows a column of version {newest}. "
                "New columns go at the end of the entity: move it or correct since."
            )
        names.add(name)
        newest = since
    for column in columns:
        replacement = column_meta(column).get("when_empty")
        if replacement is not None and replacement not in names - {column["name"]}:
            raise ContractProblem(
                f"entity {entity}, column {column['name']}: when_empty is {replacement!r}; give another column of the "
                "entity."
            )


def _column_problems(name: Any, meta: Mapping[str, Any], *, needs_type: bool) -> Iterator[str]:
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        yield "the name must consist of lower-case letters, digits and _, and start with a letter or _. Rename it"
    for key in meta:
        if key not in _COLUMN_KEYS:
            yield f"the meta key '{key}' is unknown. Correct it to one of {', '.join(sorted(_COLUMN_KEYS))}"
    if needs_type or "type" in meta:
        yield from _type_problems(meta.get("type"))
    for key in _FLAGS:
        if not isinstance(meta.get(key, False), bool):
            yield f"{key} is {meta[key]!r}; write true, or remove the key"
    codes = meta.get("codes")
    if codes is not None and not (isinstance(codes, str) and _CODES.fullmatch(codes)):
        yield f"codes is {codes!r}; give a seed and its column as seed.column"
    if meta.get("money") and meta.get("type") != "amount":
        yield "money: true needs type: amount. Correct the type, or remove money"
    if (meta.get("type") == "record_status") != (name == "record_status") and "type" in meta:
        yield "a column of the type record_status is named record_status, and no other column is. Rename it"
    if meta.get("pii") not in (None, *_PII):
        yield f"pii is {meta['pii']!r}; write {' or '.join(_PII)}, or remove the key"
    if meta.get("added_by") not in (None, "landing"):
        yield f"added_by is {meta['added_by']!r}; write landing, or remove the key"
    yield from _limit_problems(meta)
    yield from _since_problems(meta)


def _type_problems(value: Any) -> Iterator[str]:
    if value is None:
        yield f"it has no type. Give one of {_TYPES}"
        return
    match = _TYPE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        yield f"the type {value!r} is unknown. Give one of {_TYPES}"
    elif match["bytes"] and int(match["bytes"]) > _MOST_BYTES:
        yield f"the type {value} is too long; text has at most {_MOST_BYTES:,} bytes. Give fewer"
    elif match["precision"] and not int(match["scale"]) <= int(match["precision"]) <= _MOST_DIGITS:
        yield f"the type {value} is not possible; a decimal(p, s) has s <= p <= {_MOST_DIGITS}. Correct it"


def _limit_problems(meta: Mapping[str, Any]) -> Iterator[str]:
    between, below = meta.get("between"), meta.get("below")
    if between is not None and not (
        isinstance(between, list) and len(between) == 2 and all(map(_is_number, between)) and between[0] <= between[1]
    ):
        yield f"between is {between!r}; give the lowest and the highest value as [a, b]"
    if below is not None and not _is_number(below):
        yield f"below is {below!r}; give a number"


def _since_problems(meta: Mapping[str, Any]) -> Iterator[str]:
    if "since" not in meta:
        return
    since = meta["since"]
    if isinstance(since, bool) or not isinstance(since, int) or since < 2:
        yield (
            f"since is {since!r}; give the contract version that added the column, a whole number from 2, "
            "or remove the key"
        )
    elif meta.get("required"):
        yield (
            "a column with since cannot be required, because every row of a file without the column would be "
            "rejected. Remove required"
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_numeric(column_type: str) -> bool:
    """Return whether the values of a type have a total."""
    return column_type in ("amount", "integer") or column_type.startswith("decimal(")


def _check_trailer(entity: str, trailer: Any, metas: Mapping[str, Mapping[str, Any]]) -> None:
    where = f"entity {entity}: the trailer"
    if not (isinstance(trailer, list) and all(isinstance(field, str) for field in trailer) and "rows" in trailer[1:]):
        raise ContractProblem(f"{where} is {trailer!r}; give its mark and what its fields state, as [MARK, rows, a].")
    mark, *fields = trailer
    if not _MARK.fullmatch(mark):
        raise ContractProblem(f"{where} has the mark {mark!r}; give letters, digits, - and _ only.")
    for field in fields:
        if field != "rows" and not is_numeric(str(metas.get(field, {}).get("type", ""))):
            raise ContractProblem(
                f"{where} states the total of {field!r}, which is no delivered column with numbers. Correct it."
            )
    if len(set(fields)) < len(fields):
        raise ContractProblem(f"{where} states something twice. Remove one of them.")
    versions = {int(meta.get("since", 1)) for meta in metas.values()} | {1}
    widths = {sum(meta.get("since", 1) <= version for meta in metas.values()) for version in versions}
    if len(trailer) in widths:
        raise ContractProblem(
            f"{where} has {len(trailer)} fields, as many as a row, and could be taken for one. State more or less."
        )


def check_entity_meta(entity: str, meta: Mapping[str, Any], columns: Sequence[Mapping[str, Any]]) -> None:
    """Check the meta of a delivered entity, whose columns have passed their checks.

    Raises:
        ContractProblem: the first mistake.
    """
    metas = {column["name"]: column_meta(column) for column in columns if "added_by" not in column_meta(column)}
    key, amount = meta.get("key"), meta.get("amount")
    if not isinstance(key, list) or not key:
        raise ContractProblem(f"entity {entity}: it has no key. Give the columns of its business key as key: [a, b].")
    for name in key:
        if name not in metas:
            raise ContractProblem(
                f"entity {entity}: the key column {name!r} is not a delivered column of the entity. Correct the key."
            )
        if "since" in metas[name]:
            raise ContractProblem(
                f"entity {entity}: the key column {name} has since, so files of earlier contract versions have no "
                "key. Remove it from the key."
            )
    replacing = [name for name, column in metas.items() if column.get("replaces")]
    if len(replacing) > 1 or (replacing and len(key) > 1):
        raise ContractProblem(
            f"entity {entity}, column {replacing[-1]}: replaces: true is for one column of an entity whose key is one "
            "column. Remove it."
        )
    if amount is not None and not metas.get(amount, {}).get("money"):
        raise ContractProblem(
            f"entity {entity}: the control amount {amount!r} is not a column with money: true. Correct amount, or mark "
            "the column."
        )
    if meta.get("expected", "none") not in _EXPECTED:
        raise ContractProblem(
            f"entity {entity}: expected is {meta['expected']!r}; write {', '.join(_EXPECTED[:-1])} or {_EXPECTED[-1]}."
        )
    if meta.get("statement", "optional") not in _STATEMENTS:
        raise ContractProblem(
            f"entity {entity}: statement is {meta['statement']!r}; write {' or '.join(_STATEMENTS)}, or remove the key."
        )
    if "trailer" in meta:
        _check_trailer(entity, meta["trailer"], metas)
    for name, types in (("belongs_to", "text"), ("happened_at", "utc_time")):
        column = meta.get(name)
        if column is not None and not str(metas.get(column, {}).get("type", "")).startswith(types):
            raise ContractProblem(
                f"entity {entity}: {name} is {column!r}, which is no delivered column of the type {types}. Correct it, "
                "or remove the key."
            )
    if "happened_at" in meta and amount is None:
        raise ContractProblem(f"entity {entity}: happened_at needs a control amount. Give amount, or remove the key.")
