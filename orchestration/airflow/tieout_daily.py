"""The daily run of Tieout as an Airflow DAG: the steps of scripts/daily_run.sh, one task each.

Copy this file to the folder of your DAGs. orchestration/README.md says what the workers need and what to adapt.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import TriggerRule, dag

PROJECT = os.environ.get("TIEOUT_PROJECT", "/opt/tieout")
TARGET = os.environ.get("TIEOUT_TARGET", "prod")
# 1 (Monday) to 7. On this day the audit works out everything again from base (the full proof).
FULL_PROOF_DAY = int(os.environ.get("TIEOUT_FULL_PROOF_DAY", "7"))
# A request that AWS has not answered, or a transaction of the build that another writer has undone, can be repeated:
# every command continues where the last attempt stopped.
REPEATED = {"retries": 1, "retry_delay": timedelta(seconds=int(os.environ.get("TIEOUT_RETRY_SECONDS", "60")))}


def step(task_id: str, command: str, **options: Any) -> BashOperator:
    """Return a task that runs a command of the project, with the software that `make setup` has installed."""
    return BashOperator(
        task_id=task_id,
        bash_command=command,
        cwd=PROJECT,
        env={"PATH": f"{PROJECT}/.venv/bin:/usr/local/bin:/usr/bin:/bin", "TIEOUT_TARGET": TARGET},
        append_env=True,
        **options,
    )


@dag(
    schedule="0 6 * * *",
    start_date=datetime(2025, 1, 1, tzinfo=UTC),
    catchup=False,
    # Two runs at once would wait for the same lock (docs/redshift.md, one run at a time).
    max_active_runs=1,
    tags=["tieout"],
    doc_md=__doc__,
)
def tieout_daily() -> None:
    """Load what has been delivered, build the warehouse, check that it ties out, and publish it if that is wanted."""
    fetch = step("fetch", "tieout fetch data/inbox", **REPEATED)
    # A refused file must not stop the others, so the run goes on after a failed fetch or landing, and fails at its end.
    land = step("land", "tieout land data/inbox", trigger_rule=TriggerRule.ALL_DONE)
    push = step("push", "tieout push", trigger_rule=TriggerRule.ALL_DONE, **REPEATED)
    catalog = step("catalog", "tieout catalog", **REPEATED)
    proof = "{{ 'full' if logical_date.isoweekday() == params.full_proof_day else 'daily' }}"
    build = step(
        "build",
        f"dbt build --target {TARGET} --vars 'proof: {proof}'",
        params={"full_proof_day": FULL_PROOF_DAY},
        **REPEATED,
    )
    check = step("check", f"tieout check --target {TARGET}")
    # Exit code 99 marks the task as skipped: nothing is published unless the worker has the variable.
    publish = step(
        "publish",
        f'test -n "$TIEOUT_PUBLISH_TO" || exit 99; tieout publish "$TIEOUT_PUBLISH_TO" --target {TARGET}',
        **REPEATED,
    )
    fetch >> land >> push >> catalog >> build >> check >> publish
    # Without these, a run in which files were left out or refused would be green.
    [fetch, land] >> step("everything_was_taken", "true")


tieout_daily()
