"""Numbers, dates and signed amounts in the forms of the world, each read in one way only or not at all."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from loaders.table_import import values
from loaders.table_import.mapping import Numbers
from tests.python.loaders.table_import.conftest import Desk

pytestmark = pytest.mark.extended


def computed(made: str, given: list[str]) -> list[str | None]:
    with duckdb.connect() as engine:
        engine.execute("set TimeZone = 'UTC'")
        query = f"select {made} from (select unnest(cast(? as varchar[])) as value)"
        return [row[0] for row in engine.execute(query, [given]).fetchall()]


def number(given: list[str], **form: Any) -> list[str | None]:
    return computed(values.number("value", Numbers(**form)), given)


@pytest.mark.parametrize(
    ("form", "numbers"),
    [
        ({}, {"1": "1", "-0.50": "-0.50", "+7.": "7", "007.10": "7.10", ".5": "0.5", "0": "0", "\u22123": "-3"}),
        (
            {},
            {
                "1,5": None,
                "1-": None,
                "(1)": None,
                "1e3": None,
                "": None,
                "-": None,
                ".": None,
                "1 000": None,
                "--1": None,
            },
        ),
        (
            {"decimal": ",", "grouping": "."},
            {"1.234,56": "1234.56", "-12,5": "-12.5", "1234": "1234", "1.234": "1234", "12.34": None, "1.23.456": None},
        ),
        ({"grouping": ","}, {"1,234,567.89": "1234567.89", "1,23": None, ",123": None}),
        ({"decimal": ",", "grouping": " "}, {"1 234,5": "1234.5", "1\u00a0234,5": "1234.5", "1\u202f234": "1234"}),
        ({"grouping": "'"}, {"1'234.50": "1234.50"}),
        (
            {"negative": ("trailing", "parentheses")},
            {"5.00-": "-5.00", "(5.00)": "-5.00", "5.00+": "5.00", "-5.00": None},
        ),
        ({"remove": ("€", "EUR")}, {"€ 5.00": "5.00", "-5.00 EUR": "-5.00", "EUR\u00a0-5": "-5"}),
        ({}, {"9" * 28: "9" * 28, "9" * 29: None}),
    ],
)
def test_numbers(form: dict[str, Any], numbers: dict[str, str | None]) -> None:
    assert dict(zip(numbers, number(list(numbers), **form), strict=True)) == numbers


def test_sums_are_exact_whatever_the_number_of_digits() -> None:
    total = computed(
        f"cast(sum({values.decimal('value')}) as varchar)", ["0.1", "0.2", "9999999999999999.99", "0.0000001"]
    )
    assert total == ["10000000000000000.2900001000"]


def test_dates_that_do_not_exist_and_years_of_two_digits_are_no_dates() -> None:
    made = values.as_date("moment", "%d.%m.%Y", "UTC").replace("moment", values.parsed("value", "%d.%m.%Y"))
    assert computed(made, ["1.2.2025", "29.02.2024", "29.02.2025", "01.02.25", "01.02.2025 x", ""]) == [
        "2025-02-01",
        "2024-02-29",
        *[None] * 4,
    ]


BERLIN = 'dates: {formats: ["%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S%z"], time_zone: Europe/Berlin}'


def test_local_times_are_delivered_in_utc_and_dates_without_a_time_as_they_are(desk: Desk) -> None:
    times = ["01.07.2025 12:00", "01.12.2025 12:00", "01.07.2025", "2025-07-01T23:30:00-02:00", "30.03.2025 02:30"]
    export = "Nr;Tag;Zweck;Betrag\n" + "".join(f"{number};{time};x;1,00\n" for number, time in enumerate(times))
    rows = desk.imported(export, dates=BERLIN, category="  booking_date: Tag")
    assert [(row["transaction_ts"], row["booking_date"]) for row in rows] == [
        ("2025-07-01 10:00:00", "2025-07-01"),
        ("2025-12-01 11:00:00", "2025-12-01"),
        ("2025-07-01", "2025-07-01"),
        ("2025-07-02 01:30:00", "2025-07-02"),
    ]
    assert desk.reasons() == {
        6: "transaction_ts: '30.03.2025 02:30' is a time that the change of the clocks left out in Europe/Berlin"
    }


def signed(desk: Desk, columns: str, lines: list[str], money: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Import rows; return type and amount of those delivered, and the reasons of the others."""
    export = f"Nr;Tag;Zweck;{columns}\n" + "".join(f"{n};01.01.2025;x;{line}\n" for n, line in enumerate(lines))
    rows = desk.imported(export, money=money)
    return [(row["transaction_type"], row["amount"]) for row in rows], list(desk.reasons().values())


def test_debit_and_credit_columns(desk: Desk) -> None:
    lines = ["5,00;", ";5,00", "5,00;0,00", "-5,00;", "0,00;0,00", "5,00;5,00", ";", "x;"]
    assert signed(desk, "Soll;Haben", lines, "money: {debit: Soll, credit: Haben}") == (
        [("Payment", "5.00"), ("Deposit", "5.00"), ("Payment", "5.00"), ("Deposit", "5.00"), ("Deposit", "0.00")],
        [
            "money: the row has both a debit and a credit",
            "money: there is neither a debit nor a credit",
            "money: 'x' is no number in the form 1.234,56",
        ],
    )


def test_a_debit_column_with_minus_signs(desk: Desk) -> None:
    lines = ["-5,00;", ";5,00", "5,00;"]
    money = "money: {debit: Soll, credit: Haben, debit_is: negative}"
    assert signed(desk, "Soll;Haben", lines, money)[0] == [
        ("Payment", "5.00"),
        ("Deposit", "5.00"),
        ("Deposit", "5.00"),
    ]


def test_a_flag_for_debit_and_credit(desk: Desk) -> None:
    lines = ["5,00;S", "5,00;H", "-5,00;S", "5,00;", "5,00;x"]
    money = "money: {column: Betrag, direction: {column: SH, debit: [S, D], credit: H}}"
    assert signed(desk, "Betrag;SH", lines, money) == (
        [("Payment", "5.00"), ("Deposit", "5.00"), ("Deposit", "5.00")],
        [
            "money: '' is a direction that is neither in debit nor in credit",
            "money: 'x' is a direction that is neither in debit nor in credit",
        ],
    )


def test_an_empty_flag_can_be_a_side(desk: Desk) -> None:
    money = "money: {column: Betrag, direction: {column: SH, debit: S, credit: ''}}"
    assert signed(desk, "Betrag;SH", ["5,00;S", "5,00;"], money) == ([("Payment", "5.00"), ("Deposit", "5.00")], [])


def test_a_card_statement_on_which_charges_are_positive(desk: Desk) -> None:
    money = "money: {column: Betrag, positive_is: debit}"
    rows, reasons = signed(desk, "Betrag", ["5,00", "-5,00", "0,00", ""], money)
    assert rows == [("Payment", "5.00"), ("Deposit", "5.00"), ("Deposit", "0.00")]
    assert reasons == ["money: there is no amount"]
