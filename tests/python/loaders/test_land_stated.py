"""What a source states about its files: control files and trailers are compared, and half a file does not land."""

from __future__ import annotations

import gzip
import os

import pytest

from loaders.land import land
from loaders.landing.control_files import Companions
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.loaders.notes import DAY, FILE, HEADER, landed, malformed, run, small_contract
from tests.python.loaders.stated import TEXT, contract, deliveries, digest

COUNTED = "id,note,amount,pieces\n"


def test_a_file_that_holds_what_its_control_file_states_lands(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, COUNTED + "1,a,10.50,2\n2,b,-0.25,3.0\n")
    control = '\ufeffName,Value\r\n ROWS , 2\r\n"Total Amount",+10.25\r\ntotal pieces,5\r\n\r\nSHA256,{}\r\n'
    inbox.put(FILE + ".ctl", control.format(digest((inbox.path / FILE).read_bytes()).upper()))
    result = run(inbox, bronze, contract())
    assert (result.problems, result.landed_rows) == ([], 2)
    (row,) = bronze.control("deliveries")
    sha256 = digest((inbox.path / FILE).read_bytes())
    assert row["stated_by"] == "notes.csv.ctl"
    assert row["stated"] == f"notes.csv.ctl: rows 2, total amount 10.25, total pieces 5, sha256 {sha256}"
    again = run(inbox, bronze, contract())
    assert (again.problems, again.skipped, again.left_out_before) == ([], 1, 0)


@pytest.mark.parametrize(
    ("control", "difference"),
    [
        ("rows,8", "states 8 rows, but it has 3"),
        ("total amount,100.25", "states the total 100.25 of amount, but it has 10.25"),
        ("total pieces,1", "states the total 1 of pieces, but it has no such column"),
        (f"sha256,{'0' * 64}", f"states the sha256 {'0' * 64}, but it has {digest(TEXT)}"),
        (f"md5,{'0' * 32}", f"states the md5 {'0' * 32}, but it has {digest(TEXT, 'md5')}"),
    ],
)
def test_a_file_that_differs_from_its_control_file_is_refused_with_both_figures(
    inbox: InboxFolder, bronze: BronzeFolder, control: str, difference: str
) -> None:
    path = inbox.put(FILE, TEXT)
    inbox.put(f"{DAY}/banking/NOTES.CTL", control)
    result = run(inbox, bronze, contract())
    assert result.problems == [
        f"{path} was refused, nothing of it landed: its control file NOTES.CTL {difference}; deliver the whole file "
        "under another name, with its control file."
    ]
    (row,) = bronze.control("deliveries")
    assert (row["delivery_status"], row["stated_by"]) == ("refused", "NOTES.CTL")
    assert row["stated"].startswith("NOTES.CTL: ")
    assert [name for name in bronze.files() if not name.startswith("control/")] == []


def test_malformed_lines_are_rows_and_named_where_they_are_missing_in_a_total(
    inbox: InboxFolder, bronze: BronzeFolder
) -> None:
    path = inbox.put(FILE, HEADER + "1,a,1\n2,b\n" + HEADER + "3,c,x\n")
    control = inbox.put(FILE + ".ctl", "rows,3")
    assert (run(inbox, bronze).landed_rows, len(malformed(bronze))) == (2, 2)
    path.rename(path.with_name("notes.2.csv"))
    control.unlink()
    inbox.put(f"{DAY}/banking/notes.2.ctl", "total amount,3")
    (problem,) = run(inbox, bronze).problems
    assert "but it has 1.00, without malformed lines (2) and values that are no numbers (1);" in problem


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
@pytest.mark.parametrize("form", ["{}", "{}  notes.csv\n", "{} *out/notes.csv\r\n", "{}  .notes.csv.tmp\n"])
def test_checksum_files_are_compared(inbox: InboxFolder, bronze: BronzeFolder, algorithm: str, form: str) -> None:
    inbox.put(FILE, TEXT)
    checksum = inbox.put(f"{FILE}.{algorithm}", form.format(digest(TEXT, algorithm)))
    assert run(inbox, bronze).landed_rows == 3
    assert deliveries(bronze) == [("banking/notes.csv", "landed", f"notes.csv.{algorithm}")]
    inbox.put(f"{DAY}/banking/notes.2.csv", TEXT[:-4])
    checksum.rename(checksum.with_name(f"notes.2.{algorithm.upper()}"))
    assert f"states the {algorithm} {digest(TEXT, algorithm)}, but it has" in run(inbox, bronze).problems[0]


