"""What is no delivery is reported once, and again when it changes."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import pytest

from loaders.errors import TieoutError
from loaders.land import land
from loaders.landing.result import LandingResult
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.loaders.notes import DAY, FILE, HEADER, run, small_contract

STRANGE = f"{DAY}/banking/notes.txt"


def listed(bronze: BronzeFolder) -> list[str]:
    """Return the paths in the list that is in force."""
    (*_, last) = sorted((bronze.path / "control" / "left_out").glob("*.csv"))
    with last.open(encoding="utf-8", newline="") as file:
        return [row["path"] for row in csv.DictReader(file)]


def told(result: LandingResult) -> tuple[int, int]:
    """Return how many files are reported now, and how many were before."""
    return len(result.problems), result.left_out_before


def test_a_strange_file_is_reported_once_and_again_when_its_content_changes(
    inbox: InboxFolder, bronze: BronzeFolder
) -> None:
    strange = inbox.put(STRANGE, "x")
    inbox.put(FILE, HEADER)
    assert told(run(inbox, bronze)) == (1, 0)
    before = bronze.files()
    assert told(run(inbox, bronze)) == (0, 1)
    os.utime(strange, (1, 1))
    assert told(run(inbox, bronze)) == (0, 1)
    assert bronze.files() == before
    strange.write_text("y")
    assert told(run(inbox, bronze)) == (1, 0)
    inbox.put("2025-13-01/x", "x")
    assert told(run(inbox, bronze)) == (1, 1)
    assert listed(bronze) == [STRANGE, "2025-13-01"]


def test_a_strange_file_that_is_gone_is_forgotten(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    strange = inbox.put(STRANGE, "x")
    assert told(run(inbox, bronze)) == (1, 0)
    strange.unlink()
    assert told(run(inbox, bronze)) == (0, 0)
    assert listed(bronze) == []
    inbox.put(STRANGE, "x")
    assert told(run(inbox, bronze)) == (1, 0)


@pytest.mark.parametrize("change", ["2025-13-01/b", "2025-13-01/c/d"])
def test_a_strange_folder_is_reported_again_when_its_files_change(
    inbox: InboxFolder, bronze: BronzeFolder, change: str
) -> None:
    inbox.put("2025-13-01/b", "x")
    assert told(run(inbox, bronze)) == (1, 0)
    assert told(run(inbox, bronze)) == (0, 1)
    inbox.put(change, "more")
    assert told(run(inbox, bronze)) == (1, 0)


def test_links_pipes_and_names_that_are_not_utf_8_are_remembered(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, HEADER)
    os.mkfifo(inbox.path / DAY / "banking" / "notes.3.csv")
    os.mkfifo(inbox.path / DAY / "banking" / "notes.csv.ctl")
    (inbox.path / DAY / "banking" / "notes.2.csv").symlink_to(FILE)
    Path(os.fsdecode(os.fsencode(inbox.path / DAY) + b"/banking/n\xe9.csv")).write_text("x")
    assert told(run(inbox, bronze)) == (4, 0)
    assert told(run(inbox, bronze)) == (0, 4)


def test_each_inbox_has_its_own_strange_files(inbox: InboxFolder, bronze: BronzeFolder, tmp_path: Path) -> None:
    inbox.put(STRANGE, "x")
    assert told(run(inbox, bronze)) == (1, 0)
    other = tmp_path / "other"
    shutil.copytree(inbox.path, other)
    assert told(land(other, bronze.path, contract=small_contract())) == (1, 0)
    shutil.rmtree(other / DAY)
    assert told(land(other, bronze.path, contract=small_contract())) == (0, 0)
    assert told(run(inbox, bronze)) == (0, 1)


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"inbox\n\xff\n"])
def test_a_list_that_is_none_is_named(inbox: InboxFolder, bronze: BronzeFolder, content: bytes) -> None:
    path = bronze.path / "control" / "left_out" / "000007-x.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    inbox.put(FILE, HEADER)
    with pytest.raises(TieoutError, match=r"000007-x\.csv is not a list of files that were left out. Remove it"):
        run(inbox, bronze)
