"""Compare MetricFlow's answer for every metric with the one of `tieout report`, by month.

Usage: python -m scripts.metricflow_agrees, after `dbt build`, with `mf` in .venv-metrics/ (make metrics)
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

from loaders.audit.warehouse import open_warehouse
from loaders.metrics.answers import Metrics
from loaders.metrics.definitions import load_definitions

MF = Path(".venv-metrics") / "bin" / "mf"
BY = "metric_time__month"
# MetricFlow divides as floating point.
NEAR = Decimal("0.000001")


def main() -> None:
    """Ask both, and end with an error that names the first metric that differs."""
    definitions = load_definitions()
    names = sorted(definitions.metrics)
    with tempfile.TemporaryDirectory() as folder:
        answered = Path(folder) / "answer.csv"
        asked = [str(MF), "query", "--quiet", "--metrics", ",".join(names), "--group-by", BY, "--csv", str(answered)]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if done.returncode or not answered.exists():
            raise SystemExit(f"mf has not answered:\n{done.stdout}{done.stderr}")
        with answered.open(encoding="utf-8", newline="") as file:
            theirs = {row[BY][:10]: row for row in csv.DictReader(file)}
    with open_warehouse(None) as warehouse:
        ours = Metrics(warehouse, definitions).ask(names, [BY])
    compared = 0
    for row in ours.rows:
        (month,) = row.keys
        for name in names:
            figure, other = row.values[name], theirs[str(month)][name]
            if not _equal(figure, other, is_ratio=definitions.metric(name).is_ratio):
                raise SystemExit(f"{name} in {month}: MetricFlow has {other or 'nothing'}, tieout report {figure}.")
            compared += 1
    sys.stdout.write(f"MetricFlow and tieout report agree on {compared:,} figures of {len(names):,} metrics.\n")


def _equal(figure: Decimal | int | None, other: str, *, is_ratio: bool) -> bool:
    if figure is None or other in {"", "nan", "None"}:
        return not figure and other in {"", "nan", "None", "0", "0.0"}
    distance = abs(Decimal(figure) - Decimal(other))
    return distance <= (NEAR if is_ratio else 0)


if __name__ == "__main__":
    main()
