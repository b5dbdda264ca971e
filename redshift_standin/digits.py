"""Finds the parts of a query whose decimals may have at most 19 digits on Redshift, and lets rs.nineteen check them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .tokens import Edits, Token, at_depth, closing, split_at_commas

# These functions, `case` and set operators give their result a common type, which has at most 19 digits by the guide.
_UNIFYING_FUNCTIONS = frozenset(["coalesce", "nvl", "greatest", "least"])
_SET_OPERATORS = frozenset(["union", "except", "intersect", "minus"])
_AFTER_SELECT_LIST = frozenset("from where group having order limit offset qualify".split()) | _SET_OPERATORS
_NAMES = frozenset(["VAR", "IDENTIFIER"])
_LITERALS = frozenset(["STRING", "NULL", "TRUE", "FALSE"])
_ARITHMETIC = frozenset(["PLUS", "DASH", "STAR", "SLASH", "MOD"])
# These make a boolean or a text.
_NOT_NUMBERS = frozenset("EQ NEQ GT GTE LT LTE AND OR NOT IS IN BETWEEN LIKE ILIKE SIMILAR_TO DPIPE TILDE".split())
_NUMERIC_FUNCTIONS = _UNIFYING_FUNCTIONS | frozenset(
    "abs any_value ceil ceiling first_value floor lag last_value lead max min mod nullif round trunc".split()
)
_UNNAMED = '"?column?"'
_MAX_DIGITS = 19
_Range = tuple[int, int]


def check_digits(edits: Edits, found: Sequence[Token], wide: frozenset[str]) -> None:
    """Add edits that wrap these parts of a query in a call of rs.nineteen, if they can be wide decimals.

    Only these, because the result of a function has no maximum length, and texts would lose theirs.

    Args:
        edits: the edits of the query.
        found: its tokens.
        wide: names of columns of tables that can have more digits.
    """
    expressions = _Expressions(found, wide)
    for first, last, values, alias in [
        *_calls(found),
        *expressions.cases,
        *_items_of_set_operations(edits.sql, found),
    ]:
        if any(expressions.is_wide(start, end) for start, end in values):
            edits.replace(found[first].start, found[first].start, "rs.nineteen(")
            edits.replace(found[last].end, found[last].end, f"){alias}")


def wide_names(found: Sequence[Token], wide: frozenset[str]) -> frozenset[str]:
    """Return these names and the aliases in a query that can be decimals of more than 19 digits."""
    return frozenset(_Expressions(found, wide).wide)


def is_wide_type(type_: str) -> bool:
    """Return whether a type is a decimal of more than 19 digits."""
    digits = re.match(r"(?:numeric|decimal)\s*\(\s*(\d+)", type_)
    return digits is not None and int(digits[1]) > _MAX_DIGITS


class _Expressions:
    """The expressions of a query, and which of them can be decimals of more than 19 digits.

    Attributes:
        cases: its `case` expressions.
        wide: names of columns and aliases with more digits.
    """

    def __init__(self, found: Sequence[Token], wide: frozenset[str]) -> None:
        """Find the wide aliases of a query, in addition to the wide columns of tables."""
        self._found = found
        self.cases = list(_cases(found))
        self._values_of_cases = {(first, last): values for first, last, values, _ in self.cases}
        self.wide = set(wide)
        starts = [0]
        for index, token in enumerate(found[:-1]):
            if token.kind == "L_PAREN":
                starts.append(index + 1)
            elif token.kind == "R_PAREN" and len(starts) > 1:
                starts.pop()
            elif token.kind in ("COMMA", "SELECT"):
                starts[-1] = index + 1
            elif token.word == "as" and found[index + 1].kind in _NAMES:
                is_literal = index - starts[-1] == 1 and found[starts[-1]].kind == "NUMBER"
                if not is_literal and self.is_wide(starts[-1], index):
                    self.wide.add(found[index + 1].word.strip('"'))

    def is_wide(self, start: int, end: int) -> bool:
        """Return whether an expression can be a decimal of more than 19 digits, as far as its tokens show it."""
        found = self._found
        while start < end and found[start].kind == "L_PAREN" and closing(found, start) == end - 1:
            start, end = start + 1, end - 1
        if end <= start:
            return False
        first, last = found[start], found[end - 1]
        if first.kind == "CASE" and last.kind == "END":
            return any(self.is_wide(*value) for value in self._values_of_cases.get((start, end - 1), ()))
        if end - start > 1 and found[start + 1].kind == "L_PAREN":
            stop = closing(found, start + 1)
            if stop == end - 1 or found[stop + 1].word == "over":
                return self._is_wide_call(start, stop)
        kinds = {found[index].kind for index in at_depth(found, start, end)}
        if kinds & _NOT_NUMBERS:
            return False
        if end - start == 1 or (end - start == 3 and found[start + 1].kind == "DOT"):
            return last.kind == "NUMBER" or last.word.strip('"') in self.wide
        return bool(kinds & _ARITHMETIC)

    def _is_wide_call(self, start: int, stop: int) -> bool:
        found = self._found
        name = found[start].word
        if name in ("cast", "try_cast"):
            as_ = next((index for index in at_depth(found, start + 2, stop) if found[index].word == "as"), stop - 1)
            return is_wide_type("".join(token.word for token in found[as_ + 1 : stop]))
        arguments = split_at_commas(found, start + 2, stop)
        return name == "sum" or (name in _NUMERIC_FUNCTIONS and any(self.is_wide(*one) for one in arguments))


def _calls(found: Sequence[Token]) -> Iterator[tuple[int, int, list[_Range], str]]:
    for index, token in enumerate(found[:-1]):
        if (
            token.word in _UNIFYING_FUNCTIONS
            and found[index + 1].kind == "L_PAREN"
            and not (index and found[index - 1].kind == "DOT")
        ):
            end = closing(found, index + 1)
            yield index, end, split_at_commas(found, index + 2, end), ""


def _cases(found: Sequence[Token]) -> Iterator[tuple[int, int, list[_Range], str]]:
    opened: list[tuple[int, list[int]]] = []
    for index, token in enumerate(found):
        if index and found[index - 1].kind == "DOT":
            continue
        if token.kind == "CASE":
            opened.append((index, []))
        elif opened and token.kind in ("WHEN", "THEN", "ELSE"):
            opened[-1][1].append(index)
        elif opened and token.kind == "END":
            case, parts = opened.pop()
            bounds = zip(parts, [*parts[1:], index], strict=True)
            yield case, index, [(start + 1, end) for start, end in bounds if found[start].kind != "WHEN"], ""


@dataclass
class _Query:
    """The text between two parentheses, or the whole text.

    Attributes:
        opening: the index of the parenthesis, -1 for the whole text.
        selects: the indexes of `select` that are not in parentheses within.
        is_operand: whether the query is an operand of a set operator.
    """

    opening: int
    selects: list[int] = field(default_factory=list)
    is_operand: bool = False


def _items_of_set_operations(sql: str, found: Sequence[Token]) -> Iterator[tuple[int, int, list[_Range], str]]:
    for select in _operands(found):
        first = select + 1
        if found[first].word in ("distinct", "all"):
            first += 1
        for start, end in split_at_commas(found, first, _end_of_select_list(found, first)):
            last = _without_alias(found, start, end)
            if (
                last <= start
                or found[last - 1].kind == "STAR"
                or (last == start + 1 and found[start].kind in _LITERALS)
            ):
                continue
            alias = ""
            if last == end:
                # The result keeps the name of the column.
                is_column = (last == start + 1 and found[start].kind != "NUMBER") or (
                    last == start + 3 and found[start + 1].kind == "DOT"
                )
                alias = f" as {sql[found[last - 1].start : found[last - 1].end] if is_column else _UNNAMED}"
            yield start, last - 1, [(start, last)], alias


def _operands(found: Sequence[Token]) -> list[int]:
    """Return the indexes of `select` of the queries that a set operator joins."""
    stack, closed, finished = [_Query(-1)], {}, []
    for index, token in enumerate(found):
        if token.kind == "L_PAREN":
            stack.append(_Query(index))
        elif token.kind == "R_PAREN" and len(stack) > 1:
            closed[index] = stack.pop()
            finished.append(closed[index])
            if index + 1 < len(found) and found[index + 1].word in _SET_OPERATORS:
                closed[index].is_operand = True
        elif token.word == "select":
            stack[-1].selects.append(index)
            before = [found[position].word for position in range(max(index - 4, 0), index)]
            if stack[-1].opening == index - 1 and _SET_OPERATORS & set(before):
                stack[-1].is_operand = True
        elif token.word in _SET_OPERATORS:
            stack[-1].is_operand = True
    return [select for query in [*finished, *stack] if query.is_operand for select in query.selects]


def _end_of_select_list(found: Sequence[Token], first: int) -> int:
    depth = 0
    for index in range(first, len(found)):
        if depth == 0 and (found[index].word in _AFTER_SELECT_LIST or found[index].kind == "R_PAREN"):
            return index
        depth += (found[index].kind == "L_PAREN") - (found[index].kind == "R_PAREN")
    return len(found)


def _without_alias(found: Sequence[Token], start: int, end: int) -> int:
    if end - start > 2 and found[end - 2].word == "as":
        return end - 2
    if end - start > 1 and found[end - 1].kind in _NAMES and found[end - 2].kind in _NAMES | {"R_PAREN", "END"}:
        return end - 1
    return end
