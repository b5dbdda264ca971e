"""How fast `land` takes transactions, beside Python's csv module: `python benchmarks/land.py [rows]`.

Everything is measured in one run on one machine, so that the ratios hold where the rates do not. The csv module merely
reads the same file and writes it again with a line number in front; landing also checks every line, adds up the money,
digests both files and makes the result durable. Files and bronze go to a folder that is thrown away.
"""

from __future__ import annotations

import csv
import gzip
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from loaders.contract import load_contract
from loaders.land import land

ROWS = 1_000_000
ROUNDS = 3

KINDS: dict[str, Callable[[str], str]] = {
    "clean": lambda line: line,
    "clean, CRLF": lambda line: f"{line}\r",
    "1 in 20 lines quoted": lambda line: line.replace("Shop 7,", '"Shop, 7",'),
    "every value quoted": lambda line: '"' + line.replace(",", '","') + '"',
}


def transactions(rows: int, kind: Callable[[str], str]) -> str:
    """Return a delivery of so many lines."""
    lines = [",".join(load_contract().entity("banking", "transactions").delivered_columns)]
    lines += [
        kind(
            f"T{number:010d},A{number % 99_991:07d},Deposit,{number % 5_000}.{number % 100:02d},EUR,"
            f"2025-01-01 10:11:12,online,Completed,Shop {number % 20},Groceries,,{number % 99_999}.5,"
            "2025-01-01 10:11:13"
        )
        for number in range(rows)
    ]
    return "\n".join(lines) + "\n"


def seconds_of_csv_module(file: Path, target: Path) -> float:
    """Read and write the file once, with the csv module."""
    began = time.perf_counter()
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8", newline="") as source, target.open("w", encoding="utf-8") as sink:
        writer = csv.writer(sink, lineterminator="\n")
        writer.writerows([number, *row] for number, row in enumerate(csv.reader(source), 1))
    return time.perf_counter() - began


def seconds_of_landing(inbox: Path, bronze: Path, rows: int) -> float:
    """Land the inbox once, into a new root."""
    began = time.perf_counter()
    result = land(inbox, bronze)
    if result.landed_rows != rows:
        raise SystemExit(f"{result.landed_rows} of {rows} rows landed: {result.problems}")
    return time.perf_counter() - began


def measure(name: str, content: bytes, rows: int, *, compressed: bool) -> None:
    """Print the better of some rounds."""
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder, "inbox")
        file = inbox / "2025-01-01" / "banking" / ("transactions.csv.gz" if compressed else "transactions.csv")
        file.parent.mkdir(parents=True)
        file.write_bytes(gzip.compress(content, 6) if compressed else content)
        by_csv = min(seconds_of_csv_module(file, Path(folder, "by-csv.csv")) for _ in range(ROUNDS))
        landing = min(seconds_of_landing(inbox, Path(folder, f"bronze-{number}"), rows) for number in range(ROUNDS))
    sys.stdout.write(
        f"{name:22} {len(content) / 1e6:6.0f} MB  land {rows / landing:11,.0f} rows/s  "
        f"csv module {rows / by_csv:9,.0f} rows/s  ratio {by_csv / landing:5.1f}\n"
    )


def main() -> None:
    """Measure every kind of file."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    for name, kind in KINDS.items():
        measure(name, transactions(rows, kind).encode(), rows, compressed=False)
    measure("clean, gzip", transactions(rows, KINDS["clean"]).encode(), rows, compressed=True)


if __name__ == "__main__":
    main()
