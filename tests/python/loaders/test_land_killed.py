"""Interrupted landings: no manifest names an incomplete file, and the next run completes bronze to the byte."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loaders.errors import TieoutError
from loaders.land import land
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.loaders.pushing import HEADER
from tests.python.loaders.renames import Renames
from tests.python.reliability.tally import Tally, randomness, times

LAND = """
import sys
from pathlib import Path
from loaders.land import land
print("ready", flush=True)
sys.stdin.readline()
land(Path(sys.argv[1]), Path(sys.argv[2]))
"""
KILLS = times(5, a_round=50)
RENAMES_A_DAY = 5  # two data files, malformed lines, control totals, manifest


def fill(inbox: InboxFolder, rows: int) -> None:
    """Fill three days with good, malformed and refused content."""
    for day in (1, 2, 3):
        body = "".join(f"T{number},A{day},Deposit,1.50,EUR,2025-01-01,,Completed,,,,,\n" for number in range(rows))
        inbox.put(f"2025-01-0{day}/banking/transactions.csv", f'{HEADER}{body}short\n{body}"stray\n{body}')
        inbox.put(f"2025-01-0{day}/banking/transactions.2.csv", HEADER + body)
        inbox.put(f"2025-01-0{day}/banking/transactions.bad.csv", "wrong,header\n")


def start(inbox: InboxFolder, bronze: BronzeFolder) -> subprocess.Popen[bytes]:
    """Start a process that lands when `start_landing` sends it a line."""
    command = [sys.executable, "-c", LAND, str(inbox.path), str(bronze.path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def start_landing(process: subprocess.Popen[bytes], bronze: BronzeFolder) -> None:
    """Make a process land, and wait until it has started."""
    assert process.stdout
    assert process.stdin
    process.stdout.readline()
    process.stdin.write(b"\n")
    process.stdin.flush()
    while not (bronze.path / ".landing").exists():
        assert process.poll() is None


def check_rerun(inbox: InboxFolder, bronze: BronzeFolder, uninterrupted: BronzeFolder) -> None:
    bronze.check_manifests()
    land(inbox.path, bronze.path)
    assert bronze.files() == uninterrupted.files()


def test_landing_again_changes_no_byte(inbox: InboxFolder, bronze: BronzeFolder, tmp_path: Path) -> None:
    fill(inbox, 5)
    delivered = BronzeFolder(inbox.path).files()
    land(inbox.path, bronze.path)
    before = bronze.files()
    result = land(inbox.path, bronze.path)
    assert (result.landed, result.skipped, result.refused_before) == ([], 6, 3)
    other = BronzeFolder(tmp_path / "elsewhere" / "bronze")
    land(inbox.path, other.path)
    assert bronze.files() == before == other.files()
    assert BronzeFolder(inbox.path).files() == delivered


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_landing_may_stop_before_any_rename(
    inbox: InboxFolder,
    bronze: BronzeFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
) -> None:
    fill(inbox, 2)
    uninterrupted = BronzeFolder(tmp_path / "uninterrupted")
    renames = Renames(monkeypatch, error)
    land(inbox.path, uninterrupted.path)
    assert renames.made == 3 * RENAMES_A_DAY
    for allowed in range(renames.made):
        renames.left = allowed
        stopped = BronzeFolder(tmp_path / f"stopped-{allowed}")
        with pytest.raises((KeyboardInterrupt, TieoutError)):
            land(inbox.path, stopped.path)
        assert len(stopped.control("deliveries")) == 3 * (allowed // RENAMES_A_DAY)
        assert not (stopped.path / ".landing").exists()
        renames.allow_all()
        check_rerun(inbox, stopped, uninterrupted)


def test_the_next_run_completes_a_killed_landing(
    inbox: InboxFolder, bronze: BronzeFolder, tmp_path: Path, tally: Tally
) -> None:
    fill(inbox, 10_000)
    began = time.monotonic()
    land(inbox.path, bronze.path)
    duration = time.monotonic() - began
    moments = randomness("landing is killed")
    killed_at_work = 0
    # Several at a time, because a process takes longer to start than to land.
    for first in range(0, KILLS, 5):
        roots = [BronzeFolder(tmp_path / f"killed-{number}") for number in range(first, min(first + 5, KILLS))]
        for number, (killed, process) in enumerate([(root, start(inbox, root)) for root in roots]):
            with process:
                start_landing(process, killed)
                time.sleep(moments.uniform(0, duration) if number else 0)
                process.send_signal(signal.SIGKILL)
            killed_at_work += (killed.path / ".landing").exists()
            check_rerun(inbox, killed, bronze)
            shutil.rmtree(killed.path)
    assert killed_at_work
    tally.add("kills survived (land)", killed_at_work)


def test_a_second_landing_stops_with_an_error(inbox: InboxFolder, bronze: BronzeFolder, tmp_path: Path) -> None:
    fill(inbox, 5)
    alone = BronzeFolder(tmp_path / "alone")
    land(inbox.path, alone.path)
    with start(inbox, bronze) as first:
        start_landing(first, bronze)
        first.send_signal(signal.SIGSTOP)  # keeps the lock until the second landing has ended
        command = [
            str(Path(sys.executable).parent / "tieout"),
            "land",
            str(inbox.path),
            "--bronze-root",
            str(bronze.path),
        ]
        second = subprocess.run(command, capture_output=True, text=True, check=False)
        first.send_signal(signal.SIGCONT)
    assert (first.returncode, second.returncode) == (0, 1)
    assert f"Another landing is writing to {bronze.path}. Wait until it has finished" in " ".join(second.stderr.split())
    assert bronze.files() == alone.files()
