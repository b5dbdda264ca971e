"""The mistakes that are most likely in a mapping: each ends in a sentence with the line and the remedy."""

from __future__ import annotations

import re

import pytest

from tests.python.loaders.table_import.conftest import Desk
from tests.python.warehouse import PROJECT

pytestmark = pytest.mark.extended

# Each changes one line of the mapping: the line, and what the sentence says.
TEN = {
    "a key is mistyped": (
        {"table": "table: {delimeter: ;}"},
        "bank.yml line 3: delimeter is not a key of table. Did you mean delimiter?",
    ),
    "a column of the contract is mistyped": (
        {"category": "  categorie: Zweck"},
        "bank.yml line 15: categorie is no column of banking/transactions. Did you mean category?",
    ),
    "a required column has no rule": (
        {"transaction_status": "  channel: {constant: Online}"},
        "bank.yml line 7: transaction_status is missing, and the contract requires it. "
        "Add transaction_status: {constant: Completed}.",
    ),
    "a code is not one of the contract": (
        {"transaction_status": "  transaction_status: {constant: Complete}"},
        "bank.yml line 14: 'Complete' is no code of transaction_statuses.transaction_status. Did you mean Completed?",
    ),
    "the file has another column name": (
        {"transaction_ts": "  transaction_ts: Datum"},
        "export.csv has no column 'Datum', which the mapping names (bank.yml line 13). "
        "There are: Nr, Tag, Zweck, Betrag. Or correct table.skip_before if the header is another line.",
    ),
    "the date format has letters without %": (
        {"dates": 'dates: {formats: ["dd.mm.yyyy"]}'},
        "bank.yml line 5: 'dd.mm.yyyy' is no date format: its parts begin with %. Write %d.%m.%Y.",
    ),
    "an expression is no expression": (
        {"category": "  category: {sql: upper(Zweck}"},
        "bank.yml line 15: it is not one SQL expression: syntax error at end of input. "
        "Correct it, and leave out select and ;.",
    ),
    "the delimiter is another one": (
        {"table": 'table: {delimiter: ","}'},
        "export.csv has no column 'Betrag', which the mapping names (bank.yml line 6). "
        "Its first line has one field only: correct table.delimiter or table.skip_before (bank.yml line 3).",
    ),
    "the decimal mark is another one": (
        {"numbers": 'numbers: {decimal: "."}'},
        "No row of export.csv could be mapped, so nothing was written. The first is line 2: "
        "money: '-12,50' is no number in the form 1234.56. Correct the mapping (bank.yml line 6); --check shows all.",
    ),
    "nothing says when the files arrived": (
        {"files": "files: {encoding: utf-8}"},
        "The mapping does not say on which day export.csv arrived. "
        "Give --arrived-on, or add arrival_day to files (bank.yml line 2).",
    ),
}


def test_the_ten_most_likely_mistakes_are_in_the_documents() -> None:
    page = " ".join((PROJECT / "docs" / "importing.md").read_text(encoding="utf-8").split())
    for mistake, (_, sentence) in TEN.items():
        assert f"| {mistake.capitalize()} | {sentence} |" in page
        assert re.search(r"bank\.yml line \d+", sentence)


@pytest.mark.parametrize("mistake", TEN)
def test_the_ten_most_likely_mistakes(desk: Desk, mistake: str) -> None:
    changes, sentence = TEN[mistake]
    assert desk.refusal(**changes) == f"tieout: {sentence}"


