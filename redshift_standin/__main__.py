"""python -m redshift_standin [--regular-user] COMMAND ...: run a command against its own temporary stand-in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from types import FrameType

from .postgres import StandInError
from .server import StandIn


def _end(number: int, frame: FrameType | None) -> None:
    del frame
    raise SystemExit(128 + number)


def main() -> int:
    """Run the command with the environment variables of the prod target, and return the command's exit code."""
    command = sys.argv[1:]
    is_regular = command[:1] == ["--regular-user"]
    if is_regular:
        command = command[1:]
    if not command:
        return _fail("No command given. Example: python -m redshift_standin dbt build --target prod", 2)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        with StandIn(superuser=not is_regular) as stand_in:
            return subprocess.run(command, env=os.environ | stand_in.environment(), check=False).returncode
    except (StandInError, FileNotFoundError) as error:
        return _fail(f"The Redshift stand-in cannot run the command: {error}", 1)


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"{message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
