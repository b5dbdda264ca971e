"""The inbox and the command `tieout land`."""

from __future__ import annotations

import errno
import fcntl
import gzip
import re
from pathlib import Path

import pytest

from loaders.contract import load_contract
from loaders.errors import TieoutError
from loaders.landing import staging
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.loaders.conftest import Tieout
from tests.python.loaders.notes import (
    DAY,
    FILE,
    HEADER,
    LANDED,
    run,
)

ACCOUNTS = ",".join(load_contract().entity("banking", "accounts").headers()[1]) + "\n"
ACCOUNT = "A1,C1,Checking,EUR,Active,,2024-01-01,2024-01-01 00:00:00\n"


def test_files_that_are_not_deliveries_are_named_and_the_others_land(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    inbox.put(FILE, HEADER + "1,a,1\n")
    strays = {
        "stray.csv": "the path of a delivery is INBOX/",
        f"{DAY}/stray.csv": "the path of a delivery is INBOX/",
        "2025-13-01/banking/notes.csv": "it is not a day of the calendar",
        "20250101/banking/notes.csv": "it is not a day .* or a domain",
        f"{DAY}/shop/notes.csv": "it is not a domain",
        f"{DAY}/control/deliveries.csv": "it is not a domain",
        f"{DAY}/banking/cards.csv": "'banking/cards' is not an entity of .*. The entities are: banking/notes",
        f"{DAY}/banking/notes.txt": "a delivery is named",
        f"{DAY}/banking/notes.a b.csv": "a delivery is named",
        f"{DAY}/banking/notes.csv.zip": "a delivery is named",
        f"{DAY}/banking/old/notes.csv": "it is not a file",
    }
    for stray in strays:
        inbox.put(stray, HEADER)
    inbox.put(f"{DAY}/banking/.notes.csv.tmp", "hidden")
    inbox.put(".git/x", "hidden")
    result = run(inbox, bronze)
    assert result.landed_rows == 1
    assert len(result.problems) == len(strays)
    for stray, sentence in strays.items():
        assert any(
            re.search(f"^{re.escape(str(inbox.path))}/.* was left out: .*{sentence}", problem)
            for problem in result.problems
        ), stray
    assert all(problem.endswith(".") for problem in result.problems)
    assert [name for name in bronze.files() if not name.startswith("control/")] == [LANDED]


def test_markers_are_skipped_and_upper_case_endings_land(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    """What systems put next to their files does not make every landing fail."""
    inbox.put(f"{DAY}/banking/notes.CSV", HEADER + "1,a,1\n")
    inbox.put("2025-01-02/banking/notes.csv.GZ", gzip.compress((HEADER + "2,b,2\n").encode()))
    for folder in ("", f"{DAY}/", f"{DAY}/banking/"):
        for marker in ("_SUCCESS", "notes.csv.sig", "batch.MD5", "batch.ctl", "batch.done"):
            inbox.put(folder + marker, "x")
    for marker in ("notes.csv.md5", f"{DAY}/notes.ctl"):
        inbox.put(marker, "not beside a delivery")
    result = run(inbox, bronze)
    assert result.problems == []
    assert [name for name in bronze.files() if not name.startswith("control/")] == [
        LANDED,
        "banking/notes/dt=2025-01-02/notes.csv.gz",
    ]
    assert {row["delivered_file"] for row in bronze.control("deliveries")} == {
        "banking/notes.CSV",
        "banking/notes.csv.GZ",
    }
    assert run(inbox, bronze).skipped == 2


def test_a_file_that_cannot_be_read_is_named_and_the_others_land(
    inbox: InboxFolder, bronze: BronzeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = inbox.put(FILE, HEADER)
    inbox.put(f"{DAY}/banking/notes.good.csv", HEADER + "1,a,1\n")
    original = Path.open

    def fail(path: Path, *arguments: object, **options: object) -> object:
        if path == bad:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return original(path, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", fail)
    result = run(inbox, bronze)
    assert result.problems == [f"{bad} cannot be read (Permission denied). Make it readable, then land again."]
    assert result.landed_rows == 1
    monkeypatch.undo()
    assert len(run(inbox, bronze).landed) == 1


def test_the_command_lands_in_the_root_of_the_environment(
    inbox: InboxFolder, bronze: BronzeFolder, tieout: Tieout, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.put(f"{DAY}/banking/accounts.csv", ACCOUNTS + ACCOUNT)
    inbox.put("banking/accounts.csv", ACCOUNTS + ACCOUNT)
    monkeypatch.setenv("TIEOUT_BRONZE_ROOT", str(bronze.path))
    outcome = tieout("land", inbox.path, "--arrived-on", "2025-01-02")
    assert (outcome.code, outcome.err) == (0, "")
    assert "Files:   2 landed" in outcome.out
    assert "Records: 2 landed, 0 malformed" in outcome.out
    assert len(list(bronze.path.glob("banking/accounts/dt=*/accounts.csv"))) == 2
    before = bronze.files()
    outcome = tieout("land", inbox.path, "--arrived-on", "2025-01-02")
    assert outcome.code == 0
    assert "2 had landed before" in outcome.out
    assert bronze.files() == before


def test_the_command_exits_with_1_when_something_did_not_land(
    inbox: InboxFolder, bronze: BronzeFolder, tieout: Tieout
) -> None:
    inbox.put(f"{DAY}/banking/accounts.csv", ACCOUNTS + ACCOUNT)
    inbox.put(f"{DAY}/banking/accounts.2.csv", "a,b\n")
    inbox.put(f"{DAY}/banking/cards.csv", "a,b\n")
    outcome = tieout("land", inbox.path, "--bronze-root", bronze.path)
    assert outcome.code == 1
    assert outcome.err.count("tieout: ") == outcome.err.count("\n") == 2
    assert "1 refused, 1 left out" in outcome.out
    assert "Note:" not in outcome.out
    outcome = tieout("land", inbox.path, "--bronze-root", bronze.path)
    assert (outcome.code, outcome.err) == (0, "")
    assert "0 refused, 0 left out" in outcome.out
    assert "Note:    Files that an earlier landing has refused, and that cannot land yet: 1." in outcome.out
    assert (
        "Note:    Files that are not deliveries, reported by an earlier landing: 1. They are listed in "
        f"{bronze.path}/control/left_out/000001-"
    ) in outcome.out
    inbox.put(f"{DAY}/banking/accounts.3.csv", "a,b\n")
    outcome = tieout("land", inbox.path, "--bronze-root", bronze.path)
    assert (outcome.code, outcome.err.count("\n")) == (1, 1)
    assert tieout("land", inbox.path, "--bronze-root", bronze.path, "--allow-refused").code == 0
    assert (bronze.path / f"banking/accounts/dt={DAY}/accounts.csv").is_file()


def test_a_missing_inbox_is_an_error_without_traceback(
    inbox: InboxFolder, bronze: BronzeFolder, tieout: Tieout
) -> None:
    outcome = tieout("land", inbox.path / "nowhere", "--bronze-root", bronze.path)
    assert outcome.code == 1
    assert re.search(r"tieout: The inbox .*nowhere does not exist. Give the folder", outcome.err)
    outcome = tieout("land", inbox.put("file", ""), "--bronze-root", bronze.path)
    assert outcome.code == 1
    assert "is a file, not a folder" in outcome.err
    assert not bronze.path.exists()


def test_an_empty_inbox_is_not_an_error(inbox: InboxFolder, bronze: BronzeFolder, tieout: Tieout) -> None:
    (inbox.path / DAY / "banking").mkdir(parents=True)
    outcome = tieout("land", inbox.path, "--bronze-root", bronze.path)
    assert (outcome.code, outcome.out) == (0, f"There is nothing to land in {inbox.path}.\n")
    assert not bronze.path.exists()


def test_a_second_landing_at_the_same_time_is_an_error(
    inbox: InboxFolder, bronze: BronzeFolder, tieout: Tieout
) -> None:
    inbox.put(f"{DAY}/banking/accounts.csv", ACCOUNTS + ACCOUNT)
    bronze.path.mkdir()
    with (bronze.path / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        outcome = tieout("land", inbox.path, "--bronze-root", bronze.path)
    assert outcome.code == 1
    assert "Another landing is writing to" in outcome.err
    assert bronze.files() == {}
    assert tieout("land", inbox.path, "--bronze-root", bronze.path).code == 0


def test_a_bronze_root_that_is_not_a_folder_is_an_error_without_traceback(
    inbox: InboxFolder, bronze: BronzeFolder, tieout: Tieout
) -> None:
    inbox.put(f"{DAY}/banking/accounts.csv", ACCOUNTS + ACCOUNT)
    bronze.path.write_text("")
    outcome = tieout("land", inbox.path, "--bronze-root", bronze.path)
    assert outcome.code == 1
    assert re.search(r"tieout: Bronze cannot be written: .*bronze.*: File exists", outcome.err)
    outcome = tieout("land", inbox.path, "--bronze-root", "s3://bucket/bronze")
    assert outcome.code == 1
    assert "Landing writes to a local folder, not s3:/" in outcome.err


def test_a_full_disk_is_an_error_and_leaves_nothing(
    inbox: InboxFolder, bronze: BronzeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_bronze_file: object, _text: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    inbox.put(FILE, HEADER + "1,a,1\n")
    with monkeypatch.context() as patch:
        patch.setattr(staging.BronzeFile, "_store", full)
        with pytest.raises(TieoutError, match=r"Bronze cannot be written: .*No space left on device.*land again"):
            run(inbox, bronze)
    assert bronze.files() == {}
    assert run(inbox, bronze).landed_rows == 1


def test_a_damaged_manifest_is_named(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    path = bronze.path / f"control/deliveries/dt={DAY}/x.csv"
    path.parent.mkdir(parents=True)
    path.write_text("a,b\n1,2\n")
    inbox.put(FILE, HEADER)
    with pytest.raises(TieoutError, match=r"x\.csv is not a manifest"):
        run(inbox, bronze)
