"""What the dialect macros are asked, and what they must answer: values that hurt, with results written by hand.

One difference shows on neither side here: Redshift takes 'a' and 'a ' for equal texts, which DuckDB and the stand-in do
not. Silver trims every text (trim_blanks), so models never compare texts that end in blanks.
"""

# ruff: noqa: RUF001 (digits and signs that only look like those of ASCII)
from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

# The table that cases read. What a case does not give is null.
COLUMNS = {
    "words": "varchar(65535)",
    "more_words": "varchar(65535)",
    "amount": "decimal(18, 2)",
    "total": "decimal(38, 2)",
    "fine": "decimal(18, 3)",
    "dividend": "decimal(28, 6)",
    "divisor": "decimal(28, 6)",
    "whole": "integer",
    "other_whole": "integer",
    "some_day": "date",
    "other_day": "date",
    "moment": "timestamp",
}


@dataclass(frozen=True)
class Refused:
    """An engine refuses the query.

    Attributes:
        because: a part of its message.
    """

    because: str


@dataclass(frozen=True)
class Case:
    """An expression on some inputs, which answers the same on both engines.

    Attributes:
        call: the expression, in Jinja.
        column: the column that inputs stand in that are no mappings of column to value.
        answers: each input with its answer.
        relation: what the query reads.
        aggregate: all inputs have one answer together, which stands with the last of them.
    """

    call: str
    column: str
    answers: Sequence[tuple[Any, Any]]
    relation: str = "dialect_values as given"
    aggregate: bool = False


@dataclass(frozen=True)
class Difference:
    """An expression that the engines answer otherwise, so that models must not use it.

    Attributes:
        call: the expression, in Jinja.
        given: the inputs, mappings of column to value.
        duckdb: the answers, or a refusal.
        redshift: the answers, or a refusal.
        instead: what models do.
    """

    call: str
    given: Sequence[dict[str, Any]]
    duckdb: Sequence[Any] | Refused
    redshift: Sequence[Any] | Refused
    instead: str


def _amount(text: str) -> Decimal:
    return Decimal(text)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _hashed(text: str) -> tuple[str, str]:
    return text, hashlib.sha256(text.encode()).hexdigest()


