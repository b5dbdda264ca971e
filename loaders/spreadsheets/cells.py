"""Values of cells as text, a column at a time, without work per cell for what usual columns have.

A number is stored in binary, and a spreadsheet program shows 15 digits of it. These digits count: 0.1 + 0.2, stored as
0.30000000000000004, is 0.3, and an integer is written whole, never as 1.23E+10. From 10 trillion on, 15 digits do not
reach to the cent, so a number that has more is set aside instead of rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import compress, repeat
from operator import is_
from typing import Any

DIGITS = 15
MOST_TEXT = 32_767
"""The most characters of a cell that a spreadsheet program can write."""

_LARGE = 10.0**13
_SMALL = 10.0**-4
_FORMS: dict[type, str] = {str: "", int: "d", float: f".{DIGITS}g", date: "", datetime: "", time: ""}
_JOINT = "\0"
_POINTS: dict[type, str] = {kind: "." if kind is float else _JOINT for kind in _FORMS}
_BREAKS = "\t\n\r\v\f"
_BLANKS = str.maketrans(dict.fromkeys(_BREAKS + _JOINT, " "))


class TooLongError(Exception):
    """A cell has more characters than a spreadsheet program can write.

    Attributes:
        position: its position in the column.
    """

    def __init__(self, position: int) -> None:
        """Keep the position."""
        super().__init__(position)
        self.position = position


def texts_of(column: Sequence[Any], decimal: str, wrong: list[tuple[int, str]]) -> list[str]:
    """Return the texts of a column; a line break or a tab in a text becomes a blank.

    Args:
        column: the values of its cells: texts, numbers, booleans, dates, times and durations.
        decimal: the decimal mark for numbers.
        wrong: gets the positions of numbers with more digits than a spreadsheet keeps, and what is wrong with each.

    Raises:
        TooLongError: a cell is too long.
    """
    if not set(map(type, column)) <= _FORMS.keys():
        column = [_usual(value) for value in column]
    kinds = set(map(type, column))
    if str in kinds:
        column = _clean(column)
    if float in kinds:
        return _numbers(column, decimal, wrong)
    return list(column) if kinds == {str} else list(map(format, column, map(_FORMS.__getitem__, map(type, column))))


def _usual(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(value.total_seconds(), 60)
        return f"{minutes // 60:.0f}:{minutes % 60:02.0f}:{seconds:06.3f}".removesuffix(".000")
    return value


def _numbers(column: Sequence[Any], decimal: str, wrong: list[tuple[int, str]]) -> list[str]:
    types = list(map(type, column))
    sizes = list(map(abs, compress(column, map(is_, types, repeat(float)))))
    if max(sizes) >= _LARGE or min(filter(None, sizes), default=1.0) < _SMALL:
        column = list(_exact(column, decimal, wrong))
        types = list(map(type, column))
    made = list(map(format, column, map(_FORMS.__getitem__, types)))
    if decimal == ".":
        return made
    # Where nothing is to be replaced, the joint is, which is in no text.
    points: Callable[[type], str] = _POINTS.__getitem__
    replace: Callable[[str, str, str], str] = str.replace
    return list(map(replace, made, map(points, types), repeat(decimal)))


def _exact(column: Sequence[Any], decimal: str, wrong: list[tuple[int, str]]) -> Iterator[Any]:
    """Yield the column with texts instead of numbers, for numbers whose usual text would have an exponent."""
    for position, value in enumerate(column):
        if not isinstance(value, float):
            yield value
            continue
        text = format(value, f".{DIGITS}g")
        if abs(value) >= _LARGE and float(text) != value:
            wrong.append((position, f"has a number of more than {DIGITS} digits, which a spreadsheet does not keep"))
        yield f"{Decimal(text):f}".replace(".", decimal)


def _clean(column: Sequence[Any]) -> list[Any]:
    texts = column if set(map(type, column)) == {str} else [each for each in column if type(each) is str]
    if max(map(len, texts)) > MOST_TEXT:
        raise TooLongError(
            next(at for at, each in enumerate(column) if isinstance(each, str) and len(each) > MOST_TEXT)
        )
    joined = _JOINT.join(texts)
    if joined.count(_JOINT) == len(texts) - 1 and not any(each in joined for each in _BREAKS):
        return list(column)
    return [each.translate(_BLANKS) if isinstance(each, str) else each for each in column]
