"""Measures the cases, and writes the page: `python -m benchmarks [--scale SHARE] [--output FILE] [CASE ...]`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.bank import PROJECT
from benchmarks.cases import CASES
from benchmarks.measuring import CommandFailedError, pace
from benchmarks.results import Section, page
from benchmarks.work import Work


def main() -> None:
    """Measure, print the page and write it."""
    arguments = _arguments()
    chosen = arguments.cases or list(CASES)
    sections: list[Section] = []
    load = os.getloadavg()[0]
    paces = [pace()]
    failed = []
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=arguments.folder) as folder:
        work = Work(Path(folder), arguments.scale)
        for name in (name for name in CASES if name in chosen):
            sys.stderr.write(f"{name} ...\n")
            try:
                sections.append(CASES[name](work))
            except CommandFailedError as error:
                # The other cases may have taken an hour.
                failed.append(name)
                sys.stderr.write(f"{error}\n")
            paces.append(pace())
    written = page(sections, arguments.scale, load, paces)
    if failed:
        # Beside the page, which is of a whole run.
        output = arguments.output.with_suffix(".partial.md")
        output.write_text(written, encoding="utf-8")
        sys.exit(f"These cases failed: {', '.join(failed)}. The results of the others are in {output}.")
    arguments.output.write_text(written, encoding="utf-8")
    sys.stdout.write(written)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what Tieout costs.")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full sizes (default: 1)")
    parser.add_argument(
        "--output", type=Path, default=PROJECT / "benchmarks" / "results.md", help="the page that is written"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        # On the disk of the project: a folder for temporary files may be in memory.
        default=PROJECT / "data",
        help="where everything is generated and built, and deleted at the end",
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"only these: {', '.join(CASES)}")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.cases) - set(CASES))
    if unknown or arguments.scale <= 0:
        parser.error(
            f"no such case: {', '.join(unknown)}; the cases are {', '.join(CASES)}"
            if unknown
            else "the scale must be more than 0"
        )
    return arguments


if __name__ == "__main__":
    main()
