"""The order of deliveries: the paths of an entity and day in bronze are in the order in which the files landed."""

from __future__ import annotations

from datetime import date

import pytest

from loaders.landing import bronze as bronze_module
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.loaders.notes import DAY, FILE, HEADER, run


def landed(bronze: BronzeFolder) -> list[str]:
    return sorted(name.rpartition("/")[2] for name in bronze.files() if name.startswith(f"banking/notes/dt={DAY}/"))


def test_later_landings_come_later_whatever_their_names(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    for number, part in enumerate((".9", "", ".10", ".corrected", ".CORR", ".20250110-1200")):
        inbox.put(f"{DAY}/banking/notes{part}.csv", HEADER + f"{number},a,1\n")
        run(inbox, bronze)
    assert landed(bronze) == [
        "notes.9.csv",
        "notes_0002.csv",
        "notes_0003.10.csv",
        "notes_0004.corrected.csv",
        "notes_0005.CORR.csv",
        "notes_0006.20250110-1200.csv",
    ]


def test_files_that_land_together_are_in_natural_order(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    """No part first, then numbers as numbers, then text."""
    for part in (".update", ".part10", ".part2", ".v2", ".10", ".9", ""):
        inbox.put(f"{DAY}/banking/notes{part}.csv", HEADER + f"{part},a,1\n")
    run(inbox, bronze)
    assert landed(bronze) == [
        "notes.csv",
        "notes_0002.9.csv",
        "notes_0003.10.csv",
        "notes_0004.part2.csv",
        "notes_0005.part10.csv",
        "notes_0006.update.csv",
        "notes_0007.v2.csv",
    ]


def test_a_refused_file_takes_no_number(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(f"{DAY}/banking/notes.csv", "wrong header\n")
    inbox.put(f"{DAY}/banking/notes.2.csv", HEADER + "1,a,1\n")
    run(inbox, bronze)
    inbox.put(f"{DAY}/banking/notes.csv", HEADER + "2,a,1\n")
    run(inbox, bronze)
    assert landed(bronze) == ["notes.2.csv", "notes_0002.csv"]


def test_each_entity_and_day_counts_by_itself(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(f"{DAY}/banking/notes.csv", HEADER + "1,a,1\n")
    inbox.put("2025-01-11/banking/notes.7.csv", HEADER + "2,a,1\n")
    run(inbox, bronze)
    assert landed(bronze) == ["notes.csv"]
    assert "banking/notes/dt=2025-01-11/notes.7.csv" in bronze.files()


def test_a_day_has_a_highest_number(inbox: InboxFolder, bronze: BronzeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number with more digits would be out of order."""
    monkeypatch.setattr(bronze_module, "MOST_FILES", 1)
    first = inbox.put(f"{DAY}/banking/notes.csv", HEADER + "1,a,1\n")
    second = inbox.put(f"{DAY}/banking/notes.2.csv", HEADER + "2,a,1\n")
    result = run(inbox, bronze)
    assert result.problems == [
        f"{second} was left out: 1 files of banking/notes have landed on {DAY}, and a day has no more. "
        "Merge the files, or land them on another day."
    ]
    assert first.exists()
    assert landed(bronze) == ["notes.csv"]


def test_the_manifest_says_after_which_files_one_was_refused(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, HEADER + "1,a,1.00\n")
    run(inbox, bronze)
    inbox.put("2025-01-01/banking/notes.2.csv", "id\n2\n")
    inbox.put("2025-01-01/banking/notes.3.csv", HEADER + "3,c,3.00\n")
    run(inbox, bronze)
    inbox.put(FILE, HEADER + "1,b,2.00\n")
    run(inbox, bronze)
    manifest = bronze.control("deliveries")
    assert sorted((row["landing_number"], row["delivery_status"], row["delivered_file"]) for row in manifest) == [
        ("1", "landed", "banking/notes.csv"),
        ("2", "landed", "banking/notes.3.csv"),
        ("2", "refused", "banking/notes.2.csv"),
        ("3", "refused", "banking/notes.csv"),
    ]


def test_a_file_of_an_earlier_day_is_noted_but_is_no_problem(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put("2025-01-03/banking/notes.csv", HEADER + "1,a,1.00\n")
    assert run(inbox, bronze).overtaken == {}
    inbox.put("2025-01-02/banking/notes.csv", HEADER + "1,b,2.00\n")
    inbox.put("2025-01-04/banking/notes.csv", HEADER + "1,c,3.00\n")
    result = run(inbox, bronze)
    assert result.overtaken == {"banking/notes": [date(2025, 1, 2)]}
    assert result.problems == []
    assert run(inbox, bronze).overtaken == {}