MORE = {
    "the time zone is mistyped": (
        {"dates": 'dates: {formats: ["%d.%m.%Y"], time_zone: Europe/Berln}'},
        "line 5: 'Europe/Berln' is no time zone. Did you mean Europe/Berlin?",
    ),
    "an entity is mistyped": ({"entity": "entity: banking/transaction"}, "Did you mean banking/transactions?"),
    "a rule has two sources": (
        {"category": "  category: {column: Zweck, constant: x}"},
        "line 15: columns.category: column and constant exclude each other. Keep one of them.",
    ),
    "a rule has no source": ({"category": "  category: {otherwise: x}"}, "one of the keys column, constant, sql"),
    "the marks of numbers are equal": ({"numbers": 'numbers: {decimal: ",", grouping: ","}'}, "are the same mark"),
    "a mark of numbers does not exist": ({"numbers": "numbers: {decimal: x}"}, "line 4: numbers.decimal is 'x'"),
    "a text with a comma has no quotes": (
        {"category": "  category: {sql: concat(Zweck, Tag)}"},
        "line 15: 'Tag)' is read as a key",
    ),
    "the encoding does not exist": ({"files": "files: {encoding: utf-9}"}, "line 2: 'utf-9' is no encoding."),
    "an encoding is none of texts": ({"files": "files: {encoding: hex}"}, "line 2: 'hex' is no encoding."),
    "a day is no day": ({"files": "files: {arrival_day: {given: 10.1.2025}}"}, "'10.1.2025' is not a day. Write it as"),
    "a pattern is broken": ({"table": "table: {skip_before: {until: '('}}"}, "'(' is no regular expression: missing )"),
    "a pattern has no group": (
        {"files": "files: {arrival_day: {in_name: '[0-9]+'}}"},
        "'[0-9]+' has no group. Put round brackets",
    ),
    "the money is missing": ({"money": "name: x"}, "line 11: amount needs the signed amount"),
    "a scope has no rule": (
        {"transaction_id": "  transaction_id: {column: Nr, scope: [x]}"},
        "x has no rule of its own",
    ),
    "a placeholder is left": ({"account_id": "  account_id: {constant: CHANGE-ME}"}, "account_id still has CHANGE-ME."),
    "a text stands where keys are expected": ({"money": "money: Betrag"}, "line 6: money has no keys below it."),
    "a format has no year": ({"dates": 'dates: {formats: ["%d.%m."]}'}, "'%d.%m.' has no day, month and year."),
    "day and month of a format may be swapped": (
        {"dates": 'dates: {formats: ["%d/%m/%Y", "%m/%d/%Y"]}'},
        "line 5: '%m/%d/%Y' and '%d/%m/%Y' read 01/12/2025 as different days. Keep one, and give columns",
    ),
    "a total without money": ({"money": "states: {total: '(x)'}"}, "a total or a balance is compared with the signed"),
    "only one balance is stated": ({"revision": "states: {opening_balance: (x)}"}, "prove the rows only together"),
}


@pytest.mark.parametrize("mistake", MORE)
def test_other_mistakes(desk: Desk, mistake: str) -> None:
    changes, sentence = MORE[mistake]
    assert sentence in desk.refusal(**changes)


TEXTS = {
    "": "line 1: there is no mapping.",
    "entity: x\nentity: y\n": "line 2: entity is there twice, first on line 1.",
    "entity: x\n\tfiles: y\n": "line 2: it is indented by a tab, which YAML forbids.",
    "entity: [x\nfiles: y\n": "Check the indentation and the colons",
    "entity: !!python/object/apply:os.system [id]\n": "line 1: the tag tag:yaml.org,2002:python/object/apply:os.system",
    "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
    "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n": "more than 20,000 values",
}


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_no_mapping_at_all(desk: Desk, text: str) -> None:
    outcome = desk.run(mapping=desk.mapping(text))
    assert outcome.code == 1
    assert TEXTS[text] in outcome.err


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines(desk: Desk) -> None:
    told = desk.refusal(
        category="  category: {sql: count(*)}", account_id="  account: x", dates="dates: {formats: [x]}"
    )
    assert [line.partition(" line ")[2].partition(":")[0] for line in told.splitlines()] == ["5", "7", "9", "15"]


def test_values_are_read_as_the_texts_that_stand_there(desk: Desk) -> None:
    """In YAML, 00123 is a number with another value, and No is a boolean."""
    rows = desk.imported(
        account_id="  account_id: {constant: 00123}",
        category="  category: {column: Zweck, codes: {Brot: No, Miete: 1:30}}",
    )
    assert [(row["account_id"], row["category"]) for row in rows] == [("00123", "No"), ("00123", "1:30")]


def test_a_mapping_that_is_not_there(desk: Desk) -> None:
    outcome = desk.run(mapping=desk.folder / "none.yml")
    assert "cannot be read: No such file or directory. Give the path of a mapping." in outcome.err
    assert "Give a mapping and at least one file" in desk.tieout("import", "table").err
