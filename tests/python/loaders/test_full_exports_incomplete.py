"""Full exports: half of one, and one of which lines or files are missing, withdraws nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from loaders.errors import TieoutError
from loaders.land import land
from loaders.landing import staging
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.loaders.exports import HEADER, MANY, A, B, C, Exports, deleted, exports, row

pytestmark = pytest.mark.extended


@pytest.fixture
def notes(inbox: InboxFolder, bronze: BronzeFolder) -> Exports:
    return Exports(inbox, bronze)


def unreadable(opened: Callable[[Path], BinaryIO], name: str) -> Callable[[Path], BinaryIO]:
    """Return a function that opens files, but not one of a name."""

    def open_others(path: Path) -> BinaryIO:
        if path.name == name:
            raise TieoutError(f"{path} cannot be read.")
        return opened(path)

    return open_others


def test_an_export_with_malformed_lines_deletes_nothing_and_the_next_one_does(notes: Exports) -> None:
    notes.deliver(1, A, B)
    result = notes.deliver(2, A, "B,cut\n", C)
    assert notes.derived() == []
    assert [*result.withdrawals.lines()] == [
        "Note:    Nothing is withdrawn by the full export of banking/notes of 2025-01-02: it has 1 malformed line."
    ]
    notes.deliver(3, A)
    # C was only in the export between.
    assert notes.missing() == {"03/notes_0002.missing.csv": deleted(B, C)}


def test_a_refused_file_is_no_evidence_until_it_is_repaired(notes: Exports) -> None:
    notes.deliver(1, A, B)
    notes.put(2, A, header="wrong\n")
    notes.put(2, C, part=".2")
    result = notes.run()
    assert "banking/notes.csv was refused" in result.withdrawals.gaps[0]
    notes.deliver(2, A, part=".resent")
    assert notes.missing() == {"02/notes_0003.missing.csv": deleted(B)}


def test_a_file_that_landed_before_it_was_whole_is_no_evidence(notes: Exports) -> None:
    """The whole one is refused for its name."""
    notes.deliver(1, A, B, C)
    notes.deliver(2, A, B)
    notes.deliver(2, A, B, C)
    notes.deliver(3, A, B, C)
    notes.deliver(4, A)
    assert list(notes.missing()) == ["02/notes_0002.missing.csv", "04/notes_0002.missing.csv"]
    manifest = [row for row in notes.bronze.control("deliveries") if row["derived_from"]]
    # So the export of the third is compared with everything since the first.
    assert manifest[1]["derived_from"].count("notes.csv") == 3


def test_parts_are_complete_when_there_are_as_many_as_before(notes: Exports) -> None:
    for part, line in ((".1", A), (".2", B), (".3", C)):
        notes.put(1, line, part=part)
    notes.run()
    notes.put(2, A, part=".1")
    result = notes.deliver(2, C, part=".2")
    assert "it has 2 parts, and an export shortly before it had 3" in result.withdrawals.gaps[0]
    assert notes.missing() == {}
    notes.deliver(2, row("D"), part=".3")
    # A corrected row is no export.
    notes.deliver(3, row("D", amount="2.00"), part=".corrects-20250102-0003")
    assert notes.deliver(4, A, part=".1").withdrawals.gaps
    assert notes.missing() == {"02/notes_0004.missing.csv": deleted(B)}


def test_a_change_from_one_file_to_parts_deletes_nothing(notes: Exports) -> None:
    notes.deliver(1, A, B)
    result = notes.deliver(2, A, part=".1")
    assert "it is in parts, and the exports before it were not" in result.withdrawals.gaps[0]
    notes.deliver(3, A, part=".1")
    assert notes.missing() == {"03/notes_0002.missing.csv": deleted(B)}


def test_a_further_file_of_the_day_brings_a_record_back(notes: Exports) -> None:
    """It arrives after the derived file, so it wins with the same update time."""
    notes.deliver(1, A, B)
    notes.deliver(2, A)
    notes.deliver(2, B, part=".2")
    assert notes.missing() == {"02/notes_0002.missing.csv": deleted(B)}
    assert (notes.bronze.path / "banking/notes/dt=2025-01-02/notes_0003.2.csv").exists()
    notes.deliver(3, A, B)
    notes.deliver(4, A)
    assert list(notes.missing()) == ["02/notes_0002.missing.csv", "04/notes_0002.missing.csv"]


def test_nothing_is_compared_while_a_file_of_the_day_cannot_be_read(
    notes: Exports, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.deliver(1, A, B)
    notes.put(2, A)
    notes.put(2, B, part=".2")
    with monkeypatch.context() as patched:
        patched.setattr("loaders.landing.staging._opened", unreadable(staging._opened, "notes.2.csv"))
        assert "cannot be read" in notes.run().problems[0]
    assert notes.derived() == []
    notes.run()
    assert notes.derived() == [("02", "landed", "0")]


def test_young_files_wait_and_nothing_is_compared(notes: Exports) -> None:
    notes.deliver(1, A, B)
    notes.put(2, A)
    os.utime(notes.inbox.path / "2025-01-02/banking/notes.csv", (0, 0))
    notes.put(2, B, part=".2")
    contract, settings = exports()
    land(notes.inbox.path, notes.bronze.path, contract=contract, full_exports=settings, settle_seconds=60)
    assert notes.derived() == []
    notes.run()
    assert notes.derived() == [("02", "landed", "0")]


# Too much is missing


def test_half_an_export_deletes_nothing_and_is_a_finding(notes: Exports) -> None:
    notes.deliver(1, *MANY)
    result = notes.deliver(2, *MANY[:10])
    (problem,) = result.problems
    assert problem == (
        "Nothing is withdrawn by the full export of banking/notes of 2025-01-02: 10 of 20 keys are missing from the "
        "export, more than 20 percent (full_export_missing_percent, full_export_missing_keys). If the export is not "
        "complete, deliver the whole one for 2025-01-02 under another name, or wait for the next complete one. If they "
        "are deleted, add '2025-01-02 banking/notes.missing.csv' to waived_findings in dbt_project.yml; the next "
        "landing withdraws them."
    )
    assert result.refused == 1
    assert notes.derived() == [("02", "refused", "0")]
    # It is on record, and not reported again.
    assert notes.run().problems == []


def test_the_whole_export_settles_it(notes: Exports) -> None:
    notes.deliver(1, *MANY)
    notes.deliver(2, *MANY[:10])
    assert notes.deliver(2, *MANY[:19], part=".resent").problems == []
    assert list(notes.missing()) == ["02/notes_0003.missing.csv"]


def test_the_next_export_is_compared_with_everything_since_the_last_complete_one(notes: Exports) -> None:
    notes.deliver(1, *MANY)
    notes.deliver(2, *MANY[:10], C)
    notes.deliver(3, *MANY[1:])
    assert notes.missing() == {"03/notes_0002.missing.csv": deleted(MANY[0], C)}


def test_a_waived_finding_is_withdrawn_by_the_next_landing(notes: Exports) -> None:
    notes.deliver(1, *MANY)
    notes.deliver(2, *MANY[:10])
    # The export after it has half of the records too.
    notes.deliver(3, *MANY[:10])
    assert notes.derived() == [("02", "refused", "0"), ("03", "refused", "0")]
    notes.inbox.put("2025-01-02/banking/notes.csv", HEADER + "".join(MANY[:10]))
    notes.run(waived="2025-01-02 to 2025-01-02 banking/notes.missing.csv")
    # The export of the third is complete compared with that of the second.
    assert sorted(notes.derived()) == [
        ("02", "landed", "10"),
        ("02", "refused", "0"),
        ("03", "landed", "0"),
        ("03", "refused", "0"),
    ]
    before = notes.bronze.files()
    notes.run(waived="2025-01-02 to 2025-01-02 banking/notes.missing.csv")
    notes.run()
    assert notes.bronze.files() == before


def test_an_empty_export_deletes_nothing_however_few_the_records_are(notes: Exports) -> None:
    notes.deliver(1, A, B)
    assert "2 of 2 keys are missing from the export, which is empty" in notes.deliver(2).problems[0]


def test_a_row_without_a_key_may_be_the_missing_one(notes: Exports) -> None:
    notes.deliver(1, A, B)
    result = notes.deliver(2, A, row(""))
    assert "1 of 2 keys are missing from the export, and 1 of its rows have no key" in result.problems[0]
    assert notes.deliver(3, A, B, row(" ")).problems == []
