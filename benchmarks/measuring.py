"""Seconds, CPU and peak memory of a command with all its child processes."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS, _PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
# Short enough for the peak of a second, long enough to cost nothing.
_SAMPLE_SECONDS = 0.1
_ADDITIONS = 10_000_000
_NEW_BYTES = 512 * 2**20


class CommandFailedError(Exception):
    """A measured command ended with an error."""


@dataclass(frozen=True)
class Measured:
    """What a command took.

    Attributes:
        seconds: from start to end.
        cpu: seconds of CPU of the process and of its children, in user and system mode.
        peak: the most memory that all its processes together had resident, in bytes; 0 where there is no /proc.
    """

    seconds: float
    cpu: float
    peak: int


@dataclass(frozen=True)
class Pace:
    """How fast the machine is now. A shared machine can be slow at either.

    Attributes:
        additions: seconds of CPU for 10 million additions in Python.
        memory: seconds of CPU to write to every page of 512 MB of new memory.
    """

    additions: float
    memory: float


def pace() -> Pace:
    """Measure how fast the machine is."""
    began = time.process_time()
    total = 0
    for number in range(_ADDITIONS):
        total += number
    added = time.process_time()
    memory = bytearray(_NEW_BYTES)
    memory[::_PAGE] = bytes(_NEW_BYTES // _PAGE)
    return Pace(added - began, time.process_time() - added)


def measure(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Measured:
    """Run a command in a folder.

    Raises:
        CommandFailedError: it ended with an error; the message has what it printed.
    """
    output = folder / "output.txt"
    began = time.perf_counter()
    with output.open("wb") as sink:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=sink, stderr=subprocess.STDOUT)
    watch = _Watch(process.pid)
    watch.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    watch.stop()
    if process.returncode:
        printed = output.read_text(encoding="utf-8", errors="replace")
        raise CommandFailedError(f"{' '.join(command)} ended with {process.returncode}:\n{printed}")
    # The system adds a child's CPU to its parent's when the parent waits for it, which PySpark does not do for Java.
    return Measured(seconds, max(usage.ru_utime + usage.ru_stime, watch.cpu), watch.peak)


def best(measured: Sequence[Measured]) -> Measured:
    """Return the measurement with the least CPU: what else the machine does can only add to it."""
    return min(measured, key=lambda one: one.cpu)


@dataclass(frozen=True)
class _Process:
    """What /proc says of a process: its parent, its seconds of CPU, its resident bytes."""

    parent: int
    cpu: float
    resident: int


class _Watch(threading.Thread):
    """Looks at a process and its descendants until it is stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._pid = pid
        self._cpu: dict[int, float] = {}
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(_SAMPLE_SECONDS):
            family = _family(self._pid)
            self.peak = max(self.peak, sum(process.resident for process in family.values()))
            self._cpu |= {pid: process.cpu for pid, process in family.items()}

    @property
    def cpu(self) -> float:
        """The seconds of CPU of all processes, as they were last seen."""
        return sum(self._cpu.values())

    def stop(self) -> None:
        self._stopped.set()
        self.join()


def _family(pid: int) -> dict[int, _Process]:
    """Return a process and its descendants."""
    found: dict[int, _Process] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for stat in _PROC.glob("[0-9]*/stat"):
        try:
            # After the name, which is in brackets and may contain anything: state, parent, ...
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        cpu = (int(fields[11]) + int(fields[12])) / _TICKS
        process = _Process(int(fields[1]), cpu, int(fields[21]) * _PAGE)
        found[int(stat.parent.name)] = process
        children[process.parent].append(int(stat.parent.name))
    family, waiting = {}, [pid] if pid in found else []
    while waiting:
        one = waiting.pop()
        family[one] = found[one]
        waiting += children[one]
    return family
