"""The daily run: its steps, and what happens if one fails."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.python.warehouse import PROJECT

STEPS = [
    "tieout fetch data/inbox",
    "tieout land data/inbox",
    "tieout push",
    "tieout catalog",
    "dbt build --target prod --vars proof: daily",
    "tieout check --target prod",
]
PUBLISH = "tieout publish s3://bucket/tables --target prod"
SUCCEEDED = "The daily run has succeeded."


@dataclass(frozen=True)
class Container:
    """A checkout in which `tieout` and `dbt` only record their calls."""

    folder: Path

    def run(
        self,
        failing: str = "",
        full_proof_day: str = "never",
        printed: str = "",
        times: int = 9,
        publish_to: str = "",
    ) -> tuple[int, list[str], str, str]:
        """Return the exit code, the recorded calls, stdout and stderr.

        Args:
            failing: the call that fails, if any.
            full_proof_day: the day of the week with a full proof.
            printed: what the failing call prints.
            times: how often it fails.
            publish_to: where tables are published.
        """
        calls = self.folder / "calls.txt"
        calls.unlink(missing_ok=True)
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        outcome = subprocess.run(
            [self.folder / "scripts" / "daily_run.sh"],
            env={
                **os.environ,
                **{"PATH": path, "CALLS": str(calls), "FAILING": failing, "TIEOUT_FULL_PROOF_DAY": full_proof_day},
                **{
                    "PRINTED": printed,
                    "TIMES": str(times),
                    "TIEOUT_RETRY_SECONDS": "0",
                    "TIEOUT_PUBLISH_TO": publish_to,
                },
            },
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        return outcome.returncode, calls.read_text(encoding="utf-8").splitlines(), outcome.stdout, outcome.stderr


@pytest.fixture
def container(tmp_path: Path) -> Container:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(PROJECT / "scripts" / "daily_run.sh", tmp_path / "scripts")
    for command in ("tieout", "dbt"):
        fake = tmp_path / "bin" / command
        fake.write_text(
            f'#!/bin/sh\necho "{command} $*" >> "$CALLS"\n'
            f'[ "{command} $*" != "$FAILING" ] || [ $(grep -cxF "$FAILING" "$CALLS") -gt "$TIMES" ] || '
            '{ echo "$PRINTED"; exit 3; }\n',
            encoding="utf-8",
        )
        fake.chmod(0o755)
    return Container(tmp_path)


def test_a_successful_run_does_every_step_in_order(container: Container) -> None:
    code, calls, out, err = container.run()
    assert (code, calls, err) == (0, STEPS, "")
    assert out.splitlines()[-1] == SUCCEEDED


def test_one_day_of_the_week_has_a_full_proof(container: Container) -> None:
    runs = [container.run(full_proof_day=str(day))[1][4] for day in range(1, 8)]
    assert sorted(runs) == [
        *["dbt build --target prod --vars proof: daily"] * 6,
        "dbt build --target prod --vars proof: full",
    ]


@pytest.mark.parametrize("failing", ["", STEPS[0]])
def test_a_warehouse_that_ties_out_is_published_last(failing: str, container: Container) -> None:
    code, calls, out, _ = container.run(failing, publish_to="s3://bucket/tables")
    assert calls == [*STEPS, PUBLISH]
    assert (code, SUCCEEDED in out) == ((1, False) if failing else (0, True))


@pytest.mark.parametrize("failing", [*STEPS[2:], PUBLISH])
def test_a_failed_step_ends_the_run_with_a_message(failing: str, container: Container) -> None:
    code, calls, out, err = container.run(failing, publish_to="s3://bucket/tables")
    assert code == 1
    assert calls == [*STEPS, PUBLISH][: [*STEPS, PUBLISH].index(failing) + 1]
    assert f"({failing}), exit code 3" in err
    assert SUCCEEDED not in out


@pytest.mark.parametrize("failing", STEPS[:2])
def test_a_refused_delivery_fails_the_run_but_does_not_stop_it(failing: str, container: Container) -> None:
    code, calls, out, err = container.run(failing)
    assert (code, calls) == (1, STEPS)
    assert "not from all deliveries" in err
    assert SUCCEEDED not in out


CONFLICT = "1023 DETAIL: Serializable isolation violation on table - 104321, transactions forming the cycle are: 1, 2"


def test_a_build_that_another_transaction_has_undone_runs_once_more(container: Container) -> None:
    code, calls, out, _ = container.run(STEPS[4], printed=CONFLICT, times=1)
    assert (code, calls) == (0, [*STEPS[:5], *STEPS[4:]])
    assert "The build runs once more." in out
    code, calls, out, err = container.run(STEPS[4], printed=CONFLICT)
    assert (code, calls) == (1, [*STEPS[:5], STEPS[4]])
    assert f"({STEPS[4]}), exit code 3" in err
    assert SUCCEEDED not in out
