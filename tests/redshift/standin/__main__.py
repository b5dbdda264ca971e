"""python -m tests.redshift.standin COMMAND ...: run a command with a stand-in of its own."""

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
    """Run the command with the variables of the profile's target prod; its exit code is ours."""
    if not sys.argv[1:]:
        print(
            "Give the command to run, as in: python -m tests.redshift.standin dbt build --target prod", file=sys.stderr
        )
        return 2
    signal.signal(signal.SIGTERM, _end)
    try:
        with StandIn() as stand_in:
            return subprocess.run(sys.argv[1:], env=os.environ | stand_in.environment(), check=False).returncode
    except (StandInError, FileNotFoundError) as error:
        print(f"The Redshift stand-in cannot run: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