def test_the_checksum_of_a_compressed_file_may_be_that_of_its_text(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    compressed = gzip.compress(TEXT.encode())
    for part, stated in (("text", digest(TEXT, "md5")), ("bytes", digest(compressed, "md5"))):
        inbox.put(f"{DAY}/banking/notes.{part}.csv.gz", compressed)
        inbox.put(f"{DAY}/banking/notes.{part}.csv.md5", f"{stated}  notes.{part}.csv\n")
    assert len(run(inbox, bronze).landed) == 2
    inbox.put(f"{DAY}/banking/notes.other.csv.gz", compressed)
    inbox.put(f"{DAY}/banking/notes.other.csv.gz.md5", "0" * 32)
    assert f"but it has {digest(compressed, 'md5')}" in run(inbox, bronze).problems[0]


def test_a_checksum_file_of_several_files_is_read_by_name(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, TEXT)
    other = "0" * 64
    inbox.put(FILE + ".sha256", f"{other}  accounts.csv\n{digest(TEXT)}  notes.csv\n")
    assert run(inbox, bronze).landed_rows == 3
    inbox.put(f"{DAY}/banking/notes.2.csv", TEXT)
    inbox.put(f"{DAY}/banking/notes.2.sha256", f"{other}  accounts.csv\n{digest(TEXT)}  notes.csv\n")
    assert "notes.2.sha256 cannot be read: it must have one line for notes.2.csv" in run(inbox, bronze).problems[0]


@pytest.mark.parametrize(
    ("ending", "control", "problem"),
    [
        ("ctl", "rows,8\nrows,8", "line 2 must state the number of rows, once, as rows,8"),
        ("ctl", "rows;8", "line 1 states nothing that is known; write one statement per line, as rows,8 or"),
        ("ctl", "rows,8.5", "line 1 must state the number of rows"),
        ("ctl", "\nLOAD DATA", "line 2 states nothing that is known"),
        ("ctl", "total note,1", "line 1 states the total of a column that has none; those with one are amount"),
        ("ctl", "total amount,1e5", "line 1 must state the total, once, as total amount,1234.50"),
        ("ctl", "sha256,abc", "line 1 must state the checksum, once, as sha256, a comma and 64 hexadecimal digits"),
        ("ctl", b"\xff\xfer\0", "it is not UTF-8"),
        ("ctl", "x" * 70_000, "it is larger than 65,536 bytes"),
        ("sha256", "abc  notes.csv", "line 1 does not begin with a checksum of 64 hexadecimal digits"),
    ],
)
def test_a_control_file_that_cannot_be_read_is_refused_with_file_line_and_remedy(
    inbox: InboxFolder, bronze: BronzeFolder, ending: str, control: str | bytes, problem: str
) -> None:
    path = inbox.put(FILE, TEXT)
    inbox.put(f"{FILE}.{ending}", control)
    (sentence,) = run(inbox, bronze).problems
    begin = f"{path} was refused, nothing of it landed: its control file notes.csv.{ending} cannot be read: {problem}"
    assert sentence.startswith(begin)
    assert sentence.endswith("Correct the control file, then land again.")
    inbox.put(f"{FILE}.{ending}", "rows,3" if ending == "ctl" else digest(TEXT))
    assert run(inbox, bronze).landed_rows == 3


def test_an_empty_control_file_is_only_a_mark(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, TEXT)
    inbox.put(FILE + ".ctl", "")
    assert run(inbox, bronze).landed_rows == 3
    assert deliveries(bronze) == [("banking/notes.csv", "landed", "")]


def test_all_control_files_of_a_delivery_are_compared(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, TEXT)
    inbox.put(FILE + ".sha256", digest(TEXT))
    inbox.put(FILE + ".ctl", "rows,4")
    assert "its control file notes.csv.ctl states 4 rows" in run(inbox, bronze).problems[0]


def test_the_names_of_control_files() -> None:
    companions = Companions(["n.csv", "n.csv.gz", "n.2.CSV", "m.csv.gz", "b/a.csv", "b/A.csv"])
    found = {
        name: companions.of(name)
        for name in ("n.csv.ctl", "N.CSV.GZ.CTL", "n.ctl", "n.2.csv.md5", "m.csv.sha1", "b/A.ctl", "b/a.ctl", "x.ctl")
    }
    assert found == {
        "n.csv.ctl": ["n.csv"],
        "N.CSV.GZ.CTL": ["n.csv.gz"],
        "n.ctl": ["n.csv", "n.csv.gz"],
        "n.2.csv.md5": ["n.2.CSV"],
        "m.csv.sha1": ["m.csv.gz"],
        "b/A.ctl": ["b/A.csv"],
        "b/a.ctl": ["b/a.csv"],
        "x.ctl": [],
    }


# Without the other one, and later


def test_a_required_statement_that_is_missing_refuses_the_file_until_it_comes(
    inbox: InboxFolder, bronze: BronzeFolder
) -> None:
    inbox.put(FILE, TEXT)
    (problem,) = run(inbox, bronze, contract("required")).problems
    assert "no control file beside it has one; deliver notes.csv.ctl or notes.csv.sha256 too." in problem
    inbox.put(FILE + ".ctl", "rows,4")
    second = run(inbox, bronze, contract("required"))
    assert [problem.partition(" was refused")[0] for problem in second.problems] == [str(inbox.path / FILE) + ".ctl"]
    assert "it states 4 rows, but notes.csv, which it is about, has 3; deliver the whole file" in second.problems[0]
    third = run(inbox, bronze, contract("required"))
    assert (third.problems, third.refused_before) == ([], 1)
    inbox.put(FILE + ".ctl", "rows,3")
    assert run(inbox, bronze, contract("required")).landed_rows == 3
    assert deliveries(bronze) == [
        ("banking/notes.csv", "landed", "notes.csv.ctl"),
        ("banking/notes.csv", "refused", ""),
        ("banking/notes.csv.ctl", "refused", ""),
    ]


def test_a_control_file_that_comes_later_is_compared_once(
    inbox: InboxFolder, bronze: BronzeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.put(FILE, TEXT)
    inbox.put(f"{DAY}/banking/notes.2.csv", TEXT)
    run(inbox, bronze)
    inbox.put(FILE + ".ctl", "rows,3")
    inbox.put(f"{DAY}/banking/notes.2.ctl", "rows,4")
    second = run(inbox, bronze)
    assert (len(second.problems), second.refused, second.skipped) == (1, 1, 2)
    assert "notes.2.ctl was refused" in second.problems[0]
    assert "it states 4 rows, but notes.2.csv, which it is about, has 3;" in second.problems[0]
    before = bronze.files()
    with monkeypatch.context() as patch:
        patch.setattr("loaders.landing.late_statements.stage", None)
        third = run(inbox, bronze)
    assert (third.problems, third.skipped, third.left_out_before, bronze.files()) == ([], 2, 0, before)
    assert landed(bronze) == [["2", "1", "a", "10.50"], ["3", "2", "b", "-0.25"], ["4", "3", "c", ""]]


def test_a_late_control_file_in_other_case_has_the_name_of_its_delivery(
    inbox: InboxFolder, bronze: BronzeFolder
) -> None:
    """Its repair is found by this name: notes.resent.csv."""
    inbox.put(FILE, TEXT)
    run(inbox, bronze)
    inbox.put(f"{DAY}/banking/NOTES.CTL", "rows,4")
    (problem,) = run(inbox, bronze).problems
    assert "it states 4 rows, but notes.csv, which it is about, has 3;" in problem
    assert deliveries(bronze)[-1] == ("banking/notes.csv.ctl", "refused", "")
    assert run(inbox, bronze).problems == []


def test_a_late_control_file_that_cannot_be_read_is_reported_until_it_is_corrected(
    inbox: InboxFolder, bronze: BronzeFolder
) -> None:
    inbox.put(FILE, TEXT)
    run(inbox, bronze)
    inbox.put(FILE + ".ctl", "eight")
    (problem,) = run(inbox, bronze).problems
    assert "notes.csv.ctl was left out: it cannot be read: line 1 states nothing that is known" in problem
    again = run(inbox, bronze)
    assert (again.problems, again.left_out_before) == ([], 1)
    inbox.put(FILE + ".ctl", "rows,3")
    assert (run(inbox, bronze).problems, run(inbox, bronze).left_out_before) == ([], 0)


def test_a_file_waits_while_its_control_file_may_still_be_written(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    old = (1, 1)
    os.utime(inbox.put(FILE, TEXT), old)
    control = inbox.put(FILE + ".ctl", "rows,")
    alone = inbox.put(f"{DAY}/banking/notes.2.ctl", "rows,3")
    result = land(inbox.path, bronze.path, contract=small_contract(), settle_seconds=60)
    assert (result.waiting, result.landed, result.problems) == (1, [], [])
    control.write_text("rows,3")
    os.utime(control, old)
    os.utime(alone, old)
    result = land(inbox.path, bronze.path, contract=small_contract(), settle_seconds=60)
    assert (result.waiting, result.landed_rows, len(result.problems)) == (0, 3, 1)


def test_a_control_file_alone_is_reported_until_its_delivery_comes(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    control = inbox.put(FILE + ".ctl", "rows,3")
    inbox.put(f"{DAY}/banking/batch.ctl", "of the source's own")
    assert run(inbox, bronze).problems == [
        f"{control} was left out: it is a control file, and the file that it is about has not come. Deliver that file, "
        "or remove the control file."
    ]
    inbox.put(FILE, TEXT)
    assert (run(inbox, bronze).landed_rows, run(inbox, bronze).left_out_before) == (3, 0)
    (inbox.path / FILE).unlink()
    assert run(inbox, bronze).problems == []
