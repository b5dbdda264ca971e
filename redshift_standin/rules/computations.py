"""Rules about divisions, averages and windows."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from .query import Query, rule

_FRAMED = (exp.Sum, exp.Avg, exp.Count, exp.Min, exp.Max, exp.FirstValue, exp.LastValue, exp.NthValue)
_ROUNDED_DIVISION = "round(cast(a as decimal(p, s)) / nullif(cast(b as decimal(p, s)), 0), n)"


@rule("r_numeric_computations201")
def divisions(query: Query) -> Iterator[str]:
    """A quotient keeps few decimals, and integers divide to integers: cast both operands and round the result."""
    for division in query.tree.find_all(exp.Div):
        dividend, divisor = _decimal(division.left), _decimal(division.right)
        rounding = division.find_ancestor(exp.Round, exp.Select)
        if not isinstance(rounding, exp.Round) or dividend is None or divisor is None:
            yield f"division is not rounded, or its operands are not cast: write {_ROUNDED_DIVISION}"
            continue
        (p1, s1), (p2, s2) = dividend, divisor
        digits = int(rounding.args["decimals"].name) if rounding.args.get("decimals") else 0
        scale = max(4, s1 + p2 - s2 + 1)
        precision = p1 - s1 + s2 + scale
        kept = scale if precision <= 38 else max(38 + scale - precision, 4)
        if kept <= digits:
            yield f"division keeps {kept} decimals on Redshift, so it cannot be rounded to {digits}"


def _decimal(operand: exp.Expr) -> tuple[int, int] | None:
    """Return precision and scale of an operand that is cast to a decimal, otherwise None."""
    operand = operand.unnest()
    if isinstance(operand, exp.Nullif):
        operand = operand.this.unnest()
    if isinstance(operand, exp.Cast) and operand.to.is_type("decimal") and len(operand.to.expressions) == 2:
        precision, scale = (int(parameter.this.name) for parameter in operand.to.expressions)
        return precision, scale
    return None


@rule("r_AVG")
def averages(query: Query) -> Iterator[str]:
    """Avg keeps the scale of a decimal and truncates integers."""
    if query.tree.find(exp.Avg):
        yield "avg keeps the scale of its argument on Redshift: divide the sum by the count and round"


@rule("r_Window_function_synopsis")
def window_frames(query: Query) -> Iterator[str]:
    """An aggregate with an ordered window needs a frame, and a frame counts rows."""
    for window in query.tree.find_all(exp.Window):
        function, frame = window.this, window.args.get("spec")
        if isinstance(function, exp.IgnoreNulls | exp.RespectNulls):
            function = function.this
        if isinstance(function, _FRAMED) and window.args.get("order") and frame is None:
            yield f"{function.sql_name().lower()} over (order by ...) needs an explicit rows frame on Redshift"
        if frame is not None and str(frame.args.get("kind")).upper() != "ROWS":
            yield "Redshift supports window frames of rows only"
        if isinstance(window.args.get("alias"), exp.Identifier):
            yield "Redshift does not support named windows"
        ordered = [item.this for item in window.args["order"].expressions] if window.args.get("order") else []
        if any(isinstance(item, exp.Literal) for item in [*window.args.get("partition_by", []), *ordered]):
            yield "a window cannot be partitioned or ordered by a literal on Redshift"
