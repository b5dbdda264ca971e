"""Mistakes in a mapping: each is a sentence with the line of the YAML and the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from loaders.errors import TieoutError
from loaders.table_import.yaml_lines import Document, Place

_MOST_SHOWN = 20


@dataclass(frozen=True, order=True)
class Mistake:
    """One mistake.

    Attributes:
        line: its line in the mapping.
        sentence: what is wrong, and the remedy.
    """

    line: int
    sentence: str


def refusal(file: Path, mistakes: Iterable[Mistake]) -> TieoutError:
    """Return the error that lists all mistakes of a mapping, one on a line."""
    listed = sorted(set(mistakes))
    shown = [f"{file} line {mistake.line}: {mistake.sentence}" for mistake in listed[:_MOST_SHOWN]]
    if len(listed) > _MOST_SHOWN:
        shown.append(f"{file} has {len(listed) - _MOST_SHOWN:,} more mistakes.")
    return TieoutError("\n".join(shown))


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is closest to a name, in any case; None if none is close."""
    folded = {each.casefold(): each for each in known}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def meant(name: str, known: Iterable[str]) -> str:
    """Return `Did you mean x?` with the closest known name, or all known names if none is close."""
    names = list(known)
    close = closest(name, names)
    return f"Did you mean {close}?" if close else f"There are: {', '.join(names)}."


def mistakes_of_model(error: ValidationError, model: type[BaseModel], document: Document) -> list[Mistake]:
    """Return the mistakes that pydantic found."""
    return [
        Mistake(document.line(place), _sentence(found, place, model))
        for found in error.errors()
        if (place := tuple(found["loc"])) is not None
    ]


def _sentence(found: ErrorDetails, place: Place, model: type[BaseModel]) -> str:  # noqa: PLR0911
    key = ".".join(map(str, place)) or "the mapping"
    kind, context = found["type"], found.get("ctx", {})
    if kind == "extra_forbidden" and not str(place[-1]).isidentifier():
        return f"'{place[-1]}' is read as a key {_where(place[:-1])}. Put texts with commas within {{ }} in quotes."
    if kind == "extra_forbidden":
        return f"{place[-1]} is not a key {_where(place[:-1])}. {meant(str(place[-1]), _keys(model, place[:-1]))}"
    if kind == "missing":
        return f"the key {place[-1]} is missing {_where(place[:-1])}. Add it."
    if kind == "value_error":
        return f"{key}: {context['error']}."
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return f"{key} has no keys below it. Write each key on a line of its own, indented by two blanks."
    if kind == "literal_error":
        return f"{key} is '{found['input']}', which it cannot be. Write {context['expected']}."
    if kind.startswith(("date_", "int_", "bool_", "greater_", "too_short", "string_pattern")):
        return f"{key}: {_value(kind, context, found['input'])}"
    return f"{key}: {found['msg']}. Correct it."


def _value(kind: str, context: dict[str, Any], given: object) -> str:
    if kind.startswith("date_"):
        return f"'{given}' is not a day. Write it as YYYY-MM-DD."
    if kind.startswith("bool_"):
        return f"'{given}' is neither true nor false. Write one of them."
    if kind == "too_short":
        return "there is nothing below it. Add at least one entry."
    if kind.startswith("string_pattern"):
        return f"'{given}' becomes part of a file name. Use letters, digits, _ and - only."
    least = f" of at least {context['ge']}" if "ge" in context else ""
    return f"'{given}' is not a whole number{least}. Correct it."


def _where(place: Sequence[str | int]) -> str:
    return f"of {'.'.join(map(str, place))}" if place else "of a mapping"


def _keys(model: type[BaseModel], place: Place) -> list[str]:
    """Return the keys that the model has at a place."""
    for step in place:
        field = model.model_fields.get(str(step))
        if field is None:
            continue  # the name of a column, or a position
        inner = _inner_model(field.annotation)
        if inner is None:
            return []
        model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type):
        return annotation if issubclass(annotation, BaseModel) else None
    for part in get_args(annotation):
        found = _inner_model(part)
        if found:
            return found
    return None
