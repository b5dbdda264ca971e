"""A rehearsal that is interrupted leaves nothing behind; that it is green otherwise, `make prod-rehearsal` shows."""

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
    """Tell the processes that were started with this temporary folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = ((process / name).read_bytes() for name in ("cmdline", "environ"))
        except OSError:
            continue  # It has ended meanwhile.
        if str(temporary).encode() in environment + command and int(process.name) != os.getpid():
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


@pytest.mark.long
@pytest.mark.parametrize(
    ("number", "to_all", "said", "seconds"),
    [
        # Ctrl-C reaches everybody; a machine that is shut down ends one process.
        pytest.param(signal.SIGINT, True, "Day 2025-01-01", 1, id="ctrl-c while landing"),
        pytest.param(signal.SIGTERM, False, "tieout catalog", 6, id="ended while dbt runs"),
    ],
)
def test_an_interrupted_rehearsal_takes_down_what_it_started(
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
        _, told = rehearsal.communicate(timeout=60)
    finally:
        rehearsal.kill()
    assert rehearsal.returncode == 128 + number
    assert "The rehearsal was interrupted, and is taken down." in told
    assert "Traceback" not in told
    deadline = time.monotonic() + 10
    while processes(temporary) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes(temporary) == []
    assert list(temporary.iterdir()) == []