_BEYOND_ASCII = "Žluťoučký 東京 🏦"
_BLANKS = ("", " ", "   ", "\t", "\n", "\u00a0")
_NOT_AMOUNTS = (
    *_BLANKS,
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

# By macro.
CASES: dict[str, list[Case]] = {
    "matches_pattern": [
        Case(
            "{{ matches_pattern('words', '^[A-Z]{3}$') }}",
            "words",
            [(None, None), ("", False), (" ", False), ("EUR", True), ("eur", False), ("EURO", False), ("EUR\n", False)],
        ),
        Case("{{ matches_pattern('words', '^a.b$') }}", "words", [("a\nb", True), ("a🏦b", True), ("aéb", True)]),
        Case(
            "{{ matches_pattern('words', '^[^a]$') }}",
            "words",
            [("🏦", True), ("\n", True), ("é", True), ("e\u0301", False), ("a", False)],
        ),
        # What a literal must not lose: quotes and backslashes.
        Case(
            r"""{{ matches_pattern('words', "^it's [.] \\\\ \\.$") }}""",
            "words",
            [("it's . \\ .", True), ("it's x \\ .", False), ("it's . \\ x", False), ("it's .  .", False)],
        ),
        Case("{{ matches_pattern('words', '[[:digit:]]') }}", "words", [("a1", True), ("٣", False), ("", False)]),
        Case(
            "{{ matches_pattern('words || more_words', 'ab') }}",
            "words",
            [({"words": "a", "more_words": "b"}, True), ({"words": "ab"}, None)],
        ),
        Case("not {{ matches_pattern('words', 'a|b') }}", "words", [("b", False), ("c", True), (None, None)]),
    ],
    "replace_pattern": [
        Case(
            "{{ replace_pattern('words', '[0-9]+', '#') }}",
            "words",
            [(None, None), ("", ""), ("a", "a"), ("a1b22c", "a#b#c"), ("東1京", "東#京"), ("٣", "٣"), ("1\n2", "#\n#")],
        ),
        Case("{{ replace_pattern('words', 'é', '') }}", "words", [("éaé", "a"), ("é", ""), ("e\u0301", "e\u0301")]),
        Case("{{ replace_pattern('words', 'x.', 'y') }}", "words", [("x\nx", "yx"), ("x🏦x1", "yy")]),
        Case("""{{ replace_pattern('words', "'", "''") }}""", "words", [("it's", "it''s")]),
        Case(
            # The pattern that masks personal data in a record, with its escaped quotes and backslashes.
            r"""{{ replace_pattern('words', '"name":"([^"\\\\]|\\\\.)*"', '"name":"***"') }}""",
            "words",
            [
                ('{"name":"O\'Hara","city":"x"}', '{"name":"***","city":"x"}'),
                ('{"name":"a\\"b\\\\","city":"x"}', '{"name":"***","city":"x"}'),
                ('{"name":"","name":"東京🏦"}', '{"name":"***","name":"***"}'),
                ('{"name":null}', '{"name":null}'),
            ],
        ),
    ],
    "text_literal": [
        Case(f"{{{{ text_literal({text!r}) }}}}", "words", [(None, text)])
        for text in (
            "",
            " ",
            "it's",
            "''",
            "a\\b",
            "\\",
            "\\'",
            "\\n",
            "-- x",
            "/* x */",
            "%s",
            "$1",
            _BEYOND_ASCII,
            "é" * 128,
        )
    ],
    "byte_length": [
        Case(
            "{{ byte_length('words') }}",
            "words",
            [
                (None, None),
                ("", 0),
                (" ", 1),
                ("a", 1),
                ("é", 2),
                ("e\u0301", 3),
                ("東", 3),
                ("🏦", 4),
                ("é" * 300, 600),
            ],
        ),
    ],
    "divide": [
        Case(
            "{{ divide('dividend', 'divisor', 2) }}",
            "dividend",
            [
                ({"dividend": _amount(dividend), "divisor": _amount(divisor)}, answer and _amount(answer))
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
            + [({"dividend": _amount("1")}, None), ({"divisor": _amount("1")}, None), ({}, None)],
        ),
        Case(
            "{{ divide('whole', 'other_whole', 6) }}",
            "whole",
            [
                ({"whole": 7, "other_whole": 2}, _amount("3.500000")),
                ({"whole": -7, "other_whole": 2}, _amount("-3.500000")),
                ({"whole": 2**31 - 1, "other_whole": 7}, _amount("306783378.142857")),
                ({"whole": 1, "other_whole": 0}, None),
            ],
        ),
        Case(
            "{{ divide('total', 'amount', 0) }}",
            "total",
            [
                ({"total": _amount("9" * 20 + ".99"), "amount": _amount("-0.01")}, _amount("-" + "9" * 22)),
                ({"total": _amount("0.5"), "amount": _amount("1")}, _amount("1")),
                ({"total": _amount("-1.49"), "amount": _amount("1")}, _amount("-1")),
            ],
        ),
        Case(
            "{{ divide('sum(amount)', 'count(*)', 2) }}",
            "amount",
            [(_amount("0.01"), ...), (_amount("0"), _amount("0.01"))],
            aggregate=True,
        ),
    ],
    "try_to_text": [
        Case(
            "{{ try_to_text('words', 4) }}",
            "words",
            [
                *((blank, blank) for blank in _BLANKS),
                *((None, None), ("abcd", "abcd"), ("abcde", None), ("éé", "éé"), ("ééé", None), ("éab", "éab")),
                *(("🏦", "🏦"), ("🏦a", None), ("a   ", "a   "), ("a    ", None)),
            ],
        ),
        Case("{{ try_to_text('words', 65535) }}", "words", [("x" * 65535, "x" * 65535)]),
    ],
    "try_to_amount": [
        Case(
            "{{ try_to_amount('words') }}",
            "words",
            [
                (None, None),
                *((text, None) for text in _NOT_AMOUNTS),
                ("0", _amount("0.00")),
                ("-0.00", _amount("0.00")),
                ("+7", _amount("7.00")),
                ("007.5", _amount("7.50")),
                ("0.01", _amount("0.01")),
                ("-0.01", _amount("-0.01")),
                ("12.300000", _amount("12.30")),
                ("12.3000001", None),
                ("0.000", _amount("0.00")),
                ("1." + "0" * 60, _amount("1.00")),
                ("9999999999999999.99", _amount("9999999999999999.99")),
                ("-9999999999999999.99", _amount("-9999999999999999.99")),
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
                *((blank, None) for blank in _BLANKS),
                *((None, None), ("3.75", _amount("3.7500")), ("-12345.6789", _amount("-12345.6789"))),
                *(("123456", None), ("0.00005", None), ("0.00010", _amount("0.0001")), ("1e-4", None)),
            ],
        ),
        Case(
            "{{ try_to_decimal('words', 38, 37) }}",
            "words",
            [("-9." + "9" * 37, _amount("-9." + "9" * 37)), ("10", None), ("0.1", _amount("0.1" + "0" * 36))],
        ),
        Case("{{ try_to_decimal('words', 38, 1) }}", "words", [("9" * 37 + ".9", _amount("9" * 37 + ".9"))]),
    ],
    "try_to_integer": [
        Case(
            "{{ try_to_integer('words') }}",
            "words",
            [
                *((blank, None) for blank in _BLANKS),
                *((None, None), ("0", 0), ("-0", 0), ("+7", 7), ("-360", -360), ("007", 7), ("999999999", 999999999)),
                *(("-999999999", -999999999), ("1000000000", None), ("2147483648", None), ("1.0", None), ("1.", None)),
                *(("1e3", None), ("", None), (" 1", None), ("1\n", None), ("٣", None), ("0x1", None), ("1_0", None)),
            ],
        ),
    ],
    "try_to_boolean": [
        Case(
            "{{ try_to_boolean('words') }}",
            "words",
            [
                *((None, None), ("true", True), ("FALSE", False), ("True", True), ("", None), ("t", None), ("1", None)),
                *(("yes", None), (" true", None), ("null", None)),
            ],
        ),
    ],
    "try_to_date": [
        Case(
            "{{ try_to_date('words') }}",
            "words",
            [
                *((blank, None) for blank in _BLANKS),
                *((None, None), ("2025-01-31", date(2025, 1, 31)), ("1969-12-31", date(1969, 12, 31))),
                *(("2024-02-29", date(2024, 2, 29)), ("2000-02-29", date(2000, 2, 29)), ("1900-02-29", None)),
                *(("2023-02-29", None), ("2025-04-31", None), ("2025-13-01", None), ("2025-00-10", None)),
                *(("2025-01-00", None), ("0000-00-00", None), ("0000-01-01", None), ("0001-01-01", date(1, 1, 1))),
                *(("0099-10-20", date(99, 10, 20)), ("0100-01-01", date(100, 1, 1)), ("1000-01-01", date(1000, 1, 1))),
                *(("9999-12-31", date(9999, 12, 31)), ("10000-01-01", None), ("-0001-01-01", None)),
                *(("20250131", None), ("2025-1-31", None), ("2025/01/31", None), ("31.01.2025", None), ("", None)),
                *(
                    ("Jan 31 2025", None),
                    ("2025-01-31 00:00:00", None),
                    ("2025-01-31 BC", None),
                    ("2025-01-31\n", None),
                ),
                *(("today", None), ("infinity", None), ("epoch", None), ("٢٠٢٥-٠١-٣١", None)),
            ],
        ),
    ],
    "try_to_utc": [
        Case(
            "{{ try_to_utc('words') }}",
            "words",
            [
                *((blank, None) for blank in _BLANKS),
                (None, None),
                ("", None),
                ("2025-01-31", _utc("2025-01-31T00:00:00")),
                ("2025-01-31 23:59", _utc("2025-01-31T23:59:00")),
                ("2025-01-31T23:59:59", _utc("2025-01-31T23:59:59")),
                ("2025-01-31T23:59:59.5", _utc("2025-01-31T23:59:59.500000")),
                ("2025-01-31 23:59:59.999999", _utc("2025-01-31T23:59:59.999999")),
                ("2025-01-31T23:59:59.9999999", None),
                ("2025-01-31T23:59:59Z", _utc("2025-01-31T23:59:59")),
                ("2025-01-31T23:59Z", _utc("2025-01-31T23:59:00")),
                ("2025-01-31 23:59+01:00", _utc("2025-01-31T22:59:00")),
                ("2025-01-31T23:59:59.25-05:30", _utc("2025-02-01T05:29:59.250000")),
                # Across days, months, years and into a leap day.
                ("2025-01-01T00:30:00+01:00", _utc("2024-12-31T23:30:00")),
                ("2024-02-28T20:00:00-04:00", _utc("2024-02-29T00:00:00")),
                ("2024-03-01T00:00:00+14:00", _utc("2024-02-29T10:00:00")),
                ("2024-12-31T23:59:59.999999-14:59", _utc("2025-01-01T14:58:59.999999")),
                ("1969-12-31T23:59:59-00:00", _utc("1969-12-31T23:59:59")),
                # Hours that a change of the clocks leaves out or repeats, somewhere else.
                ("2025-03-30T02:30:00", _utc("2025-03-30T02:30:00")),
                ("2025-10-26T02:30:00+02:00", _utc("2025-10-26T00:30:00")),
                ("2025-10-26T02:30:00+01:00", _utc("2025-10-26T01:30:00")),
                ("2024-02-29T12:00:00", _utc("2024-02-29T12:00:00")),
                ("0001-01-01", _utc("0001-01-01T00:00:00")),
                ("9999-12-31 23:59:59", _utc("9999-12-31T23:59:59")),
                ("0001-01-01T00:00Z", _utc("0001-01-01T00:00:00")),
                ("9999-12-31T23:59:59Z", _utc("9999-12-31T23:59:59")),
                # Out of the years that there are, or on a day from which an offset leads there.
                ("0001-01-01T00:00:00+14:00", None),
                ("0001-01-01T23:00:00-01:00", None),
                ("9999-12-31T23:59:59-00:01", None),
                ("9999-12-31 00:00+01:00", None),
                ("0001-01-02 00:00+01:00", _utc("0001-01-01T23:00:00")),
                ("9999-12-30 23:59-01:00", _utc("9999-12-31T00:59:00")),
                *(
                    (text, None)
                    for text in (
                        *("2023-02-29T12:00:00", "2025-04-31 00:00:00Z", "0000-01-01 00:00:00", "2025-01-31T24:00:00"),
                        *("2025-01-31T23:60:00", "2025-01-31T23:59:60", "2025-01-31T23", "2025-01-31T23:59:59z"),
                        *("2025-01-31t23:59:59", "2025-01-31  23:59:59", "2025-01-31T23:59:59 Z", "2025-01-31Z"),
                        *("2025-01-31T23:59:59+15:00", "2025-01-31T23:59:59+01", "2025-01-31T23:59:59+0100"),
                        *("2025-01-31T23:59:59+01:60", "2025-01-31T23:59:59 CET", "2025-01-31T23:59:59."),
                        *("1738367999", "now", "infinity", "20250131T235959", "2025-W05-5", "2025-031"),
                    )
                ),
            ],
        ),
    ],
    "trim_blanks": [
        Case(
            "{{ trim_blanks('words') }}",
            "words",
            [
                *((None, None), ("", ""), (" ", ""), (" \t \t", ""), (" a b ", "a b"), ("\ta\tb\t", "a\tb")),
                *(
                    ("\u00a0a\u00a0", "\u00a0a\u00a0"),
                    ("\na\n", "\na\n"),
                    (" 東京 🏦\t", "東京 🏦"),
                    ("\u3000", "\u3000"),
                ),
            ],
        ),
    ],
    "sha256": [
        Case(
            "{{ sha256('words') }}",
            "words",
            [
                (None, None),
                ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                *(
                    _hashed(text)
                    for text in (" ", "a", "a ", "a\\b", "it's", _BEYOND_ASCII, "e\u0301", "é", "x" * 60_000)
                ),
            ],
        ),
    ],
    "source_file": [
        Case(
            "{{ source_file('files') }}",
            "",
            [
                ({"filename": on_duckdb, "$path": on_redshift}, answer)
                for on_duckdb, on_redshift, answer in (
                    (
                        "data/bronze/banking/loans/dt=2024-02-29/loans.csv",
                        "s3://bucket/prefix/banking/loans/dt=2024-02-29/loans.csv",
                        "banking/loans/dt=2024-02-29/loans.csv",
                    ),
                    (
                        "/a b/dt=2025-01-01/x/banking/loans/dt=2025-01-02/é 東.csv.gz",
                        "s3://b/banking/loans/dt=2025-01-02/é 東.csv.gz",
                        "banking/loans/dt=2025-01-02/é 東.csv.gz",
                    ),
                    ("data/bronze/loans.csv", "s3://bucket/loans.csv", ""),
                    (None, None, None),
                )
            ],
            relation="dialect_bronze.files as files",
        ),
    ],
    "day_name": [
        Case(
            "{{ day_name('some_day') }}",
            "some_day",
            [
                (None, None),
                *(
                    (date(2024, 2, 26 + number), name)
                    for number, name in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday"))
                ),
                *((date(2024, 3, number), name) for number, name in enumerate(("Friday", "Saturday", "Sunday"), 1)),
                (date(1969, 12, 31), "Wednesday"),
            ],
        ),
        Case("{{ day_name('moment') }}", "moment", [(_utc("2024-12-31T23:59:59.999999"), "Tuesday"), (None, None)]),
    ],
    "month_name": [
        Case(
            "{{ month_name('some_day') }}",
            "some_day",
            [
                (None, None),
                (date(2024, 2, 29), "February"),
                *(
                    (date(2025, number, 1), name)
                    for number, name in enumerate(
                        "January February March April May June July August September October November December".split(),
                        1,
                    )
                ),
            ],
        ),
        Case("{{ month_name('moment') }}", "moment", [(_utc("2024-12-31T23:59:59.999999"), "December")]),
    ],
    "iso_day_of_week": [
        Case(
            "{{ iso_day_of_week('some_day') }}",
            "some_day",
            [
                (None, None),
                *((date(2024, 12, 23 + number), number % 7 + 1) for number in range(9)),
                (date(1969, 12, 28), 7),
            ],
        ),
        Case("{{ iso_day_of_week('moment') }}", "moment", [(_utc("2021-01-03T23:59:59.999999"), 7)]),
    ],
}

_WEEKS = (
    *((date(2024, 12, 29), 52), (date(2024, 12, 30), 1), (date(2025, 1, 1), 1), (date(2020, 12, 31), 53)),
    *((date(2021, 1, 3), 53), (date(2021, 1, 4), 1), (date(2022, 1, 1), 52), (date(2024, 2, 29), 9), (None, None)),
)

# What models write that no macro stands for: dbt's own macros, and plain SQL.
BUILT_IN: list[Case] = [
    Case(
        "{{ dbt.dateadd('day', 1, 'cast(some_day as timestamp)') }}",
        "some_day",
        [
            (None, None),
            (date(2024, 2, 28), _utc("2024-02-29T00:00:00")),
            (date(2023, 2, 28), _utc("2023-03-01T00:00:00")),
            (date(2024, 12, 31), _utc("2025-01-01T00:00:00")),
        ],
    ),
    Case(
        "{{ dbt.dateadd('month', 1, 'moment') }}",
        "moment",
        [
            (_utc("2024-01-31T12:00:00"), _utc("2024-02-29T12:00:00")),
            (_utc("2023-01-31T12:00:00"), _utc("2023-02-28T12:00:00")),
            (_utc("2024-12-31T12:00:00"), _utc("2025-01-31T12:00:00")),
            # The last day of a month becomes the same day, not the last one.
            (_utc("2024-02-29T12:00:00"), _utc("2024-03-29T12:00:00")),
        ],
    ),
    *(
        Case(
            f"{{{{ dbt.datediff('some_day', 'other_day', '{part}') }}}}",
            "some_day",
            [
                ({"some_day": date(2024, 2, 28), "other_day": date(2024, 3, 1)}, leap),
                ({"some_day": date(2024, 12, 31), "other_day": date(2025, 1, 1)}, year),
                ({"some_day": date(2025, 1, 1), "other_day": date(2024, 12, 31)}, -year),
                ({"some_day": date(2025, 1, 1)}, None),
            ],
        )
        for part, leap, year in (("day", 2, 1), ("month", 1, 1), ("quarter", 0, 1), ("year", 0, 1))
    ),
    Case(
        "cast(moment as date)",
        "moment",
        [
            (None, None),
            (_utc("2024-02-29T23:59:59.999999"), date(2024, 2, 29)),
            (_utc("1969-12-31T23:59:59.999999"), date(1969, 12, 31)),
            (_utc("2025-01-01T00:00:00"), date(2025, 1, 1)),
        ],
    ),
    Case("extract(week from some_day)", "some_day", _WEEKS),
    *(
        Case(f"extract({part} from some_day)", "some_day", [(date(2024, 12, 31), last), (date(2024, 2, 29), leap)])
        for part, last, leap in (
            ("year", 2024, 2024),
            ("quarter", 4, 1),
            ("month", 12, 2),
            ("day", 31, 29),
            ("dow", 2, 4),
        )
    ),
    Case(
        "substring(words, 2, 2)",
        "words",
        [(None, None), ("", ""), ("a", ""), ("žluť", "lu"), ("a🏦東b", "🏦東"), ("e\u0301a", "\u0301a")],
    ),
    Case("substring(words, 0, 3)", "words", [("abc", "ab")]),
    Case(
        "position(more_words in words)",
        "words",
        [
            ({"words": "東京a", "more_words": "a"}, 3),
            ({"words": ",a,b,", "more_words": ",b,"}, 3),
            ({"words": "a", "more_words": "b"}, 0),
            ({"words": "A", "more_words": "a"}, 0),
            ({"words": "a", "more_words": ""}, 1),
            ({"words": "a"}, None),
        ],
    ),
    Case(
        "ltrim(words, ',')", "words", [(None, None), ("", ""), (",", ""), (",,a,", "a,"), (" ,a", " ,a"), (",é", "é")]
    ),
    Case(
        "length(words)",
        "words",
        [(None, None), ("", 0), (" a ", 3), ("é", 1), ("e\u0301", 2), ("東京🏦", 3), ("👩‍👧", 3)],
    ),
    Case("cast(length(words) as varchar(10)) || ':' || words", "words", [("東京", "2:東京"), ("", "0:"), (None, None)]),
    Case(
        "words || more_words",
        "words",
        [({"words": "a", "more_words": "b"}, "ab"), ({"words": "a"}, None), ({"words": "", "more_words": ""}, "")],
    ),
    Case("coalesce(nullif(words, ''), 'none')", "words", [("", "none"), (None, "none"), (" a", " a")]),
    Case(
        "replace(replace(words, chr(92), chr(92) || chr(92)), chr(9), chr(92) || 't')",
        "words",
        [("a\\b\tc", "a\\\\b\\tc"), ("", ""), (None, None)],
    ),
    Case(
        "round(fine, 2)",
        "fine",
        [
            (None, None),
            *((_amount(text), _amount(answer)) for text, answer in (("0.005", "0.01"), ("-0.005", "-0.01"))),
            *(
                (_amount(text), _amount(answer))
                for text, answer in (("0.015", "0.02"), ("2.675", "2.68"), ("-2.674", "-2.67"))
            ),
            (_amount("999999999999999.995"), _amount("1000000000000000.00")),
        ],
    ),
    Case("cast(round(fine, 2) as decimal(18, 2))", "fine", [(_amount("1.005"), _amount("1.01"))]),
    Case(
        "amount * amount",
        "amount",
        [(_amount("-0.05"), _amount("0.0025")), (_amount("1234567.89"), _amount("1524157875019.0521"))],
    ),
    Case(
        "-amount",
        "amount",
        [(_amount("9999999999999999.99"), _amount("-9999999999999999.99")), (_amount("0"), _amount("0.00"))],
    ),
    *(
        Case(call, "amount", [*((value, ...) for value in values[:-1]), (values[-1], answer)], aggregate=True)
        for call, values, answer in (
            ("sum(amount)", [_amount("9999999999999999.99")] * 3, _amount("29999999999999999.97")),
            ("sum(amount)", [_amount("0.01"), None, _amount("-0.01")], _amount("0.00")),
            ("sum(amount)", [None, None], None),
            ("coalesce(sum(amount), 0)", [_amount("0.1"), _amount("0.2")], _amount("0.30")),
            ("cast(sum(amount) as decimal(38, 2))", [_amount("0.1"), _amount("0.2")], _amount("0.30")),
            ("count(amount)", [_amount("0.1"), None], 1),
            ("max(amount)", [None, _amount("-0.1")], _amount("-0.10")),
        )
    ),
    Case(
        "sum(total)",
        "total",
        [(_amount("9" * 35 + ".99"), ...), (_amount("0.01"), _amount("1" + "0" * 35 + ".00"))],
        aggregate=True,
    ),
    Case("sum(whole)", "whole", [(2**31 - 1, ...), (2**31 - 1, 2**32 - 2)], aggregate=True),
    Case("min(words)", "words", [("é", ...), ("Z", ...), ("a", "Z")], aggregate=True),
    Case("max(words)", "words", [("é", ...), ("東", ...), ("a", "東")], aggregate=True),
    Case(
        "whole % other_whole",
        "whole",
        [
            ({"whole": left, "other_whole": right}, answer)
            for left, right, answer in ((7, 3, 1), (-7, 3, -1), (7, -3, 1), (-7, -3, -1), (None, 3, None))
        ],
    ),
    Case(
        "greatest(whole, other_whole)", "whole", [({"whole": -1}, -1), ({"whole": 1, "other_whole": 2}, 2), ({}, None)]
    ),
    Case("row_number() over (order by words)", "words", [("a", 3), ("B", 2), ("é", 4), ("", 1), ("東", 5)]),
    Case("row_number() over (order by whole desc nulls last)", "whole", [(1, 2), (None, 3), (2, 1)]),
]

DIFFERENCES: list[Difference] = [
    Difference(
        "whole / other_whole",
        [{"whole": 7, "other_whole": 2}],
        duckdb=[3.5],
        redshift=Refused("division is not rounded"),
        instead="divide",
    ),
    Difference(
        "avg(amount)",
        [{"amount": _amount("0.01")}],
        duckdb=[0.01],
        redshift=Refused("avg keeps the scale"),
        instead="divide('sum(amount)', 'count(amount)', 2)",
    ),
    Difference(
        "cast(fine as decimal(18, 2))",
        [{"fine": _amount("0.005")}],
        duckdb=[_amount("0.01")],
        redshift=Refused("would cut off digits"),
        instead="cast(round(fine, 2) as decimal(18, 2))",
    ),
    Difference(
        "cast(words as varchar(2))",
        [{"words": "éa"}],
        duckdb=["éa"],
        redshift=Refused("would cut off bytes"),
        instead="try_to_text",
    ),
    Difference(
        "cast(whole = 1 as varchar(5))",
        [{"whole": 1}],
        duckdb=["true"],
        redshift=Refused("no cast from boolean"),
        instead="case when whole = 1 then 'true' else 'false' end",
    ),
    Difference(
        "concat(words, more_words)", [{"words": "a"}], duckdb=["a"], redshift=[None], instead="words || more_words"
    ),
    Difference(
        "substring(words, -1, 3)", [{"words": "abc"}], duckdb=["c"], redshift=["a"], instead="a start of 1 or more"
    ),
    Difference(
        "row_number() over (order by whole desc)",
        [{"whole": None}, {"whole": 1}],
        duckdb=[2, 1],
        redshift=[1, 2],
        instead="nulls first or nulls last, where there are nulls",
    ),
    Difference(
        "extract(isodow from some_day)",
        [{"some_day": date(2025, 1, 5)}],
        duckdb=[7],
        redshift=Refused("date part isodow"),
        instead="iso_day_of_week",
    ),
    Difference(
        # The guide does not say on which day a week begins.
        "{{ dbt.datediff('some_day', 'other_day', 'week') }}",
        [{"some_day": date(2025, 1, 4), "other_day": date(2025, 1, 5)}],
        duckdb=[1],
        redshift=Refused("week"),
        instead="days between date_trunc('week', ...), divided by 7",
    ),
    Difference(
        "regexp_replace(words, 'a', 'b')", [{"words": "aa"}], duckdb=["ba"], redshift=["bb"], instead="replace_pattern"
    ),
    Difference(
        # The first branch that matches, or the longest one.
        "{{ replace_pattern('words', 'a|ab', 'x') }}",
        [{"words": "ab"}],
        duckdb=["xb"],
        redshift=["x"],
        instead="branches none of which begins with another",
    ),
]

# What the compiler must say, by call.
WRONG_ARGUMENTS: dict[str, str] = {
    "matches_pattern('', 'a')": "matches_pattern: text is an SQL expression, not empty",
    "matches_pattern(none, 'a')": "matches_pattern: text is an SQL expression, not empty",
    "matches_pattern('words', '')": "matches_pattern: the pattern",
    "matches_pattern('words', none)": "matches_pattern: the pattern",
    r"matches_pattern('words', '\\d')": "has a backslash before a letter, a digit or nothing",
    r"matches_pattern('words', 'a\\')": "has a backslash before a letter, a digit or nothing",
    r"matches_pattern('words', '(a)\\1')": "has a backslash before a letter, a digit or nothing",
    "matches_pattern('words', '(?i)a')": "has (?",
    "matches_pattern('words', 'a*?')": "has a quantifier behind a quantifier",
    "replace_pattern(' ', 'a', 'b')": "replace_pattern: text is an SQL expression",
    "replace_pattern('words', 7, 'b')": "replace_pattern: the pattern 7",
    "replace_pattern('words', '', 'b')": "replace_pattern: the pattern",
    r"replace_pattern('words', 'a', '\\1')": "replace_pattern: the replacement is a text without backslash and dollar",
    "replace_pattern('words', 'a', '$1')": "replace_pattern: the replacement is a text without backslash and dollar",
    "replace_pattern('words', 'a', none)": "replace_pattern: the replacement is a text",
    "text_literal(none)": "text_literal: give a text of at most 256 bytes, not None",
    "text_literal(7)": "text_literal: give a text of at most 256 bytes, not 7",
    "text_literal('é' * 129)": "text_literal: give a text of at most 256 bytes",
    "byte_length('')": "byte_length: text is an SQL expression",
    "divide('', 'b', 2)": "divide: numerator is an SQL expression",
    "divide('a', none, 2)": "divide: denominator is an SQL expression",
    "divide('a', 'b', 10)": "divide: decimals is a whole number from 0 to 9, not 10",
    "divide('a', 'b', -1)": "divide: decimals is a whole number from 0 to 9, not -1",
    "divide('a', 'b', 2.5)": "divide: decimals is a whole number from 0 to 9, not 2.5",
    "divide('a', 'b', '2')": "divide: decimals is a whole number from 0 to 9",
    "divide('a', 'b', true)": "divide: decimals is a whole number from 0 to 9, not True",
    "divide('a', 'b', none)": "divide: decimals is a whole number from 0 to 9, not None",
    "try_to_text('', 256)": "try_to_text: text is an SQL expression",
    "try_to_text('words', 0)": "try_to_text: bytes is a whole number from 1 to 65535, not 0",
    "try_to_text('words', 65536)": "try_to_text: bytes is a whole number from 1 to 65535, not 65536",
    "try_to_text('words', '256')": "try_to_text: bytes is a whole number from 1 to 65535",
    "try_to_amount(none)": "try_to_amount: text is an SQL expression",
    "try_to_decimal('', 9, 4)": "try_to_decimal: text is an SQL expression",
    "try_to_decimal('words', 39, 4)": "try_to_decimal: precision is a whole number from 2 to 38, not 39",
    "try_to_decimal('words', 9, 9)": "try_to_decimal: scale is a whole number from 1 to 8, not 9",
    "try_to_decimal('words', 9, 0)": "try_to_decimal: scale is a whole number from 1 to 8, not 0",
    "try_to_decimal('words', 9, '4')": "try_to_decimal: scale is a whole number from 1 to 8",
    "try_to_integer('')": "try_to_integer: text is an SQL expression",
    "try_to_boolean('')": "try_to_boolean: text is an SQL expression",
    "try_to_date('')": "try_to_date: text is an SQL expression",
    "try_to_utc('')": "try_to_utc: text is an SQL expression",
    "trim_blanks('')": "trim_blanks: text is an SQL expression",
    "sha256('')": "sha256: text is an SQL expression",
    "source_file('')": "source_file: relation_alias is an SQL expression",
    "day_name('')": "day_name: date is an SQL expression",
    "month_name('')": "month_name: date is an SQL expression",
    "iso_day_of_week('')": "iso_day_of_week: date is an SQL expression",
}
