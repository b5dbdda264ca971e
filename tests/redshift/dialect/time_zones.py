"""Cases of the dialect macros for time zones: both sides of each change of the clocks, what comes twice or never."""

from __future__ import annotations

from datetime import date

from .case import Case, utc

CASES: dict[str, list[Case]] = {
    "local_time": [
        Case(
            "{{ local_time('moment', 'America/New_York') }}",
            "moment",
            [
                (None, None),
                (utc("2025-02-01T02:30:00"), utc("2025-01-31T21:30:00")),
                (utc("2025-02-01T04:59:59.999999"), utc("2025-01-31T23:59:59.999999")),
                (utc("2025-02-01T05:00:00"), utc("2025-02-01T00:00:00")),
                # Forward, then back: the hour from 1 to 2 comes twice.
                (utc("2025-03-09T06:59:59.999999"), utc("2025-03-09T01:59:59.999999")),
                (utc("2025-03-09T07:00:00"), utc("2025-03-09T03:00:00")),
                (utc("2025-11-02T05:00:00"), utc("2025-11-02T01:00:00")),
                (utc("2025-11-02T05:59:59.999999"), utc("2025-11-02T01:59:59.999999")),
                (utc("2025-11-02T06:00:00"), utc("2025-11-02T01:00:00")),
                (utc("2025-11-02T07:00:00"), utc("2025-11-02T02:00:00")),
                # Other rules in other years, the ends of the calendar, and times outside of it.
                (utc("2006-04-02T06:59:59"), utc("2006-04-02T01:59:59")),
                (utc("2006-04-02T07:00:00"), utc("2006-04-02T03:00:00")),
                (utc("1970-01-01T00:00:00"), utc("1969-12-31T19:00:00")),
                (utc("0001-01-02T00:00:00"), utc("0001-01-01T19:00:00")),
                (utc("2037-07-01T12:00:00"), utc("2037-07-01T08:00:00")),
                (utc("2038-07-01T12:00:00"), utc("2038-07-01T07:00:00")),
                (utc("9999-12-31T23:59:59"), utc("9999-12-31T18:59:59")),
            ],
        ),
        Case(
            "{{ local_time('moment', 'Europe/London') }}",
            "moment",
            [
                (utc("2025-03-30T00:59:59"), utc("2025-03-30T00:59:59")),
                (utc("2025-03-30T01:00:00"), utc("2025-03-30T02:00:00")),
                (utc("2025-10-26T00:59:59"), utc("2025-10-26T01:59:59")),
                (utc("2025-10-26T01:00:00"), utc("2025-10-26T01:00:00")),
            ],
        ),
        Case(
            "{{ local_time('moment', 'Australia/Lord_Howe') }}",
            "moment",
            [
                (utc("2025-04-05T14:59:59"), utc("2025-04-06T01:59:59")),
                (utc("2025-04-05T15:00:00"), utc("2025-04-06T01:30:00")),
            ],
        ),
        Case(
            "{{ local_time('moment', 'Asia/Kolkata') }}", "moment", [(utc("2025-01-31T18:30"), utc("2025-02-01T00:00"))]
        ),
        Case("{{ local_time('moment', 'UTC') }}", "moment", [(utc("2025-01-31T23:59:59"), utc("2025-01-31T23:59:59"))]),
    ],
    "end_of_local_day": [
        Case(
            "{{ end_of_local_day('some_day', 'America/New_York') }}",
            "some_day",
            [
                (None, None),
                (date(2025, 1, 31), utc("2025-02-01T05:00:00")),
                (date(2025, 3, 8), utc("2025-03-09T05:00:00")),
                (date(2025, 3, 9), utc("2025-03-10T04:00:00")),
                (date(2025, 11, 1), utc("2025-11-02T04:00:00")),
                (date(2025, 11, 2), utc("2025-11-03T05:00:00")),
            ],
        ),
        # Clocks are set forward at midnight, and back at one o'clock to midnight.
        Case(
            "{{ end_of_local_day('some_day', 'America/Havana') }}",
            "some_day",
            [
                (date(2025, 3, 8), utc("2025-03-09T05:00:00")),
                (date(2025, 3, 9), utc("2025-03-10T04:00:00")),
                (date(2025, 11, 1), utc("2025-11-02T04:00:00")),
                (date(2025, 11, 2), utc("2025-11-03T05:00:00")),
            ],
        ),
        # Clocks were set back at midnight.
        Case(
            "{{ end_of_local_day('some_day', 'America/Sao_Paulo') }}",
            "some_day",
            [
                (date(2019, 2, 15), utc("2019-02-16T02:00:00")),
                (date(2019, 2, 16), utc("2019-02-17T03:00:00")),
                (date(2019, 2, 17), utc("2019-02-18T03:00:00")),
            ],
        ),
        Case(
            "{{ end_of_local_day('some_day', 'UTC') }}", "some_day", [(date(2025, 1, 31), utc("2025-02-01T00:00:00"))]
        ),
    ],
}
