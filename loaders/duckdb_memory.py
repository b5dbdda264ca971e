"""How much memory DuckDB may take."""

from __future__ import annotations

import os
from pathlib import Path

_GIGABYTE = 10**9
# The largest build needs no more; the rest is for other programs and for the page cache.
_MOST_MEMORY = 4 * _GIGABYTE
# The memory limit of a container, in bytes, or the word max.
_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")


def default_memory_limit() -> str:
    """Return 4 GB or half of the memory of the machine or container, whichever is less."""
    return f"{min(_MOST_MEMORY, _memory() // 2)}B"


def _memory() -> int:
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(machine, int(_CONTAINER_LIMIT.read_text(encoding="ascii")))
    except (OSError, ValueError):  # no container, or one without a limit
        return machine
