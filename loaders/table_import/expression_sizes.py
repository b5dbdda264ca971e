"""How long the text can become that an expression makes of one row: an expression must not fill the memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from loaders.table_import.records import LONGEST_RECORD

MOST = 10_000_000
"""The most characters. Usual expressions make no more than a line has."""

_LONGEST_OTHER = 100
"""The most characters of a number or a date."""
_LONGEST_PART = 1_000
_LONGEST_DATE_PART = 30
# A width of four digits, one that is in another value, or one within braces.
_WIDE = re.compile(r"[0-9]{4}|\*|\{[^}]*\{")


class SizeError(Exception):
    """The size cannot be known. The message is what is wrong, and the remedy."""


def longest(node: dict[str, Any]) -> int:
    """Return the most characters of the value of a parsed expression, by a bound that is easy to know.

    Raises:
        SizeError: it depends on values of the file.
    """
    if node["class"] == "COLUMN_REF":
        return LONGEST_RECORD
    if node["class"] == "CONSTANT":
        return len(str(node["value"].get("value")))
    sizes = [longest(child) for child in _children(node)]
    name = node["function_name"] if node["class"] == "FUNCTION" else ""
    if name in _GROWING and len(sizes) > 1:
        return _GROWING[name](name, node["children"], sizes)
    return max([*sizes, _LONGEST_OTHER])


def _padded(name: str, children: list[dict[str, Any]], _: list[int]) -> int:
    length = _constant(children[1])
    if not isinstance(length, int):
        raise SizeError(f"the length of {name} depends on the file. Write a number")
    return length


def _printed(name: str, children: list[dict[str, Any]], sizes: list[int]) -> int:
    form = _constant(children[0])
    if not isinstance(form, str) or _WIDE.search(form):
        raise SizeError(f"the first value of {name} is no text with widths of up to three digits. Write such a text")
    return sum(sizes) + _LONGEST_PART * len(form)


def _replaced(name: str, children: list[dict[str, Any]], sizes: list[int]) -> int:
    """Each letter, or each text that is known, may be replaced by another one."""
    known = _constant(children[1]) if name == "replace" else None
    at_least = max(1, len(known)) if isinstance(known, str) else 1
    return (sizes[0] + 1) * (1 + sizes[2] // at_least if len(sizes) > 2 else 1)


def _joined(_: str, __: list[dict[str, Any]], sizes: list[int]) -> int:
    return sum(sizes) + sizes[0] * len(sizes)


def _dated(_: str, __: list[dict[str, Any]], sizes: list[int]) -> int:
    return max(sizes) * _LONGEST_DATE_PART


_GROWING: dict[str, Callable[[str, list[dict[str, Any]], list[int]], int]] = {
    "lpad": _padded,
    "rpad": _padded,
    "printf": _printed,
    "format": _printed,
    "replace": _replaced,
    "regexp_replace": _replaced,
    "||": lambda _, __, sizes: sum(sizes),
    "concat": lambda _, __, sizes: sum(sizes),
    "concat_ws": _joined,
    "strftime": _dated,
}


def _children(node: Any) -> Iterator[dict[str, Any]]:
    """Yield the expressions directly below a node."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, dict) and "class" in value:
            yield value
        elif isinstance(value, dict | list) and key not in ("value", "cast_type"):
            yield from _children(value)


def _constant(node: dict[str, Any]) -> Any:
    return node["value"].get("value") if node["class"] == "CONSTANT" else None
