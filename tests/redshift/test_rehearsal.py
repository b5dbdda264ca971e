"""An interrupted rehearsal leaves nothing behind. `make prod-rehearsal` runs a complete one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.python.warehouse import PROJECT


def processes(temporary: Path) -> list[str]:
    """Return the processes that use this temporary folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = ((process / name).read_bytes() for name in ("cmdline", "environ"))
        except OSError:
            continue  # The process has just ended.
        if str(temporary).encode() in environment + command and int(process.name) != os.getpid():
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


@pytest.mark.long
@pytest.mark.parametrize(
    ("number", "to_all", "said", "seconds"),
    [
        # Ctrl-C reaches all processes of the terminal, a shutdown only the first one.
        pytest.param(signal.SIGINT, True, "Day 2025-01-01", 1, id="ctrl-c while landing"),
        pytest.param(signal.SIGTERM, False, "tieout catalog", 6, id="terminated while dbt runs"),
    ],
)
def test_an_interrupted_rehearsal_stops_everything_that_it_started(
    number: signal.Signals, to_all: bool, said: str, seconds: int, temporary: Path
) -> None:
    rehearsal = subprocess.Popen(
        [sys.executable, "-m", "tests.aws.rehearsal"],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert rehearsal.stdout is not None
        for line in rehearsal.stdout:
            if said in line:
                break
        time.sleep(seconds)
        assert len(processes(temporary)) > 2
        (os.killpg if to_all else os.kill)(rehearsal.pid, number)
        _, errors = rehearsal.communicate(timeout=60)
    finally:
        rehearsal.kill()
    assert rehearsal.returncode == 128 + number
    assert "The rehearsal was interrupted. Cleaning up." in errors
    assert "Traceback" not in errors
    deadline = time.monotonic() + 10
    while processes(temporary) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes(temporary) == []
    assert list(temporary.iterdir()) == []
