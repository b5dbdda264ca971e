"""Cases of the dialect macros for dates and times."""

# ruff: noqa: RUF001 (digits and signs that only look like ASCII)
from __future__ import annotations

from datetime import date

from .case import BLANKS, Case, utc

CASES: dict[str, list[Case]] = {
    "try_to_date": [
        Case(
            "{{ try_to_date('words') }}",
            "words",
            [
                *((blank, None) for blank in BLANKS),
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
                *((blank, None) for blank in BLANKS),
                (None, None),
                ("", None),
                ("2025-01-31", utc("2025-01-31T00:00:00")),
                ("2025-01-31 23:59", utc("2025-01-31T23:59:00")),
                ("2025-01-31T23:59:59", utc("2025-01-31T23:59:59")),
                ("2025-01-31T23:59:59.5", utc("2025-01-31T23:59:59.500000")),
                ("2025-01-31 23:59:59.999999", utc("2025-01-31T23:59:59.999999")),
                ("2025-01-31T23:59:59.9999999", None),
                ("2025-01-31T23:59:59Z", utc("2025-01-31T23:59:59")),
                ("2025-01-31T23:59Z", utc("2025-01-31T23:59:00")),
                ("2025-01-31 23:59+01:00", utc("2025-01-31T22:59:00")),
                ("2025-01-31T23:59:59.25-05:30", utc("2025-02-01T05:29:59.250000")),
                # An offset that changes the day, the month or the year, and one that leads to a leap day.
                ("2025-01-01T00:30:00+01:00", utc("2024-12-31T23:30:00")),
                ("2024-02-28T20:00:00-04:00", utc("2024-02-29T00:00:00")),
                ("2024-03-01T00:00:00+14:00", utc("2024-02-29T10:00:00")),
                ("2024-12-31T23:59:59.999999-14:59", utc("2025-01-01T14:58:59.999999")),
                ("1969-12-31T23:59:59-00:00", utc("1969-12-31T23:59:59")),
                # Local times that daylight saving time skips or repeats.
                ("2025-03-30T02:30:00", utc("2025-03-30T02:30:00")),
                ("2025-10-26T02:30:00+02:00", utc("2025-10-26T00:30:00")),
                ("2025-10-26T02:30:00+01:00", utc("2025-10-26T01:30:00")),
                ("2024-02-29T12:00:00", utc("2024-02-29T12:00:00")),
                ("0001-01-01", utc("0001-01-01T00:00:00")),
                ("9999-12-31 23:59:59", utc("9999-12-31T23:59:59")),
                # Texts as DuckDB writes times, and such that differ from them in a single digit.
                ("0001-01-01 00:00:00", utc("0001-01-01T00:00:00")),
                ("0044-03-15 12:00:00", utc("0044-03-15T12:00:00")),
                ("1582-10-10 00:00:00", utc("1582-10-10T00:00:00")),
                ("9999-12-31 23:59:59.999999", utc("9999-12-31T23:59:59.999999")),
                ("2025-01-31 23:59:59.5", utc("2025-01-31T23:59:59.500000")),
                ("2025-01-31 23:59:59.50", utc("2025-01-31T23:59:59.500000")),
                *((text, None) for text in ("0044-03-15 12:00:00 (BC)", "10000-01-01 00:00:00", "-infinity")),
                ("0001-01-01T00:00Z", utc("0001-01-01T00:00:00")),
                ("9999-12-31T23:59:59Z", utc("9999-12-31T23:59:59")),
                # Outside the years 1 to 9999, or so close to their limits that an offset could lead outside.
                ("0001-01-01T00:00:00+14:00", None),
                ("0001-01-01T23:00:00-01:00", None),
                ("9999-12-31T23:59:59-00:01", None),
                ("9999-12-31 00:00+01:00", None),
                ("0001-01-02 00:00+01:00", utc("0001-01-01T23:00:00")),
                ("9999-12-30 23:59-01:00", utc("9999-12-31T00:59:00")),
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
        Case("{{ day_name('moment') }}", "moment", [(utc("2024-12-31T23:59:59.999999"), "Tuesday"), (None, None)]),
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
        Case("{{ month_name('moment') }}", "moment", [(utc("2024-12-31T23:59:59.999999"), "December")]),
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
        Case("{{ iso_day_of_week('moment') }}", "moment", [(utc("2021-01-03T23:59:59.999999"), 7)]),
    ],
}
