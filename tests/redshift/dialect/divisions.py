"""Generated divisions with exact quotients, for the macro divide."""

from __future__ import annotations

import random
from decimal import ROUND_HALF_UP, Decimal, localcontext

SCALES = range(10)


def _divisions() -> list[tuple[Decimal | None, Decimal | None]]:
    """Generate pairs of numbers of all sizes, some of them zero or null, and pairs with a quotient near a tie."""
    some = random.Random(20250131)

    def number() -> Decimal | None:
        if some.random() < 0.04:
            return some.choice([None, Decimal(0)])
        digits, decimals = some.choice([1, 2, 3, 6, 12, 21, 28]), some.choice([0, 2, 6])
        value = Decimal(some.randrange(1, 10**digits)).scaleb(-decimals if digits - decimals <= 22 else -6)
        return (value if digits - decimals <= 22 else value.quantize(Decimal("0.000001"))) * some.choice([1, -1])

    pairs = [(number(), number()) for _ in range(240)]
    for _ in range(60):  # Quotients that end in exactly half a unit of the last decimal, or just above or below.
        divisor = Decimal(some.randrange(1, 10**9)).scaleb(-some.choice([0, 2, 6]))
        half = Decimal(some.randrange(10**6) * 2 + 1) / 2
        with localcontext() as context:
            context.prec = 60
            dividend = (divisor * half * Decimal(10) ** -some.choice([0, 1, 2])).quantize(Decimal("0.000001"))
        nudge = Decimal("0.000001") * some.choice([-1, 0, 0, 1])
        pairs.append(((dividend + nudge) * some.choice([1, -1]), divisor * some.choice([1, -1])))
    return pairs


DIVISIONS = _divisions()


def quotient(dividend: Decimal | None, divisor: Decimal | None, scale: int) -> Decimal | None:
    """Return the exact quotient, rounded half up; zero has no sign."""
    if dividend is None or not divisor:
        return None
    with localcontext() as context:
        context.prec = 120
        exact = (dividend / divisor).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    return exact if exact else abs(exact)
