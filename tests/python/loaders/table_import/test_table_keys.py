"""Keys of imported rows: hashes of exports without ids, and ids that are unique within an account."""

from __future__ import annotations

import pytest

from tests.python.loaders.table_import.conftest import HEAD, Desk

pytestmark = pytest.mark.extended

BY_VALUE = "  transaction_id: {hash_of: [Tag, Zweck, Betrag], by: value, scope: [account_id]}"
BY_TEXT = "  transaction_id: {hash_of: [Tag, Zweck, Betrag], scope: [account_id]}"


def test_equal_rows_without_ids_are_several_and_the_same_row_in_two_exports_is_one(desk: Desk) -> None:
    rows = "1;02.01.2025;Brot;-1,00\n1;02.01.2025;Brot;-1,00\n1;03.01.2025;Brot;-1,00\n"
    first = [row["transaction_id"] for row in desk.imported(HEAD + rows, transaction_id=BY_TEXT)]
    assert [each[-2:] for each in first] == ["-1", "-2", "-1"]
    assert first[0][:-1] == first[1][:-1]
    both = {
        row["transaction_id"] for row in desk.imported(f"{HEAD}9;01.01.2025;x;1,00\n{rows}", transaction_id=BY_TEXT)
    }
    assert len(both) == 4
    other = desk.imported(
        HEAD + rows, transaction_id=BY_TEXT, account_id="  account_id: {constant: A2}", name="name: second"
    )
    assert not {row["transaction_id"] for row in other if row["account_id"] == "A2"} & both


@pytest.mark.parametrize("other", ["1;02.01.2025;Brot;-1,00;Offen", "1;02.01.2025;Brot;-1,00;???"])
def test_only_delivered_rows_have_a_number_among_equals(desk: Desk, other: str) -> None:
    """The other row is left out, or set aside, and later exports lack it: the booked row is still the same one."""
    booked, head = "1;02.01.2025;Brot;-1,00;Gebucht\n", "Nr;Tag;Zweck;Betrag;Status\n"
    for number, export in enumerate((f"{head}{other}\n{booked}", head + booked)):
        rows = desk.imported(
            export,
            transaction_id="  transaction_id: {hash_of: [Tag, Zweck, Betrag]}",
            transaction_status="  transaction_status: {column: Status, codes: {Gebucht: Completed, Offen: Pending}}",
            revision="leave_out: Status = 'Offen'",
            name=f"name: bank{number}",
        )
    assert [row["transaction_id"][-2:] for row in rows] == ["-1", "-1"]


def test_values_of_a_hash_cannot_be_shifted_from_column_to_column(desk: Desk) -> None:
    rows = desk.imported(
        f"{HEAD}12;01.01.2025;3;1,00\n1;01.01.2025;23;1,00\n", transaction_id="  transaction_id: {hash_of: all}"
    )
    assert len({row["transaction_id"] for row in rows}) == 2


def test_an_id_that_is_unique_within_an_account_gets_the_account_before_it(desk: Desk) -> None:
    rows = desk.imported(transaction_id="  transaction_id: {column: Nr, scope: [account_id]}")
    assert [row["transaction_id"] for row in rows] == ["A1-1", "A1-2"]


EXPORTED = f"{HEAD}1;02.01.2025;Brot;-12,50\n2;03.01.2025;Miete;1.200,00\n3;03.01.2025;Storno;0,00\n"
SAVED_AGAIN = f"{HEAD}1;2025-01-02;Brot;-12,5\n2;2025-01-03;Miete;1200\n3;2025-01-03;Storno;-0\n"


@pytest.mark.parametrize(("rule", "found"), [(BY_VALUE, 3), (BY_TEXT, 6)], ids=["value", "text"])
def test_an_export_that_a_spreadsheet_saved_again_has_the_same_keys_by_value(desk: Desk, rule: str, found: int) -> None:
    dates = "dates: {formats: ['%d.%m.%Y', '%Y-%m-%d']}"
    desk.imported(EXPORTED, transaction_id=rule, dates=dates)
    rows = desk.imported(SAVED_AGAIN, transaction_id=rule, dates=dates)
    assert len(rows) == 6
    assert len({row["transaction_id"] for row in rows}) == found


@pytest.mark.parametrize(("first", "again"), [("1,200.50", "1200.5"), ("1,200.00", "1200")])
def test_the_money_is_read_in_its_own_form(desk: Desk, first: str, again: str) -> None:
    """`money.numbers` differs from `numbers`, in which 1,200.50 is no number."""
    money = "money: {column: Betrag, numbers: {decimal: '.', grouping: ','}}"
    for amount in (first, again):
        rows = desk.imported(f"{HEAD}1;02.01.2025;Miete;{amount}\n", transaction_id=BY_VALUE, money=money)
    assert len(rows) == 2
    assert len({row["transaction_id"] for row in rows}) == 1


@pytest.mark.parametrize(("amounts", "found"), [(("5,50;", "5,5;"), 1), ((";5,50", ";5,5"), 1), (("5,5;", ";5,5"), 2)])
def test_debit_and_credit_count_by_value(desk: Desk, amounts: tuple[str, str], found: int) -> None:
    key = "  transaction_id: {hash_of: [Tag, Soll, Haben], by: value, scope: [account_id]}"
    for amount in amounts:
        rows = desk.imported(
            f"Nr;Tag;Zweck;Soll;Haben\n1;02.01.2025;Miete;{amount}\n",
            transaction_id=key,
            money="money: {debit: Soll, credit: Haben}",
        )
    assert len({row["transaction_id"] for row in rows}) == found


def test_texts_count_as_they_are_written(desk: Desk) -> None:
    texts = ("1,0", "1", "02.01.2025", "2025-01-02")
    rows = "".join(f"1;02.01.2025;{text};-1,00\n" for text in texts)
    assert {row["transaction_id"][-2:] for row in desk.imported(HEAD + rows, transaction_id=BY_VALUE)} == {"-1"}


def test_by_value_without_a_hash_is_a_mistake(desk: Desk) -> None:
    assert "by: value belongs to hash_of. Remove it" in desk.refusal(
        transaction_id="  transaction_id: {column: Nr, by: value}"
    )
