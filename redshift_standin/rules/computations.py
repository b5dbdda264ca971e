"""Rules about divisions, averages and windows."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from .query import Query, excerpt, rule

_FRAMED = (exp.Sum, exp.Avg, exp.Count, exp.Min, exp.Max, exp.FirstValue, exp.LastValue, exp.NthValue)
# The digits of a whole number that meets a decimal.
_WHOLE_DIGITS = {"SMALLINT": 5, "INT": 10, "BIGINT": 19}
_ROUNDED_DIVISION = "round(cast(a as decimal(p, s)) / nullif(cast(b as decimal(p, s)), 0), n)"


@rule("r_numeric_computations201")
def divisions(query: Query) -> Iterator[str]:
    """A quotient keeps few decimals, and integers divide to integers: cast both operands and round the result."""
    for division in query.find_all(exp.Div):
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
    if (
        isinstance(operand, exp.Cast)
        and operand.to.is_type(exp.DataType.Type.DECIMAL)
        and len(operand.to.expressions) == 2
    ):
        precision, scale = (int(parameter.this.name) for parameter in operand.to.expressions)
        return precision, scale
    return None


@rule("r_numeric_computations201")
def products(query: Query) -> Iterator[str]:
    """A product of decimals needs as many digits as both operands and one more. More than 38 may overflow."""
    for product in query.find_all(exp.Mul):
        digits = [_precision(product.left), _precision(product.right)]
        # An operand of unknown type has one digit at least. The values are checked by rs.product.
        if any(digits) and sum(number or 1 for number in digits) + 1 > 38 and any(map(_decimal, _operands(product))):
            yield (
                f"a product of decimals of {' and '.join(str(number or '?') for number in digits)} digits can need "
                f"more than 38: cast both operands to fewer digits: {excerpt(product)}"
            )


def _operands(product: exp.Mul) -> tuple[exp.Expr, exp.Expr]:
    return product.left, product.right


def _precision(operand: exp.Expr) -> int | None:
    """Return the digits of an operand whose type the statement shows, otherwise None."""
    operand = operand.unnest()
    if isinstance(operand, exp.Neg | exp.Abs):
        return _precision(operand.this)
    if isinstance(operand, exp.Literal) and not operand.is_string:
        return len(operand.name.replace(".", "")) if "." in operand.name else _WHOLE_DIGITS["INT"]
    if isinstance(operand, exp.Cast) and isinstance(operand.to.this, exp.DataType.Type):
        whole = _WHOLE_DIGITS.get(operand.to.this.name)
        if whole:
            return whole
    decimal = _decimal(operand)
    return decimal[0] if decimal else None


@rule("r_AVG")
def averages(query: Query) -> Iterator[str]:
    """Avg keeps the scale of a decimal and truncates integers."""
    if query.find_all(exp.Avg):
        yield "avg keeps the scale of its argument on Redshift: divide the sum by the count and round"


@rule("r_Window_function_synopsis")
def window_frames(query: Query) -> Iterator[str]:
    """An aggregate with an ordered window needs a frame, and a frame counts rows."""
    for window in query.find_all(exp.Window):
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
