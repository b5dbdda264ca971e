"""Run the DAG of orchestration/airflow without a server, with commands that only record how they were called.

`make test-airflow` runs this with the Python of .venv-airflow, which has Airflow and not the project's software.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
# Fails as often as FAILURES says if its arguments begin with FAILING.
COMMAND = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in
    "$FAILING"*) [ "$(grep -c -- "$FAILING" "$CALLS")" -gt "$FAILURES" ] ;;
esac
"""
SUNDAY, MONDAY = "2025-01-05", "2025-01-06"


@dataclass(frozen=True)
class Case:
    """A run of the DAG: what fails in it, and what must come of it.

    Attributes:
        name: what happens.
        calls: the commands that must run, in this order.
        ends_well: whether the run must succeed.
        day: its logical date.
        failing: how the arguments of the failing command begin.
        failures: how often it fails.
        publish_to: where tables are published.
    """

    name: str
    calls: tuple[str, ...]
    ends_well: bool
    day: str = MONDAY
    failing: str = "nothing"
    failures: int = 9
    publish_to: str = ""


TAKEN = ("tieout fetch data/inbox", "tieout land data/inbox", "tieout push", "tieout catalog")
BUILD = "dbt build --target prod --vars proof: daily"
CHECK = "tieout check --target prod"
PUBLISH = "tieout publish s3://bucket/tables --target prod"
CASES = (
    Case("everything succeeds", (*TAKEN, BUILD, CHECK), ends_well=True),
    Case("the full proof on a Sunday", (*TAKEN, BUILD.replace("daily", "full"), CHECK), ends_well=True, day=SUNDAY),
    Case("a file is refused", (*TAKEN, BUILD, CHECK), ends_well=False, failing="land"),
    Case("bronze is not complete in S3", (*TAKEN[:3], TAKEN[2]), ends_well=False, failing="push"),
    Case("a build is undone once", (*TAKEN, BUILD, BUILD, CHECK), ends_well=True, failing="build", failures=1),
    Case(
        "the warehouse does not tie out", (*TAKEN, BUILD, CHECK), ends_well=False, failing="check", publish_to="there"
    ),
    Case("tables are published", (*TAKEN, BUILD, CHECK, PUBLISH), ends_well=True, publish_to="s3://bucket/tables"),
)


def main() -> int:
    """Run all cases; return 1 if one of them went wrong."""
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="tieout-airflow-") as folder:
        environment = _prepare(Path(folder))
        for case in CASES:
            problem = _problem(case, Path(folder), environment)
            sys.stdout.write(f"{'FAILED' if problem else 'passed'}: {case.name}\n{problem}")
            wrong += bool(problem)
    return 1 if wrong else 0


def _prepare(folder: Path) -> dict[str, str]:
    """Make the commands and Airflow's database, and return the environment of the runs."""
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("tieout", "dbt"):
        (programs / name).write_text(COMMAND, encoding="utf-8")
        (programs / name).chmod(0o755)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("TIEOUT_", "AIRFLOW"))},
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "orchestration" / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "CALLS": str(folder / "calls"),
        "TIEOUT_PROJECT": str(folder),
        "TIEOUT_RETRY_SECONDS": "0",
    }
    for command in (("db", "migrate"), ("dags", "reserialize")):
        done = _airflow(*command, environment=environment)
        if done.returncode:
            raise SystemExit(f"airflow {' '.join(command)} failed:\n{done.stdout}")
    return environment


def _problem(case: Case, folder: Path, environment: dict[str, str]) -> str:
    """Run a case; return what is wrong, or an empty text."""
    (folder / "calls").write_text("", encoding="utf-8")
    of_case = {"FAILING": case.failing, "FAILURES": str(case.failures), "TIEOUT_PUBLISH_TO": case.publish_to}
    done = _airflow("dags", "test", "tieout_daily", case.day, environment=environment | of_case)
    calls = tuple((folder / "calls").read_text(encoding="utf-8").splitlines())
    if calls == case.calls and (done.returncode == 0) == case.ends_well:
        return ""
    return f"exit code {done.returncode}, calls {calls}\n{done.stdout[-2000:]}\n"


def _airflow(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    airflow = Path(sys.executable).parent / "airflow"
    return subprocess.run(
        [airflow, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


if __name__ == "__main__":
    sys.exit(main())
