"""An entry counts once, in how many statements it may be; equal entries count each."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest

from loaders.statements import command
from tests.python.loaders.statements.conftest import Counter
from tests.python.loaders.statements.written import camt, entry, mt940, ofx, paid, statement

pytestmark = pytest.mark.extended

COFFEE = ":61:2501020102D2,50NTRF\n:86:COFFEE\n"
TEA = ":61:2501030103D1,NTRF\n:86:TEA\n"


def test_equal_entries_of_a_day_are_two_and_overlapping_statements_add_none(counter: Counter) -> None:
    counter.imported("a.sta", mt940("C250102EUR10,", COFFEE + COFFEE + TEA, "C250103EUR4,"))
    assert list(counter.posted().values()) == [Decimal("-2.50"), Decimal("-2.50"), Decimal(-1)]
    # The text is broken into lines elsewhere, and one more day is there.
    later = COFFEE.replace("COFFEE", "COF\nFEE") * 2 + TEA + ":61:2501040104C5,NTRF\n:86:PAY\n"
    printed = counter.imported("b.sta", mt940("C250102EUR10,", later, "C250104EUR9,", number="2/1"))
    assert "overlaps statement 1/1 of a.sta (line 1). Entries in both, which count once: 3." in printed
    assert sum(counter.posted().values()) == -1
    assert counter.balances()["2025-01-03"] == ("5.00", "4.00")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("same_file", [True, False])
def test_equal_entries_of_pages_and_following_statements_are_several(
    counter: Counter, order: tuple[int, int], same_file: bool
) -> None:
    pages = (
        mt940("C250102EUR10,", COFFEE, "C250102EUR7,50", number="7/1", page="FM"),
        mt940("C250102EUR7,50", COFFEE + COFFEE, "C250102EUR2,50", number="7/2", page="MF"),
    )
    texts = [pages[each] for each in order]
    for number, text in enumerate(["".join(texts)] if same_file else texts):
        counter.imported(f"{number}.sta", text)
    assert list(counter.posted().values()) == [Decimal("-2.50")] * 3
    # The day begins with the first page and ends with the last.
    assert counter.balances() == {"2025-01-02": ("10.00", "2.50")}


@pytest.mark.parametrize("numbers", [("1/1", "2/1"), ("0", "0")])
def test_an_account_that_is_emptied_every_evening(counter: Counter, numbers: tuple[str, str]) -> None:
    swept = [f":61:25010{day}010{day}C5,NTRF\n:61:25010{day}010{day}D5,NTRF\n" for day in (2, 3)]
    first = mt940("C250102EUR0,", swept[0], "C250102EUR0,", number=numbers[0])
    second = mt940("C250102EUR0,", swept[1], "C250103EUR0,", number=numbers[1])
    counter.imported("a.sta", first)
    counter.imported("b.sta", second)
    # Each statement ends as it began, so its balances do not tell whether the month has the same days.
    counter.imported("month.sta", mt940("C250102EUR0,", "".join(swept), "C250103EUR0,", number="0"))
    assert len(counter.posted()) == 4


def test_two_statements_of_an_evening_that_have_numbers_are_two(counter: Counter) -> None:
    swept = ":61:2501020102C5,NTRF\n:61:2501020102D5,NTRF\n"
    for number in (1, 2):
        counter.imported(f"{number}.sta", mt940("C250102EUR0,", swept, "C250102EUR0,", number=f"{number}/1"))
    assert len(counter.posted()) == 4


def test_statements_on_one_line_have_entries_of_their_own(counter: Counter) -> None:
    day, coffee = "2025-04-07", entry("2.50")
    pages = [statement(coffee, (begin, day), (end, day)) for begin, end in (("10.00", "7.50"), ("7.50", "5.00"))]
    counter.imported("a.xml", camt(*pages).replace("\n", ""))
    counter.imported("second.xml", camt(pages[1]))
    assert len(counter.posted()) == 2


@pytest.mark.parametrize("has_positions", [True, False])
def test_accounts_on_one_line_have_entries_of_their_own(counter: Counter, has_positions: bool) -> None:
    day, coffee = "2025-04-07", entry("2.50")
    other = statement(coffee * 3, ("10.00", day), ("2.50", day), account="<Othr><Id>B</Id></Othr>")
    counter.imported("a.xml", camt(statement(coffee, ("10.00", day), ("7.50", day)), other).replace("\n", ""))
    if not has_positions:
        # As earlier versions wrote it.
        (home,) = counter.inbox.glob(".imports/banking/*")
        record = counter.record()
        for each in record["statements"]:
            del each["position"]
        (home / "import.json").write_text(json.dumps(record), encoding="utf-8")
        text = (home / "entries.csv").read_text(encoding="utf-8")
        (home / "entries.csv").write_text(re.sub(r"(?m)^[^,]*,", "", text), encoding="utf-8")
    counter.imported("next.xml", camt(statement(coffee, ("7.50", day), ("5.00", day))))
    counter.imported("day.xml", camt(statement(coffee * 2, ("10.00", day), ("5.00", day))))
    assert len(counter.posted()) == 2 + 3


@pytest.mark.parametrize("number", ["00000", "12"])
def test_pages_that_begin_at_1_in_every_download_count_once(counter: Counter, number: str) -> None:
    """Several banks have the number 0 on all statements, and number the days of a download as its pages."""
    days = [("C250101EUR10,", COFFEE, "C250102EUR7,50"), ("C250102EUR7,50", TEA, "C250103EUR6,50")]
    days += [("C250103EUR6,50", TEA.replace("0103", "0104"), "C250104EUR5,50")]
    for name, downloaded in (("a", days[:2]), ("b", days[1:]), ("c", days[2:])):
        pages = [mt940(*day, number=f"{number}/{page}") for page, day in enumerate(downloaded, 1)]
        assert "are missing" not in counter.imported(f"{name}.sta", "".join(pages))
    assert list(counter.posted().values()) == [Decimal("-2.50"), -1, -1]


def test_pages_without_a_number_in_one_file_are_several(counter: Counter) -> None:
    swept = ":61:2501020102C5,NTRF\n:61:2501020102D5,NTRF\n"
    pages = [mt940("C250102EUR0,", swept, "C250102EUR0,", number=f"0/{page}") for page in (1, 2)]
    counter.imported("a.sta", "".join(pages))
    # In another file nothing tells which page is which: this is said, and nothing counts twice.
    assert "it has other entries on 2025-01-02" in counter.refused("b.sta", "".join(pages))
    assert len(counter.posted()) == 4


def test_a_statement_that_is_imported_again_changes_nothing(counter: Counter) -> None:
    first = mt940("C250102EUR10,", COFFEE, "C250102EUR7,50", number="1/1")
    second = mt940("C250102EUR7,50", COFFEE, "C250102EUR5,", number="2/1")
    counter.imported("a.sta", first)
    counter.imported("b.sta", second)
    before = {path: path.read_bytes() for path in counter.inbox.rglob("*") if path.is_file()}
    assert "was imported before with other content, and deliveries never change" in counter.imported("a.sta", first)
    assert "Files:   0 written" in counter.imported("b.sta", second)
    assert {path: path.read_bytes() for path in counter.inbox.rglob("*") if path.is_file()} == before
    # Under another name it is a copy, which is named.
    assert "is statement 2/1 of b.sta (line 1) once more. Its entries count once." in counter.imported(
        "copy.sta", second
    )
    assert list(counter.posted().values()) == [Decimal("-2.50")] * 2


def test_the_same_days_in_another_format_are_refused_instead_of_counted_twice(counter: Counter) -> None:
    counter.imported("a.sta", mt940("C250101EUR10,", COFFEE, "C250102EUR7,50"))
    other = camt(
        statement(entry("2.50", day="2025-01-02", text="COFFEE SHOP"), ("10.00", "2025-01-02"), ("7.50", "2025-01-02"))
    )
    sentence = counter.refused("a.xml", other)
    assert "it has other entries on 2025-01-02 than statement 1/1 of a.sta (line 1), which was imported" in sentence
    assert len(counter.posted()) == 1


def test_a_download_of_half_a_day_is_completed_by_a_later_one(counter: Counter) -> None:
    counter.imported("noon.ofx", ofx([paid("-1", "F1")], "9.00<DTASOF>20250407", period=""))
    both = [paid("-1", "F1"), paid("-1", "F2")]
    counter.imported("night.ofx", ofx(both, "8.00<DTASOF>20250407", period=""))
    assert list(counter.posted().values()) == [-1, -1]
    assert counter.balances() == {"2025-04-07": ("10.00", "8.00")}


def test_downloads_that_follow_one_another_are_one_chain(counter: Counter) -> None:
    counter.imported("1.ofx", ofx([paid("-1", "F1")], "9.00<DTASOF>20250407", period=""))
    assert "Note: Account" not in counter.imported(
        "2.ofx", ofx([paid("-2", "F2", day="20250409")], "7.00<DTASOF>20250409", period="")
    )
    printed = counter.imported("3.ofx", ofx([paid("-2", "F4", day="20250412")], "3.00<DTASOF>20250412", period=""))
    assert "closes with 7.00 on 2025-04-09, and statement of 3.ofx (line 8) opens with 5.00 on 2025-04-12." in printed


def test_bank_references_tell_entries_apart_and_texts_may_change(counter: Counter) -> None:
    one = entry("2.50", more="<AcctSvcrRef>R1</AcctSvcrRef>")
    two = entry("2.50", more="<AcctSvcrRef>R2</AcctSvcrRef>")
    counter.imported("a.xml", camt(statement(one, ("10.00", "2025-04-07"), ("7.50", "2025-04-07"))))
    both = statement(two + one.replace("COFFEE", "LATTE"), ("10.00", "2025-04-07"), ("5.00", "2025-04-08"))
    counter.imported("b.xml", camt(both))
    assert len(counter.posted()) == 2


def test_two_accounts_with_the_same_entries_are_two(counter: Counter) -> None:
    texts = [mt940("C250102EUR10,", COFFEE, "C250102EUR7,50", account=account) for account in ("A", "B")]
    counter.imported("a.sta", "".join(texts))
    assert [row["account_id"] for row in counter.rows("transactions")] == ["A", "B"]


def test_an_account_in_a_second_currency_needs_an_option(counter: Counter) -> None:
    text = mt940("C250102EUR10,", COFFEE, "C250102EUR7,50", account="A")
    counter.imported("a.sta", text)
    sentence = counter.refused("b.sta", text.replace("EUR", "USD"))
    assert "it is in USD, but statements of its account were imported in EUR" in sentence
    assert "--currency-in-account" in sentence


def test_a_hundred_quiet_statements_are_one_chain(counter: Counter) -> None:
    days = [f"250{month}{day:02}" for month in (1, 2, 3) for day in range(1, 29)]
    text = "".join(
        mt940(f"C{day}EUR5,", "", f"C{day}EUR5,", number=f"{number}/1") for number, day in enumerate(days, 1)
    )
    printed = counter.imported("quiet.sta", text)
    assert "79 more statements" in printed
    assert "Note" not in printed
    assert len(counter.rows("daily_balances")) == 84


def test_a_record_that_is_damaged_is_named(counter: Counter) -> None:
    counter.imported("a.sta", mt940("C250102EUR10,", COFFEE, "C250102EUR7,50"))
    (file,) = counter.inbox.glob(".imports/*/*/import.json")
    file.write_text("{", encoding="utf-8")
    assert "is no record of an import of statements" in counter.run(counter.folder / "a.sta").err


def test_a_corrected_statement_of_a_day_is_refused(counter: Counter) -> None:
    """With another amount it has another closing balance, and both amounts would count."""
    counter.imported("a.sta", mt940("C250102EUR10,", COFFEE, "C250102EUR7,50"))
    corrected = mt940("C250102EUR10,", COFFEE.replace("D2,50", "D3,50"), "C250102EUR6,50")
    told = counter.refused("corrected.sta", corrected)
    assert "has other entries on 2025-01-02 than statement 1/1 of a.sta" in told
    assert "If it corrects the other one, deliver what has changed" in told
    assert list(counter.posted().values()) == [Decimal("-2.50")]


def test_what_an_earlier_import_could_not_deliver_is_delivered_by_a_copy(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The warehouse did not know a currency, and the file was imported without its statement."""
    file = "".join(mt940(f"C250102{unit}10,", COFFEE, f"C250102{unit}7,50", account=unit) for unit in ("EUR", "XAF"))
    assert "does not know its currency 'XAF'" in counter.refused("a.sta", file)
    monkeypatch.setattr(command, "codes_of", lambda _: ("EUR", "XAF"))
    told = counter.refused("a.sta", file)
    assert "rows that are not delivered, because the file was imported before without them: " in told
    assert "Copy the file to another name, and import the copy." in told
    counter.imported("b.sta", file)
    assert len(counter.posted()) == 2
