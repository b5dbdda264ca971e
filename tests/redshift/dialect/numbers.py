"""Cases of the dialect macros for numbers and booleans."""

# ruff: noqa: RUF001 (digits and signs that only look like ASCII)
from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from .case import BLANKS, Case, amount

NOON = datetime(2025, 1, 1, 12)

NOT_AMOUNTS = (
    *BLANKS,
    *("0.005", "-.01", ".5", "5.", "1e3", "1E3", "NaN", "Infinity", "-inf", "0x10", "1_000", "1,234.56", "1.234,56"),
    *(
        "- 1",
        "--1",
        "+-1",
        "1-",
        "(1)",
        "$1",
        "1 2",
        "1\n",
        "1\t",
        "\u00a01",
        "٣",
        "１",
        "−1",
        "null",
        "true",
        "-",
        "+",
    ),
)

_WIDE = Decimal("-123456789012345678901234567890123456.78")

CASES: dict[str, list[Case]] = {
    "wide_value": [
        Case(
            "cast(case when total < 0 then {{ wide_value('total') }} else {{ wide_value('0 - total') }} end "
            "as decimal(38, 2))",
            "total",
            [(None, None), (_WIDE, _WIDE), (Decimal("0.10"), Decimal("-0.10"))],
        ),
    ],
    "wide_or_zero": [
        Case("{{ wide_or_zero('total') }}", "total", [(None, Decimal("0.00")), (_WIDE, _WIDE)]),
        Case("{{ wide_or_zero('whole') }}", "whole", [(None, Decimal("0.00")), (-7, Decimal("-7.00"))]),
    ],
    "wide_when": [
        Case(
            "{{ wide_when('total < 0', 'total') }}",
            "total",
            [(None, Decimal("0.00")), (_WIDE, _WIDE), (Decimal("1.00"), Decimal("0.00"))],
        ),
    ],
    "fingerprint": [
        Case("{{ fingerprint(['words', 'amount']) }} = 0", "words", [(None, True), ("a", False), ("", False)]),
        # By name: the order of the columns and a column without a value do not matter.
        Case(
            "{{ fingerprint(['words', 'whole']) }} = {{ fingerprint(['moment', 'whole', 'words']) }}",
            "words",
            [(None, True), ("a", True), ({"words": "a", "whole": 1}, True), ({"words": "a", "moment": NOON}, False)],
        ),
        # Equal values of two columns do not cancel out, and neither do swapped values.
        Case(
            "count(distinct {{ fingerprint(['words', 'more_words']) }})",
            "words",
            [
                ({"words": "a", "more_words": "a"}, None),
                ({"words": "b", "more_words": "b"}, None),
                ({"words": "a", "more_words": "b"}, None),
                ({"words": "b", "more_words": "a"}, None),
                ({"words": "ab", "more_words": ""}, None),
                ("a", None),
                ("b", 7),
            ],
            aggregate=True,
        ),
        Case(
            "count(distinct {{ fingerprint(['amount', 'total']) }})",
            "amount",
            [
                ({"amount": Decimal("1.00"), "total": Decimal("1.00")}, None),
                ({"amount": Decimal("-1.00"), "total": Decimal("-1.00")}, None),
                ({"amount": Decimal("1.01"), "total": Decimal("0.99")}, 3),
            ],
            aggregate=True,
        ),
    ],
    "divide": [
        Case(
            "{{ divide('dividend', 'divisor', 2) }}",
            "dividend",
            [
                ({"dividend": amount(dividend), "divisor": amount(divisor)}, answer and amount(answer))
                for dividend, divisor, answer in (
                    ("1", "3", "0.33"),
                    ("2", "3", "0.67"),
                    ("-2", "3", "-0.67"),
                    ("2", "-3", "-0.67"),
                    ("-2", "-3", "0.67"),
                    ("0.005", "1", "0.01"),
                    ("-0.005", "1", "-0.01"),
                    ("0.004999", "1", "0.00"),
                    ("-0.004999", "1", "0.00"),
                    ("0.000001", "0.000001", "1.00"),
                    ("0", "-7", "0.00"),
                    ("0", "0", None),
                    ("7", "0", None),
                    ("-0.01", "0.00", None),
                    ("9999999999999999999999.999999", "0.000001", "9999999999999999999999999999.00"),
                    ("-9999999999999999999999.999999", "9999999999999999999999.999999", "-1.00"),
                    ("0.000001", "9999999999999999999999.999999", "0.00"),
                )
            ]
            + [({"dividend": amount("1")}, None), ({"divisor": amount("1")}, None), ({}, None)],
        ),
        Case(
            "{{ divide('whole', 'other_whole', 6) }}",
            "whole",
            [
                ({"whole": 7, "other_whole": 2}, amount("3.500000")),
                ({"whole": -7, "other_whole": 2}, amount("-3.500000")),
                ({"whole": 2**31 - 1, "other_whole": 7}, amount("306783378.142857")),
                ({"whole": 1, "other_whole": 0}, None),
            ],
        ),
        Case(
            "{{ divide('total', 'amount', 0) }}",
            "total",
            [
                ({"total": amount("9" * 20 + ".99"), "amount": amount("-0.01")}, amount("-" + "9" * 22)),
                ({"total": amount("0.5"), "amount": amount("1")}, amount("1")),
                ({"total": amount("-1.49"), "amount": amount("1")}, amount("-1")),
            ],
        ),
        Case(
            "{{ divide('sum(amount)', 'count(*)', 2) }}",
            "amount",
            [(amount("0.01"), ...), (amount("0"), amount("0.01"))],
            aggregate=True,
        ),
    ],
    "cross_rate": [
        Case(
            "{{ cross_rate('cast(words as decimal(18, 10))', 'cast(more_words as decimal(18, 10))') }}",
            "words",
            [
                ({"words": rate, "more_words": other}, answer and amount(answer))
                for rate, other, answer in (
                    ("1", "1.1", "0.9090909091"),
                    ("1.25", "1.1", "1.1363636364"),
                    ("1.08", "1.08", "1.0000000000"),
                    ("0.0066666667", "1.0795123457", "0.0061756280"),
                    ("1", "0.0066666667", "149.9999992500"),
                    # A half in the eleventh decimal is rounded up.
                    ("0.0000000001", "2", "0.0000000001"),
                    ("1.0000000001", "2", "0.5000000001"),
                    ("0.0000000003", "4", "0.0000000001"),
                    # Too small, and too large for a rate.
                    ("0.0000000001", "2.0000000001", None),
                    ("0.0000000001", "99999999.9999999999", None),
                    ("99999999.9999999999", "1", "99999999.9999999999"),
                    ("99999999.9999999999", "0.9999999999", None),
                    ("99999999.9999999999", "0.0000000001", None),
                    ("99999999.9999999999", "99999999.9999999998", "1.0000000000"),
                    (None, "1", None),
                    ("1", None, None),
                )
            ],
        ),
    ],
    "try_to_amount": [
        Case(
            "{{ try_to_amount('words') }}",
            "words",
            [
                (None, None),
                *((text, None) for text in NOT_AMOUNTS),
                ("0", amount("0.00")),
                ("-0.00", amount("0.00")),
                ("+7", amount("7.00")),
                ("007.5", amount("7.50")),
                ("0.01", amount("0.01")),
                ("-0.01", amount("-0.01")),
                ("12.300000", amount("12.30")),
                ("12.3000001", None),
                ("0.000", amount("0.00")),
                ("1." + "0" * 60, amount("1.00")),
                ("9999999999999999.99", amount("9999999999999999.99")),
                ("-9999999999999999.99", amount("-9999999999999999.99")),
                ("9999999999999999.999", None),
                ("10000000000000000.00", None),
                ("00000000000000001", None),
            ],
        ),
    ],
    "try_to_decimal": [
        Case(
            "{{ try_to_decimal('words', 9, 4) }}",
            "words",
            [
                *((blank, None) for blank in BLANKS),
                *((None, None), ("3.75", amount("3.7500")), ("-12345.6789", amount("-12345.6789"))),
                *(("123456", None), ("0.00005", None), ("0.00010", amount("0.0001")), ("1e-4", None)),
            ],
        ),
        Case(
            "{{ try_to_decimal('words', 38, 37) }}",
            "words",
            [("-9." + "9" * 37, amount("-9." + "9" * 37)), ("10", None), ("0.1", amount("0.1" + "0" * 36))],
        ),
        Case("{{ try_to_decimal('words', 38, 1) }}", "words", [("9" * 37 + ".9", amount("9" * 37 + ".9"))]),
    ],
    "try_to_integer": [
        Case(
            "{{ try_to_integer('words') }}",
            "words",
            [
                *((blank, None) for blank in BLANKS),
                *((None, None), ("0", 0), ("-0", 0), ("+7", 7), ("-360", -360), ("007", 7), ("999999999", 999999999)),
                *(("-999999999", -999999999), ("1000000000", None), ("2147483648", None), ("1.0", 1), ("1.", None)),
                # Data frames write whole numbers so where a value of the column is missing.
                *(("700.0", 700), ("700.00", 700), ("-3.000000", -3), ("+7.0", 7), ("999999999.0", 999999999)),
                *(("700.5", None), ("0.1", None), (".0", None), ("1000000000.0", None), ("1.0.0", None), ("7,0", None)),
                *(("1e3", None), ("", None), (" 1", None), ("1\n", None), ("٣", None), ("0x1", None), ("1_0", None)),
            ],
        ),
    ],
    "try_to_boolean": [
        Case(
            "{{ try_to_boolean('words') }}",
            "words",
            [
                *((None, None), ("true", True), ("FALSE", False), ("True", True), ("", None)),
                *(
                    ("TRUE", True),
                    ("false", False),
                    ("False", False),
                    ("t", True),
                    ("f", False),
                    ("1", True),
                    ("0", False),
                ),
                *(("1.0", True), ("0.0", False), ("T", None), ("F", None), ("2", None), ("-1", None), ("1.00", None)),
                *(("tRUE", None), ("yes", None), (" true", None), ("null", None)),
            ],
        ),
    ],
}
