"""A statement proves itself, or a sentence says why not; nothing is lost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.python.loaders.statements.conftest import Counter
from tests.python.loaders.statements.written import IBAN, camt, entry, mt940, ofx, paid, statement

pytestmark = pytest.mark.extended

GOOD = mt940("C250101EUR100,", ":61:2501020102D1,NTRFNONREF\n", "C250102EUR99,")


def test_a_statement_that_does_not_add_up_is_refused_and_others_are_imported(counter: Counter) -> None:
    wrong = mt940("C250102EUR99,", ":61:2501030103D1,NTRFNONREF\n", "C250103EUR97,50", number="2/1")
    sentence = counter.refused("jan.sta", GOOD + wrong)
    assert sentence == (
        "tieout: jan.sta: the statement 2/1 of account DE02120300000000202051 (line 8) is refused: it does not add up: "
        "99.00 on 2025-01-02 and 1 entry with -1.00 give 98.00, but it closes with 97.50 on 2025-01-03, a difference "
        "of -0.50. Fetch the statement again.\n"
    )
    assert list(counter.posted().values()) == [-1]
    assert [row["original_line"] for row in counter.kept("rejects.csv")] == ["12"]
    assert counter.record()["rows"] == {"read": 2, "delivered": 1, "set_aside": 1, "left_out": 0}
    # Landing counts the refused statement, so that it is not forgotten.
    (file,) = counter.inbox.glob("2*/banking/transactions.*")
    assert file.read_text(encoding="utf-8").splitlines()[-1].startswith('"jan.sta line 8: the statement 2/1 of account')


def test_a_file_of_which_nothing_adds_up_is_refused_whole(counter: Counter) -> None:
    text = mt940("C250101EUR100,", ":61:2501020102D1,NTRFNONREF\n", "C250102EUR100,")
    assert "jan.sta was not imported. The statement 1/1" in counter.refused("jan.sta", text)
    assert not list(counter.inbox.glob("[!.]*"))
    assert [path.name for path in counter.inbox.glob(".imports/*")] == [".statements.lock"]


def test_a_broken_entry_is_set_aside_and_the_closing_balance_is_named(counter: Counter) -> None:
    text = camt(
        statement(
            entry("4.50", day="2025-04-02") + entry("12..34", day="2025-04-03") + entry("1.00", day="2025-04-04"),
            ("100.00", "2025-04-01"),
            ("82.16", "2025-04-30"),
        )
    )
    printed = counter.imported("april.xml", text)
    assert "closing balance 82.16 is not proved; with the entries that could be read it would be 94.50." in printed
    assert "The entries that are missing must add up to -12.34." in printed
    assert "(1 rows have no amount that can be read)" in printed
    # The day of the broken entry shows what is missing, and the days around it tie.
    assert counter.balances() == {
        "2025-04-02": ("100.00", "95.50"),
        "2025-04-03": ("95.50", "83.16"),
        "2025-04-04": ("83.16", "82.16"),
        "2025-04-30": ("82.16", "82.16"),
    }
    counter.imported("corrected.xml", text.replace("12..34", "12.34"))
    assert sorted(counter.posted().values()) == [Decimal("-12.34"), Decimal("-4.50"), Decimal("-1.00")]


def test_broken_entries_of_several_days_leave_the_days_between_without_balances(counter: Counter) -> None:
    entries = [
        entry(amount, day=f"2025-04-0{day}") for day, amount in ((2, "1"), (3, "x"), (4, "1"), (5, "1e3"), (6, "1"))
    ]
    text = camt(statement("".join(entries), ("100.00", "2025-04-01"), ("90.00", "2025-04-06")))
    counter.imported("april.xml", text)
    assert counter.balances() == {"2025-04-02": ("100.00", "99.00"), "2025-04-06": ("91.00", "90.00")}
    assert [row["reason"] for row in counter.kept("rejects.csv")] == ["'x' is no amount", "'1e3' is no amount"]


def test_a_date_that_does_not_exist_is_no_guess(counter: Counter) -> None:
    text = mt940("C250201EUR100,", ":61:2502300230D1,NTRFNONREF\n:61:2502030203D1,NTRFNONREF\n", "C250203EUR98,")
    counter.imported("feb.sta", text)
    (reject,) = counter.kept("rejects.csv")
    assert (reject["original_line"], reject["reason"]) == ("5", "'250230' is a date that does not exist")
    assert reject["raw_text"] == ":61:2502300230D1,NTRFNONREF"
    # The difference shows on the only day of which something is known.
    assert counter.balances() == {"2025-02-03": ("100.00", "98.00")}


def test_what_cannot_be_a_statement_is_named(counter: Counter) -> None:
    cases = {
        GOOD.replace(":62F:C250102EUR99,\n", ""): "it has no closing balance (:62F:), so it was cut",
        GOOD.replace(":62F:C250102EUR99,", ":62F:C250102EUR9.9,"): "line 6: '9.9,' is no amount with a decimal comma",
        GOOD.replace(":60F:C250101", ":60F:X250101"): "line 4: ':60F:X250101EUR100,' is no balance",
        GOOD.replace(":28C:", ":25:OTHER\n:28C:"): "line 3 has a second :25:, so two messages were mixed",
        GOOD.replace(f":25:{IBAN}\n", ""): "it names no account",
        GOOD.replace("EUR", "XXQ"): "does not know its currency 'XXQ'. Add it to seeds/reference/currencies.csv",
        GOOD.replace("C250102EUR", "C250102USD"): "its balances are in EUR and USD, but its account in EUR",
        ofx([paid("-1", "1")], "1<DTASOF>22050430"): "which is more than a century, so a date is wrong",
        ofx([paid("-1", "1")], "1<DTASOF>20250430", currency=""): "nothing says in which currency its amounts are",
    }
    for number, (text, sentence) in enumerate(cases.items()):
        assert sentence in counter.refused(f"{number}.sta", text)
    assert not list(counter.inbox.glob("2*"))


def test_an_entry_in_another_currency_than_the_account_is_set_aside(counter: Counter) -> None:
    text = camt(
        statement(entry("4.50") + entry("2.00").replace("EUR", "USD"), ("9.00", "2025-04-01"), ("4.50", "2025-04-30"))
    )
    counter.imported("april.xml", text)
    assert [row["reason"] for row in counter.kept("rejects.csv")] == ["the amount is in 'USD', but the account in EUR"]


def test_entries_outside_of_the_days_and_with_the_same_reference_are_named(counter: Counter) -> None:
    twice = ":61:2501030105D1,NTRFNONREF//B1\n:61:2501030105D1,NTRFNONREF//B1\n"
    printed = counter.imported("jan.sta", mt940("C250102EUR10,", twice, "C250103EUR8,"))
    assert "has 2 entries booked outside of its days, the first on 2025-01-05. They keep their dates." in printed
    assert (
        "has 1 entry with the day, amount and bank reference of another one, the first in lines 5 and 6: 'B1'."
        in printed
    )
    assert len(counter.posted()) == 2


def test_value_dates_alone_are_booked_within_the_statement(counter: Counter) -> None:
    entries = ":61:241220D1,NTRF\n:61:250102D2,NTRF\n:61:250120D3,NTRF\n"
    counter.imported("jan.sta", mt940("C250102EUR10,", entries, "C250103EUR4,"))
    assert [(row["transaction_ts"], row["booking_date"]) for row in counter.rows("transactions")] == [
        ("2024-12-20", "2025-01-02"),
        ("2025-01-02", "2025-01-02"),
        ("2025-01-20", "2025-01-03"),
    ]
    assert counter.balances() == {"2025-01-02": ("10.00", "7.00"), "2025-01-03": ("7.00", "4.00")}


def test_statements_without_a_balance_that_proves_them_say_so(counter: Counter) -> None:
    printed = counter.imported("bare.xml", camt(statement(entry("4.50") + entry("4.50"))))
    assert "states no balances, so nothing proves its entries, and it has no daily balances" in printed
    assert len(counter.posted()) == 2
    late = ofx([paid("-1", "1")], "5.00<DTASOF>20250615")
    printed = counter.imported("late.ofx", late)
    assert "ends on 2025-04-30, but its balance is of 2025-06-15, so the balance does not prove its entries." in printed
    assert counter.balances() == {"2025-06-15": ("5.00", "5.00")}
    assert "Unproved:" in printed


def test_gaps_are_named_in_balances_and_numbers(counter: Counter) -> None:
    counter.imported("1.sta", GOOD)
    third = mt940("C250104EUR90,", "", "C250104EUR90,", number="3/1")
    printed = counter.imported("3.sta", third)
    assert (
        "Note: Account DE02120300000000202051: statement 1/1 of 1.sta (line 1) closes with 99.00 on 2025-01-02, and "
        "statement 3/1 of 3.sta (line 1) opens with 90.00 on 2025-01-04. Import the statements between them.\n"
    ) in printed
    assert "the numbers 2 are missing between statement 1/1 of 1.sta (line 1) and statement 3/1 of 3.sta" in printed
    # The missing one closes the gap.
    second = mt940("C250102EUR99,", ":61:2501030103D9,NTRF\n", "C250103EUR90,", number="2/1")
    assert "Note: Account" not in counter.imported("2.sta", second)


def test_days_without_a_statement_are_no_missing_deliveries(counter: Counter) -> None:
    counter.imported("1.sta", GOOD)
    counter.imported("2.sta", mt940("C250102EUR99,", "", "C250106EUR99,", number="2/1"))
    quiet = sorted(
        path.parent.parent.name for path in counter.inbox.glob("2*/*/transactions.statements-no-statement.csv")
    )
    assert quiet == ["2025-01-03", "2025-01-04", "2025-01-05"]
    # After a longer time the source has paused, and nothing is expected.
    counter.imported("3.sta", mt940("C250106EUR99,", "", "C250301EUR99,", number="3/1"))
    assert len(list(counter.inbox.glob("2*/*/daily_balances.*"))) == 3 + 3


def test_files_of_another_source_are_expected_as_before(counter: Counter) -> None:
    other = counter.inbox / "2025-01-04" / "banking" / "transactions.csv"
    other.parent.mkdir(parents=True)
    other.touch()
    counter.imported("1.sta", GOOD)
    counter.imported("2.sta", mt940("C250102EUR99,", "", "C250106EUR99,", number="2/1"))
    assert not list(counter.inbox.glob("2*/*/transactions.statements-no-statement.csv"))


def test_a_folder_of_files_where_some_are_none(counter: Counter) -> None:
    folder = counter.folder / "bank"
    folder.mkdir()
    (folder / "good.sta").write_text(GOOD, encoding="utf-8")
    (folder / "LICENSE").write_text("text", encoding="utf-8")
    outcome = counter.run(folder)
    assert (outcome.code, outcome.out.partition("\n")[0]) == (
        0,
        f"Not statements, and left alone in {folder}: LICENSE.",
    )
    (folder / "good.sta").unlink()
    assert "has no camt.053, MT940, OFX or QFX file" in counter.run(folder).err
