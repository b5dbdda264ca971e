"""Build the base and the working tree from the same deliveries, and say which figures differ.

Usage: python -m scripts.diff BASE [OPTIONS OF tieout generate]

Prints the report, and writes it as Markdown to target/diff/figures.md. The exit code is 0 whether figures move or not.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

from loaders.contract import project_root
from loaders.errors import TieoutError
from scripts.diff.builds import CONTRACT, Side, built, checkout, commit_of, same
from scripts.diff.figures import compare_metrics, figures_of
from scripts.diff.tables import AFTER, BEFORE, compare_tables, keys_of
from scripts.diff.written import Difference, markdown, plain

FOLDER = Path("target") / "diff"
PAGE = FOLDER / "figures.md"


def main(base: str, sample: Sequence[str]) -> None:
    """Build, compare, print and write.

    Raises:
        TieoutError: there is no such commit, or one of the states cannot be built.
    """
    project = project_root().resolve()
    folder = project / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    named = f"{base} ({commit_of(project, base)})"
    with checkout(project, base, folder / "base") as checked_out:
        sys.stderr.write(f"Building {named} and the working tree from the same deliveries ...\n")
        before, after = built(checked_out, project, folder, sample)
        notes = [f"Both were built from the deliveries of `tieout generate {' '.join(sample)}`, as {base} writes them."]
        if not same(checked_out, project, str(CONTRACT)):
            notes.append(
                f"The contract in {CONTRACT} has changed. Columns and entities that {base} does not know are not "
                "delivered, so what is made of them is empty."
            )
        difference = compared(before, after, named, notes)
    (project / PAGE).write_text(markdown(difference), encoding="utf-8")
    sys.stdout.write(f"{plain(difference)}\nFor the pull request: {PAGE}\n")


def compared(before: Side, after: Side, base: str, notes: Sequence[str]) -> Difference:
    """Compare two warehouses.

    Raises:
        TieoutError: a metric cannot be read.
    """
    keys = keys_of(json.loads(after.manifest.read_text(encoding="utf-8")))
    metrics = [figures_of(side.database, side.project) for side in (before, after)]
    with duckdb.connect() as connection:
        for name, side in ((BEFORE, before), (AFTER, after)):
            connection.execute(f"attach '{side.database}' as {name} (read_only)")
        tables = compare_tables(connection, keys)
    moved = list(compare_metrics(*metrics))
    return Difference(base, tables, moved, len({*metrics[0], *metrics[1]}), notes)


if __name__ == "__main__":
    if len(sys.argv) < 2 or not sys.argv[1]:
        sys.exit("Name a branch, a tag or a commit to compare with: make diff BASE=main")
    try:
        main(sys.argv[1], sys.argv[2:])
    except (TieoutError, duckdb.Error) as error:
        sys.exit(str(error))
