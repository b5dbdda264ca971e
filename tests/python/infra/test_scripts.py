"""The scripts that call AWS: their requests, and the errors that they report."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.python.warehouse import PROJECT

# A stub of the AWS CLI: records its calls, and answers by a word of the command.
AWS = """#!/usr/bin/env python3
import json, os, sys
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps([os.path.basename(sys.argv[0]), *sys.argv[1:]]) + "\\n")
for words, answer in json.loads(os.environ["ANSWERS"]).items():
    if all(any(word in argument for argument in sys.argv[1:]) for word in words.split()):
        if answer is None:
            sys.exit(1)
        print(answer)
        break
"""
STACK = {
    "TIEOUT_CLUSTER": "cluster",
    "TIEOUT_TASK": "arn:task-definition",
    "TIEOUT_SUBNETS": "subnet-a,subnet-b",
    "TIEOUT_SECURITY_GROUP": "sg-run",
    "TIEOUT_LOG": "log",
    "TIEOUT_POLL_SECONDS": "0",
}
RUN = {
    "list-tasks": "None",
    "run-task": "arn:aws:ecs:x:1:task/cluster/abc",
    "lastStatus": "STOPPED",
    "exitCode": "0",
    "stoppedReason": "no such image",
}
PUBLISH = {"ImageRepository": "1.dkr.ecr.x.amazonaws.com/repository", "ArtefactsBucket": "artefacts"}


@dataclass(frozen=True)
class Shell:
    """A checkout with its own git repository, and stubs of `aws` and `docker`."""

    folder: Path

    def run(
        self, script: str, *arguments: str, answers: Mapping[str, str | None], environment: dict[str, str] | None = None
    ) -> tuple[subprocess.CompletedProcess[str], list[list[str]]]:
        """Return the outcome, and every call of `aws` and `docker`."""
        calls = self.folder.parent / "calls.jsonl"
        calls.write_text("", encoding="utf-8")
        outcome = subprocess.run(
            [self.folder / "scripts" / script, *arguments],
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("TIEOUT_")},
                **(environment or {}),
                "PATH": f"{self.folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "CALLS": str(calls),
                "ANSWERS": json.dumps(answers),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return outcome, [json.loads(line) for line in calls.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    checkout = tmp_path / "checkout"
    shutil.copytree(PROJECT / "scripts", checkout / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / ".gitignore").write_text("target\n", encoding="utf-8")
    (tmp_path / "bin").mkdir()
    for command in ("aws", "docker"):
        (tmp_path / "bin" / command).write_text(AWS, encoding="utf-8")
        (tmp_path / "bin" / command).chmod(0o755)
    git = ["git", "-C", str(checkout), "-c", "user.name=Tieout", "-c", "user.email=tieout@example.com"]
    for arguments in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "All"]):
        subprocess.run([*git, *arguments], check=True)
    return Shell(checkout)


def called(calls: list[list[str]], *words: str) -> list[list[str]]:
    return [call for call in calls if all(word in call for word in words)]


# run_task.sh


def test_a_command_runs_in_the_container_inside_the_network_and_ends_with_its_code(shell: Shell) -> None:
    answers = {**RUN, "exitCode": "7"}
    command = ("dbt", "run-operation", "it's", 'a "quoted" word')
    outcome, calls = shell.run("run_task.sh", *command, answers=answers, environment=STACK)
    assert outcome.returncode == 7
    (started,) = called(calls, "run-task")
    overrides = json.loads(started[started.index("--overrides") + 1])
    assert overrides == {"containerOverrides": [{"name": "tieout", "command": list(command)}]}
    assert started[started.index("--network-configuration") + 1] == (
        "awsvpcConfiguration={subnets=[subnet-a,subnet-b],securityGroups=[sg-run],assignPublicIp=DISABLED}"
    )
    (log,) = called(calls, "logs", "tail")
    assert log[log.index("--log-stream-names") + 1] == "run/tieout/abc"


def test_without_a_command_it_is_the_daily_run(shell: Shell) -> None:
    outcome, calls = shell.run("run_task.sh", answers=RUN, environment=STACK)
    assert outcome.returncode == 0
    assert "scripts/daily_run.sh" in called(calls, "run-task")[0][-5]


@pytest.mark.parametrize(
    ("answers", "environment", "message"),
    [
        (RUN, {}, "The variables of the stack are not set"),
        ({**RUN, "list-tasks": "arn:other"}, STACK, "arn:other is still running"),
        ({**RUN, "run-task": "None"}, STACK, "AWS started no task"),
        ({**RUN, "exitCode": "None"}, STACK, "The task did not start: no such image"),
    ],
)
def test_a_task_that_does_not_run_is_reported(
    answers: Mapping[str, str | None], environment: dict[str, str], message: str, shell: Shell
) -> None:
    outcome, _ = shell.run("run_task.sh", answers=answers, environment=environment)
    assert outcome.returncode == 1
    assert message in outcome.stderr


# publish.sh


def test_an_image_is_published_once_per_commit_and_the_templates_each_time(shell: Shell) -> None:
    outcome, calls = shell.run("publish.sh", answers={**PUBLISH, "describe-images": None})
    assert outcome.returncode == 0, outcome.stderr
    ((*_, image),) = called(calls, "docker", "push")
    assert image.startswith("1.dkr.ecr.x.amazonaws.com/repository:")
    assert outcome.stdout.splitlines()[-1].startswith(f"Published {image.split(':')[1]}.")
    outcome, calls = shell.run("publish.sh", answers={**PUBLISH, "describe-images": "there"})
    assert outcome.returncode == 0
    assert called(calls, "docker") == []
    (packaged,) = called(calls, "package")
    assert packaged[packaged.index("--s3-bucket") + 1] == "artefacts"


def test_uncommitted_changes_are_not_published(shell: Shell) -> None:
    (shell.folder / "new.txt").write_text("", encoding="utf-8")
    outcome, calls = shell.run("publish.sh", answers=PUBLISH)
    assert (outcome.returncode, calls) == (1, [])
    assert "Commit first" in outcome.stderr


def test_a_missing_bootstrap_stack_is_reported(shell: Shell) -> None:
    outcome, _ = shell.run("publish.sh", answers={})
    assert outcome.returncode == 1
    assert "Deploy infra/bootstrap.yml" in outcome.stderr
