"""How fast `tieout generate` writes transactions: `python benchmarks/generate.py [rows a day] [days] [customers]`.

Runs the command as a user would, start of Python included, in a folder that is thrown away, and prints seconds a day
and rows a second of wall time, for plain and for compressed files. `1000000 3 250000` is the preset `million`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time

ROWS_A_DAY, DAYS, CUSTOMERS = 500_000, 10, 50_000


def main() -> None:
    """Measure both kinds of files."""
    arguments = [int(argument) for argument in sys.argv[1:]]
    rows_a_day, days, customers = [*arguments, *(ROWS_A_DAY, DAYS, CUSTOMERS)[len(arguments) :]]
    for kind in ([], ["--gzip"]):
        with tempfile.TemporaryDirectory() as inbox:
            command = [
                sys.executable,
                "-c",
                "from loaders.cli import main; main()",
                "generate",
                "--inbox",
                inbox,
                *kind,
            ]
            size = f"--days {days} --customers {customers} --transactions-per-day {rows_a_day}".split()
            began = time.perf_counter()
            subprocess.run([*command, *size], check=True, stdout=subprocess.DEVNULL)
            seconds = time.perf_counter() - began
        rate = rows_a_day * days / seconds
        sys.stdout.write(
            f"{' '.join(kind) or 'plain':8} {rows_a_day * days:,} rows in {seconds:.1f} s: "
            f"{seconds / days:.1f} s a day, {rate:,.0f} rows/s\n"
        )


if __name__ == "__main__":
    main()
