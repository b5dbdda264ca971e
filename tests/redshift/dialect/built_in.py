"""Cases of what models use without a dialect macro: dbt's own macros, and plain SQL."""

from __future__ import annotations

from datetime import date

from .case import Case, amount, utc

_WEEKS = (
    *((date(2024, 12, 29), 52), (date(2024, 12, 30), 1), (date(2025, 1, 1), 1), (date(2020, 12, 31), 53)),
    *((date(2021, 1, 3), 53), (date(2021, 1, 4), 1), (date(2022, 1, 1), 52), (date(2024, 2, 29), 9), (None, None)),
)

CASES: list[Case] = [
    Case(
        "{{ dbt.dateadd('day', 1, 'cast(some_day as timestamp)') }}",
        "some_day",
        [
            (None, None),
            (date(2024, 2, 28), utc("2024-02-29T00:00:00")),
            (date(2023, 2, 28), utc("2023-03-01T00:00:00")),
            (date(2024, 12, 31), utc("2025-01-01T00:00:00")),
        ],
    ),
    Case(
        "{{ dbt.dateadd('month', 1, 'moment') }}",
        "moment",
        [
            (utc("2024-01-31T12:00:00"), utc("2024-02-29T12:00:00")),
            (utc("2023-01-31T12:00:00"), utc("2023-02-28T12:00:00")),
            (utc("2024-12-31T12:00:00"), utc("2025-01-31T12:00:00")),
            # The last day of a month becomes the same day of the next month, not its last day.
            (utc("2024-02-29T12:00:00"), utc("2024-03-29T12:00:00")),
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
            (utc("2024-02-29T23:59:59.999999"), date(2024, 2, 29)),
            (utc("1969-12-31T23:59:59.999999"), date(1969, 12, 31)),
            (utc("2025-01-01T00:00:00"), date(2025, 1, 1)),
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
            *((amount(text), amount(answer)) for text, answer in (("0.005", "0.01"), ("-0.005", "-0.01"))),
            *(
                (amount(text), amount(answer))
                for text, answer in (("0.015", "0.02"), ("2.675", "2.68"), ("-2.674", "-2.67"))
            ),
            (amount("999999999999999.995"), amount("1000000000000000.00")),
        ],
    ),
    Case("cast(round(fine, 2) as decimal(18, 2))", "fine", [(amount("1.005"), amount("1.01"))]),
    Case(
        "amount * amount",
        "amount",
        [(amount("-0.05"), amount("0.0025")), (amount("1234567.89"), amount("1524157875019.0521"))],
    ),
    Case(
        "-amount",
        "amount",
        [(amount("9999999999999999.99"), amount("-9999999999999999.99")), (amount("0"), amount("0.00"))],
    ),
    *(
        Case(call, "amount", [*((value, ...) for value in values[:-1]), (values[-1], answer)], aggregate=True)
        for call, values, answer in (
            ("sum(amount)", [amount("9999999999999999.99")] * 3, amount("29999999999999999.97")),
            ("sum(amount)", [amount("0.01"), None, amount("-0.01")], amount("0.00")),
            ("sum(amount)", [None, None], None),
            ("coalesce(sum(amount), 0)", [amount("0.1"), amount("0.2")], amount("0.30")),
            ("cast(sum(amount) as decimal(38, 2))", [amount("0.1"), amount("0.2")], amount("0.30")),
            ("count(amount)", [amount("0.1"), None], 1),
            ("max(amount)", [None, amount("-0.1")], amount("-0.10")),
        )
    ),
    Case(
        "sum(total)",
        "total",
        [(amount("9" * 35 + ".99"), ...), (amount("0.01"), amount("1" + "0" * 35 + ".00"))],
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
